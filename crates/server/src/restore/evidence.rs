//! What others remember of a ledger.

use std::fmt;
use std::path::{Path, PathBuf};

use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::policy::{Policy, PolicyName, PolicyWitness};
use sabt_chain::{Hash, LedgerName, Size};
use sabt_witness::client::{ClientOptions, WitnessClient, WitnessError, WitnessUrl};

use super::Copy;
use crate::checkpoint::{Witnesses, WitnessesError};
use crate::config::Config;

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The witnesses of the configured policy.
    Witnesses,
    /// Checkpoints that an auditor has kept, one of each ledger at least: files with signed notes.
    Checkpoints(Vec<PathBuf>),
}

/// What somebody has seen of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which ledger.
    pub ledger: LedgerName,
    /// A witness, or a file.
    pub who: String,
    /// How many records.
    pub size: Size,
    /// With which root, if that was told.
    pub root: Option<Hash>,
    /// The signed note, if it was shown.
    pub note: Option<String>,
}

/// What is missing from a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// Records were signed that the copy does not hold.
    Missing {
        /// Of which ledger.
        ledger: LedgerName,
        /// Who has seen them.
        who: String,
        /// Records that the copy holds.
        ours: Size,
        /// Records that were signed.
        theirs: Size,
    },
    /// Another history was signed.
    Fork {
        /// Of which ledger.
        ledger: LedgerName,
        /// Who has seen it.
        who: String,
        /// The size at which the roots differ; the histories part at or before it.
        size: Size,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing {
                ledger,
                who,
                ours,
                theirs,
            } => {
                let last = theirs.get().saturating_sub(1);
                if last == ours.get() {
                    write!(f, "{ledger}: record {ours} is missing")?;
                } else {
                    write!(f, "{ledger}: records {ours} to {last} are missing")?;
                }
                write!(
                    f,
                    ": {who} has seen {theirs} records, the copy holds {ours}"
                )
            }
            Self::Fork { ledger, who, size } => write!(
                f,
                "{ledger}: {who} has seen another history: the roots differ at {size} records, so the histories part \
                 at or before record {}",
                size.get().saturating_sub(1)
            ),
        }
    }
}

/// Somebody who gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// About which ledger.
    pub ledger: LedgerName,
    /// A witness.
    pub who: String,
    /// Why not.
    pub why: String,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ledger, who, why } = self;
        write!(f, "{ledger}: {who}: {why}")
    }
}

/// Why evidence cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// No policy is configured.
    #[error(
        "no witnesses are configured (checkpoints.witness_policy in sabt.toml)\n  hint: give checkpoints that an auditor \
         has kept of both ledgers with --checkpoint FILE"
    )]
    NoPolicy,
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A checkpoint is none, or none that a key of these logs signed.
    #[error("{path} is no checkpoint of a ledger of this registry: {source}")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: sabt_chain::checkpoint::CheckpointError,
    },
    /// The policy cannot be used, or no client made.
    #[error("the witnesses cannot be asked: {0}")]
    Witnesses(#[from] WitnessesError),
}

/// Those who are asked, with all that asking them takes.
pub(super) enum Witnessing<'a> {
    Witnesses {
        policy: Policy,
        options: ClientOptions,
    },
    Checkpoints(&'a [PathBuf]),
}

impl<'a> Witnessing<'a> {
    pub(super) fn by(
        evidence: &'a Evidence,
        dir: &Path,
        config: &Config,
    ) -> Result<Self, EvidenceError> {
        match evidence {
            Evidence::Witnesses => {
                let checkpoints = &config.checkpoints;
                let file = checkpoints.witness_policy.as_ref();
                let path = dir.join(file.ok_or(EvidenceError::NoPolicy)?);
                Ok(Self::Witnesses {
                    policy: Witnesses::read_policy(&path)?,
                    options: Witnesses::client_options(dir, checkpoints),
                })
            }
            Evidence::Checkpoints(files) => Ok(Self::Checkpoints(files)),
        }
    }

    /// Asks, and returns what was claimed and who gave no answer.
    pub(super) fn gather(
        &self,
        copies: &[Copy; 2],
    ) -> Result<(Vec<Claim>, Vec<Unanswered>), EvidenceError> {
        match self {
            Self::Witnesses { policy, options } => ask_witnesses(policy, options, copies),
            Self::Checkpoints(files) => read_checkpoints(files, copies),
        }
    }

    /// Whether those who gave no answer could have seen what nobody else has.
    pub(super) fn is_open(
        &self,
        copies: &[Copy; 2],
        claims: &[Claim],
        unanswered: &[Unanswered],
    ) -> bool {
        copies.iter().any(|copy| {
            let about = copy.origin.ledger();
            match self {
                Self::Witnesses { policy, .. } => {
                    let silent = |witness: &&PolicyWitness| {
                        let who = witness_text(witness.name());
                        unanswered
                            .iter()
                            .any(|unanswered| unanswered.ledger == about && unanswered.who == who)
                    };
                    policy.is_quorum(policy.witnesses().filter(silent).map(PolicyWitness::name))
                }
                Self::Checkpoints(_) => !claims.iter().any(|claim| claim.ledger == about),
            }
        })
    }
}

