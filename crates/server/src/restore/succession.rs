//! The way on when signed records are lost: a new registry, under a new name, that succeeds the old one and says so.
//!
//! Nothing of the old directory is written, except that keys are destroyed again whose destruction the ledger records.
//! The configuration is written last: until it stands, the new directory is no registry.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use prost::Message as _;
use sabt_chain::checkpoint::TreeHead;
use sabt_chain::note::SignerKey;
use sabt_chain::{
    ActId, Digest, Envelope, Kind, LedgerName, Origin, Part, Position, Size, Timestamp,
};
use sabt_journal::{
    Archive, Backend as _, FileJournal, OpenEpochError, OpenError, ReadError, durable,
};
use sabt_proto::event::v1::{Anchor, Succession};
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::secrets::KeyRing;
use sabt_vault::{Vault, secrets};
use zeroize::Zeroizing;

use super::carry::{Carrier, CarryError, Sealer, Survey};
use super::erased::{self, KeysError};
use super::evidence::{Claim, Evidence};
use super::{Assessment, Copy, RestoreError, assess, check_vacant, failed};
use crate::backup;
use crate::checkpoint::{CheckpointError, Files, Lock, LogKeys};
use crate::clock::Clock;
use crate::config::Config;
use crate::registry::{self, Layout};

/// Why no registry was made that succeeds another.
#[derive(Debug, thiserror::Error)]
pub enum SuccessionError {
    /// It has the name of the old one.
    #[error(
        "{name} is the name of the registry that is succeeded\n  hint: choose a name that was never used"
    )]
    SameName {
        /// The name.
        name: String,
    },
    /// Nothing is missing.
    #[error(
        "nothing signed is missing from {path}: it needs no successor\n  hint: `sabt restore DIR --confirm` confirms it"
    )]
    Whole {
        /// The directory.
        path: PathBuf,
    },
    /// No checkpoint of the old ledger is known.
    #[error(
        "no checkpoint of the {ledger} ledger is known, and its successor must state the newest\n  hint: give one that an \
         auditor has kept with --checkpoint FILE"
    )]
    NoCheckpoint {
        /// The ledger.
        ledger: LedgerName,
    },
    /// The registry cannot be renamed in its configuration.
    #[error(
        "the name of the registry cannot be replaced in {path}\n  hint: write it in one line `registry = \"...\"` before \
         the first [section]"
    )]
    Configuration {
        /// The file.
        path: PathBuf,
    },
    /// A record cannot be carried over.
    #[error("record {position} of the {ledger} ledger cannot be carried over: {source}")]
    Record {
        /// Of which ledger.
        ledger: LedgerName,
        /// Position in the old ledger.
        position: Position,
        /// Why not.
        #[source]
        source: Box<CarryError>,
    },
    /// The new ledger cannot be written.
    #[error("the new {ledger} ledger cannot be written: {source}")]
    Written {
        /// Which one.
        ledger: LedgerName,
        /// Why not.
        #[source]
        source: Box<CarryError>,
    },
    /// The new ledger cannot be made.
    #[error("the new {ledger} ledger cannot be made: {source}")]
    Journal {
        /// Which one.
        ledger: LedgerName,
        /// Why not.
        #[source]
        source: Box<OpenError>,
    },
    /// The new ledger cannot be taken over.
    #[error("the new ledger cannot be taken over: {0}")]
    Epoch(#[from] OpenEpochError),
    /// The new ledger cannot be read back.
    #[error("the new ledger cannot be read back: {0}")]
    Read(#[from] ReadError),
    /// No log key can be made.
    #[error("no log key can be made: the system gives no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// A registry that succeeds another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succeeded {
    /// Its name.
    pub registry: String,
    /// Name of the old one.
    pub succeeds: String,
    /// The events and the disclosures.
    pub ledgers: [CarriedLedger; 2],
}

/// A ledger that succeeds another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedLedger {
    /// Which one.
    pub name: LedgerName,
    /// Records of the old ledger that were carried over.
    pub carried: Size,
    /// Records that the old ledger is known to have had.
    pub known: Size,
    /// The public log key of the new one, for auditors and witnesses.
    pub vkey: String,
}

