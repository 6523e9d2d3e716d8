//! Grants that come with questions: the signature of each is verified once, everything else for every question.

use sabt_chain::authorship::AuthorKey;
use sabt_chain::{LedgerName, Origin, Signature};
use sabt_domain::access::{Asker, AuthenticGrant, GrantInForce};
use sabt_domain::governance::Enrolment;
use sabt_domain::refusal::Refusal;
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::SignedGrant;

use crate::limits::GRANTS_CACHED_MAX;
use crate::registry::Registry;
use crate::remembered::Remembered;

/// The grant that comes with a question, if it holds for this asker now.
///
/// A signature that was verified once stays verified, so that a question costs the look-ups of
/// [`AuthenticGrant::for_asker`] alone: who issued it, for whom, from when to when, and whether it was revoked.
pub(crate) fn in_force(
    registry: &Registry,
    asker: &Asker,
    signed: &SignedGrant,
) -> Result<GrantInForce, Refusal> {
    let enrolment = registry.enrolment();
    let origin = registry.ledger(LedgerName::Events).chain.origin();
    let now = Timestamp::from_micros(registry.clock().now_micros());
    registry
        .grants()
        .authentic(signed, origin, &enrolment)?
        .for_asker(asker, &enrolment, now)
}

/// Grants whose signature was verified, by the digest of grant and signature.
pub(crate) struct Grants(Remembered<Digest, AuthenticGrant>);

type Digest = [u8; 32];

impl Default for Grants {
    fn default() -> Self {
        Self(Remembered::at_most(GRANTS_CACHED_MAX))
    }
}

impl Grants {
    /// Reads a grant and verifies its signature, unless that was done before.
    fn authentic(
        &self,
        signed: &SignedGrant,
        origin: &Origin,
        enrolment: &Enrolment,
    ) -> Result<AuthenticGrant, Refusal> {
        let bytes: [u8; 64] =
            signed.signature.as_slice().try_into().map_err(|_length| {
                Refusal::field("purpose.grant.signature", "is not 64 bytes long")
            })?;
        // The signature has a fixed length, so no two inputs give the same bytes.
        let digest: Digest = blake3::Hasher::new()
            .update(&signed.grant)
            .update(&bytes)
            .finalize()
            .into();
        self.0.get(&digest, || {
            let signature = Signature::from_bytes(bytes);
            AuthenticGrant::read(&signed.grant, origin.as_str(), enrolment, |public| {
                AuthorKey::from_bytes(&public.0)
                    .is_ok_and(|key| key.verify_grant(origin, &signed.grant, &signature).is_ok())
            })
        })
    }
}

#[cfg(test)]
mod tests;
