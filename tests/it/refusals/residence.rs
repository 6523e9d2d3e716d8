//! Permits, statuses and documents that do not pass.

use sabt_domain::refusal::Reason;
use sabt_proto::api::v1::SignedAct;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{
    self as event, AdverseDecision, PersonStatus, ResidenceBasis, ResidenceKind,
};
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support;

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = permits(world);
    rows.extend(conditions(world));
    rows.extend(endings(world));
    rows.extend(statuses(world));
    rows.extend(decisions(world));
    rows.extend(documents(world));
    rows
}

fn refused(name: &'static str, signed: SignedAct, reason: Reason) -> Row {
    Row::new(name, signed, Code::FailedPrecondition, reason)
}

fn permits(world: &World) -> Vec<Row> {
    let people = &world.people;
    let issue = |person: &str, kind, basis, number: &str, term| {
        let permit = support::permit(person, kind, basis, number, term);
        world.act("1404-01-01", Body::IssueResidencePermit(permit))
    };
    let temporary = |person: &str, number: &str, term| {
        issue(
            person,
            ResidenceKind::Temporary,
            ResidenceBasis::General,
            number,
            term,
        )
    };
    let family = event::IssueResidencePermit {
        scope: event::PermitScope::Family.into(),
        ..support::permit(
            &people.single,
            ResidenceKind::Temporary,
            ResidenceBasis::General,
            "T-9",
            ("1404-01-01", "1404-06-01"),
        )
    };
    let visa = event::IssueVisa {
        person: people.man.clone(),
        kind: event::VisaKind::Tourist.into(),
        visa_number: "T-1".to_owned(),
        valid_from: Some(support::jalali("1404-01-01")),
        valid_until: Some(support::jalali("1404-02-01")),
        stay_days: 30,
        ..event::IssueVisa::default()
    };
    let (man, single, short) = (&people.man, &people.single, ("1404-01-01", "1404-06-01"));
    let exists = Code::AlreadyExists;
    vec![
        refused(
            "permit beside another",
            temporary(single, "T-9", ("1404-06-01", "1405-02-01")),
            Reason::PermitOverlap,
        ),
        refused(
            "permit of two years",
            temporary(man, "T-9", ("1404-01-01", "1405-12-29")),
            Reason::TermTooLong,
        ),
        refused(
            "permit that ends before it begins",
            temporary(man, "T-9", ("1404-06-01", "1404-01-01")),
            Reason::TermReversed,
        ),
        refused(
            "permit without end",
            temporary(man, "T-9", ("1404-01-01", "")),
            Reason::TermMissing,
        ),
        Row::new(
            "permit number given twice",
            temporary(man, "T-1", short),
            exists,
            Reason::DuplicatePermit,
        ),
        Row::new(
            "visa with the number of a permit",
            world.act("1404-01-01", Body::IssueVisa(visa)),
            exists,
            Reason::DuplicatePermit,
        ),
        refused(
            "seven years without three before",
            issue(
                man,
                ResidenceKind::SevenYear,
                ResidenceBasis::General,
                "S-9",
                short,
            ),
            Reason::NotEligible,
        ),
        refused(
            "three years on no ground",
            issue(
                man,
                ResidenceKind::ThreeYear,
                ResidenceBasis::General,
                "S-9",
                short,
            ),
            Reason::NotEligible,
        ),
        refused(
            "refugee permit without refuge",
            issue(
                man,
                ResidenceKind::Refugee,
                ResidenceBasis::Refugee,
                "R-9",
                short,
            ),
            Reason::NotEligible,
        ),
        refused(
            "family permit of an adult alone",
            world.act("1404-01-01", Body::IssueResidencePermit(family)),
            Reason::ScopeNotAllowed,
        ),
    ]
}