/// Makes in `into` the registry `name`, which succeeds the copy in `dir`. `evidence` is what shows how much was lost; the
/// checkpoint that came with the copy counts as well.
///
/// # Errors
/// [`RestoreError`]; what a failed attempt has left in `into` is for the user to remove.
pub fn succeed(
    dir: &Path,
    config: &Config,
    (name, into): (&str, &Path),
    evidence: Option<&Evidence>,
    clock: &Clock,
) -> Result<Succeeded, RestoreError> {
    if name == config.registry {
        let name = name.to_owned();
        return Err(SuccessionError::SameName { name }.into());
    }
    let (from, to) = (Layout::new(dir), Layout::new(into));
    check_vacant(into)?;
    let renamed = rename(&from, name)?;
    let Assessment {
        copies,
        claims,
        gaps,
        open,
        ..
    } = assess(&from, config, evidence)?;
    if gaps.is_empty() && !open {
        let path = dir.to_owned();
        return Err(SuccessionError::Whole { path }.into());
    }
    let [events, disclosures] = copies;
    let begin = |copy| Begin::of(copy, &config.registry, name, &claims);
    let (events, disclosures) = (begin(events)?, begin(disclosures)?);

    erased::destroy_again(&from, &config.registry)?;
    for directory in [to.keys(), to.vault()] {
        durable::create_directories(&directory).map_err(failed(&directory))?;
    }
    secrets::copy(&from.keys(), &to.keys()).map_err(KeysError::from)?;
    let ring = || KeyRing::open(&to.keys()).map_err(KeysError::from);
    let old = Vault::open(&from.vault(), &config.registry, ring()?).map_err(KeysError::from)?;
    let new = Vault::succeed(&old, &to.vault(), name, ring()?).map_err(KeysError::from)?;
    let write = |begin: &Begin| begin.write(&to, config, [&old, &new], clock);
    let ledgers = [write(&events)?, write(&disclosures)?];
    copy_tls(&from, &to, config)?;
    let path = into.join(Config::FILE);
    durable::write_atomically(&path, renamed.as_bytes()).map_err(failed(&path))?;
    Ok(Succeeded {
        registry: name.to_owned(),
        succeeds: config.registry.clone(),
        ledgers,
    })
}

/// A ledger of the new registry, and what its first record says.
struct Begin {
    old: Copy,
    origin: Origin,
    anchor: Anchor,
    known: Size,
}

impl Begin {
    fn of(old: Copy, registry: &str, name: &str, claims: &[Claim]) -> Result<Self, RestoreError> {
        let ledger = old.origin.ledger();
        let origin = Origin::new(name, ledger)?;
        let claims = || claims.iter().filter(|claim| claim.ledger == ledger);
        let own = old
            .published
            .iter()
            .map(|published| (published.size(), published.to_string()));
        let shown = claims().filter_map(|claim| Some((claim.size, claim.note.clone()?)));
        let newest: BTreeMap<Size, String> = own.chain(shown).collect();
        let Some((signed, checkpoint)) = newest.into_iter().next_back() else {
            return Err(SuccessionError::NoCheckpoint { ledger }.into());
        };
        let seen = claims().map(|claim| claim.size);
        let known = seen.chain([signed, old.size()]).max().unwrap_or(signed);
        let succession = Succession {
            registry: registry.to_owned(),
            carried: old.size().get(),
            known: known.get(),
        };
        Ok(Self {
            old,
            origin,
            anchor: Anchor {
                checkpoint,
                succession: Some(succession),
            },
            known,
        })
    }

    /// Writes the ledger, makes its key, and signs it.
    fn write(
        &self,
        to: &Layout,
        config: &Config,
        [old, new]: [&Vault; 2],
        clock: &Clock,
    ) -> Result<CarriedLedger, RestoreError> {
        let name = self.origin.ledger();
        let key = self.create_key(to)?;
        let directory = to.ledger(name);
        let options = registry::journal_options(config);
        let journal =
            FileJournal::create(&directory, &self.origin, &options).map_err(|source| {
                let source = Box::new(source);
                SuccessionError::Journal {
                    ledger: name,
                    source,
                }
            })?;
        let epoch = journal
            .open_epoch(&registry::owner())
            .map_err(SuccessionError::from)?;
        let sealers = [
            Sealer::new(&self.old.origin, old),
            Sealer::new(&self.origin, new),
        ];
        let [from, into] = sealers;
        let carrier = Carrier::new(from, into, &journal, epoch, options.segment_bytes);
        self.carry(carrier, &Sealer::new(&self.origin, new), clock)?;

        let state = journal.state().map_err(SuccessionError::from)?;
        let head = TreeHead::new(&self.origin, state.size(), state.root());
        let note = head.sign(&[&key]).map_err(CheckpointError::Sign)?;
        Files::open(&directory)?.replace_lock(&Lock::encode(&state.frontier, &note))?;
        Ok(CarriedLedger {
            name,
            carried: self.old.size(),
            known: self.known,
            vkey: key.verifier().to_string(),
        })
    }