fn read_checkpoints(
    files: &[PathBuf],
    copies: &[Copy; 2],
) -> Result<(Vec<Claim>, Vec<Unanswered>), EvidenceError> {
    let mut claims = Vec::new();
    for path in files {
        let path = path.clone();
        let note = match std::fs::read(&path) {
            Ok(note) => note,
            Err(source) => return Err(EvidenceError::File { path, source }),
        };
        let mut refused = None;
        let verified = copies.iter().find_map(|copy| {
            let verified =
                UnverifiedCheckpoint::parse(&note).and_then(|note| note.verify(&copy.trusted));
            match verified {
                Ok(checkpoint) if checkpoint.is_of(&copy.origin) => {
                    Some((copy.origin.ledger(), checkpoint))
                }
                Ok(_) => None,
                Err(error) => {
                    refused = Some(error);
                    None
                }
            }
        });
        match (verified, refused) {
            (Some((ledger, checkpoint)), _) => claims.push(Claim {
                ledger,
                who: path.display().to_string(),
                size: checkpoint.size(),
                root: Some(checkpoint.root()),
                note: Some(checkpoint.to_string()),
            }),
            (None, refused) => {
                let source = refused.unwrap_or(sabt_chain::checkpoint::CheckpointError::Origin);
                return Err(EvidenceError::Checkpoint { path, source });
            }
        }
    }
    let unanswered = copies
        .iter()
        .map(|copy| copy.origin.ledger())
        .filter(|ledger| !claims.iter().any(|claim| claim.ledger == *ledger))
        .map(|ledger| Unanswered {
            ledger,
            who: "auditors".to_owned(),
            why: "no checkpoint of this ledger was given".to_owned(),
        });
    let unanswered = unanswered.collect();
    Ok((claims, unanswered))
}

fn ask_witnesses(
    policy: &Policy,
    options: &ClientOptions,
    copies: &[Copy; 2],
) -> Result<(Vec<Claim>, Vec<Unanswered>), EvidenceError> {
    let (mut claims, mut unanswered) = (Vec::new(), Vec::new());
    for witness in policy.witnesses() {
        let who = witness_text(witness.name());
        let client = match witness.url().map(str::parse::<WitnessUrl>) {
            Some(Ok(url)) => {
                let client = WitnessClient::new(url, witness.key().clone(), options);
                Ok(client.map_err(WitnessesError::from)?)
            }
            Some(Err(error)) => Err(error.to_string()),
            None => Err("the policy says not where it is".to_owned()),
        };
        for copy in copies {
            let ledger = copy.origin.ledger();
            let who = who.clone();
            let seen = match &client {
                Ok(client) => ask(client, copy),
                Err(why) => Err(why.clone()),
            };
            match seen {
                Ok((size, root, note)) => claims.push(Claim {
                    ledger,
                    who,
                    size,
                    root,
                    note,
                }),
                Err(why) => unanswered.push(Unanswered { ledger, who, why }),
            }
        }
    }
    Ok((claims, unanswered))
}

/// How many records a witness has seen, and what it showed of them.
type Seen = (Size, Option<Hash>, Option<String>);

/// What a witness has seen of a ledger: its newest checkpoint where it shows it, else what it says of the checkpoint that
/// came with the copy.
fn ask(client: &WitnessClient, copy: &Copy) -> Result<Seen, String> {
    let origin = (&copy.origin).into();
    let text = |error: WitnessError| error.to_string();
    if let Some(latest) = client.latest(&origin, &copy.trusted).map_err(text)? {
        let checkpoint = &latest.checkpoint;
        let note = Some(checkpoint.to_string());
        return Ok((checkpoint.size(), Some(checkpoint.root()), note));
    }
    let Some(published) = &copy.published else {
        return Err("it shows no checkpoint, and the copy has none to show it".to_owned());
    };
    let size = published.size();
    match client.add_checkpoint(size, &[], published) {
        Ok(_) => Ok((size, Some(published.root()), None)),
        // It has seen nothing, which is a part of every history.
        Err(WitnessError::Conflict { size: Size::EMPTY }) => {
            Ok((Size::EMPTY, Some(Hash::EMPTY_ROOT), None))
        }
        // A witness answers with its size before it compares anything: which history it has seen is not told.
        Err(WitnessError::Conflict { size: known }) => Ok((known, None, None)),
        Err(WitnessError::Fork { .. }) => Ok((size, Some(Hash::EMPTY_ROOT), None)),
        Err(error) => Err(text(error)),
    }
}

fn witness_text(name: &PolicyName) -> String {
    format!("witness {name}")
}
