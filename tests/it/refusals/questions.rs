//! Questions that the matrix does not open, or that are malformed.

use sabt_cli::cast::{AUDITOR, CIVIL_REGISTRY, DATA_PROTECTION, POLICE, REGISTRAR, STATISTICS};
use sabt_domain::number::{HouseholdCode, PersonNumber};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Date;
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support::{self, NOW};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = purposes(world);
    rows.extend(references(world));
    rows.extend(times(world));
    rows.extend(searches());
    rows.extend(streams());
    rows.extend(audits());
    rows.extend(tables());
    rows
}

fn purpose(code: &str) -> api::Purpose {
    api::Purpose {
        code: code.to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: String::new(),
        ..api::Purpose::default()
    }
}

fn registration() -> api::Purpose {
    purpose("REGISTRATION")
}

/// The same question, to be told of in an hour.
fn deferred(purpose: api::Purpose) -> api::Purpose {
    let deferral = api::Deferral {
        until: NOW + 3 * 3_600_000_000,
        reason: "telling would warn".to_owned(),
        order_reference: "1405/31".to_owned(),
    };
    api::Purpose {
        deferral: Some(deferral),
        ..purpose
    }
}

fn get(world: &World, purpose: impl Into<Option<api::Purpose>>) -> api::GetPersonRequest {
    api::GetPersonRequest {
        purpose: purpose.into(),
        at: None,
        person: world.people.man.clone(),
    }
}

fn purposes(world: &World) -> Vec<Row> {
    let (invalid, denied) = (Code::InvalidArgument, Code::PermissionDenied);
    let baseless = api::Purpose {
        legal_basis: " ".to_owned(),
        ..registration()
    };
    let subject_access = api::Purpose {
        case_reference: "1405/7".to_owned(),
        ..purpose("SUBJECT_ACCESS")
    };
    let family = api::GetFamilyRequest {
        purpose: Some(purpose("STAY_CHECK")),
        at: None,
        person: world.people.man.clone(),
    };
    let history = api::GetHistoryRequest {
        purpose: Some(purpose("CIVIL_REGISTRATION_SYNC")),
        at: None,
        person: world.people.man.clone(),
    };
    let of_two = api::GetRetentionRequest {
        purpose: Some(api::Purpose {
            case_reference: "1405/9".to_owned(),
            ..purpose("ERASURE")
        }),
        at: None,
        person: world.people.man.clone(),
        household: world.people.household.clone(),
        service_case: String::new(),
    };
    let work = |office: &str, after: &[u8]| api::ListOfficeCasesRequest {
        purpose: Some(registration()),
        at: None,
        office: office.to_owned(),
        after: after.to_vec(),
    };
    let conditions = |code: &str| api::GetResidenceConditionsRequest {
        purpose: Some(purpose(code)),
        person: world.people.man.clone(),
        ..api::GetResidenceConditionsRequest::default()
    };
    vec![
        Row::malformed(
            "work list of an office of another agency",
            work(support::BORDER, &[]),
            &["office"],
        ),
        Row::malformed("work list of no office", work("", &[]), &["office"]),
        Row::malformed(
            "work list from where no page ended",
            work(support::TEHRAN, b"xyz"),
            &["after"],
        ),
        Row::malformed(
            "conditions of no kind of residence",
            conditions("REGISTRATION"),
            &["kind"],
        ),
        Row::new(
            "conditions of residence asked by the police",
            conditions("STAY_CHECK"),
            denied,
            Reason::MethodNotAllowed,
        )
        .by(POLICE.name),
        Row::malformed(
            "retention of a person and a household at once",
            of_two,
            &["household"],
        )
        .by("data-protection"),
        Row::new(
            "no purpose",
            get(world, None),
            invalid,
            Reason::PurposeMissing,
        ),
        Row::new(
            "empty purpose",
            get(world, purpose("")),
            invalid,
            Reason::PurposeMissing,
        ),
        Row::new(
            "purpose that is none",
            get(world, purpose("CURIOSITY")),
            invalid,
            Reason::PurposeUnknown,
        ),
        Row::new(
            "purpose of another role",
            get(world, registration()),
            denied,
            Reason::PurposeNotAllowed,
        )
        .by(POLICE.name)
        .with(&[("purpose", "REGISTRATION"), ("policy", "1405-7")]),
        Row::new(
            "question that the person is to be told of later",
            get(world, deferred(registration())),
            denied,
            Reason::DeferralNotAllowed,
        ),
        Row::new(
            "person who asks about themselves and is not to be told",
            get(world, deferred(subject_access)),
            denied,
            Reason::DeferralNotAllowed,
        ),
        Row::new(
            "person opened by the police",
            get(world, purpose("STAY_CHECK")),
            denied,
            Reason::MethodNotAllowed,
        )
        .by(POLICE.name)
        .with(&[("method", "GetPerson"), ("purpose", "STAY_CHECK")]),
        Row::new(
            "family asked for by the police",
            family,
            denied,
            Reason::MethodNotAllowed,
        )
        .by(POLICE.name),
        Row::new(
            "history asked for by the civil registry",
            history,
            denied,
            Reason::MethodNotAllowed,
        )
        .by(CIVIL_REGISTRY.name),
        Row::new(
            "person opened by the auditor",
            get(world, purpose("AUDIT")),
            denied,
            Reason::MethodNotAllowed,
        )
        .by(AUDITOR.name),
        Row::new(
            "no legal basis",
            get(world, Some(baseless)),
            invalid,
            Reason::LegalBasisMissing,
        ),
        Row::new(
            "no case",
            get(world, purpose("SUBJECT_ACCESS")),
            invalid,
            Reason::CaseReferenceMissing,
        )
        .by(DATA_PROTECTION.name)
        .with(&[("purpose", "SUBJECT_ACCESS")]),
    ]
}

