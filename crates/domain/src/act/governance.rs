use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::access::{GrantId, Role};
use crate::fact::{AgencyCode, CountryCode, OfficeCode, OfficerCode};
use crate::law::{ProvinceCode, Right};
use crate::time::Timestamp;

/// Ed25519 public key of an author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Identifier of this key: first 8 bytes of SHA-256("sabt author key v1" || public key).
    pub fn id(&self) -> KeyId {
        let digest = Sha256::new()
            .chain_update(b"sabt author key v1")
            .chain_update(self.0)
            .finalize();
        let mut id = [0; 8];
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        KeyId(id)
    }
}

/// Identifier of an author's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    /// As 16 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The first act of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRegistry {
    /// Registry name; the origins are `<name>/events` and `<name>/disclosures`.
    pub name: String,
    /// C2SP vkey of the events log.
    pub events_log_key: String,
    /// C2SP vkey of the disclosures log.
    pub disclosures_log_key: String,
    /// Key of the authority that signs governance acts.
    pub governance_key: PublicKey,
}

/// An agency may deal with the registry. What the body is called, of which the bill has two names (AM-01), is data here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolAgency {
    /// Its code.
    pub agency: AgencyCode,
    /// Persian name.
    pub name_fa: String,
    /// English name.
    pub name_en: String,
    /// What it may be towards the registry; at least one, each once.
    pub roles: Vec<Role>,
    /// State the agency answers to.
    pub state: CountryCode,
    /// Rights that it may ask about as a public service, each once.
    pub rights: Vec<Right>,
}

/// An agency may no longer deal with the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeAgency {
    /// Its code.
    pub agency: AgencyCode,
    /// Why.
    pub reason: String,
}

/// A key may sign acts of an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolKey {
    /// The agency.
    pub agency: AgencyCode,
    /// The key.
    pub public_key: PublicKey,
    /// Office whose acts the key may sign; `None`: any office of the agency.
    pub office: Option<OfficeCode>,
    /// Time after which the key may not sign; `None`: no end.
    pub not_after: Option<Timestamp>,
    /// Code of the officer who holds the key and signs grants with it for other officers of the agency; `None`: it signs
    /// no grants.
    pub supervisor: Option<OfficerCode>,
    /// Code of the officer who holds the key and alone signs emergency grants with it, for themselves; `None`: it signs none.
    pub emergency_officer: Option<OfficerCode>,
}

/// A key may no longer sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeKey {
    /// The key.
    pub key_id: KeyId,
    /// Why.
    pub reason: String,
}

/// An office of an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolOffice {
    /// Its code.
    pub office: OfficeCode,
    /// The agency it belongs to.
    pub agency: AgencyCode,
    /// Province in which it works.
    pub province: ProvinceCode,
    /// Persian name.
    pub name_fa: String,
    /// English name.
    pub name_en: String,
}

/// An edition of the access matrix is adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptPolicy {
    /// Name of the edition.
    pub edition: String,
    /// BLAKE3 of the policy document.
    pub digest: [u8; 32],
}

/// By order of a court, a deferred disclosure is withheld from its subject for longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendDeferral {
    /// Position of the disclosure in the `disclosures` ledger.
    pub disclosure: u64,
    /// New end of the embargo.
    pub until: Timestamp,
    /// The court that ordered it.
    pub court: String,
    /// Number of the order.
    pub order_number: String,
}

/// The key that signs the checkpoints of one ledger is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotateLogKey {
    /// C2SP vkey of the key that retires.
    pub old_log_key: String,
    /// C2SP vkey of the key that takes its place, of the same name.
    pub new_log_key: String,
    /// From when on the old key signs no more; until then both sign.
    pub retire_at: Timestamp,
    /// Ed25519 signature of the old key over the rotation.
    pub old_signature: [u8; 64],
    /// Ed25519 signature of the new key over the rotation.
    pub new_signature: [u8; 64],
}

/// A grant holds no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeGrant {
    /// Agency whose supervisor issued it.
    pub agency: AgencyCode,
    /// The grant.
    pub grant_id: GrantId,
}
