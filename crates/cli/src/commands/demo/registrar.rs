//! The registrar: somebody without papers is registered, a mistake is corrected, and both stay visible.

use std::time::Duration;

use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Act, CorrectAct};

use super::stage::{Asking, Stage, purpose_of, timed};
use crate::cast::{Player, REGISTRAR};
use crate::commands::submit::receipt_json;
use crate::error::CliError;
use crate::keys::Keys;
use crate::sign::{Author, new_act_id};
use crate::{data, json, render};

/// The person whom the first scene registers.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub(crate) number: String,
    /// Receipt of the registration.
    pub(crate) receipt: api::Receipt,
}

/// Plays the scene.
pub(crate) async fn play(stage: &mut Stage<'_>) -> Result<Registered, CliError> {
    stage.begin(
        1,
        "registrar",
        "A woman comes to office THR-01 in Tehran without any document. She is registered all the same: \
         number before anything else. Her name is misheard, and the mistake is corrected a moment later.",
    )?;
    let registration = dated(stage, data::without_papers()?);
    let (receipt, took) = submit(stage, &registration).await?;
    let asking = Asking::new(REGISTRAR, "registers her", took);
    stage.tell(
        &asking,
        &receipt_json(&receipt)?,
        Some(render::receipt(&receipt)),
    )?;
    stage.note(
        "The receipt means: the act is on disk. The link binds it to everything recorded before.",
    )?;
    let none = || CliError::Otherwise("the receipt names no person".to_owned());
    let number = receipt.numbers.first().cloned().ok_or_else(none)?;

    let corrected = correct(stage, &registration).await?;
    show(stage, &number, &corrected).await?;
    Ok(Registered { number, receipt })
}

/// Corrects the name: the act is not changed, another one points at it.
async fn correct(stage: &mut Stage<'_>, registration: &Act) -> Result<api::Receipt, CliError> {
    let replacement = dated(stage, data::without_papers_corrected()?);
    let corrected = Act {
        occurred_on: registration.occurred_on,
        recorded_at: registration.recorded_at,
        ..replacement.clone()
    };
    let body = Body::CorrectAct(Box::new(CorrectAct {
        target_act_id: registration.act_id.clone(),
        replacement: Some(Box::new(corrected)),
        reason: "given name misheard at the counter".to_owned(),
    }));
    let correction = dated(
        stage,
        Act {
            body: Some(body),
            ..replacement
        },
    );
    let (receipt, took) = submit(stage, &correction).await?;
    let asking = Asking::new(REGISTRAR, "corrects her name", took);
    stage.tell(
        &asking,
        &receipt_json(&receipt)?,
        Some(render::receipt(&receipt)),
    )?;
    Ok(receipt)
}

/// Opens the record and the history as they are after an act.
async fn show(stage: &mut Stage<'_>, number: &str, after: &api::Receipt) -> Result<(), CliError> {
    // Receipts come before views have folded; who wants to see the act asks for its position.
    let min_position = after.position + u64::from(after.parts);
    let at = Some(api::AsOf {
        min_position,
        ..api::AsOf::default()
    });
    let mut persons = stage.client(REGISTRAR)?.persons();
    let purpose = purpose_of(REGISTRAR)?;
    let request = api::GetPersonRequest {
        purpose: purpose.clone(),
        at,
        person: number.to_owned(),
    };
    let (answer, took) = timed(persons.get_person(request)).await;
    let answer = answer?.into_inner();
    let asking = Asking::new(REGISTRAR, "opens her record", took);
    let table = answer.person.as_ref().map(render::person);
    stage.tell(
        &asking,
        &json::to_value("sabt.api.v1.GetPersonResponse", &answer)?,
        table,
    )?;

    let request = api::GetHistoryRequest {
        purpose,
        at,
        person: number.to_owned(),
    };
    let (answer, took) = timed(persons.get_history(request)).await;
    let answer = answer?.into_inner();
    let asking = Asking::new(REGISTRAR, "opens her history", took);
    let table = render::history(&answer.entries);
    stage.tell(
        &asking,
        &json::to_value("sabt.api.v1.GetHistoryResponse", &answer)?,
        Some(table),
    )?;
    stage.note("The first registration stands as it was recorded, marked as corrected; nothing is overwritten.")
}

/// The act as of today, with a new identifier.
pub(crate) fn dated(stage: &Stage<'_>, act: Act) -> Act {
    Act {
        act_id: new_act_id(&stage.clock).to_vec(),
        occurred_on: Some(data::today(&stage.clock)),
        recorded_at: stage.clock.now_micros(),
        ..act
    }
}

/// Signs with the registrar's key and submits.
pub(crate) async fn submit(
    stage: &Stage<'_>,
    act: &Act,
) -> Result<(api::Receipt, Duration), CliError> {
    let (answer, took) = submit_as(stage, REGISTRAR, act).await?;
    let missing = || CliError::Otherwise("the registry answered without a receipt".to_owned());
    Ok((answer?.receipt.ok_or_else(missing)?, took))
}

/// Signs with a player's key and submits; what the registry answered, and how long it took.
pub(crate) async fn submit_as(
    stage: &Stage<'_>,
    player: Player,
    act: &Act,
) -> Result<(Result<api::SubmitActResponse, tonic::Status>, Duration), CliError> {
    let key = Keys::of(&stage.dir).author(player.name)?;
    let signed = Author::new(key, &stage.registry)?.sign(act)?;
    let mut registry = stage.client(player)?.registry();
    let request = api::SubmitActRequest {
        signed_act: Some(signed),
    };
    let (answer, took) = timed(registry.submit_act(request)).await;
    Ok((answer.map(tonic::Response::into_inner), took))
}