    fn carry(
        &self,
        mut carrier: Carrier<'_>,
        sealer: &Sealer<'_>,
        clock: &Clock,
    ) -> Result<(), RestoreError> {
        let ledger = self.origin.ledger();
        let copy_failed = |source| RestoreError::Ledger { ledger, source };
        let written = |source| SuccessionError::Written {
            ledger,
            source: Box::new(source),
        };
        let archive = Archive::open(&self.old.directory, &self.old.origin).map_err(copy_failed)?;
        let survey = Survey::of(&archive).map_err(copy_failed)?;
        assert_eq!(survey.size, self.old.size(), "nobody else writes the copy");

        // Times never run back: the first record is not later than what follows it.
        let now = Timestamp::from_micros(clock.now_micros());
        let recorded_at = survey.first_recorded_at.map_or(now, |first| first.min(now));
        let payload = self.anchor.encode_to_vec();
        let envelope = Envelope {
            kind: Kind::Anchor,
            position: Position::FIRST,
            // Whoever adds it links it.
            previous: sabt_chain::Chain::new(&self.origin).genesis(),
            recorded_at,
            subject_tag: sealer.tag(Position::FIRST, SubjectOrdinal::REGISTRY),
            act_id: ActId::from_bytes(clock.new_id().into_bytes()),
            part: Part::ONLY,
            sealed_len: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            sealed_digest: Digest::of(&payload),
            authorship: None,
        };
        carrier.begin(envelope, payload).map_err(written)?;
        let mut problem = None;
        archive
            .for_each(
                Position::FIRST,
                &mut |record| match carrier.carry(record, &survey) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => {
                        problem = Some((record.envelope.position, error));
                        ControlFlow::Break(())
                    }
                },
            )
            .map_err(copy_failed)?;
        if let Some((position, source)) = problem {
            let source = Box::new(source);
            return Err(SuccessionError::Record {
                ledger,
                position,
                source,
            }
            .into());
        }
        carrier.finish().map_err(written)?;
        Ok(())
    }

    /// Makes the log key of the new ledger. The public keys of the old one are put beside it, for auditors.
    fn create_key(&self, to: &Layout) -> Result<SignerKey, RestoreError> {
        let ledger = self.origin.ledger();
        let seed = Zeroizing::new(registry::random().map_err(SuccessionError::from)?);
        let key = SignerKey::from_seed((&self.origin).into(), *seed);
        let secret = Zeroizing::new(format!("{}\n", key.to_text().as_str()));
        let path = to.keys().join(LogKeys::file(ledger));
        durable::create_file(&path, secret.as_bytes()).map_err(failed(&path))?;
        let own = (format!("{ledger}.log.vkey"), key.verifier());
        let old = self.old.vkeys.iter();
        let old = old.map(|vkey| (format!("{ledger}.{}.log.vkey", vkey.id()), vkey));
        for (name, vkey) in old.chain([own]) {
            let path = to.keys().join(name);
            durable::create_file(&path, format!("{vkey}\n").as_bytes()).map_err(failed(&path))?;
        }
        Ok(key)
    }
}

/// The text of the configuration with another name of the registry; nothing else is changed.
fn rename(from: &Layout, name: &str) -> Result<String, RestoreError> {
    let path = from.root().join(Config::FILE);
    let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
    let mut in_section = false;
    let mut renamed = String::with_capacity(text.len().saturating_add(name.len()));
    for line in text.split_inclusive('\n') {
        in_section |= line.trim_start().starts_with('[');
        let key = line.split('=').next().unwrap_or_default().trim();
        if !in_section && key == "registry" {
            let value = toml::Value::from(name).to_string();
            renamed.extend(["registry = ", &value, "\n"]);
        } else {
            renamed.push_str(line);
        }
    }
    match Config::parse(&renamed) {
        Ok(config) if config.registry == name => Ok(renamed),
        Ok(_) | Err(_) => Err(SuccessionError::Configuration { path }.into()),
    }
}

/// Copies what the configuration names and stands in the directory: files of TLS, policy of the witnesses and the
/// authorities that vouch for them.
fn copy_tls(from: &Layout, to: &Layout, config: &Config) -> Result<(), RestoreError> {
    let checkpoints = &config.checkpoints;
    let tls = &config.tls;
    let named = [&tls.certificate, &tls.key, &tls.client_authority]
        .into_iter()
        .chain(&tls.client_revocations)
        .chain(&checkpoints.witness_policy)
        .chain(&checkpoints.witness_authority);
    for path in named.filter(|path| path.is_relative()) {
        backup::copy_file(&from.root().join(path), &to.root().join(path))?;
    }
    Ok(())
}
