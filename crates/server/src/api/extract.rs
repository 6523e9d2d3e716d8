//! The subject extract: everything held about a person, with the proofs, signed for the person to keep.

mod build;
mod proofs;

use std::sync::Arc;

use prost::Message as _;
use sabt_chain::{LedgerName, Position};
use sabt_domain::access::Permit;
use sabt_domain::life::At;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_extract::label::{self, Labels};
use sabt_extract::signed::{self, ExtractError};
use sabt_extract::{EXTRACT_BYTES_MAX, EXTRACT_LOOK_UPS_MAX, EXTRACT_RECORDS_MAX};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;
use sabt_proto::extract::v1::{Extract, SignedExtract};

use self::build::{Asked, Names};
use self::proofs::Plan;
use super::ask::Found;
use super::persons::{check_consent, failed, found, person_number, refuse};
use super::prove::{self, Head};
use super::reading;
use crate::limits::AWAIT_PROOF_WAIT;
use crate::registry::Registry;

const RULE: &str = "design:limits EXTRACT_RECORDS_MAX";

/// Answers with an extract: reads everything from one snapshot, waits for a published checkpoint over it, proves each
/// record, names what is shown, and signs. Nothing of it leaves before the disclosure stands: that is the caller's next
/// step.
pub(super) async fn extract(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::GetExtractRequest,
    at: &At,
) -> Result<Found<api::GetExtractResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    check_consent(permit, &question.consent_reference)?;
    let enrolment = registry.enrolment();
    let views = registry.views();
    let answer = views
        .extract(permit, number, &enrolment, at, EXTRACT_LOOK_UPS_MAX)
        .map_err(refuse)?;
    let records = answer.content.history.len();
    if EXTRACT_RECORDS_MAX < records {
        return Err(too_large().with("records", records));
    }
    let plan = Plan::of(&answer.content.history);
    let head = published(registry, plan.last()).await?;
    let asked = Asked {
        permit: permit.clone(),
        consent: question.consent_reference.trim().to_owned(),
        registry: registry.name().to_owned(),
        at: *at,
        reflects: answer.position.get(),
        contested: answer.contested.clone(),
    };
    let subject = answer.clone();
    let work = Arc::clone(registry);
    let signed = reading(move || {
        let names = Names::of(&enrolment);
        let proved = proofs::prove(&work, &enrolment, plan, &head)?;
        let mut extract = build::extract(&asked, &subject.content, proved);
        label::name(&mut extract, &names.labels(Labels::known())).map_err(|err| failed(&err))?;
        sign(&work, &extract)
    })
    .await?;
    let groups = permit.groups().collect();
    Ok(found(
        registry,
        DisclosureVerb::Exported,
        groups,
        &answer,
        |_content| api::GetExtractResponse {
            info: None,
            extract: signed.extract,
            note: signed.note,
        },
    ))
}

/// A published checkpoint over a record; waited for like a proof.
async fn published(registry: &Arc<Registry>, last: Position) -> Result<Head, Refusal> {
    let covering = prove::published_over(registry, LedgerName::Events, last);
    tokio::time::timeout(AWAIT_PROOF_WAIT, covering)
        .await
        .unwrap_or_else(|_elapsed| Err(prove::not_ready()))
}

fn sign(registry: &Registry, extract: &Extract) -> Result<SignedExtract, Refusal> {
    let bytes = extract.encoded_len();
    if EXTRACT_BYTES_MAX < bytes {
        return Err(too_large().with("bytes", bytes));
    }
    let origin = registry.ledger(LedgerName::Events).chain.origin();
    let signers = registry.signers().now(origin).map_err(|err| failed(&err))?;
    let signers: Vec<_> = signers.iter().collect();
    signed::sign(extract, &signers).map_err(|err: ExtractError| failed(&err))
}

fn too_large() -> Refusal {
    Refusal::new(Reason::ExtractTooLarge, RULE)
        .with("records_max", EXTRACT_RECORDS_MAX)
        .with("bytes_max", EXTRACT_BYTES_MAX)
}
