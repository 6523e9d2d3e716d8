//! Stays in sites that cannot be.

use sabt_domain::refusal::Reason;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, AdmissionGround, DischargeReason, SiteKind, act::Body};

use crate::life::Family;
use crate::life::state::PersonIx;
use crate::sites::SiteIx;

impl Family {
    pub(super) fn camp_without_holding(&mut self, day: Day, ix: PersonIx) {
        let free = self.stay(ix).is_none() && !self.is_held(ix);
        if free {
            self.refuse_admission(
                day,
                ix,
                (SiteKind::CareCamp, AdmissionGround::Holding),
                Reason::HoldingMissing,
            );
        }
    }

    pub(super) fn shelter_in_a_camp(&mut self, day: Day, ix: PersonIx) {
        self.refuse_admission(
            day,
            ix,
            (SiteKind::CareCamp, AdmissionGround::Victim),
            Reason::NotEligible,
        );
    }

    pub(super) fn second_stay(&mut self, day: Day, ix: PersonIx) {
        if self.stay(ix).is_some() {
            self.refuse_admission(
                day,
                ix,
                (SiteKind::GuestTown, AdmissionGround::Victim),
                Reason::InAnotherSite,
            );
        }
    }

    pub(super) fn discharge_of_nobody(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        let site = SiteIx::near(SiteKind::GuestTown, person.province, day);
        let (Some(site), None, true) = (site, self.stay(ix), person.is_here()) else {
            return;
        };
        let body = Body::RecordSiteDischarge(proto::RecordSiteDischarge {
            person: self.reference(ix),
            site: site.reference().to_string(),
            reason: DischargeReason::OwnWill.into(),
        });
        self.refuse(site.desk(), day, "duty:19", body, Reason::NotInSite);
    }

    fn refuse_admission(
        &mut self,
        day: Day,
        ix: PersonIx,
        (kind, ground): (SiteKind, AdmissionGround),
        reason: Reason,
    ) {
        let person = self.person(ix);
        let site = SiteIx::near(kind, person.province, day);
        let (Some(site), true) = (site, person.is_here()) else {
            return;
        };
        let body = self.admission(ix, site, ground);
        self.refuse(site.desk(), day, "duty:19", body, reason);
    }
}
