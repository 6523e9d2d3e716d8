//! Builders of acts about removal.

use super::*;
use crate::law::ExpulsionGround;

/// Enrols the immigration police, as office `THR-66`, and goes on as `THR-01`.
pub(crate) fn with_police(registry: &mut Registry) {
    registry.author = Author::governance();
    registry.office = code("REGISTRY");
    let agency = enrol_agency("NAJA-M", Role::ImmigrationPolice);
    registry.ok("1399-01-02", agency);
    let office = enrol_office("THR-66", "NAJA-M", ProvinceCode::Tehran);
    registry.ok("1399-01-02", office);
    registry.as_office("THR-01");
}

pub(crate) fn order_expulsion(person: PersonNumber, number: &str) -> OrderExpulsion {
    OrderExpulsion {
        person,
        order_number: number.into(),
        decided_by: "directorate".into(),
        ground: ExpulsionGround::NoVisaOrCard,
        appeal_body: "commission".into(),
        court_ruling: String::new(),
        destination: Some(code("AFG")),
    }
}

/// Served on this day, the SMS in the morning and the notice a minute later.
pub(crate) fn serve_on(person: PersonNumber, decision: ActId, date: &str) -> ServeDecision {
    let morning = Timestamp::start_of_day_in_tehran(day(date)).plus_seconds(28_800);
    ServeDecision {
        person,
        decision,
        sms_sent_at: morning.unwrap(),
        notice_placed_at: morning.unwrap().plus_seconds(60).unwrap(),
    }
}

pub(crate) fn lodge_appeal(person: PersonNumber, decision: ActId, number: &str) -> LodgeAppeal {
    LodgeAppeal {
        person,
        decision,
        appeal_number: number.into(),
        lodged_by: AppealBy::Person,
        body: "commission".into(),
    }
}

pub(crate) fn hold_session(person: PersonNumber, appeal: ActId) -> HoldCommissionSession {
    HoldCommissionSession {
        person,
        appeal,
        session_number: "1402/7".into(),
        level: CommissionLevel::Provincial,
        province: Some(ProvinceCode::Tehran),
    }
}

/// Decided with everything but a session.
pub(crate) fn decide_appeal(
    person: PersonNumber,
    appeal: ActId,
    outcome: AppealOutcome,
    served_on: &str,
) -> DecideAppeal {
    DecideAppeal {
        person,
        appeal,
        outcome,
        decided_by: "commission".into(),
        ground: "art. 12 note 4".into(),
        served_on: Some(on(served_on)),
        session: None,
        declaration_reference: "D-1".into(),
    }
}

pub(crate) fn suspend(person: PersonNumber, number: &str) -> SuspendExpulsion {
    SuspendExpulsion {
        person,
        order_number: number.into(),
        court: "Tehran 4".into(),
        ruling_number: "1402/11".into(),
        cause: SuspensionCause::Investigation,
    }
}

pub(crate) fn extend_suspension(
    person: PersonNumber,
    suspension: ActId,
    until: &str,
) -> ExtendExpulsionSuspension {
    ExtendExpulsionSuspension {
        person,
        suspension,
        court: "Tehran 4".into(),
        ruling_number: "1402/12".into(),
        until: on(until),
    }
}

pub(crate) fn end_suspension(
    person: PersonNumber,
    suspension: ActId,
    ending: SuspensionEnding,
) -> EndExpulsionSuspension {
    EndExpulsionSuspension {
        person,
        suspension,
        ending,
        ruling_number: "1402/13".into(),
    }
}

pub(crate) fn protect(person: PersonNumber, kind: ProtectionKind) -> RecordProtection {
    RecordProtection {
        person,
        kind,
        finding_reference: "forensic medicine 1402/3".into(),
    }
}

/// The commission's finding; for the asylum unit see `StayGround::AsylumProcedure`.
pub(crate) fn place_stay(person: PersonNumber) -> PlaceStayOfRemoval {
    PlaceStayOfRemoval {
        person,
        ground: StayGround::CommissionFinding,
        decided_by: "commission".into(),
        reference: "1402/5".into(),
    }
}

pub(crate) fn lift_stay(stay: ClaimNumber) -> LiftStayOfRemoval {
    LiftStayOfRemoval {
        stay,
        reason: "nothing is to be feared any more".into(),
    }
}

pub(crate) fn execute(person: PersonNumber, number: &str) -> ExecuteExpulsion {
    ExecuteExpulsion {
        person,
        order_number: number.into(),
        border_point: "DOGHAROUN".into(),
        destination: code("AFG"),
    }
}

pub(crate) fn ban(person: PersonNumber, number: &str) -> ImposeEntryBan {
    ImposeEntryBan {
        person,
        ban_number: number.into(),
        ground: EntryBanGround::CostsUnpaid,
        review_on: on("1404-01-01"),
        decision: Some(decision()),
    }
}

/// A visa that begins in 1402.
pub(crate) fn visa(person: PersonNumber, number: &str) -> IssueVisa {
    IssueVisa {
        person,
        kind: VisaKind::Tourist,
        visa_number: number.into(),
        valid_from: on("1402-01-01"),
        valid_until: on("1402-12-29"),
        stay_days: 30,
        multiple_entry: false,
        issued_at: String::new(),
    }
}

pub(crate) fn begin_holding(person: PersonNumber, number: &str) -> BeginHolding {
    BeginHolding {
        person,
        holding_number: number.into(),
        basis: HoldingBasis::DisplacedOrIrregular,
        place_kind: HoldingPlace::CareCamp,
        place: "camp 3".into(),
        ordered_by: "police, Tehran".into(),
    }
}

pub(crate) fn extend_holding(person: PersonNumber, holding: ActId, until: &str) -> ExtendHolding {
    ExtendHolding {
        person,
        holding,
        until: on(until),
        consent_reference: "commission 1402/9".into(),
    }
}

pub(crate) fn end_holding(person: PersonNumber, holding: ActId) -> EndHolding {
    EndHolding {
        person,
        holding,
        ending: HoldingEnding::Released,
    }
}

/// Of somebody who is not held.
pub(crate) fn voluntary_return(person: PersonNumber) -> RecordVoluntaryReturn {
    RecordVoluntaryReturn {
        person,
        border_point: "DOGHAROUN".into(),
        destination: code("AFG"),
        interviewed_by: "THR-01".into(),
        language: "prs".into(),
        information_reference: "leaflet 4".into(),
        declaration_reference: "D-9".into(),
        declared_while_held: false,
    }
}

pub(crate) fn third_country(person: PersonNumber) -> RecordThirdCountryDeparture {
    RecordThirdCountryDeparture {
        person,
        border_point: "DOGHAROUN".into(),
        destination: code("CAN"),
        programme_reference: "R-77".into(),
    }
}
