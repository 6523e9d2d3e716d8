//! Where families come from, when, and with whom; and their first days with the authorities.

use sabt_domain::time::{Calendar, Day};
use sabt_proto::event::v1::{
    self as proto, DocumentKind, EntryKind, EvidenceState, MarriageForm, MarriageKind, ParentRole,
    PersonStatus, RegisteredWith, VisaKind, act::Body,
};

use super::people::{NewPerson, Slip};
use super::state::{Birthplace, Course, Names, PersonIx, Spouse};
use super::{Family, Step};
use crate::institutions::{Desk, crossing};
use crate::plan::Expectation;
use crate::tables::{NameForm, ORIGINS, OriginPlace, OriginRow, PROVINCES, Sex};
use crate::when::{DayMath, FIRST_YEAR, Precision, jalali, stated, stated_gregorian};

/// People who arrive together.
#[derive(Debug, Clone)]
pub(super) struct Party {
    country: &'static str,
    place: &'static OriginPlace,
    course: Course,
    province: usize,
    /// Family name of the men's line; a brother's party has the same.
    family: Option<NameForm>,
    /// Given name of the father of the men who founded the family.
    patriarch: NameForm,
}

/// Arrivals by Jalali period: first year, length, weight. Approximate shapes of the known waves: the war years from
/// 1358 and the civil war for Afghan nationals with new waves in 1400; the expulsions of 1359, the uprising of 1370
/// and the years after 1393 for Iraqi nationals.
const AFGHAN_WAVES: &[(i32, i32, u32)] = &[
    (1358, 10, 420),
    (1368, 8, 170),
    (1376, 5, 110),
    (1381, 10, 50),
    (1391, 9, 110),
    (1400, 4, 140),
];
const IRAQI_WAVES: &[(i32, i32, u32)] = &[
    (1359, 3, 330),
    (1362, 8, 120),
    (1370, 2, 300),
    (1372, 10, 80),
    (1382, 11, 70),
    (1393, 11, 100),
];
const OTHER_WAVES: &[(i32, i32, u32)] = &[(1360, 20, 250), (1380, 15, 350), (1395, 9, 400)];

/// Weight of each country of origin, per mille.
fn origin_weight(row: &OriginRow) -> u32 {
    match row.country {
        "AFG" => 790,
        "IRQ" => 105,
        "PAK" => 45,
        "AZE" | "IND" => 12,
        _ => 8,
    }
}

impl Family {
    /// Draws where the family comes from and plans the arrival of its one to three branches.
    pub(super) fn found(&mut self) {
        let origin = self.draw.weighted(&ORIGINS, origin_weight);
        let place = self.draw.weighted(&origin.places, |place| place.weight);
        let waves = match origin.country {
            "AFG" => AFGHAN_WAVES,
            "IRQ" => IRAQI_WAVES,
            _ => OTHER_WAVES,
        };
        let (first, years, _) = *self.draw.weighted(waves, |wave| wave.2);
        let year = first + self.draw.between(0, years - 1);
        let day = jalali(year.max(FIRST_YEAR), 1, 1).plus(self.draw.between(0, 364));
        let column = match origin.country {
            "AFG" => 0,
            "IRQ" => 1,
            _ => 2,
        };
        let provinces: Vec<usize> = (0..PROVINCES.len()).collect();
        let province = *self
            .draw
            .weighted(&provinces, |province| PROVINCES[*province].weights[column]);
        let family = self
            .draw
            .permille(880)
            .then(|| self.family_name(place.language));
        let patriarch = self.given_name(place.language, Sex::Male);
        let course = self.course(origin.country, year);
        let party = Party {
            country: origin.country,
            place,
            course,
            province,
            family,
            patriarch,
        };
        self.plan(day, Step::Arrive(party.clone()));
        // Brothers follow within six years, by the way that is open then.
        for _ in 0..self.draw.below(3) {
            let later = day.plus(self.draw.between(30, 2200));
            let course = self.course(origin.country, later.jalali_year());
            self.plan(
                later,
                Step::Arrive(Party {
                    course,
                    ..party.clone()
                }),
            );
        }
    }

