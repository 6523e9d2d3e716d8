//! Which cosignatures make a checkpoint good: the policy file of C2SP tlog-policy.
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> all|any|<k> <member>...
//! quorum <name>|none
//! ```
//!
//! Log keys are of type 0x01, witness keys of type 0x04; a policy that needs another type is refused, not weakened.
//! Names are opaque bytes that mean nothing outside the file.
//!
//! ```
//! use sabt_chain::note::CosignerKey;
//! use sabt_chain::policy::Policy;
//!
//! let court = CosignerKey::from_seed("court.example".parse()?, [1; 32]);
//! let university = CosignerKey::from_seed("university.example".parse()?, [2; 32]);
//! let policy = Policy::parse(
//!     format!(
//!         "witness court {} https://court.example/\nwitness university {}\ngroup both all court university\nquorum both\n",
//!         court.witness(),
//!         university.witness(),
//!     )
//!     .as_bytes(),
//! )?;
//! let court = policy.witnesses().next().unwrap().name();
//! assert!(!policy.is_quorum([court]));
//! assert!(policy.is_quorum(policy.witnesses().map(|witness| witness.name())));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod parse;

pub use error::PolicyError;

use std::collections::BTreeSet;
use std::fmt;

use crate::checkpoint::Checkpoint;
use crate::note::{Cosigner, NoteError, TrustedKeys, VerifierKey, WitnessKey};

/// Longest policy file in bytes. At the limits below, with 1 KiB a line, a policy has 3 x 64 KiB.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;

/// Most logs of a policy; the specification recommends at least 32.
pub const POLICY_LOGS_MAX: usize = 64;

/// Most witnesses of a policy; the specification recommends at least 32. Their cosignatures fit a note together with
/// two signatures of the log.
pub const POLICY_WITNESSES_MAX: usize = 64;

/// Most groups of a policy; the specification recommends at least 32.
pub const POLICY_GROUPS_MAX: usize = 64;

const _: () = assert!(POLICY_WITNESSES_MAX + 2 <= crate::note::NOTE_SIGNATURES_MAX);

/// Name of a witness or group inside a policy: bytes without space, tab or control character, not `none`.
///
/// Its text form is for people: bytes that are not UTF-8 are replaced.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyName(Box<[u8]>);

/// A log that the policy trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyLog {
    key: VerifierKey,
    url: Option<String>,
}

/// A witness that the policy knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyWitness {
    name: PolicyName,
    key: WitnessKey,
    url: Option<String>,
}

/// What counts as witnessed; names are resolved to places among those defined before, so nothing can be circular.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Component {
    /// Witness number `.0`.
    Witness(usize),
    /// At least `threshold` of `members`, numbers of components before this one.
    Group {
        threshold: usize,
        members: Vec<usize>,
    },
}

/// A parsed policy: the logs and witnesses it knows, and which witnesses together make a quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    /// Witnesses and groups in the order of their lines.
    components: Vec<Component>,
    /// The component that the quorum line names; `None`: no cosignature is needed.
    quorum: Option<usize>,
}

/// How a checkpoint stands with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    cosigners: Vec<(PolicyName, Cosigner)>,
    missing: Vec<PolicyName>,
    quorum: bool,
}

impl PolicyName {
    /// The bytes in the file.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyName({self})")
    }
}

impl PolicyLog {
    /// Its key, named like its origin.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Where it is reached, as it stands in the file.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

impl PolicyWitness {
    /// Its name in the policy; not that of its key.
    pub const fn name(&self) -> &PolicyName {
        &self.name
    }

    /// Its key.
    pub const fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// Its submission prefix (C2SP tlog-witness), as it stands in the file.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

impl Policy {
    /// Parses a policy file.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        parse::parse(bytes)
    }

    /// The logs, in the order of their lines. There may be none: then they are known from elsewhere.
    pub fn logs(&self) -> impl Iterator<Item = &PolicyLog> {
        self.logs.iter()
    }

    /// The keys of the logs.
    pub fn log_keys(&self) -> TrustedKeys {
        // The parser has refused logs with one key, and keys with one id cannot be told apart by chance alone.
        TrustedKeys::new(self.logs.iter().map(|log| log.key.clone())).unwrap_or_default()
    }

    /// The witnesses, in the order of their lines, those that no group names included.
    pub fn witnesses(&self) -> impl Iterator<Item = &PolicyWitness> {
        self.witnesses.iter()
    }

    /// Whether a checkpoint needs a cosignature at all; not with `quorum none`.
    pub const fn needs_cosignatures(&self) -> bool {
        self.quorum.is_some()
    }

    /// Whether these witnesses together make a quorum. Names that are not of witnesses of the policy count for
    /// nothing. With `quorum none` nobody is a quorum too.
    ///
    /// The same question tells whether witnesses that gave no answer *could* have cosigned something unknown.
    pub fn is_quorum<'a>(&self, witnesses: impl IntoIterator<Item = &'a PolicyName>) -> bool {
        let names: BTreeSet<&PolicyName> = witnesses.into_iter().collect();
        let Some(quorum) = self.quorum else {
            return true;
        };
        // Each component only names earlier ones: one pass in the order of the lines decides all.
        let mut met: Vec<bool> = Vec::with_capacity(self.components.len());
        for component in &self.components {
            let is_met = match component {
                Component::Witness(witness) => self
                    .witnesses
                    .get(*witness)
                    .is_some_and(|witness| names.contains(&witness.name)),
                Component::Group { threshold, members } => {
                    let count = members
                        .iter()
                        .filter(|member| met.get(**member).copied().unwrap_or_default())
                        .count();
                    count >= *threshold
                }
            };
            met.push(is_met);
        }
        met.get(quorum).copied().unwrap_or_default()
    }

    /// Who of the policy's witnesses has cosigned a checkpoint, and whether they make a quorum.
    ///
    /// # Errors
    /// [`NoteError::Signature`], if a cosignature of one of them does not verify: such a checkpoint is refused even
    /// if it has a quorum without it.
    pub fn evaluate(&self, checkpoint: &Checkpoint) -> Result<Evaluation, NoteError> {
        let keys = self.witnesses.iter().map(|witness| &witness.key);
        let mut found = checkpoint.note().cosigners(keys)?;
        let (mut cosigners, mut missing) = (Vec::new(), Vec::new());
        for witness in &self.witnesses {
            let of_witness = |cosigner: &Cosigner| {
                cosigner.key_id == witness.key.id() && cosigner.name == *witness.key.name()
            };
            match found.iter().position(of_witness) {
                Some(place) => cosigners.push((witness.name.clone(), found.swap_remove(place))),
                None => missing.push(witness.name.clone()),
            }
        }
        let quorum = self.is_quorum(cosigners.iter().map(|(name, _)| name));
        Ok(Evaluation {
            cosigners,
            missing,
            quorum,
        })
    }
}

impl Evaluation {
    /// Whether the cosigners make a quorum.
    pub const fn has_quorum(&self) -> bool {
        self.quorum
    }

    /// The witnesses that cosigned, with the time, in the order of the policy.
    pub fn cosigners(&self) -> &[(PolicyName, Cosigner)] {
        &self.cosigners
    }

    /// The witnesses of the policy that did not, in its order.
    pub fn missing(&self) -> &[PolicyName] {
        &self.missing
    }
}

#[cfg(test)]
mod tests;
