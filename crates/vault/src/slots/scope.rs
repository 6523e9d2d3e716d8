//! The place of a wrapped key, as it is authenticated with the key.

use crate::secret::SecretKey;
use crate::slots::{Expected, KeyFileKind};

/// What a wrapped key is bound to besides its ordinal.
pub(super) struct Scope {
    pub(super) kind: KeyFileKind,
    pub(super) registry_digest: [u8; 32],
}

impl Scope {
    const SLOT_DOMAIN: &[u8; 12] = b"sabt slot v1";
    const CHECK_DOMAIN: &[u8; 12] = b"sabt test v1";

    pub(super) fn new(expected: &Expected<'_>) -> Self {
        let registry_digest =
            blake3::derive_key("sabt vault registry v1", expected.registry.as_bytes());
        Self {
            kind: expected.kind,
            registry_digest,
        }
    }

    pub(super) fn slot_context(&self, ordinal: u64) -> [u8; 53] {
        self.context(Self::SLOT_DOMAIN, ordinal)
    }

    pub(super) fn check_context(&self) -> [u8; 53] {
        self.context(Self::CHECK_DOMAIN, 0)
    }

    /// domain 12 | kind 1 | registry digest 32 | ordinal u64 8
    fn context(&self, domain: &[u8; 12], ordinal: u64) -> [u8; 53] {
        let mut context = [0; 53];
        context[..12].copy_from_slice(domain);
        context[12] = self.kind.code();
        context[13..45].copy_from_slice(&self.registry_digest);
        context[45..].copy_from_slice(&ordinal.to_be_bytes());
        context
    }
}

/// The known key in the header. That it is known does no harm: what it proves is in the tag.
pub(super) fn check_key() -> SecretKey {
    SecretKey::copied_from(b"sabt: the right master key opens")
}
