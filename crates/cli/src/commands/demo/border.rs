//! At the border: a supervisor's grant opens one person's record to one officer, and nothing else does.

use std::collections::BTreeSet;

use sabt_chain::{LedgerName, Origin};
use sabt_domain::access::{FieldGroup, Grant, GrantId};
use sabt_domain::act::KeyId;
use sabt_domain::fact::{AgencyCode, OfficerCode};
use sabt_domain::number::PersonNumber;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::SignedGrant;

use super::stage::{Asking, Stage, purpose_of, timed};
use crate::cast::{BORDER_POLICE, BORDER_SUPERVISOR, Player};
use crate::error::CliError;
use crate::keys::Keys;
use crate::sign::new_act_id;
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

    let grant = granted(stage, person, &asked.legal_basis)?;
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
    stage.tell(&Asking::new(BORDER_POLICE, &what, took), &shown, table)
}

/// The supervisor signs, offline, for the officer.
fn granted(stage: &Stage<'_>, person: &str, basis: &str) -> Result<SignedGrant, CliError> {
    let key = Keys::of(&stage.dir).author(BORDER_SUPERVISOR.name)?;
    let Player {
        agency,
        officer,
        purpose,
        ..
    } = BORDER_POLICE;
    let own = |err: &dyn std::fmt::Display| {
        CliError::Otherwise(format!("a code of the demonstration: {err}"))
    };
    let now = stage.clock.now_micros();
    let number: PersonNumber = person.parse().map_err(|err| {
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
        purpose,
        legal_basis: basis.to_owned(),
        case_reference: CASE.to_owned(),
        groups: BTreeSet::from([FieldGroup::Identity, FieldGroup::Presence]),
        persons: BTreeSet::from([number]),
        not_before: Timestamp::from_micros(now),
        not_after: Timestamp::from_micros(now.saturating_add(VALID_MICROS)),
        issuer: KeyId(key.public().id().to_bytes()),
    };
    grants::sign(&key, &stage.registry, &grant)
}
