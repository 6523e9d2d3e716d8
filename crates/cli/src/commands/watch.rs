//! `watch`: look-ups of officers that draw attention, and those that wait to be justified.

use sabt_domain::access::Purpose;
use sabt_domain::fact::LookupGround;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_server::clock::Clock;
use serde_json::json;

use super::query::{emit, info};
use crate::args::{
    WatchArgs, WatchCommand, WatchDeclareArgs, WatchFlagsArgs, WatchJustifyArgs, WatchSampleArgs,
};
use crate::cast::{self, player};
use crate::commands::submit::receipt_json;
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::sign::new_act_id;
use crate::{data, render, when};

/// Pages fetched for one list; each is a thousand look-ups or more.
const PAGES_MAX: usize = 1_000;

/// Lists flags or look-ups, justifies one, or declares who an officer is.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &WatchArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        WatchCommand::Flags(args) => flags(args, out).await,
        WatchCommand::Sample(args) => sample(args, out).await,
        WatchCommand::Justify(args) => justify(args, out).await,
        WatchCommand::Declare(args) => declare(args, out).await,
    }
}

async fn flags(args: &WatchFlagsArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::DATA_PROTECTION).await?;
    let purpose = purpose(&args.purpose, &session.caller, Asked::Oversight)?;
    let since = args.since.as_deref().map(when::time).transpose()?;
    let mut audit = session.client.audit();
    let mut request = api::ListLookupFlagsRequest {
        purpose: Some(purpose),
        from: 0,
        since: since.unwrap_or(0),
    };
    let mut listed = Vec::new();
    for _page in 0..PAGES_MAX {
        let answer = audit.list_lookup_flags(request.clone()).await?.into_inner();
        emit(out, "sabt.api.v1.ListLookupFlagsResponse", &answer)?;
        listed.extend(answer.flags);
        request.from = answer.next;
        if answer.next == 0 {
            // Each page begins with its emergencies; the whole list does, too.
            listed.sort_by_key(|flag| (flag.rule != "EMERGENCY", flag.position));
            out.table(render::lookup_flags(&listed), "No look-up draws attention.")?;
            return info(out, answer.info.as_ref());
        }
    }
    Err(too_long("leave out earlier ones with --since TIME"))
}

async fn sample(args: &WatchSampleArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::DATA_PROTECTION).await?;
    let purpose = purpose(&args.purpose, &session.caller, Asked::Oversight)?;
    let mut audit = session.client.audit();
    let mut request = api::ListDrawnLookupsRequest {
        purpose: Some(purpose),
        from: 0,
        justified: args.justified,
    };
    let mut listed = Vec::new();
    for _page in 0..PAGES_MAX {
        let answer = audit
            .list_drawn_lookups(request.clone())
            .await?
            .into_inner();
        emit(out, "sabt.api.v1.ListDrawnLookupsResponse", &answer)?;
        listed.extend(answer.lookups);
        request.from = answer.next;
        if answer.next == 0 {
            listed.sort_by_key(|lookup| (!lookup.emergency, lookup.position));
            let none = if args.justified {
                "No look-up has been justified."
            } else {
                "No look-up waits to be justified."
            };
            out.table(render::drawn_lookups(&listed), none)?;
            return info(out, answer.info.as_ref());
        }
    }
    Err(too_long("have those that wait justified first"))
}

async fn justify(args: &WatchJustifyArgs, out: &mut Out) -> Result<(), CliError> {
    let ground = ground(&args.ground)?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let author = session.author(args.author.as_deref())?;
    let body = event::act::Body::JustifyLookup(event::JustifyLookup {
        disclosure: args.position,
        ground: i32::from(ground.to_proto()),
    });
    let officer = args.officer.as_deref();
    let act = act(&Clock::system(), &session.caller, officer, None, body);
    let receipt = session.submit(author.sign(&act)?).await?;
    out.json(&json!({ "disclosure": args.position, "receipt": receipt_json(&receipt)? }))?;
    out.say(format!("Look-up {} is justified.", args.position))?;
    Ok(())
}

async fn declare(args: &WatchDeclareArgs, out: &mut Out) -> Result<(), CliError> {
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let author = session.author(args.author.as_deref())?;
    let agency = player(&session.caller).map(|player| player.agency);
    let agency = agency.ok_or_else(|| {
        CliError::usage(
            format!("the agency of {} is not known", session.caller),
            "submit the act with `sabt submit`, which states it",
        )
    })?;
    let body = event::act::Body::DeclareOfficer(event::DeclareOfficer {
        person: args.person.clone(),
        agency: agency.to_owned(),
        officer: args.officer.clone(),
    });
    let office = Some(args.office.as_str());
    let act = act(&Clock::system(), &session.caller, None, office, body);
    let receipt = session.submit(author.sign(&act)?).await?;
    out.json(&json!({ "officer": args.officer, "receipt": receipt_json(&receipt)? }))?;
    out.say(format!(
        "Officer {} of {agency} is declared; the data-protection officer alone is told who it is.",
        args.officer
    ))?;
    Ok(())
}

/// Why an agency asks what its own officers look up.
pub(crate) fn supervising() -> api::Purpose {
    let purpose = Purpose::Supervision;
    api::Purpose {
        code: purpose.code().to_owned(),
        legal_basis: purpose.source().to_owned(),
        ..api::Purpose::default()
    }
}

/// An act about the agency's own officers. It names no case: a justification stands in the clear.
pub(crate) fn act(
    clock: &Clock,
    caller: &str,
    officer: Option<&str>,
    office: Option<&str>,
    body: event::act::Body,
) -> event::Act {
    let known = player(caller);
    let office = office.or(known.map(|player| player.agency));
    let officer = officer.or(known.map(|player| player.officer));
    event::Act {
        act_id: new_act_id(clock).to_vec(),
        office: office.unwrap_or(caller).to_owned(),
        officer: officer.unwrap_or(caller).to_owned(),
        occurred_on: Some(data::today(clock)),
        recorded_at: clock.now_micros(),
        legal_basis: "design:7.5".to_owned(),
        case_reference: String::new(),
        batch_id: Vec::new(),
        expected: Vec::new(),
        body: Some(body),
    }
}

fn ground(text: &str) -> Result<LookupGround, CliError> {
    let code = text.to_uppercase().replace('-', "_");
    LookupGround::from_code(&code).ok_or_else(|| {
        let known: Vec<_> = LookupGround::ALL
            .iter()
            .map(|ground| ground.code().to_lowercase().replace('_', "-"))
            .collect();
        CliError::usage(
            format!("{text} is not a ground"),
            format!("state one of: {}", known.join(", ")),
        )
    })
}

fn too_long(hint: &'static str) -> CliError {
    CliError::usage("there are more look-ups than one list holds", hint)
}