    /// The course open to somebody who arrives from `country` in a Jalali year.
    fn course(&mut self, country: &str, year: i32) -> Course {
        let chance = self.draw.below(1000);
        match country {
            "AFG" if year < 1381 => match chance {
                0..930 => Course::Amayesh,
                930..945 => Course::Refugee,
                945..960 => Course::Stateless,
                _ => Course::Passport,
            },
            "AFG" => match chance {
                0..520 => Course::Irregular,
                520..535 => Course::Refugee,
                _ => Course::Passport,
            },
            "IRQ" if year < 1382 => match chance {
                0..800 => Course::Amayesh,
                800..850 => Course::Refugee,
                850..930 => Course::Stateless,
                _ => Course::Passport,
            },
            _ => match chance {
                0..60 => Course::Irregular,
                60..75 => Course::Stateless,
                _ => Course::Passport,
            },
        }
    }

    /// A party arrives: a man, often with wife and children, sometimes with his mother; each is registered, the
    /// household is formed, and the authorities do what the course asks for.
    pub(super) fn arrive(&mut self, day: Day, party: &Party) {
        if !self.has_room() {
            return;
        }
        let head = self.founder(day, party);
        let mut arrived = vec![head];
        let alone = self.draw.permille(if party.course == Course::Irregular {
            550
        } else {
            200
        });
        if !alone && self.has_room() {
            let wife = self.wife_of(day, party, head);
            arrived.push(wife);
            self.children_of(day, party, head, wife, &mut arrived);
            if self.draw.permille(130) && self.has_room() {
                arrived.push(self.mother_of(day, party, head));
            }
        }
        for &ix in &arrived {
            self.register(day, ix);
        }
        if arrived.len() > 1 || self.draw.permille(400) {
            let town = self.draw.index(PROVINCES[party.province].towns.len());
            self.form_household(day, head, &arrived[1..], town);
        }
        if let Spouse::Person(wife) = self.person(head).spouse {
            self.register_earlier_marriage(head, wife);
        }
        for &ix in &arrived {
            self.confirm_parents(day, ix);
        }
        for &ix in &arrived {
            self.settle(day, ix);
        }
    }

    /// The parents of somebody who arrived with them.
    fn confirm_parents(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        let parents = [
            (person.mother, ParentRole::Mother),
            (person.father, ParentRole::Father),
        ];
        for (parent, role) in parents {
            if let Some(parent) = parent {
                self.confirm_parent(day, ix, parent, role);
            }
        }
    }

    /// The couple's marriage abroad, of which the papers state the year: before the first child, or some years ago.
    fn register_earlier_marriage(&mut self, husband: PersonIx, wife: PersonIx) {
        let first_birth = self
            .people
            .iter()
            .filter(|person| person.mother == Some(wife))
            .map(|person| person.birth)
            .min();
        let arrival = self.person(wife).registered_on;
        let wedding = first_birth
            .unwrap_or(arrival)
            .plus(-self.draw.between(300, 600));
        let body = Body::RegisterMarriage(proto::RegisterMarriage {
            husband: Some(self.party(husband)),
            wife: Some(self.party(wife)),
            kind: MarriageKind::Permanent.into(),
            term_months: 0,
            form: MarriageForm::Religious.into(),
            registered_with: RegisteredWith::HomeCountry.into(),
            deed_number: String::new(),
            licence_number: String::new(),
        });
        let desk = Desk::Registrar(self.person(husband).province);
        let date = stated(wedding, Precision::Year(Calendar::Jalali));
        let expect = Expectation::Accepted {
            numbers: Vec::new(),
        };
        self.emit_dated(desk, date, "service:10032154104", body, expect);
    }

    fn founder(&mut self, day: Day, party: &Party) -> PersonIx {
        let age = self.draw.between(19, 46);
        let names = self.names(party, Sex::Male, party.patriarch, party.family);
        self.newcomer(day, party, Sex::Male, names, age)
    }

