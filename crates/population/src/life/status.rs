//! Statuses: granted, changed, given up.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, AsylumGround, AsylumLodging, AsylumOutcome, DocumentKind, PersonStatus,
    act::Body,
};

use super::permit::adverse;
use super::state::{Course, PersonIx};
use super::{Family, Step};
use crate::institutions::Desk;
use crate::plan::SubjectSort;

impl Family {
    /// Grants a first status.
    pub(super) fn grant(&mut self, day: Day, ix: PersonIx, status: PersonStatus, basis: &str) {
        let body = Body::GrantStatus(proto::GrantStatus {
            person: self.reference(ix),
            status: status.into(),
            decided_by: "BAFIA".to_owned(),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, basis, body);
        self.person_mut(ix).status = Some(status);
    }

    /// Changes the status to one that takes nothing away.
    pub(super) fn change_status(&mut self, day: Day, ix: PersonIx, to: PersonStatus, basis: &str) {
        let Some(from) = self.person(ix).status else {
            return;
        };
        let body = Body::ChangeStatus(proto::ChangeStatus {
            person: self.reference(ix),
            from: from.into(),
            to: to.into(),
            decided_by: "BAFIA".to_owned(),
            decision: None,
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, basis, body);
        self.person_mut(ix).status = Some(to);
    }

    /// The grounds of refuge have ceased (ST-21): the status changes after notice, and the person leaves within the time
    /// left (TL-62).
    pub(super) fn cease(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() || self.person(ix).status != Some(PersonStatus::Refugee) {
            return;
        }
        let to = PersonStatus::FormerRefugee;
        let body = Body::ChangeStatus(proto::ChangeStatus {
            person: self.reference(ix),
            from: PersonStatus::Refugee.into(),
            to: to.into(),
            decided_by: "BAFIA".to_owned(),
            decision: Some(adverse(day, "art. 35(5)")),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "law:art.35(5)", body);
        let person = self.person_mut(ix);
        person.status = Some(to);
        // Nothing of what a refugee may ask for is open any more.
        person.course = Course::Irregular;
        self.plan_within(day, 44, Step::Depart(ix));
    }

    /// Somebody without papers obtains passport and visa, and with them a way to residence (ST-01).
    pub(super) fn regularise(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.is_here()
            || person.course != Course::Irregular
            || person.status != Some(PersonStatus::IrregularMigrant)
        {
            return;
        }
        self.issue_passport(day, ix);
        self.issue_visa(day, ix);
        self.change_status(day, ix, PersonStatus::VisaHolder, "law:art.1(4)");
        self.person_mut(ix).course = Course::Passport;
        self.plan_within(day, 60, Step::Reside(ix));
    }

    /// Asylum is asked for: a claim in the compartment of the asylum unit, and nothing in the person's life.
    pub(super) fn lodge_claim(&mut self, day: Day, ix: PersonIx) {
        let grounds = [
            AsylumGround::Political,
            AsylumGround::Religious,
            AsylumGround::SocialGroup,
            AsylumGround::FearForLife,
        ];
        let ground = grounds[self.claimants.len() % grounds.len()];
        let body = Body::LodgeAsylumClaim(proto::LodgeAsylumClaim {
            person: self.reference(ix),
            lodged_at: AsylumLodging::Authority.into(),
            place: String::new(),
            grounds: vec![ground.into()],
            interview_reference: String::new(),
            shelter_address: None,
        });
        let claim = self.local(SubjectSort::Claim, self.claimants.len());
        self.accept_new(Desk::Asylum, day, "law:art.35(1)", body, claim);
        self.claimants.push(ix);
        self.person_mut(ix).status = Some(PersonStatus::AsylumSeeker);
    }

    /// The asylum request is decided: recognised, with permit and booklet.
    pub(super) fn recognise(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() || self.person(ix).status != Some(PersonStatus::AsylumSeeker)
        {
            return;
        }
        let Some(before) = self.claimants.iter().rposition(|claimant| *claimant == ix) else {
            return;
        };
        let body = Body::DecideAsylumClaim(proto::DecideAsylumClaim {
            claim: self.local(SubjectSort::Claim, before).to_string(),
            outcome: AsylumOutcome::Granted.into(),
            decided_by: "council".to_owned(),
            decision: None,
            declaration_reference: String::new(),
        });
        self.accept(Desk::Asylum, day, "law:art.1(7)", body);
        self.person_mut(ix).status = Some(PersonStatus::Refugee);
        self.refugee_permit(day, ix);
        self.issue_paper(day, ix, DocumentKind::RefugeBooklet, "law:art.35");
        self.perhaps_house(day, ix);
    }
}
