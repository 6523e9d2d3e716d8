//! Authors' signatures, verified in batches.

use std::sync::Arc;

use sabt_chain::authorship::{AuthorKey, SignedAct, verify_batch};
use sabt_chain::{ActId, Authorship, Origin, Position};

use crate::fault::Place;

/// Signatures in one job. A batch is about twice as fast as one by one, and gains little beyond this; a forgery
/// among them costs one more pass over the batch.
pub(crate) const CLAIMS_PER_JOB: usize = 256;

/// A record's claim that an author signed it.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// The record.
    pub(crate) position: Position,
    /// Where it stands.
    pub(crate) place: Option<Place>,
    /// The key that was in force.
    pub(crate) key: Arc<AuthorKey>,
    /// The act.
    pub(crate) act_id: ActId,
    /// The origin for which it was signed, if that is not the ledger's own: a record carried over from another.
    pub(crate) signed_for: Option<Origin>,
    /// What the envelope carries.
    pub(crate) authorship: Authorship,
}

/// The claims whose signature is forged. `origin` is that of the events ledger, for which acts are signed.
pub(crate) fn forged_claims(origin: &Origin, claims: &[Claim]) -> Vec<Claim> {
    let of_one_origin = claims.chunk_by(|one, next| one.signed_for == next.signed_for);
    let forged = of_one_origin.map(|claims| {
        let signed_for = claims.first().and_then(|claim| claim.signed_for.as_ref());
        forged_for(signed_for.unwrap_or(origin), claims)
    });
    forged.flatten().collect()
}

/// The same, of claims that were all signed for one origin.
fn forged_for(origin: &Origin, claims: &[Claim]) -> Vec<Claim> {
    let signed: Vec<SignedAct<'_>> = claims
        .iter()
        .map(|claim| SignedAct {
            key: &claim.key,
            act_id: claim.act_id,
            authorship: &claim.authorship,
        })
        .collect();
    let forged = verify_batch(origin, &signed);
    forged
        .into_iter()
        .filter_map(|index| claims.get(index).cloned())
        .collect()
}
