//! The registered person: who has looked at my data, when and why.

use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;
use sabt_proto::extract::v1::SignedExtract;
use serde_json::json;

use super::stage::{Asking, Stage, timed};
use crate::cast::{BORDER_POLICE, POLICE, REGISTRAR};
use crate::commands::extract;
use crate::error::CliError;
use crate::{json, render};

/// The person's signed consent.
const CONSENT: &str = "FORM-7/1405/00231";
/// What the person takes home, in the directory of the registry.
const EXTRACT: &str = "extract.html";

/// Plays the scene for the person whom the police asked about.
pub(crate) async fn play(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    stage.begin(
        6,
        "registered person",
        "The person who was stopped goes to an office and asks who has looked. The office needs the signed \
         consent and a case number; the answer shows every look, also those of this demonstration, and is \
         recorded itself.",
    )?;
    let mut audit = stage.client(REGISTRAR)?.audit();
    let without = api::ListDisclosuresRequest {
        purpose: Some(asked()),
        person: person.to_owned(),
        consent_reference: String::new(),
    };
    let with = api::ListDisclosuresRequest {
        consent_reference: CONSENT.to_owned(),
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
    for looked in [POLICE, BORDER_POLICE] {
        let mut entries = answer.entries.iter();
        let disclosure = |entry: &api::DisclosureEntry| entry.disclosure.clone();
        let by = |entry| disclosure(entry).is_some_and(|one| one.agency == looked.agency);
        if !entries.any(by) {
            let looked = looked.name;
            return Err(CliError::Unsound(format!(
                "the look-up of {looked} is not among the disclosures"
            )));
        }
    }
    take_home(stage, person).await
}

/// Everything held, on paper and as a file.
async fn take_home(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    let mut persons = stage.client(REGISTRAR)?.persons();
    let request = api::GetExtractRequest {
        purpose: Some(asked()),
        person: person.to_owned(),
        consent_reference: CONSENT.to_owned(),
    };
    let (answer, took) = timed(persons.get_extract(request)).await;
    let answer = answer?.into_inner();
    let signed = SignedExtract {
        extract: answer.extract,
        note: answer.note,
    };
    let path = stage.dir.join(EXTRACT);
    extract::write(&path, &signed)?;
    let what = format!("asks for the extract of {person}: everything held, to take home");
    let digest = hex::encode(sabt_extract::signed::digest(&signed.extract));
    let shown = json!({ "file": path, "sha256": digest });
    stage.tell(&Asking::new(REGISTRAR, &what, took), &shown, None)?;
    stage.note(&format!(
        "One page in Persian and English, signed, with a proof of every record: {EXTRACT} in the directory of the registry. \
         `sabt-verify extract` verifies it from the file alone."
    ))
}

/// The person's own request.
fn asked() -> api::Purpose {
    api::Purpose {
        code: Purpose::SubjectAccess.code().to_owned(),
        legal_basis: Purpose::SubjectAccess.source().to_owned(),
        case_reference: "1405/00231".to_owned(),
        ..api::Purpose::default()
    }
}
