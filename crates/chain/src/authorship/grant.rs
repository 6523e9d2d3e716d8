//! A supervisor's signature under a grant, which lets one officer ask one kind of question for some hours.

use super::{AuthorKey, AuthorSigningKey, AuthorshipError};
use crate::{Origin, Signature};

/// What the issuer of a grant signs starts with this, so that the signature means nothing anywhere else.
pub const GRANT_CONTEXT: &[u8] = b"sabt grant v1";

impl AuthorKey {
    /// Checks that the holder of this key signed `grant`, the bytes of a grant, for the registry whose events ledger is
    /// `origin`.
    ///
    /// Strict as [`AuthorKey::verify`]: only signatures that every implementation of Ed25519 accepts pass.
    ///
    /// # Errors
    /// [`AuthorshipError::Signature`].
    pub fn verify_grant(
        &self,
        origin: &Origin,
        grant: &[u8],
        signature: &Signature,
    ) -> Result<(), AuthorshipError> {
        self.verify_document(GRANT_CONTEXT, origin, grant, signature)
    }
}

impl AuthorSigningKey {
    /// Signs `grant`, the bytes of a grant, for the registry whose events ledger is `origin`.
    pub fn sign_grant(&self, origin: &Origin, grant: &[u8]) -> Signature {
        self.sign_document(GRANT_CONTEXT, origin, grant)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::Signer as _;

    use super::super::Nonce;
    use super::*;
    use crate::testing::{author, origin};
    use crate::{ActId, LedgerName};

    const GRANT: &[u8] = b"a grant";

    /// The signature of the key with the seed 42 42 .. 42 under [`GRANT`].
    const VECTOR: &str = concat!(
        "854c97e006f0c30bb47f005d6533482219beb559a79f88e7d085501f8261811d",
        "f28afa690f865ac1b51d02170c9041a5c4da922611de0bdbcf0c94868ecd1007",
    );

    #[test]
    fn what_is_signed_is_what_the_definition_says() {
        let message = [
            b"sabt grant v1".as_slice(),
            b"registry.example/sabt/events",
            blake3::hash(GRANT).as_bytes(),
        ]
        .concat();
        let signature = author().secret.sign(&message);
        let signed = author().sign_grant(&origin(), GRANT);
        assert_eq!(signed.as_bytes(), &signature.to_bytes());
    }

    #[test]
    fn the_test_vector_stands() {
        let key = AuthorSigningKey::from_seed([0x42; 32]);
        let signed = key.sign_grant(&origin(), GRANT);
        let hex = signed
            .as_bytes()
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(hex, VECTOR);
        assert_eq!(key.public().verify_grant(&origin(), GRANT, &signed), Ok(()));
    }

    #[test]
    fn a_signature_holds_for_its_key_registry_and_grant_alone() {
        let signed = author().sign_grant(&origin(), GRANT);
        let (key, other) = (author(), AuthorSigningKey::from_seed([9; 32]));
        let elsewhere = origin().sibling(LedgerName::Disclosures).unwrap();
        let refused = Err(AuthorshipError::Signature);
        assert_eq!(
            key.public().verify_grant(&elsewhere, GRANT, &signed),
            refused
        );
        assert_eq!(
            other.public().verify_grant(&origin(), GRANT, &signed),
            refused
        );
        for bit in 0..GRANT.len() * 8 {
            let mut changed = GRANT.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                key.public().verify_grant(&origin(), &changed, &signed),
                refused
            );
        }
        for bit in 0..512 {
            let mut bytes = *signed.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let changed = Signature::from_bytes(bytes);
            assert_eq!(
                key.public().verify_grant(&origin(), GRANT, &changed),
                refused
            );
        }
    }

    #[test]
    fn a_signature_under_an_act_is_none_under_a_grant() {
        let key = author();
        let nonce = Nonce::from_bytes([1; 32]);
        let act = key.sign_act(&origin(), ActId::from_bytes([1; 16]), GRANT, &nonce);
        let verified = key.public().verify_grant(&origin(), GRANT, &act.signature);
        assert_eq!(verified, Err(AuthorshipError::Signature));
    }
}
