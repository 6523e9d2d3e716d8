//! Orders of erasure: who hands them in, who approved them, and that all of it belongs together.

use std::sync::Arc;

use prost::Message as _;
use sabt_chain::authorship::{AuthorKey, ERASURE_NONCE, Nonce};
use sabt_chain::{Authorship, KeyId, LedgerName, Signature};
use sabt_domain::access::{Asker, Method};
use sabt_domain::erasure::AuthenticOrder;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use tonic::{Request, Response, Status};

use super::ask::{identify, not_recorded, observe, record_refusal};
use super::submit::exact;
use crate::registry::Registry;
use crate::status;
use crate::writer::VerifiedErasure;

/// Has an order carried out.
pub(super) async fn erase(
    registry: &Arc<Registry>,
    request: Request<api::EraseRequest>,
) -> Result<Response<api::EraseResponse>, Status> {
    let started = registry.clock().now_micros();
    let asker = identify(registry, &request);
    let request = request.into_inner();
    let bytes = request.encode_to_vec();
    let outcome = match admit(registry, asker.as_ref(), &request) {
        Ok(erasure) => registry.erase(erasure).await,
        Err(refusal) => Err(refusal),
    };
    observe(registry, Method::Erase, started, outcome.is_ok());
    match outcome {
        Ok(response) => Ok(Response::new(response)),
        Err(refusal) => {
            let asker = asker.as_ref().ok();
            record_refusal(registry, asker, Method::Erase, None, &bytes, &refusal)
                .await
                .map_err(not_recorded)?;
            Err(status::status(&refusal))
        }
    }
}

/// Lets an order through to the writer, which looks at the person.
fn admit(
    registry: &Registry,
    asker: Result<&Asker, &Refusal>,
    request: &api::EraseRequest,
) -> Result<VerifiedErasure, Refusal> {
    let asker = asker.map_err(Clone::clone)?;
    registry.matrix()?.open_to(asker, Method::Erase)?;
    let signed = request
        .order
        .as_ref()
        .ok_or_else(|| Refusal::field("order", "is missing"))?;
    let key_id = KeyId::from_bytes(exact("key_id", &request.key_id)?);
    let signature = Signature::from_bytes(exact("signature", &request.signature)?);
    let origin = registry.ledger(LedgerName::Events).chain.origin();
    let enrolment = registry.enrolment();
    let order = AuthenticOrder::read(signed, origin.as_str(), &enrolment, |public, signature| {
        let signature = Signature::from_bytes(*signature);
        AuthorKey::from_bytes(&public.0).is_ok_and(|key| {
            key.verify_erasure(origin, &signed.order, &signature)
                .is_ok()
        })
    })?;
    let by = sabt_domain::act::KeyId(key_id.to_bytes());
    let now = Timestamp::from_micros(registry.clock().now_micros());
    order.check(&by, &enrolment, now)?;
    if enrolment.author(&by, now)?.agency.as_str() != asker.agency {
        return Err(Refusal::new(Reason::RoleNotAllowed, "design:4 authorship")
            .with_message("The record was signed by another agency than the one that hands it in.")
            .with_remedy(
                "Hand orders in with a certificate of the agency that signed the record.",
            ));
    }
    let authorship = Authorship {
        key_id,
        commitment: Nonce::from_bytes(ERASURE_NONCE).commit(order.payload()),
        signature,
    };
    let act_id = sabt_chain::ActId::from_bytes(*order.order().id.as_bytes());
    let public = enrolment.key(&by).map(|key| key.public_key.0);
    let fits = public
        .and_then(|public| AuthorKey::from_bytes(&public).ok())
        .is_some_and(|key| key.verify(origin, act_id, &authorship).is_ok());
    if !fits {
        return Err(Refusal::new(Reason::BadSignature, "design:4 authorship"));
    }
    Ok(VerifiedErasure { order, authorship })
}
