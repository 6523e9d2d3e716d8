//! The registered person: who has looked at my data, when and why.

use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;

use super::stage::{Asking, Stage, timed};
use crate::cast::REGISTRAR;
use crate::error::CliError;
use crate::{json, render};

/// Plays the scene for the person whom the police asked about.
pub(crate) async fn play(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    stage.begin(
        5,
        "registered person",
        "The person who was stopped goes to an office and asks who has looked. The office needs the signed \
         consent and a case number; the answer shows every look, also those of this demonstration, and is \
         recorded itself.",
    )?;
    let mut audit = stage.client(REGISTRAR)?.audit();
    let purpose = api::Purpose {
        code: Purpose::SubjectAccess.code().to_owned(),
        legal_basis: Purpose::SubjectAccess.source().to_owned(),
        case_reference: "1405/00231".to_owned(),
        ..api::Purpose::default()
    };
    let without = api::ListDisclosuresRequest {
        purpose: Some(purpose),
        person: person.to_owned(),
        consent_reference: String::new(),
    };
    let with = api::ListDisclosuresRequest {
        consent_reference: "FORM-7/1405/00231".to_owned(),
        ..without.clone()
    };
    let (answer, took) = timed(audit.list_disclosures(without)).await;
    let what = "asks who has looked, and forgets the consent";
    stage.tell_refused(&Asking::new(REGISTRAR, what, took), answer)?;
    let (answer, took) = timed(audit.list_disclosures(with)).await;
    let answer = answer?.into_inner();
    let what = format!("asks who has looked at the data of {person}, with consent");
    let shown = json::to_value("sabt.api.v1.ListDisclosuresResponse", &answer)?;
    let table = render::disclosures(&answer.entries);
    stage.tell(&Asking::new(REGISTRAR, &what, took), &shown, Some(table))?;
    let by_police = answer
        .entries
        .iter()
        .filter_map(|entry| entry.disclosure.as_ref())
        .any(|disclosure| disclosure.agency == crate::cast::POLICE.agency);
    if by_police {
        return Ok(());
    }
    Err(CliError::Unsound(
        "the look-up of the police is not among the disclosures".to_owned(),
    ))
}
