//! Stays in sites: refugees and victims with their families in guest towns, people who are held in care camps, people who
//! wait to leave in return centres and exit stations.
//!
//! What happens here is drawn apart from the rest of the life, so that a country without sites is the same but for them.
//! Death, a crossing of the border, the end of a holding and naturalisation end a stay by themselves.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, AdmissionGround, DischargeReason, SiteKind, act::Body};

use super::state::{Course, PersonIx, Stay};
use super::{Family, Step};
use crate::sites::SiteIx;
use crate::tables::Sex;
use crate::when::DayMath;

/// The first Jalali year in which victims are sheltered.
const FIRST_SHELTER: i32 = 1390;
/// The first Jalali year in which people wait in a return centre until they leave.
const FIRST_WAIT: i32 = 1388;
/// The first Jalali year in which those who arrive are held until it is settled who they are.
const FIRST_INTAKE: i32 = 1371;
/// Days that a victim stays at most: the law gives six months (TL-58).
const SHELTER_DAYS_MAX: i32 = 175;

impl Family {
    /// The registry knows the person to be in a site.
    pub(super) fn stay(&self, ix: PersonIx) -> Option<Stay> {
        self.person(ix).stay.filter(|_| self.person(ix).is_here())
    }

    /// Admits somebody who is in no site to the site of a kind that is near.
    pub(super) fn admit(
        &mut self,
        day: Day,
        ix: PersonIx,
        kind: SiteKind,
        ground: AdmissionGround,
    ) {
        if !self.terms.sites || self.stay(ix).is_some() || !self.person(ix).is_here() {
            return;
        }
        let Some(site) = SiteIx::near(kind, self.person(ix).province, day) else {
            return;
        };
        let body = self.admission(ix, site, ground);
        self.accept(site.desk(), day, basis(ground), body);
        self.person_mut(ix).stay = Some(Stay { site, ground });
    }

    /// An admission as an act.
    pub(super) fn admission(&self, ix: PersonIx, site: SiteIx, ground: AdmissionGround) -> Body {
        Body::RecordSiteAdmission(proto::RecordSiteAdmission {
            person: self.reference(ix),
            site: site.reference().to_string(),
            ground: ground.into(),
            over_capacity_reason: String::new(),
        })
    }

    /// Moves somebody who is in a site to another one.
    pub(super) fn move_to(&mut self, day: Day, ix: PersonIx, to: SiteIx) {
        let Some(stay) = self.stay(ix).filter(|stay| stay.site != to) else {
            return;
        };
        let body = Body::RecordSiteTransfer(proto::RecordSiteTransfer {
            person: self.reference(ix),
            from_site: stay.site.reference().to_string(),
            to_site: to.reference().to_string(),
            over_capacity_reason: String::new(),
        });
        self.accept(to.desk(), day, basis(stay.ground), body);
        self.person_mut(ix).stay = Some(Stay { site: to, ..stay });
    }

    /// Somebody leaves the site in which they are.
    pub(super) fn discharge(&mut self, day: Day, ix: PersonIx, reason: DischargeReason) {
        let Some(stay) = self.stay(ix) else {
            return;
        };
        let body = Body::RecordSiteDischarge(proto::RecordSiteDischarge {
            person: self.reference(ix),
            site: stay.site.reference().to_string(),
            reason: reason.into(),
        });
        self.accept(stay.site.desk(), day, basis(stay.ground), body);
        self.person_mut(ix).stay = None;
    }

    /// Of those recognised as refugees, one in four is housed in a guest town for some years, with the household.
    pub(super) fn perhaps_house(&mut self, day: Day, ix: PersonIx) {
        if !self.terms.sites || !self.chance.permille(250) {
            return;
        }
        let members = self.person(ix).home.map(|home| self.members(home));
        let family = members.unwrap_or_else(|| vec![ix]);
        for &member in &family {
            let ground = if member == ix {
                AdmissionGround::Refuge
            } else {
                AdmissionGround::Family
            };
            self.admit(day, member, SiteKind::GuestTown, ground);
        }
        let leaves = day.plus(self.chance.between(200, 1500));
        if self.chance.permille(200) {
            let moves = day.plus(self.chance.between(60, 190));
            self.plan(moves, Step::MoveTown(family.clone()));
        }
        self.plan(leaves, Step::LeaveSite(family));
    }

    /// A victim, or somebody who says so, asks for shelter: of a thousand grown women one a year, of men a third of that.
    /// The children of a woman come with her.
    pub(super) fn perhaps_shelter(&mut self, day: Day, ix: PersonIx, age: u32) {
        let per_lakh = match self.person(ix).sex {
            Sex::Female => 100,
            Sex::Male => 30,
        };
        let asks = self.terms.sites
            && 18 <= age
            && FIRST_SHELTER <= day.jalali_year()
            && self.chance.per_lakh(per_lakh);
        if asks {
            let later = day.plus(self.chance.between(1, 360));
            self.plan(later, Step::Shelter(ix));
        }
    }

