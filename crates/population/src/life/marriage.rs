//! Weddings and divorces.

use sabt_domain::number::IranianNationalNumber;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DivorceKind, IssuingLevel, MarriageForm, MarriageKind, MemberRemovalReason,
    RegisteredWith, act::Body, party::Who,
};

use super::people::NewPerson;
use super::state::{Birthplace, Names, PersonIx, Spouse, as_couple};
use super::{Family, Step};
use crate::institutions::Desk;
use crate::tables::{ORIGINS, PROVINCES, Sex};
use crate::when::{DayMath, stated_jalali};

impl Family {
    /// `ix` marries: somebody of another branch of the family, an Iranian, or somebody new to the registry.
    pub(super) fn wed(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here() || person.spouse != Spouse::None || person.age(day) < 18 {
            return;
        }
        if self.draw.permille(35) {
            self.wed_iranian(day, ix);
            return;
        }
        let partner = match self.match_in_family(day, ix) {
            Some(cousin) if self.draw.permille(500) => cousin,
            Some(_) | None => {
                if !self.has_room() {
                    return;
                }
                let partner = self.newcomer_for(day, ix);
                self.register(day, partner);
                partner
            }
        };
        let sexes = (self.person(ix).sex, self.person(partner).sex);
        let Some((wife, husband)) = as_couple((ix, sexes.0), (partner, sexes.1)) else {
            return;
        };
        let (h, w) = (self.party(husband), self.party(wife));
        self.register_marriage(day, ix, h, w, String::new());
        self.person_mut(wife).spouse = Spouse::Person(husband);
        self.person_mut(husband).spouse = Spouse::Person(wife);
        self.move_in(day, wife, husband);
        if self.person(partner).status.is_none() && self.person(partner).permit.is_none() {
            self.settle(day, partner);
        }
        self.plan_within(day, 500, Step::Bear(wife));
    }

    /// The couple's household: a new one, or the household of the husband's parents.
    fn move_in(&mut self, day: Day, wife: PersonIx, husband: PersonIx) {
        let home = self.person(husband).home;
        let heads = home.is_some_and(|home| self.homes[home.0].head == Some(husband));
        if home.is_none() {
            let town = self
                .draw
                .index(PROVINCES[self.person(husband).province].towns.len());
            let others: &[PersonIx] = if self.person(wife).home.is_none() {
                &[wife]
            } else {
                &[]
            };
            self.form_household(day, husband, others, town);
        } else if !heads && self.draw.permille(600) {
            self.split(day, husband);
        }
        if self.person(wife).home != self.person(husband).home
            && let Some(home) = self.person(husband).home
        {
            self.join_household(day, wife, home);
        }
    }

    /// Somebody of the same origin and course, new to the registry, about the age of `ix`.
    fn newcomer_for(&mut self, day: Day, ix: PersonIx) -> PersonIx {
        let person = self.person(ix).clone();
        let language = person.names.language;
        let (sex, gap) = match person.sex {
            Sex::Female => (Sex::Male, self.draw.between(0, 7)),
            Sex::Male => (Sex::Female, self.draw.between(-7, 1)),
        };
        let age = (i32::try_from(person.age(day)).unwrap_or(20) + gap).max(18);
        let names = Names {
            language,
            given: self.given_name(language, sex),
            family: Some(self.family_name(language)),
            father: self.given_name(language, Sex::Male),
            grandfather: None,
        };
        let birth = day.plus(-(age * 365 + 20 + self.draw.between(0, 300)));
        let birthplace = match person.birthplace {
            Birthplace::Origin(place) => Birthplace::Origin(place),
            Birthplace::Iran(..) => {
                match ORIGINS.iter().find(|row| row.country == person.country) {
                    Some(row) => {
                        Birthplace::Origin(self.draw.weighted(&row.places, |place| place.weight))
                    }
                    None => person.birthplace,
                }
            }
        };
        self.make_person(NewPerson {
            sex,
            names,
            birth,
            birthplace,
            country: person.country,
            course: person.course,
            province: person.province,
        })
    }

