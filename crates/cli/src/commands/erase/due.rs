//! Until when what is recorded may be kept: of a person, a household, a service case, a person's claims to asylum, or everybody.

use comfy_table::Table;
use sabt_domain::access::{FieldGroup, Purpose};
use sabt_domain::erasure::Target;
use sabt_domain::number::{BiometricNumber, CaseNumber, HouseholdCode, PersonNumber};
use sabt_proto::api::v1 as api;

use super::super::query;
use super::{PERSON, code, same_as};
use crate::args::{EraseDueArgs, EraseProposeArgs};
use crate::cast;
use crate::error::CliError;
use crate::out::Out;
use crate::session::Session;
use crate::{json, listing, render, text};

/// What is asked about.
enum Whom {
    Person(PersonNumber),
    Household(HouseholdCode),
    ServiceCase(CaseNumber),
}

/// Tells until when.
pub(super) async fn run(args: &EraseDueArgs, out: &mut Out) -> Result<(), CliError> {
    if let Some(case) = &args.service_case {
        let case = code("the number of the service case", case)?;
        return of(args, Whom::ServiceCase(case), out).await;
    }
    match (&args.number, &args.household) {
        (Some(person), _) if args.claims => claims(args, code(PERSON, person)?, out).await,
        (Some(person), _) => of(args, Whom::Person(code(PERSON, person)?), out).await,
        (None, Some(household)) => {
            let household = code("the code of the household", household)?;
            of(args, Whom::Household(household), out).await
        }
        (None, None) => everybody(args, out).await,
    }
}

/// What an order over a person, household, service case or claim has to name.
pub(super) async fn kept(
    session: &Session,
    target: Target,
    args: &EraseProposeArgs,
) -> Result<api::GetRetentionResponse, CliError> {
    let claim = match target {
        Target::Person(person) => {
            return retention(session, &Whom::Person(person), &args.case).await;
        }
        Target::Household(code) => {
            return retention(session, &Whom::Household(code), &args.case).await;
        }
        Target::Biometric(number) => return biometric(session, number, args).await,
        Target::ServiceCase(number) => {
            return retention(session, &Whom::ServiceCase(number), &args.case).await;
        }
        Target::Claim(claim) => claim.to_string(),
    };
    let person = code(PERSON, args.number.as_deref().unwrap_or_default())?;
    let answer = claim_retention(session, person, &args.case).await?;
    let found = answer.claims.into_iter().find(|one| one.number == claim);
    let found = found.ok_or_else(|| {
        CliError::usage(
            format!("{claim} is no claim of the person {person}"),
            "`sabt erase due NUMBER --claims` lists them",
        )
    })?;
    Ok(api::GetRetentionResponse {
        retentions: found.retention.into_iter().collect(),
        positions: found.positions,
        ..api::GetRetentionResponse::default()
    })
}

/// The same over one of the person's biometric references.
async fn biometric(
    session: &Session,
    number: BiometricNumber,
    args: &EraseProposeArgs,
) -> Result<api::GetRetentionResponse, CliError> {
    let number = number.to_string();
    let person = code(PERSON, args.number.as_deref().unwrap_or_default())?;
    let answer = retention(session, &Whom::Person(person), &args.case).await?;
    let mut references = answer.biometric_references.into_iter();
    let found = references.find(|one| one.number == number);
    let found = found.ok_or_else(|| {
        CliError::usage(
            format!("{number} is no biometric reference of the person {person}"),
            "`sabt erase due NUMBER` lists them",
        )
    })?;
    Ok(api::GetRetentionResponse {
        retentions: found.retention.into_iter().collect(),
        positions: found.positions,
        ..api::GetRetentionResponse::default()
    })
}

async fn of(args: &EraseDueArgs, whom: Whom, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::DATA_PROTECTION).await?;
    let answer = retention(&session, &whom, &args.case).await?;
    if out.is_json() {
        out.json(&json::to_value(
            "sabt.api.v1.GetRetentionResponse",
            &answer,
        )?)?;
    }
    let mut table = render::table(["group", "state", "until", "clock", "rule"]);
    for row in &answer.retentions {
        table.add_row(cells(row));
    }
    for one in &answer.biometric_references {
        let [_group, rest @ ..] = cells(&one.retention.clone().unwrap_or_default());
        let [state, until, clock, rule] = rest;
        let group = format!("biometric reference\n{}", one.number);
        table.add_row([group, state, until, clock, rule]);
    }
    out.table(table, "Nothing is kept.")?;
    out.say(format!("{}.", text::records(answer.positions.len() as u64)))?;
    same_as(&answer, out)?;
    query::info(out, answer.info.as_ref())
}

