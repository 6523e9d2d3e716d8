//! Signing acts, as an office does it: the act as bytes, a fresh nonce, the key's signature over the
//! commitment.

use prost::Message as _;
use sabt_chain::authorship::{AuthorSigningKey, Nonce};
use sabt_chain::{ActId, LedgerName, Origin};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Act;
use sabt_server::clock::Clock;

use crate::error::CliError;

/// Length of an act's identifier, bytes.
pub const ACT_ID_BYTES: usize = 16;

/// Who signs, for which registry.
#[derive(Debug, Clone)]
pub struct Author {
    key: AuthorSigningKey,
    origin: Origin,
}

impl Author {
    /// Signs for the events ledger of a registry.
    ///
    /// # Errors
    /// [`CliError::Name`] if the registry cannot have that name.
    pub fn new(key: AuthorSigningKey, registry: &str) -> Result<Self, CliError> {
        Ok(Self {
            key,
            origin: Origin::new(registry, LedgerName::Events)?,
        })
    }

    /// The public half of the key.
    pub fn public(&self) -> &[u8; 32] {
        self.key.public().as_bytes()
    }

    /// Signs an act with a fresh nonce.
    ///
    /// # Errors
    /// [`CliError::Randomness`]; [`CliError::Usage`] if the act's identifier is not 16 bytes.
    pub fn sign(&self, act: &Act) -> Result<api::SignedAct, CliError> {
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce)?;
        self.sign_with(act, nonce)
    }

    /// Signs an act with a nonce that must never have been used before.
    ///
    /// # Errors
    /// [`CliError::Usage`] if the act's identifier is not 16 bytes.
    pub fn sign_with(&self, act: &Act, nonce: [u8; 32]) -> Result<api::SignedAct, CliError> {
        let id: [u8; ACT_ID_BYTES] = act.act_id.as_slice().try_into().map_err(|_length| {
            CliError::usage("act_id is not 16 bytes", "leave it out, and one is made")
        })?;
        let bytes = act.encode_to_vec();
        let nonce = Nonce::from_bytes(nonce);
        let authorship = self
            .key
            .sign_act(&self.origin, ActId::from_bytes(id), &bytes, &nonce);
        Ok(api::SignedAct {
            act: bytes,
            nonce: nonce.as_bytes().to_vec(),
            key_id: authorship.key_id.as_bytes().to_vec(),
            signature: authorship.signature.as_bytes().to_vec(),
        })
    }
}

/// A new identifier of an act: a `UUIDv7` of this moment.
pub fn new_act_id(clock: &Clock) -> [u8; ACT_ID_BYTES] {
    let micros = clock.now_micros().max(0).unsigned_abs();
    // Less than a thousand million.
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or(0);
    let now = uuid::Timestamp::from_unix(uuid::NoContext, micros / 1_000_000, nanos);
    uuid::Uuid::new_v7(now).into_bytes()
}

/// An identifier as people read it: `0190163d-8694-739b-aea5-966c26f8ad91`.
pub fn act_id_text(id: &[u8]) -> String {
    match <[u8; ACT_ID_BYTES]>::try_from(id) {
        Ok(id) => ActId::from_bytes(id).to_string(),
        Err(_) => hex::encode(id),
    }
}