    fn wife_of(&mut self, day: Day, party: &Party, husband: PersonIx) -> PersonIx {
        let his_age = i32::try_from(self.person(husband).age(day)).unwrap_or(30);
        let age = (his_age - self.draw.between(-2, 8)).max(17);
        let father = self.given_name(party.place.language, Sex::Male);
        // Women keep the name of their father's line.
        let family = self
            .draw
            .permille(800)
            .then(|| self.family_name(party.place.language));
        let names = self.names(party, Sex::Female, father, family);
        let wife = self.newcomer(day, party, Sex::Female, names, age);
        self.person_mut(wife).spouse = Spouse::Person(husband);
        self.person_mut(husband).spouse = Spouse::Person(wife);
        wife
    }

    fn children_of(
        &mut self,
        day: Day,
        party: &Party,
        father: PersonIx,
        mother: PersonIx,
        arrived: &mut Vec<PersonIx>,
    ) {
        let mother_age = i32::try_from(self.person(mother).age(day)).unwrap_or(20);
        let mut age = (mother_age - 18).min(15);
        while age > 0 && self.has_room() {
            if self.draw.permille(700) {
                let sex = self.sex();
                let names = self.child_names(father, sex);
                let child = self.newcomer(day, party, sex, names, age);
                self.person_mut(child).mother = Some(mother);
                self.person_mut(child).father = Some(father);
                arrived.push(child);
            }
            age -= self.draw.between(2, 4);
        }
    }

    fn mother_of(&mut self, day: Day, party: &Party, son: PersonIx) -> PersonIx {
        let his_age = i32::try_from(self.person(son).age(day)).unwrap_or(30);
        let age = his_age + self.draw.between(17, 30);
        let father = self.given_name(party.place.language, Sex::Male);
        let names = self.names(party, Sex::Female, father, None);
        let mother = self.newcomer(day, party, Sex::Female, names, age);
        self.person_mut(son).mother = Some(mother);
        mother
    }

    /// Girl or boy: 488 to 512.
    pub(super) fn sex(&mut self) -> Sex {
        if self.draw.permille(488) {
            Sex::Female
        } else {
            Sex::Male
        }
    }

    fn names(
        &mut self,
        party: &Party,
        sex: Sex,
        father: NameForm,
        family: Option<NameForm>,
    ) -> Names {
        let language = party.place.language;
        let given = self.given_name(language, sex);
        let grandfather = self
            .draw
            .permille(700)
            .then(|| self.given_name(language, Sex::Male));
        Names {
            language,
            given,
            family,
            father,
            grandfather,
        }
    }

    /// Names of a child: the father's line.
    pub(super) fn child_names(&mut self, father: PersonIx, sex: Sex) -> Names {
        let line = self.person(father).names;
        let given = self.given_name(line.language, sex);
        Names {
            language: line.language,
            given,
            family: line.family,
            father: line.given,
            grandfather: Some(line.father),
        }
    }

    fn newcomer(&mut self, day: Day, party: &Party, sex: Sex, names: Names, age: i32) -> PersonIx {
        let birth = day.plus(-(age * 365 + self.draw.between(1, 360)));
        self.make_person(NewPerson {
            sex,
            names,
            birth,
            birthplace: Birthplace::Origin(party.place),
            country: party.country,
            course: party.course,
            province: party.province,
        })
    }

    /// Registers somebody met in the country or at the border, with the papers the course makes likely.
    pub(super) fn register(&mut self, day: Day, ix: PersonIx) {
        let (course, province, age) = {
            let person = self.person(ix);
            (person.course, person.province, person.age(day))
        };
        let mut documents = Vec::new();
        let evidence = match course {
            Course::Passport => {
                documents.push(self.passport(ix, day));
                EvidenceState::Document
            }
            Course::Amayesh | Course::Refugee if age >= 12 && self.draw.permille(450) => {
                documents.push(self.tazkira(ix, day));
                EvidenceState::Document
            }
            Course::Irregular if age >= 18 && self.draw.permille(200) => {
                documents.push(self.expired_passport(ix, day));
                EvidenceState::ExpiredDocument
            }
            Course::Amayesh | Course::Refugee | Course::Irregular | Course::Stateless => {
                EvidenceState::NoDocument
            }
        };
        let slip = self.registration_slip(ix);
        let town = self.draw.index(PROVINCES[province].towns.len());
        let address = self.address_in(province, town);
        let body = Body::RegisterPerson(proto::RegisterPerson {
            particulars: Some(self.particulars(ix, slip)),
            evidence: evidence.into(),
            documents,
            address: Some(address),
        });
        let new = self.person_ref(ix);
        let act_id = self.accept_new(Desk::Registrar(province), day, "duty:12", body, new);
        self.enter(day, ix, act_id);
        if slip != Slip::None {
            self.plan_within(day, 400, Step::Correct(ix));
        }
    }

