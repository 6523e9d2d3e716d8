//! Decisions of cases, notice of them, and objections.

use super::{RULE, Step};
use crate::act::{AppealDecision, ServiceGrant, ServiceNotice, ServiceRefusal};
use crate::case::CaseDecision;
use crate::fact::{AppealOutcome, CommissionMember};
use crate::refusal::{Reason, Refusal};

impl Step<'_> {
    /// Nothing is granted by silence: somebody decides, after what the catalogue asks for has happened and after the members
    /// who were asked have answered or their time is over (AM-21).
    pub(super) fn grant(&self, grant: &ServiceGrant) -> Result<(), Refusal> {
        self.undecided()?;
        let mut missing = self.service.needs.iter();
        if let Some(missing) = missing.find(|need| !self.case.has(**need)) {
            return Err(self
                .refuse(Reason::StepMissing)
                .with("step", missing.code()));
        }
        self.opinions_in()?;
        if grant.decided_by.trim().is_empty() {
            return Err(self.refuse(Reason::DeciderMissing));
        }
        if self.case.adverse {
            self.grounded(&grant.ground, &grant.appeal_body)?;
        }
        Ok(())
    }

    pub(super) fn refusal(&self, refusal: &ServiceRefusal) -> Result<(), Refusal> {
        self.undecided()?;
        self.opinions_in()?;
        if refusal.decided_by.trim().is_empty() {
            return Err(self.refuse(Reason::DeciderMissing));
        }
        if !self.case.adverse {
            self.grounded(&refusal.ground, &refusal.appeal_body)?;
        }
        Ok(())
    }

    fn grounded(&self, ground: &str, appeal_body: &str) -> Result<(), Refusal> {
        if ground.trim().is_empty() {
            return Err(self.refuse(Reason::GroundMissing));
        }
        if appeal_body.trim().is_empty() {
            return Err(self.refuse(Reason::AppealBodyMissing));
        }
        Ok(())
    }

    /// The office decides on what it had when it decided: its own clock counts.
    fn opinions_in(&self) -> Result<(), Refusal> {
        let awaited: Vec<_> = self
            .case
            .awaited(self.scene.act().office_recorded_at)
            .map(CommissionMember::code)
            .collect();
        if awaited.is_empty() {
            return Ok(());
        }
        Err(
            Refusal::new(Reason::OpinionsAwaited, "law:art. 20(2) (TL-34)")
                .with("members", awaited.join(" ")),
        )
    }

    pub(super) fn serve(&self, notice: &ServiceNotice) -> Result<(), Refusal> {
        let Some(decision) = self.case.decision() else {
            return Err(self.refuse(Reason::CaseNotDecided));
        };
        if decision.notice.is_some() {
            return Err(self.refuse(Reason::StepRepeated));
        }
        let Some(at) = notice.served_at() else {
            return Err(Refusal::new(Reason::MissingNotice, "law:art. 3 note 3 (TL-09)")
                .with_message("A moment without which notice does not count is not stated.")
                .with_remedy(
                    "Electronic: state when the SMS was sent and when the notice was placed. Otherwise: when it was handed over.",
                ));
        };
        self.not_in_future(at)?;
        let day = at.day_in_tehran();
        if day < decision.on.earliest() || self.scene.act().occurred_on.latest() < day {
            return Err(self
                .refuse(Reason::OutOfSequence)
                .with_message(
                    "The moment of service lies before the decision, or after the day of the act.",
                )
                .with_remedy("Date the act with the day of service."));
        }
        Ok(())
    }

    /// No time is set for appeals against these decisions, so that none is late (AM-22).
    pub(super) fn appeal(&self) -> Result<(), Refusal> {
        let Some(decision) = self.case.decision() else {
            return Err(self.refuse(Reason::CaseNotDecided));
        };
        if decision.notice.is_none() {
            return Err(Refusal::new(Reason::MissingNotice, RULE)
                .with_remedy("Serve the decision: the time to object begins with notice."));
        }
        if decision.open_appeal().is_some() {
            return Err(self.refuse(Reason::AppealOpen));
        }
        Ok(())
    }

    pub(super) fn decide_appeal(&self, decision: &AppealDecision) -> Result<(), Refusal> {
        let standing = self.case.decision();
        let open = standing.and_then(CaseDecision::open_appeal);
        if open.is_none() {
            return Err(self.refuse(Reason::NoOpenAppeal));
        }
        let decided = decision.outcome != AppealOutcome::Withdrawn;
        if decided && decision.decided_by.trim().is_empty() {
            return Err(self.refuse(Reason::DeciderMissing));
        }
        let stands = matches!(
            decision.outcome,
            AppealOutcome::Rejected | AppealOutcome::Inadmissible
        );
        if stands && decision.ground.trim().is_empty() {
            return Err(self.refuse(Reason::GroundMissing));
        }
        Ok(())
    }
}