fn references(world: &World) -> Vec<Row> {
    let with = |case_reference: String, legal_basis: &str| {
        let legal_basis = legal_basis.to_owned();
        get(
            world,
            Some(api::Purpose {
                case_reference,
                legal_basis,
                ..registration()
            }),
        )
    };
    let person = |person: String| api::GetPersonRequest {
        purpose: Some(registration()),
        at: None,
        person,
    };
    let nobody = PersonNumber::from_serial(12_345_678_901)
        .unwrap()
        .to_string();
    let household = |household: String| api::GetHouseholdRequest {
        purpose: Some(registration()),
        at: None,
        household,
    };
    let nowhere = HouseholdCode::from_serial(12_345_678_901)
        .unwrap()
        .to_string();
    let looked = |consent_reference: String| api::ListDisclosuresRequest {
        purpose: Some(api::Purpose {
            case_reference: "S-1".to_owned(),
            ..purpose("SUBJECT_ACCESS")
        }),
        person: world.people.man.clone(),
        consent_reference,
    };
    let document = |document| api::VerifyDocumentRequest {
        purpose: Some(registration()),
        at: None,
        document,
    };
    vec![
        Row::malformed(
            "case reference too long",
            with("x".repeat(257), "duty:12"),
            &["purpose.case_reference"],
        ),
        Row::malformed(
            "line break in the legal basis",
            with(String::new(), "duty\n12"),
            &["purpose.legal_basis"],
        ),
        Row::malformed(
            "person number of words",
            person("somebody".to_owned()),
            &["person"],
        ),
        Row::new(
            "person nobody has registered",
            person(nobody),
            Code::NotFound,
            Reason::UnknownPerson,
        ),
        Row::malformed(
            "household code of a person",
            household(world.people.man.clone()),
            &["household"],
        ),
        Row::new(
            "household nobody has formed",
            household(nowhere),
            Code::NotFound,
            Reason::UnknownHousehold,
        ),
        Row::new(
            "disclosures without consent",
            looked(" ".to_owned()),
            Code::FailedPrecondition,
            Reason::ConsentMissing,
        ),
        Row::malformed(
            "consent too long",
            looked("x".repeat(257)),
            &["consent_reference"],
        ),
        Row::malformed("no document", document(None), &["document"]),
        Row::malformed(
            "empty document",
            document(Some(sabt_proto::event::v1::DocumentReference::default())),
            &["document.kind", "document.issuer", "document.number"],
        ),
    ]
}

fn times(world: &World) -> Vec<Row> {
    let at = |as_of: Option<Date>, known_at: i64| {
        let at = Some(api::AsOf {
            as_of,
            known_at,
            min_position: 0,
        });
        api::GetPersonRequest {
            at,
            ..get(world, registration())
        }
    };
    let impossible = Date {
        day: 31,
        ..support::jalali("1400-12-01")
    };
    vec![
        Row::malformed(
            "as of a year",
            at(Some(support::jalali("1400")), 0),
            &["at.as_of"],
        ),
        Row::malformed("as of no day", at(Some(impossible), 0), &["at.as_of"]),
        Row::malformed(
            "as of a date without calendar",
            at(Some(Date::default()), 0),
            &["at.as_of.calendar"],
        ),
        Row::malformed("known before 1970", at(None, -1), &["at.known_at"]),
    ]
}