    pub(super) fn shelter(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() || self.stay(ix).is_some() || self.is_held(ix) {
            return;
        }
        let children = (0..self.people.len()).map(PersonIx).filter(|child| {
            let person = self.person(*child);
            person.mother == Some(ix) && person.is_here() && person.age(day) < 18
        });
        let family: Vec<PersonIx> = std::iter::once(ix)
            .chain(children)
            .filter(|&member| !self.is_held(member))
            .collect();
        for &member in &family {
            let ground = if member == ix {
                AdmissionGround::Victim
            } else {
                AdmissionGround::Family
            };
            self.admit(day, member, SiteKind::GuestTown, ground);
        }
        let leaves = day.plus(self.chance.between(15, SHELTER_DAYS_MAX));
        self.plan(leaves, Step::LeaveSite(family));
    }

    /// A family moves to another guest town.
    pub(super) fn move_town(&mut self, day: Day, family: &[PersonIx]) {
        for &member in family {
            let sheltered = self.stay(member).filter(|stay| stay.shelters());
            if let Some(other) = sheltered.and_then(|stay| stay.site.another(day)) {
                self.move_to(day, member, other);
            }
        }
    }

    /// A family that is sheltered leaves: most live elsewhere from then on.
    pub(super) fn leave_site(&mut self, day: Day, family: &[PersonIx]) {
        let (reason, _) = *self.chance.weighted(
            &[
                (DischargeReason::HousedElsewhere, 620),
                (DischargeReason::OwnWill, 260),
                (DischargeReason::OtherAuthority, 70),
                (DischargeReason::LeftWithoutNotice, 50),
            ],
            |row| row.1,
        );
        for &member in family {
            if self.stay(member).is_some_and(Stay::shelters) {
                self.discharge(day, member, reason);
            }
        }
    }

    /// Of those who return of their own will, one party in four waits in a return centre, and half of these go on to an
    /// exit station; tells on which day they leave the country.
    pub(super) fn wait_to_leave(&mut self, day: Day, leaving: &[PersonIx]) -> Day {
        let waits = self.terms.sites
            && FIRST_WAIT <= day.jalali_year()
            && leaving.iter().all(|&member| !self.is_held(member))
            && self.chance.permille(250);
        if !waits {
            return day;
        }
        for &member in leaving {
            self.admit(
                day,
                member,
                SiteKind::ReturnCentre,
                AdmissionGround::Departure,
            );
        }
        let departure = day.plus(self.chance.between(3, 12));
        if self.chance.permille(500) {
            for &member in leaving {
                let waits = self
                    .stay(member)
                    .is_some_and(|stay| stay.ground == AdmissionGround::Departure);
                if waits {
                    self.move_to_exit(departure.plus(-1), member);
                }
            }
        }
        departure
    }

    /// Somebody who is about to leave the country is taken to the exit station.
    pub(super) fn move_to_exit(&mut self, day: Day, ix: PersonIx) {
        let province = self.person(ix).province;
        if let Some(exit) = SiteIx::near(SiteKind::ExitStation, province, day) {
            self.move_to(day, ix, exit);
        }
    }

    /// Of grown people who arrive without a household, one in eight of those without papers, and one in a hundred of those
    /// displaced, is held until it is settled who they are (art. 33).
    pub(super) fn perhaps_intake(&mut self, day: Day, ix: PersonIx) {
        if !self.terms.sites || day.jalali_year() < FIRST_INTAKE {
            return;
        }
        let person = self.person(ix);
        let alone = person.home.is_none() && 18 <= person.age(day);
        let permille = match person.course {
            Course::Irregular => 125,
            Course::Amayesh => 10,
            Course::Refugee | Course::Passport | Course::Stateless => 0,
        };
        if alone && self.chance.permille(permille) {
            self.take_in(day, ix);
        }
    }
}

impl Stay {
    /// True if the person is sheltered there, and not held or about to leave.
    pub(super) fn shelters(self) -> bool {
        matches!(
            self.ground,
            AdmissionGround::Refuge | AdmissionGround::Victim | AdmissionGround::Family
        )
    }
}

/// What an act about a stay rests on.
fn basis(ground: AdmissionGround) -> &'static str {
    match ground {
        AdmissionGround::Refuge | AdmissionGround::Family => "law:art. 1(12)",
        AdmissionGround::Victim => "law:art. 34",
        AdmissionGround::Holding => "law:art. 33",
        AdmissionGround::Departure | AdmissionGround::Unspecified => "law:art. 17",
    }
}
