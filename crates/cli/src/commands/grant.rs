//! `sabt grant`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sabt_domain::access::{FieldGroup, GRANT_VALIDITY_MAX_MICROS, Grant, GrantId, Purpose};
use sabt_domain::act::KeyId;
use sabt_domain::fact::{AgencyCode, OfficerCode};
use sabt_domain::number::PersonNumber;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use serde_json::json;

use crate::args::{
    ConnectArgs, GrantArgs, GrantCommand, GrantIssueArgs, GrantListArgs, GrantRevokeArgs,
    PurposeArgs,
};
use crate::cast::{self, player};
use crate::commands::submit::receipt_json;
use crate::error::CliError;
use crate::grants::{self, Issued};
use crate::keys::Keys;
use crate::out::Out;
use crate::papers::LISTED_MAX;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::sign::new_act_id;
use crate::{data, render, text, when};

/// Pages fetched to count uses; each is 20,000 disclosures.
const USES_PAGES_MAX: usize = 1_000;

/// Does what the subcommand says.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &GrantArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        GrantCommand::Issue(args) => issue(args, out),
        GrantCommand::List(args) => list(args, out).await,
        GrantCommand::Revoke(args) => revoke(args, out).await,
    }
}

/// Signs a grant and keeps it.
fn issue(args: &GrantIssueArgs, out: &mut Out) -> Result<(), CliError> {
    let registry = match &args.registry {
        Some(name) => name.clone(),
        None => Config::load(&args.dir)?.registry,
    };
    let key = Keys::of(&args.dir).author(&args.issuer)?;
    let issuer = KeyId(key.public().id().to_bytes());
    let grant = stated(args, &registry, issuer, &Clock::system())?;
    let signed = grants::sign(&key, &registry, &grant)?;
    let path = grants::keep(&args.dir, &grant.id, &signed)?;
    out.json(&json!({
        "grant_id": grant.id.to_string(),
        "file": path,
        "not_before": grant.not_before.micros(),
        "not_after": grant.not_after.micros(),
        "signed_grant": grants::to_text(&signed),
    }))?;
    let whom = match grant.persons.len() {
        0 => "whoever is met".to_owned(),
        1 => "one person".to_owned(),
        count => format!("{count} persons"),
    };
    out.say(format!(
        "Officer {} of {} may ask about {whom} until {}.",
        grant.officer,
        grant.agency,
        text::instant(grant.not_after.micros())
    ))?;
    out.say(format!("  --grant {}", text::shell(&path)))?;
    Ok(())
}

/// What the command line says, as a grant.
fn stated(
    args: &GrantIssueArgs,
    registry: &str,
    issuer: KeyId,
    clock: &Clock,
) -> Result<Grant, CliError> {
    let holder = player(&args.issuer);
    let is_emergency = args
        .purpose
        .as_deref()
        .map(|code| coded(code, "purpose", Purpose::from_code))
        .transpose()?
        .is_some_and(Purpose::is_emergency);
    if !is_emergency && holder.is_some_and(|holder| holder.officer == args.officer) {
        return Err(CliError::usage(
            format!(
                "{} issues grants to others, not to themselves",
                args.officer
            ),
            "have another supervisor of the agency issue it",
        ));
    }
    let agency = args
        .agency
        .clone()
        .or_else(|| holder.map(|holder| holder.agency.to_owned()));
    let agency = agency.ok_or_else(|| {
        CliError::usage(
            format!("the agency of {} is not known", args.issuer),
            "state it with --agency CODE",
        )
    })?;
    let purpose = match (&args.purpose, holder) {
        (Some(code), _) => coded(code, "purpose", Purpose::from_code)?,
        (None, Some(holder)) => holder.purpose,
        (None, None) => {
            return Err(CliError::usage(
                format!("no purpose is known for {}", args.issuer),
                "state it with --purpose CODE",
            ));
        }
    };
    let now = clock.now_micros();
    let from = args
        .from
        .as_deref()
        .map(when::time)
        .transpose()?
        .unwrap_or(now);
    let groups = args.fields.iter();
    let groups = groups.map(|code| coded(code, "field group", FieldGroup::from_code));
    let persons = args.persons.iter().map(|number| person(number));
    Ok(Grant {
        id: GrantId(new_act_id(clock)),
        origin: sabt_chain::Origin::new(registry, sabt_chain::LedgerName::Events)?
            .as_str()
            .to_owned(),
        agency: code::<AgencyCode>("--agency", &agency)?,
        officer: code::<OfficerCode>("--officer", &args.officer)?,
        purpose,
        legal_basis: args
            .legal_basis
            .clone()
            .unwrap_or_else(|| purpose.source().to_owned()),
        case_reference: args.case.clone(),
        groups: groups.collect::<Result<BTreeSet<_>, _>>()?,
        persons: persons.collect::<Result<BTreeSet<_>, _>>()?,
        not_before: Timestamp::from_micros(from),
        not_after: Timestamp::from_micros(from.saturating_add(span(&args.valid)?)),
        issuer,
    })
}

