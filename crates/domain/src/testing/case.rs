//! Short builders of service cases.

use super::*;

/// The service of the 90-day movement pass.
pub(crate) const MOVEMENT: &str = "12012154101";
/// Grant of nationality.
pub(crate) const NATIONALITY: &str = "10012154102";
/// Residence documents.
pub(crate) const RESIDENCE: &str = "12012154100";

pub(crate) fn request(service: &str, applicant: Applicant) -> RequestService {
    RequestService {
        service: service.parse().unwrap(),
        applicant,
        concerned: vec![],
        channel: RequestChannel::Counter,
        representative: String::new(),
        request: String::new(),
    }
}

pub(crate) fn step(case: CaseNumber, step: impl Into<CaseStep>) -> AdvanceCase {
    AdvanceCase {
        case,
        step: step.into(),
    }
}

pub(crate) fn evidence() -> Evidence {
    Evidence {
        kind: EvidenceKind::IdentityPaper,
        issuer: "AFG".into(),
        number: "P-1".into(),
        issued_on: Some(on("1395-01-01")),
        original: true,
        checked_by: "officer-7".into(),
    }
}

pub(crate) fn grant_service() -> ServiceGrant {
    ServiceGrant {
        decided_by: "directorate".into(),
        ground: String::new(),
        effective_from: None,
        conditions: String::new(),
        appeal_body: String::new(),
    }
}

pub(crate) fn refuse_service() -> ServiceRefusal {
    ServiceRefusal {
        decided_by: "directorate".into(),
        ground: "services.md row 10".into(),
        appeal_body: "Administrative Justice Court".into(),
    }
}

/// Notice that was handed over at noon of a day.
pub(crate) fn notice(date: &str) -> ServiceNotice {
    ServiceNotice {
        manner: NoticeManner::InPerson,
        sms_sent_at: None,
        placed_at: None,
        handed_at: Timestamp::start_of_day_in_tehran(day(date)).plus_seconds(43_200),
        language: "fa".into(),
    }
}

pub(crate) fn appeal() -> ServiceAppeal {
    ServiceAppeal {
        body: "Administrative Justice Court".into(),
        ground: String::new(),
    }
}

pub(crate) fn appeal_decided(outcome: AppealOutcome) -> AppealDecision {
    AppealDecision {
        outcome,
        decided_by: "Administrative Justice Court".into(),
        ground: "the ground was not shown".into(),
    }
}

pub(crate) fn closed(outcome: CaseOutcome) -> CaseClosure {
    CaseClosure {
        outcome,
        declaration_reference: String::new(),
    }
}

pub(crate) fn paper(
    holders: Vec<PersonNumber>,
    number: &str,
    term: (&str, &str),
    content: impl Into<PaperContent>,
) -> PaperIssue {
    PaperIssue {
        holders,
        number: number.into(),
        valid_from: on(term.0),
        valid_until: Some(on(term.1)),
        replaces: String::new(),
        content: content.into(),
    }
}

pub(crate) fn annul(target: ActId) -> AnnulAct {
    AnnulAct {
        target,
        reason: "entered by mistake".into(),
    }
}

pub(crate) fn movement_pass() -> MovementPass {
    MovementPass {
        province: ProvinceCode::Tehran,
        ground: String::new(),
    }
}

impl Registry {
    /// Opens a case of a service about a person.
    pub(crate) fn open_case(
        &mut self,
        date: &str,
        service: &str,
        person: PersonNumber,
    ) -> CaseNumber {
        let request = request(service, Applicant::Person(person));
        self.ok(date, request).cases[0]
    }

    /// Takes a step of a case that must be accepted.
    pub(crate) fn takes(
        &mut self,
        date: &str,
        case: CaseNumber,
        with: impl Into<CaseStep>,
    ) -> Outcome {
        self.ok(date, step(case, with))
    }

    /// Takes a step of a case that must be refused.
    pub(crate) fn refuses(
        &mut self,
        date: &str,
        case: CaseNumber,
        with: impl Into<CaseStep>,
    ) -> Reason {
        self.refused(date, step(case, with))
    }
}
