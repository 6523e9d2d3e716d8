//! The signatures of two officers under an order of erasure.

use super::{AuthorKey, AuthorSigningKey, AuthorshipError, Nonce};
use crate::{ActId, Authorship, Origin, Signature};

/// What an approver of an erasure signs starts with this, so that the signature means nothing anywhere else.
pub const ERASURE_CONTEXT: &[u8] = b"sabt erasure v1";

/// The nonce of the commitment to the payload of an erasure record: that payload stands in the clear and needs no secret.
pub const ERASURE_NONCE: [u8; 32] = [0; 32];

impl AuthorKey {
    /// Checks that the holder of this key signed `order`, the bytes of an order of erasure, for the registry whose events
    /// ledger is `origin`.
    ///
    /// Strict as [`AuthorKey::verify`]: only signatures that every implementation of Ed25519 accepts pass.
    ///
    /// # Errors
    /// [`AuthorshipError::Signature`].
    pub fn verify_erasure(
        &self,
        origin: &Origin,
        order: &[u8],
        signature: &Signature,
    ) -> Result<(), AuthorshipError> {
        self.verify_document(ERASURE_CONTEXT, origin, order, signature)
    }
}

impl AuthorSigningKey {
    /// Signs `order`, the bytes of an order of erasure, for the registry whose events ledger is `origin`.
    pub fn sign_erasure(&self, origin: &Origin, order: &[u8]) -> Signature {
        self.sign_document(ERASURE_CONTEXT, origin, order)
    }

    /// Signs the record of an erasure as its author: `payload` is the order with the signatures of both approvers.
    pub fn sign_erasure_record(
        &self,
        origin: &Origin,
        act_id: ActId,
        payload: &[u8],
    ) -> Authorship {
        self.sign_act(origin, act_id, payload, &Nonce::from_bytes(ERASURE_NONCE))
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::Signer as _;

    use super::*;
    use crate::LedgerName;
    use crate::testing::{author, origin};

    const ORDER: &[u8] = b"an order";

    #[test]
    fn what_is_signed_is_what_the_definition_says() {
        let message = [
            b"sabt erasure v1".as_slice(),
            b"registry.example/sabt/events",
            blake3::hash(ORDER).as_bytes(),
        ]
        .concat();
        let signature = author().secret.sign(&message);
        let signed = author().sign_erasure(&origin(), ORDER);
        assert_eq!(signed.as_bytes(), &signature.to_bytes());
    }

    #[test]
    fn a_signature_holds_for_its_key_registry_and_order_alone() {
        let signed = author().sign_erasure(&origin(), ORDER);
        let (key, other) = (author(), AuthorSigningKey::from_seed([9; 32]));
        let elsewhere = origin().sibling(LedgerName::Disclosures).unwrap();
        let refused = Err(AuthorshipError::Signature);
        let verify = |key: &AuthorSigningKey, origin: &Origin, order: &[u8]| {
            key.public().verify_erasure(origin, order, &signed)
        };
        assert_eq!(verify(&key, &origin(), ORDER), Ok(()));
        assert_eq!(verify(&key, &elsewhere, ORDER), refused);
        assert_eq!(verify(&other, &origin(), ORDER), refused);
        for bit in 0..ORDER.len() * 8 {
            let mut changed = ORDER.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verify(&key, &origin(), &changed), refused);
        }
        for bit in 0..512 {
            let mut bytes = *signed.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let changed = Signature::from_bytes(bytes);
            let verified = key.public().verify_erasure(&origin(), ORDER, &changed);
            assert_eq!(verified, refused);
        }
    }

    #[test]
    fn a_signature_under_a_grant_or_an_act_is_none_under_an_order() {
        let key = author();
        let act = key.sign_erasure_record(&origin(), ActId::from_bytes([1; 16]), ORDER);
        for signature in [key.sign_grant(&origin(), ORDER), act.signature] {
            let verified = key.public().verify_erasure(&origin(), ORDER, &signature);
            assert_eq!(verified, Err(AuthorshipError::Signature));
        }
    }
}