    /// A marriage with an Iranian: first the licence (wife Iranian, services row 14) or the registration permit
    /// (husband Iranian, row 12), then the marriage.
    fn wed_iranian(&mut self, day: Day, ix: PersonIx) {
        let national_number = self.iranian();
        let iranian = proto::Party {
            who: Some(Who::IranianNationalNumber(national_number.clone())),
        };
        let foreign = self.party(ix);
        let (husband, wife) = match self.person(ix).sex {
            Sex::Female => (iranian, foreign),
            Sex::Male => (foreign, iranian),
        };
        let licence_number = self.serial("L");
        let licence = Body::IssueMarriageLicence(proto::IssueMarriageLicence {
            wife: Some(wife.clone()),
            husband: Some(husband.clone()),
            licence_number: licence_number.clone(),
            level: IssuingLevel::Provincial.into(),
            valid_until: Some(stated_jalali(day.plus(180))),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "service:10032154105", licence);
        let wedding = day.plus(self.draw.between(3, 60));
        self.register_marriage(wedding, ix, husband, wife, licence_number);
        self.person_mut(ix).spouse = Spouse::Iranian(national_number);
        if self.person(ix).sex == Sex::Male {
            self.plan_within(wedding, 600, Step::Bear(ix));
        }
    }

    fn register_marriage(
        &mut self,
        day: Day,
        at: PersonIx,
        husband: proto::Party,
        wife: proto::Party,
        licence_number: String,
    ) {
        let with_iran = !licence_number.is_empty() || self.draw.permille(750);
        let (form, with) = if with_iran {
            (MarriageForm::OfficialDeed, RegisteredWith::Iran)
        } else {
            (MarriageForm::Religious, RegisteredWith::HomeCountry)
        };
        let body = Body::RegisterMarriage(proto::RegisterMarriage {
            husband: Some(husband),
            wife: Some(wife),
            kind: MarriageKind::Permanent.into(),
            term_months: 0,
            form: form.into(),
            registered_with: with.into(),
            deed_number: self.serial("M"),
            licence_number,
        });
        let desk = Desk::Registrar(self.person(at).province);
        self.accept(desk, day, "service:10032154104", body);
    }

    /// The couple parts. The wife leaves the household and heads one of her own; minor children stay with the father,
    /// the youngest, under seven, with the mother.
    pub(super) fn divorce(&mut self, day: Day, ix: PersonIx) {
        let Spouse::Person(other) = self.person(ix).spouse else {
            return;
        };
        let sexes = (self.person(ix).sex, self.person(other).sex);
        let Some((wife, husband)) = as_couple((ix, sexes.0), (other, sexes.1)) else {
            return;
        };
        let together = self
            .person(wife)
            .home
            .filter(|home| Some(*home) == self.person(husband).home);
        let is_head = together.is_some_and(|home| self.homes[home.0].head == Some(wife));
        if !self.person(wife).is_here() || !self.person(husband).is_here() || is_head {
            return;
        }
        let children: Vec<PersonIx> = (0..self.people.len())
            .map(PersonIx)
            .filter(|&child| {
                let person = self.person(child);
                person.mother == Some(wife)
                    && person.father == Some(husband)
                    && person.is_here()
                    && person.age(day) < 18
            })
            .collect();
        let with_mother: Vec<PersonIx> = children
            .iter()
            .copied()
            .filter(|&child| self.person(child).age(day) < 7)
            .collect();
        let custody = children
            .iter()
            .map(|&child| proto::Custody {
                child: self.reference(child),
                custodian: Some(self.party(if with_mother.contains(&child) {
                    wife
                } else {
                    husband
                })),
            })
            .collect();
        let body = Body::RegisterDivorce(proto::RegisterDivorce {
            husband: Some(self.party(husband)),
            wife: Some(self.party(wife)),
            kind: DivorceKind::Irrevocable.into(),
            deed_number: self.serial("T"),
            custody,
        });
        let province = self.person(wife).province;
        self.accept(Desk::Registrar(province), day, "service:10032154107", body);
        self.person_mut(wife).spouse = Spouse::None;
        self.person_mut(husband).spouse = Spouse::None;
        if together.is_some() {
            self.part(day, wife, &with_mother);
        }
    }

    fn part(&mut self, day: Day, wife: PersonIx, children: &[PersonIx]) {
        let home = self.person(wife).home;
        self.remove_member(day, wife, MemberRemovalReason::Divorce);
        let town = self
            .draw
            .index(PROVINCES[self.person(wife).province].towns.len());
        let new_home = self.form_household(day, wife, &[], town);
        for &child in children {
            if self.person(child).home == home {
                self.join_household(day, child, new_home);
            }
        }
    }

    /// The national number of an Iranian who does not exist.
    pub(super) fn iranian(&mut self) -> String {
        let serial = 100_000_000 + self.draw.below(880_000_000);
        // One serial in ninety million gives ten equal digits, which are not given out; its neighbour does not.
        IranianNationalNumber::from_serial(serial)
            .or_else(|_| IranianNationalNumber::from_serial(serial + 1))
            .map(|number| number.to_string())
            .unwrap_or_default()
    }
}