fn searches() -> Vec<Row> {
    let wide = |search: api::FindPersonRequest| {
        let search = api::FindPersonRequest {
            purpose: Some(registration()),
            ..search
        };
        Row::new("", search, Code::InvalidArgument, Reason::SearchTooWide)
    };
    let named = || api::FindPersonRequest {
        given_name: "Zaynab".to_owned(),
        ..Default::default()
    };
    let year = api::FindPersonRequest {
        birth_year: 1990,
        ..Default::default()
    };
    let both = api::FindPersonRequest {
        document: Some(support::reference("P-1")),
        birth_year: 1990,
        ..named()
    };
    let long = api::FindPersonRequest {
        purpose: Some(registration()),
        given_name: "x".repeat(129),
        birth_year: 1990,
        ..Default::default()
    };
    vec![
        Row {
            name: "search for everybody",
            ..wide(api::FindPersonRequest::default())
        },
        Row {
            name: "search by name alone",
            ..wide(named())
        },
        Row {
            name: "search by year alone",
            ..wide(year)
        },
        Row {
            name: "search by document and name",
            ..wide(both)
        },
        Row::malformed("search for a long name", long, &["given_name"]),
    ]
}

fn streams() -> Vec<Row> {
    let follow = |code: &str, from: u64| api::FollowRequest {
        purpose: Some(purpose(code)),
        from,
        stop_at_head: true,
    };
    let denied = Code::PermissionDenied;
    vec![
        Row::new(
            "feed beyond the head",
            follow("CIVIL_REGISTRATION_SYNC", 1_000_000),
            Code::NotFound,
            Reason::UnknownRecord,
        )
        .by(CIVIL_REGISTRY.name),
        Row::new(
            "feed of an office",
            follow("REGISTRATION", 0),
            denied,
            Reason::MethodNotAllowed,
        ),
        Row::new(
            "feed of the auditor",
            follow("CIVIL_REGISTRATION_SYNC", 0),
            denied,
            Reason::PurposeNotAllowed,
        )
        .by(AUDITOR.name),
    ]
}

fn tables() -> Vec<Row> {
    let table = |table: &str| api::GetStatisticsRequest {
        purpose: Some(purpose("OFFICIAL_STATISTICS")),
        at: None,
        table: table.to_owned(),
        cut_off: 0,
    };
    let not_closed = Reason::StatisticsNotClosed;
    vec![
        Row::new(
            "statistics of a month that is not over",
            table("births"),
            Code::FailedPrecondition,
            not_closed,
        )
        .by(STATISTICS.name),
        Row::malformed("statistics by religion", table("religion"), &["table"]).by(STATISTICS.name),
        Row::new(
            "statistics for an office",
            table("births"),
            Code::PermissionDenied,
            Reason::PurposeNotAllowed,
        ),
    ]
}

fn audits() -> Vec<Row> {
    let events = i32::from(api::Ledger::Events);
    let read = |ledger, from, until| api::ReadRecordsRequest {
        ledger,
        from,
        until,
    };
    let included = |position, size| api::GetInclusionProofRequest {
        ledger: events,
        position,
        size,
    };
    let consistent = |from_size, to_size| api::GetConsistencyProofRequest {
        ledger: events,
        from_size,
        to_size,
    };
    let checkpoint = |ledger| api::GetCheckpointRequest { ledger };
    let (denied, missing) = (Code::PermissionDenied, Code::NotFound);
    let unknown = Reason::UnknownRecord;
    let mut rows = vec![
        Row::new("records from behind", read(events, 3, 2), missing, unknown),
        Row::new(
            "records beyond the head",
            read(events, 0, 1_000_000),
            missing,
            unknown,
        ),
        Row::malformed("records of no ledger", read(0, 0, 1), &["ledger"]),
        Row::malformed("checkpoint of no ledger", checkpoint(9), &["ledger"]),
        Row::new(
            "proof of a record outside the tree",
            included(3, 3),
            missing,
            unknown,
        ),
        Row::new(
            "proof in a tree to come",
            included(0, 1_000_000),
            missing,
            unknown,
        ),
        Row::new(
            "proof of the last position",
            included(u64::MAX, u64::MAX),
            missing,
            unknown,
        ),
        Row::new(
            "proof from larger to smaller",
            consistent(3, 2),
            missing,
            unknown,
        ),
    ];
    for row in &mut rows {
        row.who = AUDITOR.name;
    }
    let method = Reason::MethodNotAllowed;
    rows.extend([
        Row::new(
            "records read by an office",
            read(events, 0, 1),
            denied,
            method,
        )
        .by(REGISTRAR.name),
        Row::new(
            "checkpoint for the police",
            checkpoint(events),
            denied,
            method,
        )
        .by(POLICE.name),
        Row::new("proof for the police", included(0, 1), denied, method).by(POLICE.name),
        Row::new(
            "status for the police",
            api::GetStatusRequest {},
            denied,
            method,
        )
        .by(POLICE.name),
    ]);
    rows
}
