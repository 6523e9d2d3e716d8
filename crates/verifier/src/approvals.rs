//! The order inside an erasure record: that two officers of two agencies signed it, in their roles, for this ledger.
//!
//! No erasure stands by its author's signature alone: a record without an order is a fault of its own, in every ledger of
//! every registry. No released registry wrote one, so there is nothing older to be lenient with.

use std::collections::BTreeSet;

use prost::Message as _;
use sabt_chain::{Envelope, KeyId, Kind, Origin, Signature};
use sabt_proto::event::v1::Erasure;

use crate::authors::Authors;
use crate::fault::{ErasureFault, Finding};
use crate::mutant::{Check, removed};

/// Officers who sign an order: the data-protection officer or, for a claim to asylum, the asylum unit first, the governance
/// authority second.
const APPROVERS: usize = 2;

/// What is wrong with the order of a record: also that there is none, or only a part of one.
pub(crate) fn check(
    envelope: &Envelope,
    payload: &[u8],
    origin: &Origin,
    authors: &Authors,
) -> Vec<Finding> {
    // What cannot be decoded is a fault that is told elsewhere.
    let Ok(erasure) = Erasure::decode(payload) else {
        return Vec::new();
    };
    let bare = Erasure {
        positions: erasure.positions.clone(),
        legal_basis: erasure.legal_basis.clone(),
        approvers: erasure.approvers.clone(),
        ..Erasure::default()
    };
    if erasure == bare {
        let fault = (!removed(Check::ErasureOrder)).then_some(Finding::ErasureWithoutOrder);
        return fault.into_iter().collect();
    }
    match order(envelope, payload, &erasure, origin) {
        Err(fault) => vec![Finding::ErasureRecord(fault)],
        Ok(order) => approvers(envelope, &erasure, &order, origin, authors),
    }
}

/// The bytes that both officers signed: the record without the signatures, which stand behind them.
fn order(
    envelope: &Envelope,
    payload: &[u8],
    erasure: &Erasure,
    origin: &Origin,
) -> Result<Vec<u8>, ErasureFault> {
    let order = Erasure {
        signatures: Vec::new(),
        ..erasure.clone()
    };
    let whole = erasure.order_id == envelope.act_id.as_bytes()
        && erasure.origin == origin.as_str()
        && erasure.encode_to_vec() == payload
        && envelope.recorded_at.as_micros() <= erasure.not_after;
    if whole {
        Ok(order.encode_to_vec())
    } else {
        Err(ErasureFault::Order)
    }
}

fn approvers(
    envelope: &Envelope,
    erasure: &Erasure,
    order: &[u8],
    origin: &Origin,
    authors: &Authors,
) -> Vec<Finding> {
    let counts = [
        erasure.approvers.len(),
        erasure.approver_keys.len(),
        erasure.signatures.len(),
    ];
    if counts != [APPROVERS; 3] {
        return vec![Finding::ErasureRecord(ErasureFault::Approvers)];
    }
    let mut findings = Vec::new();
    let mut agencies = BTreeSet::new();
    let signed = erasure.approver_keys.iter().zip(&erasure.signatures);
    for (index, (approver, (key, signature))) in erasure.approvers.iter().zip(signed).enumerate() {
        let key = <[u8; 8]>::try_from(key.as_slice()).map(KeyId::from_bytes);
        let signature = <[u8; 64]>::try_from(signature.as_slice()).map(Signature::from_bytes);
        let (Ok(key), Ok(signature)) = (key, signature) else {
            findings.push(Finding::ErasureRecord(ErasureFault::Approval));
            continue;
        };
        let public = match authors.key_in_force(key, Kind::Erasure, None, envelope.recorded_at) {
            Ok(public) => public,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let agency = approver.split_once('/').map_or("", |(agency, _)| agency);
        let in_role = authors.may_approve(key, agency, index == 0);
        let fits = public.verify_erasure(origin, order, &signature).is_ok();
        if !in_role || !fits || !agencies.insert(agency) {
            findings.push(Finding::ErasureRecord(ErasureFault::Approval));
        }
    }
    findings
}