/// A code of a closed set in the words of the command line.
fn coded<T>(text: &str, what: &str, from_code: impl Fn(&str) -> Option<T>) -> Result<T, CliError> {
    from_code(&text.trim().to_uppercase().replace('-', "_")).ok_or_else(|| {
        CliError::usage(
            format!("{text} is no {what}"),
            "take a code of the access matrix",
        )
    })
}

fn code<T: std::str::FromStr<Err: std::fmt::Display>>(
    option: &str,
    text: &str,
) -> Result<T, CliError> {
    text.parse()
        .map_err(|err| CliError::usage(format!("{option} {text}: {err}"), "correct the code"))
}

fn person(number: &str) -> Result<PersonNumber, CliError> {
    let latin: String = number
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(when::latin_digit)
        .collect();
    code("--person", &latin)
}

/// A span in microseconds: `8h` or `90m`, no longer than a grant may hold.
fn span(text: &str) -> Result<i64, CliError> {
    let unit = |unit: char, micros: i64| {
        let number: i64 = text.trim().strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(micros)
    };
    let minute = 60_000_000;
    unit('h', 60 * minute)
        .or_else(|| unit('m', minute))
        .filter(|span| (1..=GRANT_VALIDITY_MAX_MICROS).contains(span))
        .ok_or_else(|| {
            CliError::usage(
                format!("{text} is no span for which a grant may hold"),
                "write hours or minutes, twelve hours at most: 8h, 90m",
            )
        })
}

/// Shows what was issued from a directory, and how often it was used.
async fn list(args: &GrantListArgs, out: &mut Out) -> Result<(), CliError> {
    let now = Clock::system().now_micros();
    let (issued, more) = grants::list(&args.connect.dir)?;
    let uses = match issued.last() {
        Some(newest) => Some(uses(&args.connect, newest, &issued).await),
        None => None,
    };
    let known = uses.as_ref().and_then(|uses| uses.as_ref().ok());
    let mut table = render::table([
        "grant", "officer", "why", "what", "until", "state", "answers",
    ]);
    for one in &issued {
        let state = state(&one.grant, one.revoked, now);
        let answers = known.and_then(|uses| uses.of(&one.grant));
        out.json(&grant_json(one, state, answers))?;
        table.add_row(row(&one.grant, state, answers));
    }
    out.table(table, "No grant was issued from here.")?;
    if more {
        out.say(format!("Only the newest {LISTED_MAX} are listed."))?;
    }
    match uses {
        // What is kept here is told whether or not the registry can be asked.
        Some(Err(err)) => out.say(format!("How often they were used is not known: {err}"))?,
        Some(Ok(uses)) if issued.iter().any(|one| uses.of(&one.grant).is_none()) => {
            out.say(format!(
                "{} is not told how often grants of other agencies were used; --as asks for another.",
                uses.agency
            ))?;
        }
        Some(Ok(_)) | None => {}
    }
    Ok(())
}

fn grant_json(issued: &Issued, state: &str, answers: Option<u64>) -> serde_json::Value {
    let Issued { grant, path, .. } = issued;
    let groups: Vec<_> = grant.groups.iter().map(|group| group.code()).collect();
    let persons: Vec<_> = grant.persons.iter().map(ToString::to_string).collect();
    json!({
        "grant_id": grant.id.to_string(), "file": path, "agency": grant.agency.as_str(),
        "officer": grant.officer.as_str(), "purpose": grant.purpose.code(),
        "legal_basis": grant.legal_basis, "case_reference": grant.case_reference,
        "field_groups": groups, "persons": persons, "not_before": grant.not_before.micros(),
        "not_after": grant.not_after.micros(), "state": state, "answers": answers,
    })
}

fn row(grant: &Grant, state: &str, answers: Option<u64>) -> [String; 7] {
    let groups: Vec<_> = grant.groups.iter().map(|group| group.code()).collect();
    let whom = match grant.persons.len() {
        0 => "whoever is met".to_owned(),
        count => format!("{count} named"),
    };
    [
        grant.id.to_string(),
        format!("{} of {}", grant.officer, grant.agency),
        format!(
            "{}\ncase {}",
            grant.purpose.code(),
            text::isolate(&grant.case_reference)
        ),
        format!("{}\n{whom}", groups.join(", ").to_lowercase()),
        text::instant(grant.not_after.micros()),
        state.to_owned(),
        answers.map_or_else(|| "?".to_owned(), text::count),
    ]
}

