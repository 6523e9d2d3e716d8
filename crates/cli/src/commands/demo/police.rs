//! The police officer: two verdicts in milliseconds, and nothing more.

use std::time::Duration;

use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::persons_client::PersonsClient;
use sabt_proto::event::v1::DocumentReference;
use serde_json::json;
use tonic::transport::Channel;

use super::registrar::Registered;
use super::samples::Samples;
use super::stage::{Asking, Stage, purpose_of, timed};
use crate::cast::{POLICE, REGISTRAR};
use crate::error::CliError;
use crate::{json, render, text};

/// Files a clerk opens at most to find one with a valid document and a lawful stay.
const FILES_OPENED_MAX: usize = 60;
/// Look-ups that are timed.
const LOOKUPS_MAX: usize = 100;

/// Plays the scene; returns the number of the person whom it was about.
pub(crate) async fn play(
    stage: &mut Stage<'_>,
    samples: &Samples,
    registered: &Registered,
) -> Result<String, CliError> {
    stage.begin(
        2,
        "police officer",
        "On patrol, an officer is shown a card. The law lets the officer know whether it is valid and whether \
         its holder may stay: a verdict, no name, no address. Each question leaves a record before it is answered.",
    )?;
    let mut persons = stage.client(POLICE)?.persons();
    let purpose = purpose_of(POLICE)?;
    let chosen = choose(stage, samples).await?;
    let person = if let Some((person, document)) = &chosen {
        verify_document(stage, document, "shown in the street").await?;
        person.clone()
    } else {
        stage.note(
            "No valid document was loaded; the officer asks about the woman without papers.",
        )?;
        registered.number.clone()
    };
    let request = api::VerifyStayRequest {
        purpose: purpose.clone(),
        at: None,
        person: person.clone(),
    };
    let (answer, took) = timed(persons.verify_stay(request)).await;
    let answer = answer?.into_inner();
    let what = format!("asks whether person {person} may stay");
    let shown = json::to_value("sabt.api.v1.VerifyStayResponse", &answer)?;
    stage.tell(&Asking::new(POLICE, &what, took), &shown, None)?;
    stage.note(&render::verdict(answer.verdict(), &answer.reason_class))?;
    if let Some(lost) = samples.lost.last() {
        verify_document(stage, &lost.document, "that its holder had reported lost").await?;
    }
    measure(stage, samples, &person).await?;

    let request = api::GetPersonRequest {
        purpose,
        at: None,
        person: person.clone(),
    };
    let (answer, took) = timed(persons.get_person(request)).await;
    let asking = Asking::new(POLICE, "tries to open the whole record", took);
    stage.tell_refused(&asking, answer)?;
    Ok(person)
}

/// One document, asked about and told of.
async fn verify_document(
    stage: &mut Stage<'_>,
    document: &DocumentReference,
    story: &str,
) -> Result<(), CliError> {
    let mut persons = stage.client(POLICE)?.persons();
    let (answer, took) = verdict(&mut persons, document).await?;
    let kind = text::word(document.kind().as_str_name(), "DOCUMENT_KIND_");
    let what = format!(
        "asks about a document {story}: {kind} {} {}",
        document.issuer, document.number
    );
    let shown = json::to_value("sabt.api.v1.VerifyDocumentResponse", &answer)?;
    stage.tell(&Asking::new(POLICE, &what, took), &shown, None)?;
    stage.note(&render::verdict(answer.verdict(), &answer.reason_class))
}

async fn verdict(
    persons: &mut PersonsClient<Channel>,
    document: &DocumentReference,
) -> Result<(api::VerifyDocumentResponse, Duration), CliError> {
    let request = api::VerifyDocumentRequest {
        purpose: purpose_of(POLICE)?,
        at: None,
        document: Some(document.clone()),
    };
    let (answer, took) = timed(persons.verify_document(request)).await;
    Ok((answer?.into_inner(), took))
}

/// Times look-ups one after the other, as one officer's device would make them, about others than the
/// person of the scene.
async fn measure(stage: &mut Stage<'_>, samples: &Samples, except: &str) -> Result<(), CliError> {
    let mut persons = stage.client(POLICE)?.persons();
    let mut spans = Vec::new();
    let others = samples
        .current
        .iter()
        .filter(|sample| sample.person != except);
    for sample in others.take(LOOKUPS_MAX) {
        spans.push(verdict(&mut persons, &sample.document).await?.1);
    }
    spans.sort_unstable();
    let (Some(median), Some(slowest)) = (spans.get(spans.len() / 2), spans.last()) else {
        return Ok(());
    };
    let what = format!(
        "asks about {} more documents, one after the other",
        spans.len()
    );
    let micros = |span: &Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let answer = json!({
        "lookups": spans.len(), "median_micros": micros(median), "slowest_micros": micros(slowest),
    });
    stage.tell(&Asking::new(POLICE, &what, None), &answer, None)?;
    stage.note(&format!(
        "Median {}, slowest {}, each answer recorded on disk before it left.",
        text::duration(*median),
        text::duration(*slowest)
    ))
}

/// Somebody with a valid document and a lawful stay: a clerk at an office looks through files for the
/// demonstration, and each look is recorded like any other.
async fn choose(
    stage: &Stage<'_>,
    samples: &Samples,
) -> Result<Option<(String, DocumentReference)>, CliError> {
    let mut persons = stage.client(REGISTRAR)?.persons();
    let mut second_best = None;
    for sample in samples.current.iter().rev().take(FILES_OPENED_MAX) {
        let request = api::GetPersonRequest {
            purpose: purpose_of(REGISTRAR)?,
            at: None,
            person: sample.person.clone(),
        };
        let Some(person) = persons.get_person(request).await?.into_inner().person else {
            continue;
        };
        let valid = person.documents.iter().any(|held| {
            held.verdict() == api::Verdict::Valid
                && held.document.as_ref().is_some_and(|document| {
                    document.number == sample.document.number
                        && document.issuer == sample.document.issuer
                        && document.kind == sample.document.kind
                })
        });
        let chosen = (sample.person.clone(), sample.document.clone());
        let stays = person
            .residence
            .is_some_and(|residence| residence.verdict() == api::Verdict::Valid);
        if valid && stays {
            return Ok(Some(chosen));
        }
        if valid && second_best.is_none() {
            second_best = Some(chosen);
        }
    }
    Ok(second_best)
}
