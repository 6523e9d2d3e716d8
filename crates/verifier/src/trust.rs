//! What the auditor brings along: the log keys, obtained from somebody other than the operator.

use sabt_chain::checkpoint::{Checkpoint, CheckpointError, UnverifiedCheckpoint};
use sabt_chain::note::{NoteError, NoteKeyError, NoteKeyId, TrustedKeys, VerifierKey};
use sabt_chain::rotation::Rotation;
use sabt_chain::{LedgerName, Origin, OriginError, Timestamp};

use crate::fault::{CheckpointFault, LogKeyFault};

/// The keys an auditor trusts, for both ledgers of one registry.
#[derive(Clone, Debug)]
pub struct TrustedLogs {
    events: TrustedLog,
    disclosures: TrustedLog,
    governance_key: Option<[u8; 32]>,
    /// Log keys of registries that this one may succeed.
    predecessors: Vec<(Origin, VerifierKey)>,
}

/// The keys of one ledger; more than one after a key was rotated.
#[derive(Clone, Debug)]
struct TrustedLog {
    origin: Origin,
    keys: TrustedKeys,
    /// The keys that another took the place of, and when they retire.
    retiring: Vec<(NoteKeyId, Timestamp)>,
    /// The keys that came by a rotation.
    rotated: Vec<NoteKeyId>,
}

/// Why keys cannot be trusted logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// A text is no vkey.
    #[error("log key number {number} is not a vkey: {source}")]
    Key {
        /// Which, counted from 1.
        number: usize,
        /// What is wrong with it.
        source: NoteKeyError,
    },
    /// A key is not named like a ledger.
    #[error("log key number {number} is not named like a ledger: {source}")]
    Origin {
        /// Which, counted from 1.
        number: usize,
        /// What is wrong with its name.
        source: OriginError,
    },
    /// A ledger has no key.
    #[error("no log key of the first key's registry for its ledger of {0}")]
    Missing(LedgerName),
    /// Two keys cannot be told apart.
    #[error("two different log keys have the same name and id")]
    Ambiguous,
    /// A governance key is not 64 hexadecimal digits.
    #[error("a governance key is 64 hexadecimal digits")]
    GovernanceKey,
}