async fn claims(args: &EraseDueArgs, person: PersonNumber, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::ASYLUM_UNIT).await?;
    let answer = claim_retention(&session, person, &args.case).await?;
    if out.is_json() {
        out.json(&json::to_value(
            "sabt.api.v1.GetClaimRetentionResponse",
            &answer,
        )?)?;
    }
    let mut table = render::table(["claim", "state", "until", "clock", "rule", "records"]);
    for claim in &answer.claims {
        let retention = claim.retention.clone().unwrap_or_default();
        let [_group, state, until, clock, rule] = cells(&retention);
        let records = claim.positions.len().to_string();
        table.add_row([claim.number.clone(), state, until, clock, rule, records]);
    }
    out.table(table, "No claim to asylum is recorded.")?;
    query::info(out, answer.info.as_ref())
}

/// Looks at everybody, page by page.
async fn everybody(args: &EraseDueArgs, out: &mut Out) -> Result<(), CliError> {
    let field_group = match &args.group {
        None => String::new(),
        Some(text) => {
            let group = FieldGroup::from_code(&text.to_uppercase().replace('-', "_"));
            let group = group.ok_or_else(|| {
                CliError::usage(
                    format!("{text} is no field group"),
                    "`sabt access show` lists them",
                )
            })?;
            group.code().to_owned()
        }
    };
    let mut after = listing::after(args.after.as_deref())?;
    let session = Session::open(&args.connect, cast::DATA_PROTECTION).await?;
    let mut table = render::table([
        "who", "group", "state", "until", "clock", "rule", "erasable",
    ]);
    let mut info = None;
    for _page in 0..args.pages {
        let request = api::ListRetentionsDueRequest {
            purpose: Some(purpose(&args.case)),
            at: None,
            field_group: field_group.clone(),
            after,
            looked_at: 0,
        };
        let answer = session
            .client
            .persons()
            .list_retentions_due(request)
            .await?;
        let answer = answer.into_inner();
        for due in &answer.due {
            if out.is_json() {
                out.json(&json::to_value("sabt.api.v1.RetentionDue", due)?)?;
            }
            add(due, &mut table);
        }
        after = answer.next;
        info = answer.info;
        if after.is_empty() {
            break;
        }
    }
    out.table(table, "Nothing is due.")?;
    listing::say_more(&after, out)?;
    query::info(out, info.as_ref())
}

fn add(due: &api::RetentionDue, table: &mut Table) {
    let who = if !due.household.is_empty() {
        format!("household {}", due.household)
    } else if !due.biometric_reference.is_empty() {
        format!("{}\nreference {}", due.person, due.biometric_reference)
    } else if !due.service_case.is_empty() {
        format!("service case {}", due.service_case)
    } else {
        due.person.clone()
    };
    let erasable = if due.erasable { "yes" } else { "not yet" };
    for row in &due.retentions {
        let [group, state, until, clock, rule] = cells(row);
        table.add_row([
            who.clone(),
            group,
            state,
            until,
            clock,
            rule,
            erasable.to_owned(),
        ]);
    }
}

/// Group, state, end, clock and rule as they are written in a table.
fn cells(row: &api::Retention) -> [String; 5] {
    [
        text::words(&row.field_group),
        text::words(&row.state),
        text::date(row.ends_on.as_ref()),
        text::words(&row.clock),
        row.rule.clone(),
    ]
}

fn purpose(case: &str) -> api::Purpose {
    api::Purpose {
        code: Purpose::Erasure.code().to_owned(),
        legal_basis: Purpose::Erasure.source().to_owned(),
        case_reference: case.to_owned(),
        ..api::Purpose::default()
    }
}

async fn retention(
    session: &Session,
    whom: &Whom,
    case: &str,
) -> Result<api::GetRetentionResponse, CliError> {
    let mut request = api::GetRetentionRequest {
        purpose: Some(purpose(case)),
        ..api::GetRetentionRequest::default()
    };
    match whom {
        Whom::Person(number) => request.person = number.to_string(),
        Whom::Household(code) => request.household = code.to_string(),
        Whom::ServiceCase(number) => request.service_case = number.to_string(),
    }
    let answer = session.client.persons().get_retention(request).await?;
    Ok(answer.into_inner())
}

async fn claim_retention(
    session: &Session,
    person: PersonNumber,
    case: &str,
) -> Result<api::GetClaimRetentionResponse, CliError> {
    let request = api::GetClaimRetentionRequest {
        purpose: Some(purpose(case)),
        at: None,
        person: person.to_string(),
    };
    let answer = session
        .client
        .persons()
        .get_claim_retention(request)
        .await?;
    Ok(answer.into_inner())
}