    /// From now on the person is in the registry and grows older in it.
    pub(super) fn enter(&mut self, day: Day, ix: PersonIx, act_id: [u8; 16]) {
        let person = self.person_mut(ix);
        person.registered_on = day;
        person.registered_by = act_id;
        self.plan_within(day, 365, Step::Year(ix));
    }

    /// What follows registration: status, first papers, first permit.
    pub(super) fn settle(&mut self, day: Day, ix: PersonIx) {
        match self.person(ix).course {
            Course::Amayesh => {
                self.grant(day, ix, PersonStatus::Displaced, "law:art.1(8)");
                self.perhaps_intake(day, ix);
                if self.draw.permille(600) {
                    self.issue_paper(day, ix, DocumentKind::HoviatCard, "service:12011076106");
                }
                self.plan_next_round(day, ix);
            }
            Course::Refugee => {
                self.lodge_claim(day, ix);
                let decided = day.plus(self.draw.between(150, 700));
                self.plan(decided, Step::Recognise(ix));
            }
            Course::Passport => {
                if self.person(ix).birthplace_is_abroad() {
                    self.come_with_visa(day, ix);
                }
                self.plan_first_residence(day, ix);
            }
            Course::Irregular => {
                self.grant(day, ix, PersonStatus::IrregularMigrant, "law:art.1(9)");
                self.perhaps_intake(day, ix);
                self.plan_headcounts(day, ix);
            }
            Course::Stateless => {
                self.grant(day, ix, PersonStatus::Stateless, "law:art.36");
                self.limited_permit(day, ix);
            }
        }
    }

    fn come_with_visa(&mut self, day: Day, ix: PersonIx) {
        self.issue_visa(day, ix);
        let point = crossing(self.person(ix).country, &mut self.draw);
        let entry = Body::RecordEntry(proto::RecordEntry {
            person: self.reference(ix),
            border_point: point.code().to_owned(),
            kind: EntryKind::WithVisa.into(),
            document: self.reference_of(ix, DocumentKind::Passport),
        });
        self.accept(Desk::Border(point), day, "law:art.7(2)", entry);
        self.grant(day, ix, PersonStatus::VisaHolder, "law:art.1(4)");
    }

    /// A visa of ninety days' stay, issued by the mission in the country of origin.
    pub(super) fn issue_visa(&mut self, day: Day, ix: PersonIx) {
        let (country, province) = (self.person(ix).country, self.person(ix).province);
        let kind = *self.draw.weighted(
            &[
                (VisaKind::Entry, 500),
                (VisaKind::Work, 200),
                (VisaKind::Study, 140),
                (VisaKind::Pilgrimage, 110),
                (VisaKind::Tourist, 50),
            ],
            |kind| kind.1,
        );
        let visa_number = self.serial("V");
        self.person_mut(ix).visa = Some(visa_number.clone());
        let visa = Body::IssueVisa(proto::IssueVisa {
            person: self.reference(ix),
            kind: kind.0.into(),
            visa_number,
            valid_from: Some(stated_gregorian(day.plus(-20))),
            valid_until: Some(stated_gregorian(day.plus(70))),
            stay_days: 90,
            multiple_entry: self.draw.permille(200),
            issued_at: format!("consulate:{country}"),
        });
        self.accept(Desk::Registrar(province), day, "law:art.1(3)", visa);
    }
}