impl TrustedLogs {
    /// Takes the vkeys of a registry's two ledgers, at least one for each. The first vkey names the registry; keys of
    /// other registries are those of one that it succeeds.
    pub fn from_vkeys<'a>(vkeys: impl IntoIterator<Item = &'a str>) -> Result<Self, TrustError> {
        let mut keys: Vec<(Origin, VerifierKey)> = Vec::new();
        for (index, vkey) in vkeys.into_iter().enumerate() {
            let number = index + 1;
            let key: VerifierKey = vkey
                .trim()
                .parse()
                .map_err(|source| TrustError::Key { number, source })?;
            let origin: Origin = key
                .name()
                .as_str()
                .parse()
                .map_err(|source| TrustError::Origin { number, source })?;
            keys.push((origin, key));
        }
        let registry = keys
            .first()
            .map(|(origin, _)| origin.registry().to_owned())
            .unwrap_or_default();
        let (keys, predecessors): (Vec<_>, Vec<_>) = keys
            .into_iter()
            .partition(|(origin, _)| origin.registry() == registry);
        let log = |ledger: LedgerName| {
            let of_ledger = || keys.iter().filter(|(origin, _)| origin.ledger() == ledger);
            let (origin, _) = of_ledger().next().ok_or(TrustError::Missing(ledger))?;
            // The only other error of this constructor is about keys that cannot be told apart.
            let keys = TrustedKeys::new(of_ledger().map(|(_, key)| key.clone()))
                .ok()
                .ok_or(TrustError::Ambiguous)?;
            Ok(TrustedLog {
                origin: origin.clone(),
                keys,
                retiring: Vec::new(),
                rotated: Vec::new(),
            })
        };
        let (events, disclosures) = (log(LedgerName::Events)?, log(LedgerName::Disclosures)?);
        Ok(Self {
            events,
            disclosures,
            governance_key: None,
            predecessors,
        })
    }

    /// Also pins the governance key, given as 64 hexadecimal digits.
    pub fn with_governance_key(mut self, hex: &str) -> Result<Self, TrustError> {
        let digits = hex.trim().as_bytes();
        let mut key = [0; 32];
        if digits.len() != 2 * key.len() || !digits.is_ascii() {
            return Err(TrustError::GovernanceKey);
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = str::from_utf8(pair)
                .ok()
                .filter(|pair| !pair.starts_with('+'));
            *byte = pair
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or(TrustError::GovernanceKey)?;
        }
        self.governance_key = Some(key);
        Ok(self)
    }

    /// The vkeys that are trusted, sorted.
    pub(crate) fn vkeys(&self) -> Vec<String> {
        let logs = [&self.events, &self.disclosures].into_iter();
        let keys = logs.flat_map(|log| log.keys.keys());
        let mut vkeys: Vec<String> = keys.map(ToString::to_string).collect();
        vkeys.sort_unstable();
        vkeys
    }

    /// The registry's name.
    pub fn registry(&self) -> &str {
        self.events.origin.registry()
    }

    /// The origin of a ledger.
    pub const fn origin(&self, ledger: LedgerName) -> &Origin {
        &self.log(ledger).origin
    }

    /// The pinned governance key.
    pub const fn governance_key(&self) -> Option<&[u8; 32]> {
        self.governance_key.as_ref()
    }

    /// Whether this vkey is one of the trusted keys of a ledger.
    pub(crate) fn trusts(&self, ledger: LedgerName, vkey: &str) -> bool {
        vkey.parse()
            .is_ok_and(|key: VerifierKey| self.log(ledger).keys.keys().contains(&key))
    }

    /// Verifies a checkpoint of a ledger.
    pub(crate) fn checkpoint(
        &self,
        ledger: LedgerName,
        note: &[u8],
    ) -> Result<Checkpoint, CheckpointFault> {
        let log = self.log(ledger);
        let checkpoint = UnverifiedCheckpoint::parse(note)
            .and_then(|unverified| unverified.verify(&log.keys))
            .map_err(|error| fault(&error))?;
        if checkpoint.is_of(&log.origin) {
            Ok(checkpoint)
        } else {
            Err(CheckpointFault::OtherOrigin)
        }
    }

    /// When the last of the keys that signed a checkpoint retired; `None` if one of them has not.
    pub(crate) fn retired_at(
        &self,
        ledger: LedgerName,
        checkpoint: &Checkpoint,
    ) -> Option<Timestamp> {
        let retiring = &self.log(ledger).retiring;
        let signers = checkpoint.signers().iter();
        let times = signers.map(|(_, signer)| {
            let retired = retiring.iter().find(|(key, _)| key == signer);
            retired.map(|(_, retire_at)| *retire_at)
        });
        // One that has not retired makes the whole `None`.
        times.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Takes a rotation, recorded at `recorded_at`, whose two signatures were verified: from then on the new key is
    /// trusted like the old one.
    pub(crate) fn rotate(
        &mut self,
        rotation: &Rotation,
        recorded_at: Timestamp,
    ) -> Result<(), LogKeyFault> {
        let (old, new) = (rotation.old(), rotation.new_key());
        let ledger = LedgerName::ALL
            .into_iter()
            .find(|ledger| self.origin(*ledger).as_str() == old.name().as_str())
            .ok_or(LogKeyFault::Keys)?;
        let log = match ledger {
            LedgerName::Events => &mut self.events,
            LedgerName::Disclosures => &mut self.disclosures,
        };
        let retires = log.retiring.iter().any(|(key, _)| *key == old.id());
        if retires || !log.keys.keys().contains(old) {
            return Err(LogKeyFault::NotInForce(ledger));
        }
        let known = log.retiring.iter().any(|(key, _)| *key == new.id());
        if known || log.rotated.contains(&new.id()) {
            return Err(LogKeyFault::KnownKey(ledger));
        }
        if rotation.retire_at() < recorded_at {
            return Err(LogKeyFault::RetiresBefore);
        }
        let keys = log.keys.keys().iter().chain([new]).cloned();
        // Two keys that cannot be told apart cannot both be trusted.
        log.keys = TrustedKeys::new(keys).map_err(|_ambiguous| LogKeyFault::KnownKey(ledger))?;
        log.retiring.push((old.id(), rotation.retire_at()));
        log.rotated.push(new.id());
        Ok(())
    }

    /// Verifies a checkpoint of a ledger of an old registry; `None` if no key of that ledger was given.
    pub(crate) fn predecessor_checkpoint(
        &self,
        old: &Origin,
        note: &[u8],
    ) -> Option<Result<Checkpoint, CheckpointFault>> {
        let keys = self.predecessors.iter();
        let keys = keys.filter(|(origin, _)| origin == old);
        let keys = TrustedKeys::new(keys.map(|(_, key)| key.clone())).ok()?;
        if keys.keys().is_empty() {
            return None;
        }
        let verified = UnverifiedCheckpoint::parse(note).and_then(|note| note.verify(&keys));
        Some(match verified {
            Err(error) => Err(fault(&error)),
            Ok(checkpoint) if checkpoint.is_of(old) => Ok(checkpoint),
            Ok(_) => Err(CheckpointFault::OtherOrigin),
        })
    }

    /// Whether a vkey may be the first log key of a ledger of an old registry: if keys of that ledger were given, it is
    /// one of them.
    pub(crate) fn may_be_predecessor(
        &self,
        registry: &str,
        ledger: LedgerName,
        vkey: &str,
    ) -> bool {
        let of_ledger =
            |origin: &Origin| origin.registry() == registry && origin.ledger() == ledger;
        let mut known = self
            .predecessors
            .iter()
            .filter(|(origin, _)| of_ledger(origin))
            .peekable();
        let given = known.peek().is_some();
        !given || known.any(|(_, key)| key.to_string() == vkey)
    }

    /// How many log keys came by rotations.
    pub(crate) const fn rotated(&self, ledger: LedgerName) -> usize {
        self.log(ledger).rotated.len()
    }

    const fn log(&self, ledger: LedgerName) -> &TrustedLog {
        match ledger {
            LedgerName::Events => &self.events,
            LedgerName::Disclosures => &self.disclosures,
        }
    }
}

/// What a checkpoint's error means to an auditor.
const fn fault(error: &CheckpointError) -> CheckpointFault {
    match error {
        CheckpointError::Note(NoteError::Signature { .. }) => CheckpointFault::Forged,
        CheckpointError::Note(NoteError::Untrusted) => CheckpointFault::NoTrustedSignature,
        CheckpointError::NotByOrigin { .. } => CheckpointFault::OtherOrigin,
        CheckpointError::Note(_)
        | CheckpointError::Lines
        | CheckpointError::Origin
        | CheckpointError::Size
        | CheckpointError::Root
        | CheckpointError::EmptyRoot => CheckpointFault::Malformed,
    }
}
