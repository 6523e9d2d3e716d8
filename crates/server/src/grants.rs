//! Grants that come with questions: the signature of each is verified once, everything else for every question.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use sabt_chain::authorship::AuthorKey;
use sabt_chain::{LedgerName, Origin, Signature};
use sabt_domain::access::{Asker, AuthenticGrant, GrantInForce};
use sabt_domain::governance::Enrolment;
use sabt_domain::refusal::Refusal;
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::SignedGrant;

use crate::limits::GRANTS_CACHED_MAX;
use crate::registry::Registry;

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

/// Grants whose signature was verified, the oldest first to go.
#[derive(Default)]
pub(crate) struct Grants {
    verified: Mutex<Verified>,
}

#[derive(Default)]
struct Verified {
    /// By the digest of grant and signature.
    grants: BTreeMap<Digest, AuthenticGrant>,
    /// Digests in the order in which they came.
    order: VecDeque<Digest>,
}

type Digest = [u8; 32];

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
        if let Some(known) = self.verified().grants.get(&digest) {
            return Ok(known.clone());
        }
        let signature = Signature::from_bytes(bytes);
        let grant = AuthenticGrant::read(&signed.grant, origin.as_str(), enrolment, |public| {
            AuthorKey::from_bytes(&public.0)
                .is_ok_and(|key| key.verify_grant(origin, &signed.grant, &signature).is_ok())
        })?;
        self.verified().remember(digest, grant.clone());
        Ok(grant)
    }

    fn verified(&self) -> std::sync::MutexGuard<'_, Verified> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verified {
    fn remember(&mut self, digest: Digest, grant: AuthenticGrant) {
        if self.grants.insert(digest, grant).is_some() {
            return;
        }
        self.order.push_back(digest);
        if GRANTS_CACHED_MAX < self.order.len()
            && let Some(oldest) = self.order.pop_front()
        {
            self.grants.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