fn conditions(world: &World) -> Vec<Row> {
    let man = &world.people.man;
    let issue = |kind, basis, number: &str, term| {
        let permit = support::permit(man, kind, basis, number, term);
        world.act("1405-01-10", Body::IssueResidencePermit(permit))
    };
    let attest = |reference: &str, met_on: &str| {
        let condition = event::ResidenceCondition::Literacy;
        let body = support::attest(man, condition, reference, met_on);
        world.act("1405-01-10", body)
    };
    let unknown = Body::AttestResidenceCondition(event::AttestResidenceCondition {
        person: man.clone(),
        condition: 99,
        reference: "C-1".to_owned(),
        met_on: None,
    });
    let nobody = Body::ExemptFromResidenceCondition(event::ExemptFromResidenceCondition {
        person: man.clone(),
        condition: event::ResidenceCondition::Income.into(),
        ..event::ExemptFromResidenceCondition::default()
    });
    let approval = event::ResidenceCondition::CommissionApproval;
    let exempted = support::exempt(man, approval);
    let long = "C".repeat(65);
    let dead = event::ResidenceCondition::Oath;
    let dead = support::attest(&world.people.dead, dead, "C-1", "1401-01-01");
    vec![
        refused(
            "three years of which one condition is attested",
            issue(
                ResidenceKind::ThreeYear,
                ResidenceBasis::Investor,
                "S-9",
                ("1405-01-10", "1407-12-29"),
            ),
            Reason::ConditionNotShown,
        )
        .with(&[
            ("kind", "THREE_YEAR"),
            ("step", "ISSUE"),
            (
                "missing",
                "CLEAN_RECORD (law:art. 22(2)), INTERVIEW (law:art. 22(4)), \
                 OATH (law:art. 22(5)), CLASSES (law:art. 22(6))",
            ),
        ]),
        refused(
            "special residence without the commission",
            issue(
                ResidenceKind::Special,
                ResidenceBasis::OutstandingService,
                "S-9",
                ("1405-01-10", ""),
            ),
            Reason::ConditionNotShown,
        )
        .with(&[("missing", "COMMISSION_APPROVAL (law:art. 24)")]),
        refused(
            "exemption from the approval of the commission",
            world.act("1405-01-10", exempted),
            Reason::ExemptionNotAllowed,
        )
        .with(&[("condition", "COMMISSION_APPROVAL")]),
        refused(
            "condition that is to be met later",
            attest("C-1", "1405-01-11"),
            Reason::FutureDate,
        ),
        refused(
            "condition met before birth",
            attest("C-1", "1350-01-01"),
            Reason::BeforeBirth,
        ),
        refused(
            "condition of a dead person",
            world.act("1405-01-10", dead),
            Reason::PersonDeceased,
        ),
        Row::malformed(
            "condition without a paper",
            attest(" ", "1405-01-10"),
            &["attest_residence_condition.reference"],
        ),
        Row::malformed(
            "condition with a paper of 65 letters",
            attest(&long, "1405-01-10"),
            &["attest_residence_condition.reference"],
        ),
        Row::malformed(
            "condition that is none",
            world.act("1405-01-10", unknown),
            &[
                "attest_residence_condition.condition",
                "attest_residence_condition.met_on",
            ],
        ),
        Row::malformed(
            "exemption by nobody",
            world.act("1405-01-10", nobody),
            &[
                "exempt_from_residence_condition.decided_by",
                "exempt_from_residence_condition.reference",
            ],
        ),
    ]
}

fn endings(world: &World) -> Vec<Row> {
    let people = &world.people;
    let renew = |person: &str, number: &str, until: &str| {
        let renewal = event::RenewResidencePermit {
            person: person.to_owned(),
            permit_number: number.to_owned(),
            valid_until: Some(support::jalali(until)),
        };
        world.act("1405-02-01", Body::RenewResidencePermit(renewal))
    };
    let lapse = |person: &str, number: &str| {
        let lapse = event::RecordResidencePermitLapse {
            person: person.to_owned(),
            permit_number: number.to_owned(),
        };
        world.act("1405-02-01", Body::RecordResidencePermitLapse(lapse))
    };
    let convert = |consent: &str, number: &str| {
        let conversion = event::ConvertResidencePermit {
            person: people.single.clone(),
            permit_number: number.to_owned(),
            kind: ResidenceKind::Temporary.into(),
            basis: ResidenceBasis::General.into(),
            new_permit_number: "T-8".to_owned(),
            valid_from: Some(support::jalali("1405-02-01")),
            valid_until: Some(support::jalali("1405-12-29")),
            consent_reference: consent.to_owned(),
        };
        world.act("1405-02-01", Body::ConvertResidencePermit(conversion))
    };
    let (man, single) = (&people.man, &people.single);
    vec![
        refused(
            "second renewal",
            renew(man, "T-1", "1405-12-29"),
            Reason::RenewalLimit,
        ),
        refused(
            "renewal of a revoked permit",
            renew(man, "T-2", "1405-12-29"),
            Reason::PermitNotInForce,
        ),
        refused(
            "renewal to an earlier day",
            renew(single, "A-1", "1405-06-01"),
            Reason::TermReversed,
        ),
        Row::new(
            "renewal of no permit",
            renew(man, "T-7", "1405-12-29"),
            Code::NotFound,
            Reason::UnknownPermit,
        ),
        refused(
            "lapse of a valid permit",
            lapse(single, "A-1"),
            Reason::PermitStillValid,
        ),
        refused(
            "lapse of a revoked permit",
            lapse(man, "T-2"),
            Reason::PermitNotInForce,
        ),
        refused(
            "conversion without consent",
            convert("", "A-1"),
            Reason::ConsentMissing,
        ),
        Row::new(
            "conversion of no permit",
            convert("C-1", "A-7"),
            Code::NotFound,
            Reason::UnknownPermit,
        ),
    ]
}