/// How many answers were given under the grants of an agency.
struct Uses {
    agency: String,
    answers: BTreeMap<GrantId, u64>,
}

impl Uses {
    /// Under this grant; `None` if the registry does not say.
    fn of(&self, grant: &Grant) -> Option<u64> {
        let told = grant.agency.as_str() == self.agency;
        told.then(|| self.answers.get(&grant.id).copied().unwrap_or_default())
    }
}

/// Asks the registry, as a supervisor of the agency that issued the newest one.
async fn uses(args: &ConnectArgs, newest: &Issued, issued: &[Issued]) -> Result<Uses, CliError> {
    let agency = newest.grant.agency.as_str();
    let mut supervisors = cast::SUPERVISORS.into_iter();
    let usual = supervisors.find(|supervisor| supervisor.agency == agency);
    let session = Session::open(args, usual.unwrap_or(cast::BORDER_SUPERVISOR)).await?;
    let agency = player(&session.caller).map_or(agency, |player| player.agency);
    let own = issued
        .iter()
        .filter(|one| one.grant.agency.as_str() == agency);
    let since = own.map(|one| one.grant.not_before.micros()).min();
    let purpose = purpose(&PurposeArgs::default(), &session.caller, Asked::Oversight)?;
    let mut request = api::ListGrantUsesRequest {
        purpose: Some(purpose),
        from: 0,
        since: since.unwrap_or_default().max(0),
    };
    let mut answers: BTreeMap<GrantId, u64> = BTreeMap::new();
    let mut audit = session.client.audit();
    for _page in 0..USES_PAGES_MAX {
        let answer = audit.list_grant_uses(request.clone()).await?.into_inner();
        for one in answer.uses.iter().filter(|one| one.agency == agency) {
            if let Ok(id) = one.grant_id.as_slice().try_into() {
                *answers.entry(GrantId(id)).or_default() += one.answers;
            }
        }
        request.from = answer.next;
        if answer.next == 0 {
            let agency = agency.to_owned();
            return Ok(Uses { agency, answers });
        }
    }
    Err(CliError::Otherwise(
        "more has been answered since the oldest was issued than one list holds".to_owned(),
    ))
}

fn state(grant: &Grant, revoked: bool, now: i64) -> &'static str {
    if revoked {
        "revoked"
    } else if grant.not_after.micros() < now {
        "expired"
    } else if now < grant.not_before.micros() {
        "not yet valid"
    } else {
        "valid"
    }
}

/// Has the registry record that a grant holds no longer.
async fn revoke(args: &GrantRevokeArgs, out: &mut Out) -> Result<(), CliError> {
    let (agency, id) = named(args)?;
    let session = Session::open(&args.connect, cast::BORDER_SUPERVISOR).await?;
    let author = session.author(args.author.as_deref())?;
    let clock = Clock::system();
    let act = revocation(&clock, &session.caller, &agency, &id);
    let receipt = session.submit(author.sign(&act)?).await?;
    grants::note_revoked(&args.connect.dir, &id)?;
    out.json(&json!({ "grant_id": id.to_string(), "receipt": receipt_json(&receipt)? }))?;
    out.say(format!("The grant {id} of {agency} holds no longer."))?;
    Ok(())
}

/// The act that revokes a grant.
fn revocation(clock: &Clock, caller: &str, agency: &AgencyCode, id: &GrantId) -> event::Act {
    let (office, officer) = player(caller).map_or((agency.as_str(), caller), |player| {
        (player.agency, player.officer)
    });
    event::Act {
        act_id: new_act_id(clock).to_vec(),
        office: office.to_owned(),
        officer: officer.to_owned(),
        occurred_on: Some(data::today(clock)),
        recorded_at: clock.now_micros(),
        legal_basis: "design:7.1".to_owned(),
        case_reference: String::new(),
        batch_id: Vec::new(),
        expected: Vec::new(),
        body: Some(event::act::Body::RevokeGrant(event::RevokeGrant {
            agency: agency.to_string(),
            grant_id: id.0.to_vec(),
        })),
    }
}

/// The grant that the command line names: by its file, or by agency and identifier.
fn named(args: &GrantRevokeArgs) -> Result<(AgencyCode, GrantId), CliError> {
    match (&args.agency, uuid::Uuid::try_parse(&args.grant)) {
        (Some(agency), Ok(id)) => Ok((code("--agency", agency)?, GrantId(id.into_bytes()))),
        (None, Ok(_)) => Err(CliError::usage(
            "an identifier alone does not tell whose grant it is",
            "state the agency with --agency CODE, or name the file of the grant",
        )),
        (_, Err(_)) => {
            let (_, grant) = grants::read(Path::new(&args.grant))?;
            Ok((grant.agency, grant.id))
        }
    }
}
