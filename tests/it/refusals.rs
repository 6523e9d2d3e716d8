//! Bad input, row by row, over gRPC: the status, the reason, the field and the remedy that the caller gets, and that
//! nothing but one recorded refusal is left behind.

mod amendments;
mod asylum;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod authors;
mod calls;
mod campaigns;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod disputes;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod families;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod form;
mod governance;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod grants;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod households;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod questions;
mod rates;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod residence;
#[expect(clippy::too_many_lines, reason = "a function is a table of rows")]
mod sites;
mod transport;
mod world;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sabt_domain::refusal::Reason;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use self::calls::Call;
use self::world::World;
use crate::support::Snapshot;

/// One call that is refused, and how.
struct Row {
    name: &'static str,
    /// Name of the caller's connection in [`World::clients`].
    who: &'static str,
    call: Call,
    code: Code,
    reason: Reason,
    /// Paths of the malformed fields, in order.
    paths: &'static [&'static str],
    /// What stands in the metadata beside rule and remedy, as far as it is fixed.
    metadata: &'static [(&'static str, &'static str)],
}

impl Row {
    fn new(name: &'static str, call: impl Into<Call>, code: Code, reason: Reason) -> Self {
        Self {
            name,
            who: "registrar",
            call: call.into(),
            code,
            reason,
            paths: &[],
            metadata: &[],
        }
    }

    /// A call whose fields at these paths are malformed.
    fn malformed(
        name: &'static str,
        call: impl Into<Call>,
        paths: &'static [&'static str],
    ) -> Self {
        Self {
            paths,
            ..Self::new(name, call, Code::InvalidArgument, Reason::InvalidField)
        }
    }

    /// The same by another caller.
    fn by(self, who: &'static str) -> Self {
        Self { who, ..self }
    }

    /// The same with details that the caller can rely on.
    fn with(self, metadata: &'static [(&'static str, &'static str)]) -> Self {
        Self { metadata, ..self }
    }
}

/// Where the reasons of orders of erasure are provoked.
const OF_ORDERS: &str = "an order is no act: the tests of erasure provoke it";

const OF_LOOKUPS: &str = "a look-up waits for it: the tests of watching provoke it";

const OF_RIGHTS: &str = "it wants a public service: the tests of rights provoke it";

const OF_BIOMETRICS: &str =
    "it takes a reference and what came after it: the tests of erasure and of deciding provoke it";

/// Where the reasons of removal are provoked.
const OF_REMOVAL: &str =
    "it takes an order and what came after it: the flows of removal provoke it";

/// Where the reasons of service cases are provoked: a test sees to it that the scenarios name each of them.
pub(crate) const OF_CASES: &str =
    "it takes a case and what came before: the scenarios of services provoke it";