fn statuses(world: &World) -> Vec<Row> {
    let people = &world.people;
    let grant = |person: &str, status: PersonStatus| {
        let grant = event::GrantStatus {
            person: person.to_owned(),
            status: status.into(),
            decided_by: String::new(),
        };
        world.act("1404-03-01", Body::GrantStatus(grant))
    };
    let change = |person: &str, from: PersonStatus, to: PersonStatus| {
        world.act("1404-03-01", status_change(person, from, to, None))
    };
    let (man, other) = (&people.man, &people.other);
    let refugee = PersonStatus::Refugee;
    vec![
        refused(
            "status without a way to it",
            grant(man, PersonStatus::FormerRefugee),
            Reason::TransitionNotAllowed,
        ),
        refused(
            "status held already",
            grant(other, refugee),
            Reason::StatusHeld,
        ),
        refused(
            "change from a status not held",
            change(man, refugee, PersonStatus::Migrant),
            Reason::StatusNotHeld,
        ),
        refused(
            "change to the status held",
            change(other, refugee, refugee),
            Reason::StatusHeld,
        ),
        refused(
            "refugee made irregular",
            change(other, refugee, PersonStatus::IrregularMigrant),
            Reason::TransitionNotAllowed,
        )
        .with(&[("from", "REFUGEE"), ("to", "IRREGULAR_MIGRANT")]),
    ]
}

fn status_change(
    person: &str,
    from: PersonStatus,
    to: PersonStatus,
    decision: Option<AdverseDecision>,
) -> Body {
    Body::ChangeStatus(event::ChangeStatus {
        person: person.to_owned(),
        from: from.into(),
        to: to.into(),
        decided_by: String::new(),
        decision,
    })
}

fn decisions(world: &World) -> Vec<Row> {
    let end = |decision: Option<AdverseDecision>| {
        let to = PersonStatus::FormerRefugee;
        let change = status_change(&world.people.other, PersonStatus::Refugee, to, decision);
        world.act("1404-03-01", change)
    };
    let revoke = event::RevokeResidencePermit {
        person: world.people.single.clone(),
        permit_number: "A-1".to_owned(),
        decision: None,
    };
    let usual = || support::decision("1404-02-01");
    let nobody = AdverseDecision {
        decided_by: " ".to_owned(),
        ..usual()
    };
    let groundless = AdverseDecision {
        ground: String::new(),
        ..usual()
    };
    let unserved = AdverseDecision {
        served_on: None,
        ..usual()
    };
    let final_word = AdverseDecision {
        appeal_body: String::new(),
        ..usual()
    };
    vec![
        refused(
            "refuge ended without decision",
            end(None),
            Reason::DeciderMissing,
        ),
        refused(
            "refuge ended by nobody",
            end(Some(nobody)),
            Reason::DeciderMissing,
        ),
        refused(
            "refuge ended on no ground",
            end(Some(groundless)),
            Reason::GroundMissing,
        ),
        refused(
            "refuge ended without notice",
            end(Some(unserved)),
            Reason::MissingNotice,
        ),
        refused(
            "refuge ended before notice",
            end(Some(support::decision("1404-04-01"))),
            Reason::MissingNotice,
        ),
        refused(
            "refuge ended without appeal",
            end(Some(final_word)),
            Reason::AppealBodyMissing,
        ),
        refused(
            "permit revoked without decision",
            world.act("1405-02-01", Body::RevokeResidencePermit(revoke)),
            Reason::DeciderMissing,
        ),
    ]
}

fn documents(world: &World) -> Vec<Row> {
    let people = &world.people;
    let issue = |person: &str, number: &str, replaces: Option<&str>| {
        let issue = event::IssueDocument {
            person: person.to_owned(),
            document: Some(support::document(number)),
            replaces: replaces.map(support::reference),
        };
        world.act("1404-01-01", Body::IssueDocument(issue))
    };
    let lost = |number: &str| {
        let loss = event::ReportDocumentLost {
            person: people.man.clone(),
            document: Some(support::reference(number)),
            stolen: false,
        };
        world.act("1404-01-01", Body::ReportDocumentLost(loss))
    };
    let buried = event::VoidDocument {
        person: people.man.clone(),
        document: Some(support::reference("P-1")),
        reason: event::VoidReason::HolderDeceased.into(),
    };
    let newcomer = support::register_with(event::Sex::Male, "1371-01-01", "P-1");
    let (man, single) = (&people.man, &people.single);
    let (exists, missing) = (Code::AlreadyExists, Code::NotFound);
    let duplicate = Reason::DuplicateDocument;
    vec![
        Row::new(
            "newcomer with the passport of another",
            world.act("1404-01-01", Body::RegisterPerson(newcomer)),
            exists,
            duplicate,
        ),
        Row::new(
            "passport of another",
            issue(single, "P-1", None),
            exists,
            duplicate,
        ),
        Row::new(
            "passport given twice",
            issue(man, "P-1", None),
            exists,
            duplicate,
        ),
        refused(
            "voided passport replaced",
            issue(man, "P-3", Some("P-2")),
            Reason::DocumentNotLive,
        ),
        Row::new(
            "no passport replaced",
            issue(man, "P-3", Some("P-7")),
            missing,
            Reason::UnknownDocument,
        ),
        refused(
            "loss of a voided passport",
            lost("P-2"),
            Reason::DocumentNotLive,
        ),
        Row::new(
            "loss of no passport",
            lost("P-7"),
            missing,
            Reason::UnknownDocument,
        ),
        refused(
            "passport of a living deceased",
            world.act("1404-01-01", Body::VoidDocument(buried)),
            Reason::DocumentNotLive,
        ),
    ]
}
