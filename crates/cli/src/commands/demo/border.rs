//! At the border: a supervisor's grant opens one person's record to one officer, and nothing else does but an emergency, which
//! raises a flag that is justified.

use std::collections::BTreeSet;

use sabt_chain::{LedgerName, Origin};
use sabt_domain::access::{FieldGroup, Grant, GrantId, Purpose};
use sabt_domain::act::KeyId;
use sabt_domain::fact::{AgencyCode, OfficerCode};
use sabt_domain::number::PersonNumber;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{self as event, SignedGrant};

use super::stage::{Asking, Stage, purpose_of, timed};
use crate::cast::{BORDER_POLICE, BORDER_SUPERVISOR, Player};
use crate::commands::watch;
use crate::error::CliError;
use crate::keys::Keys;
use crate::sign::{Author, new_act_id};
use crate::{grants, json, render};

/// The case that is looked into.
const CASE: &str = "DOGHAROUN/1405/77";
/// How long the grant holds: an hour.
const VALID_MICROS: i64 = 3_600_000_000;

/// Plays the part at the border about a person.
pub(crate) async fn play(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    stage.note(
        "The person goes on to the border. An officer there opens a record only under a supervisor's grant: for one \
         case, one person, the fields it takes, an hour.",
    )?;
    let mut persons = stage.client(BORDER_POLICE)?.persons();
    let asked = purpose_of(BORDER_POLICE)?.unwrap_or_default();
    let bare = api::GetPersonRequest {
        purpose: Some(asked.clone()),
        at: None,
        person: person.to_owned(),
    };
    let (answer, took) = timed(persons.get_person(bare.clone())).await;
    let what = "tries to open the record without a grant";
    stage.tell_refused(&Asking::new(BORDER_POLICE, what, took), answer)?;

    let grant = granted(
        stage,
        &Granted {
            issuer: BORDER_SUPERVISOR,
            purpose: BORDER_POLICE.purpose,
            basis: &asked.legal_basis,
            groups: [FieldGroup::Identity, FieldGroup::Presence],
            person,
        },
    )?;
    let purpose = api::Purpose {
        case_reference: CASE.to_owned(),
        grant: Some(grant),
        ..asked
    };
    let under = api::GetPersonRequest {
        purpose: Some(purpose),
        ..bare
    };
    let (answer, took) = timed(persons.get_person(under)).await;
    let answer = answer?.into_inner();
    let what = format!(
        "opens the record of {person} under the grant of {}",
        BORDER_SUPERVISOR.officer
    );
    let shown = json::to_value("sabt.api.v1.GetPersonResponse", &answer)?;
    let table = answer.person.as_ref().map(render::person);
    stage.tell(&Asking::new(BORDER_POLICE, &what, took), &shown, table)?;
    emergency(stage, person).await
}

/// What a grant opens, and for what.
struct Granted<'a> {
    issuer: Player,
    purpose: Purpose,
    basis: &'a str,
    groups: [FieldGroup; 2],
    person: &'a str,
}

/// Somebody signs, offline, for the officer.
fn granted(stage: &Stage<'_>, what: &Granted<'_>) -> Result<SignedGrant, CliError> {
    let key = Keys::of(&stage.dir).author(what.issuer.name)?;
    let Player {
        agency, officer, ..
    } = BORDER_POLICE;
    let own = |err: &dyn std::fmt::Display| {
        CliError::Otherwise(format!("a code of the demonstration: {err}"))
    };
    let now = stage.clock.now_micros();
    let number: PersonNumber = what.person.parse().map_err(|err| {
        let err: sabt_domain::number::NumberError = err;
        own(&err)
    })?;
    let grant = Grant {
        id: GrantId(new_act_id(&stage.clock)),
        origin: Origin::new(&stage.registry, LedgerName::Events)?
            .as_str()
            .to_owned(),
        agency: agency.parse::<AgencyCode>().map_err(|err| own(&err))?,
        officer: officer.parse::<OfficerCode>().map_err(|err| own(&err))?,
        purpose: what.purpose,
        legal_basis: what.basis.to_owned(),
        case_reference: CASE.to_owned(),
        groups: what.groups.into(),
        persons: BTreeSet::from([number]),
        not_before: Timestamp::from_micros(now),
        not_after: Timestamp::from_micros(now.saturating_add(VALID_MICROS)),
        issuer: KeyId(key.public().id().to_bytes()),
    };
    grants::sign(&key, &stage.registry, &grant)
}

/// The person collapses: the officer opens the record on a grant of their own, which raises a flag, and a supervisor justifies
/// it.
async fn emergency(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    let basis = Purpose::VitalEmergency.source();
    let grant = granted(
        stage,
        &Granted {
            issuer: BORDER_POLICE,
            purpose: Purpose::VitalEmergency,
            basis,
            groups: [FieldGroup::Identity, FieldGroup::Family],
            person,
        },
    )?;
    let purpose = api::Purpose {
        code: Purpose::VitalEmergency.code().to_owned(),
        legal_basis: basis.to_owned(),
        case_reference: CASE.to_owned(),
        grant: Some(grant),
        ..api::Purpose::default()
    };
    let request = api::GetPersonRequest {
        purpose: Some(purpose),
        at: None,
        person: person.to_owned(),
    };
    let mut persons = stage.client(BORDER_POLICE)?.persons();
    let (answer, took) = timed(persons.get_person(request)).await;
    let shown = json::to_value("sabt.api.v1.GetPersonResponse", &answer?.into_inner())?;
    let what = "opens it again when the person collapses, on an emergency grant of their own";
    stage.tell(&Asking::new(BORDER_POLICE, what, took), &shown, None)?;

    let request = api::ListLookupFlagsRequest {
        purpose: Some(watch::supervising()),
        ..api::ListLookupFlagsRequest::default()
    };
    let mut audit = stage.client(BORDER_POLICE)?.audit();
    let (answer, took) = timed(audit.list_lookup_flags(request)).await;
    let answer = answer?.into_inner();
    let flag = answer.flags.first().filter(|flag| flag.rule == "EMERGENCY");
    let Some(flag) = flag else {
        return Err(CliError::Unsound("the emergency raises no flag".to_owned()));
    };
    let what = format!(
        "is told of the flag: look-up {}, {}, an emergency",
        flag.position, flag.officer
    );
    let shown = json::to_value("sabt.api.v1.ListLookupFlagsResponse", &answer)?;
    stage.tell(&Asking::new(BORDER_SUPERVISOR, &what, took), &shown, None)?;
    justify(stage, flag.position).await
}

async fn justify(stage: &mut Stage<'_>, position: u64) -> Result<(), CliError> {
    let body = event::act::Body::JustifyLookup(event::JustifyLookup {
        disclosure: position,
        ground: event::LookupGround::DangerToLife.into(),
    });
    let act = watch::act(&stage.clock, BORDER_SUPERVISOR.name, None, None, body);
    let key = Keys::of(&stage.dir).author(BORDER_SUPERVISOR.name)?;
    let request = api::SubmitActRequest {
        signed_act: Some(Author::new(key, &stage.registry)?.sign(&act)?),
    };
    let mut registry = stage.client(BORDER_POLICE)?.registry();
    let (answer, took) = timed(registry.submit_act(request)).await;
    let shown = json::to_value("sabt.api.v1.SubmitActResponse", &answer?.into_inner())?;
    let what = format!("justifies look-up {position}: danger to life");
    stage.tell(&Asking::new(BORDER_SUPERVISOR, &what, took), &shown, None)
}