/// Reasons that no row provokes, and why.
pub(crate) const NOT_PROVOKED: &[(Reason, &str)] = &[
    (Reason::RightNotEnrolled, OF_RIGHTS),
    (Reason::LookupJustified, OF_LOOKUPS),
    (Reason::JustificationNotAllowed, OF_LOOKUPS),
    (Reason::MalformedOrder, OF_ORDERS),
    (Reason::OrderOfOtherRegistry, OF_ORDERS),
    (Reason::OrderOfOtherPerson, OF_ORDERS),
    (Reason::OrderNotApproved, OF_ORDERS),
    (Reason::OrderForged, OF_ORDERS),
    (Reason::OrderNotByApprover, OF_ORDERS),
    (Reason::OrderApproverNotAllowed, OF_ORDERS),
    (Reason::OrderApproversSame, OF_ORDERS),
    (Reason::OrderExpired, OF_ORDERS),
    (Reason::OrderTooLong, OF_ORDERS),
    (Reason::OrderOutdated, OF_ORDERS),
    (Reason::OrderNotDue, OF_ORDERS),
    (Reason::SubjectErased, OF_ORDERS),
    (Reason::UnknownBiometricReference, OF_BIOMETRICS),
    (Reason::BiometricReferenceWithdrawn, OF_BIOMETRICS),
    (Reason::BiometricReferencesFull, OF_BIOMETRICS),
    (
        Reason::ResidenceConditionsFull,
        "it takes as many attestations as there may be: a test of deciding makes them",
    ),
    (Reason::UnknownOrder, OF_REMOVAL),
    (Reason::DecisionUnknown, OF_REMOVAL),
    (Reason::AppealUnknown, OF_REMOVAL),
    (Reason::SuspensionUnknown, OF_REMOVAL),
    (Reason::ProtectionUnknown, OF_REMOVAL),
    (Reason::EntryBanUnknown, OF_REMOVAL),
    (Reason::StayUnknown, OF_REMOVAL),
    (Reason::HoldingUnknown, OF_REMOVAL),
    (Reason::HoldingStands, OF_REMOVAL),
    (Reason::NumberInUse, OF_REMOVAL),
    (Reason::DecisionServedBefore, OF_REMOVAL),
    (Reason::AppealLodgedBefore, OF_REMOVAL),
    (Reason::ProtectionStands, OF_REMOVAL),
    (Reason::ExpulsionOrderEnded, OF_REMOVAL),
    (Reason::ExpulsionNotServed, OF_REMOVAL),
    (Reason::AppealTimeRunning, OF_REMOVAL),
    (Reason::AppealOpen, OF_REMOVAL),
    (Reason::ExpulsionIsSuspended, OF_REMOVAL),
    (Reason::RemovalBarred, OF_REMOVAL),
    (Reason::CommissionSessionMissing, OF_REMOVAL),
    (Reason::TooManyStays, OF_REMOVAL),
    (Reason::UnknownService, OF_CASES),
    (Reason::UnknownCase, OF_CASES),
    (Reason::UnknownInquiry, OF_CASES),
    (Reason::UnknownPaper, OF_CASES),
    (Reason::StepRepeated, OF_CASES),
    (Reason::ServiceOutOfScope, OF_CASES),
    (Reason::ApplicantNotAllowed, OF_CASES),
    (Reason::StepNotAllowed, OF_CASES),
    (Reason::StepMissing, OF_CASES),
    (Reason::PaperNotAllowed, OF_CASES),
    (Reason::CaseClosed, OF_CASES),
    (Reason::CaseDecided, OF_CASES),
    (Reason::CaseNotDecided, OF_CASES),
    (Reason::CaseNotGranted, OF_CASES),
    (Reason::OpinionsAwaited, OF_CASES),
    (Reason::OpinionNotAsked, OF_CASES),
    (Reason::NoOpenAppeal, OF_CASES),
    (Reason::RecordClosed, OF_CASES),
    (
        Reason::ExtractTooLarge,
        "a life of more than a thousand records takes longer to write than a test may",
    ),
    (
        Reason::InvalidNumber,
        "numbers are fields: INVALID_FIELD names the path",
    ),
    (
        Reason::UnknownProvince,
        "provinces are fields: INVALID_FIELD names the path",
    ),
    (
        Reason::AfterDeath,
        "PERSON_DECEASED says the same of every act",
    ),
    (
        Reason::NotInCountry,
        "a missing entry is no fault of the person (AM-18)",
    ),
    (
        Reason::AlreadyInCountry,
        "a missing exit is no fault of the person (AM-18)",
    ),
    (
        Reason::NotFounded,
        "before the founding nobody is enrolled who could call",
    ),
    (
        Reason::CertificateRevoked,
        "needs a certificate that ceases to hold; tested with the transport",
    ),
    (
        Reason::CertificateExpired,
        "needs a certificate that ceases to hold; tested with the transport",
    ),
    (
        Reason::CertificateNotTrusted,
        "needs a certificate that ceases to hold; tested with the transport",
    ),
    (
        Reason::DeferralOrderMissing,
        "no row of the matrix lets a question be deferred",
    ),
    (
        Reason::DeferralTooLong,
        "no row of the matrix lets a question be deferred",
    ),
    (
        Reason::DeferralLapsed,
        "no row of the matrix lets a question be deferred; tested with the decisions",
    ),
    (Reason::QueueFull, "needs more callers than a test can hold"),
    (
        Reason::TooManyRequests,
        "needs more questions than a minute has room for; tested with the rates",
    ),
    (
        Reason::NotWritable,
        "needs a fault of the disk; tested with the writer",
    ),
    (
        Reason::ShuttingDown,
        "a server that shuts down takes no new calls",
    ),
    (
        Reason::RestoredCopy,
        "needs a copy that is not confirmed; tested with the backups",
    ),
    (
        Reason::StatisticsInPreparation,
        "needs an edition that is counted for longer than a test may take",
    ),
    (
        Reason::ProofNotReady,
        "a proof that is not there yet is waited for; tested with the proofs",
    ),
    (
        Reason::ViewsBehind,
        "an answer that is behind says so instead",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaves_one_recorded_refusal_and_nothing_else() {
    let world = World::build().await;
    let rows = rows(&world);
    assert!(60 <= rows.len(), "{} rows", rows.len());
    let mut wrong = String::new();
    let mut table = String::new();
    for row in &rows {
        let before = world.registry.snapshot();
        let outcome = row.call.send(&world.clients[row.who]).await;
        let after = world.registry.snapshot();
        if let Err(problem) = check(row, outcome.as_ref().err(), before, after, &mut table) {
            writeln!(wrong, "{}: {problem}", row.name).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    check_reasons(&rows);
    let World {
        registry, clients, ..
    } = world;
    drop((rows, clients));
    let report = crate::support::verify(registry.stop().await.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
    insta::with_settings!({
        snapshot_path => "../../snapshots/refusals",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("table", table) });
}

fn rows(world: &World) -> Vec<Row> {
    let mut rows = form::rows(world);
    rows.extend(authors::rows(world));
    rows.extend(questions::rows(world));
    rows.extend(grants::rows(world));
    rows.extend(governance::rows(world));
    rows.extend(families::rows(world));
    rows.extend(residence::rows(world));
    rows.extend(households::rows(world));
    rows.extend(amendments::rows(world));
    rows.extend(disputes::rows(world));
    rows.extend(campaigns::rows(world));
    rows.extend(sites::rows(world));
    rows.extend(asylum::rows(world));
    rows
}

/// Checks one outcome, and adds its line to the table.
fn check(
    row: &Row,
    status: Option<&Status>,
    before: Snapshot,
    after: Snapshot,
    table: &mut String,
) -> Result<(), String> {
    let status = status.ok_or("was not refused")?;
    let details = status.get_error_details();
    let info = details
        .error_info()
        .ok_or_else(|| format!("carries no ErrorInfo: {status}"))?;
    let text = |key: &str| info.metadata.get(key).cloned().unwrap_or_default();
    let violations = details
        .bad_request()
        .map_or(&[][..], |bad| &bad.field_violations);
    let paths: Vec<&str> = violations.iter().map(|one| one.field.as_str()).collect();
    let expected = Snapshot {
        disclosures: before.disclosures + 1,
        ..before
    };
    let what = format!("{status}, {info:?}, {paths:?}");
    for (holds, problem) in [
        (status.code() == row.code, "has another code"),
        (info.reason == row.reason.code(), "has another reason"),
        (info.domain == "sabt", "has another domain"),
        (!text("rule").is_empty(), "names no rule"),
        (!text("remedy").is_empty(), "names no remedy"),
        (!status.message().is_empty(), "has no message"),
        (paths == row.paths, "names other fields"),
        (
            violations.iter().all(|one| !one.description.is_empty()),
            "describes no violation",
        ),
        (
            row.metadata.iter().all(|(key, value)| text(key) == *value),
            "has other details",
        ),
        (
            after == expected,
            "left something else behind than one refusal",
        ),
    ] {
        if !holds {
            return Err(format!("{problem}: {what}; {before:?} -> {after:?}"));
        }
    }
    line(row, status, info, violations, table);
    Ok(())
}

/// What a caller reads, without what differs from run to run.
fn line(
    row: &Row,
    status: &Status,
    info: &tonic_types::ErrorInfo,
    violations: &[tonic_types::FieldViolation],
    table: &mut String,
) {
    let text = |key: &str| {
        info.metadata
            .get(key)
            .map(String::as_str)
            .unwrap_or_default()
    };
    writeln!(table, "{} ({})", row.name, row.who).unwrap();
    writeln!(
        table,
        "  {:?} {}: {}",
        status.code(),
        info.reason,
        status.message()
    )
    .unwrap();
    for violation in violations {
        writeln!(table, "  {} {}", violation.field, violation.description).unwrap();
    }
    writeln!(table, "  rule: {}", text("rule")).unwrap();
    writeln!(table, "  remedy: {}", text("remedy")).unwrap();
    let details: BTreeSet<&str> = info.metadata.keys().map(String::as_str).collect();
    for key in details {
        if !["rule", "remedy"].contains(&key) {
            writeln!(table, "  detail: {key}").unwrap();
        }
    }
}

/// Every reason is provoked by a row, or it is said why not.
fn check_reasons(rows: &[Row]) {
    let provoked: BTreeSet<Reason> = rows.iter().map(|row| row.reason).collect();
    let excepted: BTreeSet<Reason> = NOT_PROVOKED.iter().map(|(reason, _)| *reason).collect();
    let all: BTreeSet<Reason> = Reason::ALL.iter().copied().collect();
    let accounted = &provoked | &excepted;
    let missing: Vec<_> = all.difference(&accounted).collect();
    assert!(missing.is_empty(), "no row provokes {missing:?}");
    let needless: Vec<_> = provoked.intersection(&excepted).collect();
    assert!(needless.is_empty(), "rows provoke {needless:?}");
    assert!(NOT_PROVOKED.iter().all(|(_, why)| !why.is_empty()));
}
