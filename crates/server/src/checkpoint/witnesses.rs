//! The threads that talk to the witnesses, one for each. They hold nothing but a connection: a witness that is slow
//! keeps nobody waiting, and at the end of the process its thread is left to end by itself.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use sabt_chain::checkpoint::Checkpoint;
use sabt_chain::note::{KeyName, SignatureLine, TrustedKeys};
use sabt_chain::policy::{POLICY_BYTES_MAX, Policy, PolicyError, PolicyName};
use sabt_chain::{Hash, LedgerName, Size};
use sabt_witness::client::{
    ClientOptions, ClientSetupError, Cosignature, CosignedCheckpoint, Roots, WitnessClient,
    WitnessError, WitnessUrlError,
};

use super::CheckpointError;
use super::panel::{Panel, Question, WitnessIndex};
use super::thread::Message;
use crate::config::CheckpointsConfig;
use crate::limits::WITNESSES_AT_OPEN_WAIT;

/// Why the witnesses of a policy cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum WitnessesError {
    /// The policy file cannot be read.
    #[error("the witness policy {path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The policy is malformed.
    #[error("the witness policy {path} is refused: {source}")]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: PolicyError,
    },
    /// The URL of a witness cannot be used.
    #[error("the URL of witness {witness} cannot be used: {source}")]
    Url {
        /// Its name in the policy.
        witness: String,
        /// What is wrong with it.
        #[source]
        source: WitnessUrlError,
    },
    /// A client cannot be made.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(#[source] std::io::Error),
}

/// A witness, as this log asks it.
pub(crate) trait Witness: Send {
    /// Asks for a cosignature.
    fn add_checkpoint(
        &self,
        old: Size,
        proof: &[Hash],
        checkpoint: &Checkpoint,
    ) -> Result<Cosignature, WitnessError>;

    /// Asks for the newest checkpoint that it has cosigned; `None` if it does not tell.
    fn latest(
        &self,
        origin: &KeyName,
        log_keys: &TrustedKeys,
    ) -> Result<Option<CosignedCheckpoint>, WitnessError>;
}

impl Witness for WitnessClient {
    fn add_checkpoint(
        &self,
        old: Size,
        proof: &[Hash],
        checkpoint: &Checkpoint,
    ) -> Result<Cosignature, WitnessError> {
        Self::add_checkpoint(self, old, proof, checkpoint)
    }

    fn latest(
        &self,
        origin: &KeyName,
        log_keys: &TrustedKeys,
    ) -> Result<Option<CosignedCheckpoint>, WitnessError> {
        Self::latest(self, origin, log_keys)
    }
}

/// A question on its way to a witness.
enum Ask {
    Cosign {
        question: Box<Question>,
        proof: Vec<Hash>,
        log_keys: TrustedKeys,
    },
    Latest {
        ledger: LedgerName,
        origin: KeyName,
        log_keys: TrustedKeys,
    },
}

/// What a witness said.
pub(crate) enum Answer {
    Cosigned {
        question: Box<Question>,
        answer: Result<SignatureLine, Declined>,
    },
    Latest {
        witness: WitnessIndex,
        ledger: LedgerName,
        latest: Result<Option<CosignedCheckpoint>, WitnessError>,
    },
}

/// Why a witness gave no cosignature, and what it shows for it.
#[derive(Debug)]
pub(crate) struct Declined {
    pub(crate) error: WitnessError,
    /// Where it claims to remember something else than what it was asked about: the newest checkpoint that it hands
    /// out, signed by a key of this log.
    pub(crate) shown: Option<Box<CosignedCheckpoint>>,
}

impl From<WitnessError> for Declined {
    fn from(error: WitnessError) -> Self {
        Self { error, shown: None }
    }
}

/// The witnesses of the policy, and the channel on which they answer.
pub(crate) struct Witnesses {
    policy: Option<Policy>,
    /// In the order of the policy; `None` for a witness without URL.
    asks: Vec<Option<Sender<Ask>>>,
    messages: Sender<Message>,
    received: Receiver<Message>,
}

impl Witnesses {
    /// The witnesses that a configuration names, if it does; `dir` is the data directory.
    ///
    /// # Errors
    /// [`WitnessesError`].
    pub(crate) fn open(dir: &Path, config: &CheckpointsConfig) -> Result<Self, WitnessesError> {
        let Some(path) = &config.witness_policy else {
            return Self::start(None, Vec::new());
        };
        let policy = Self::read_policy(&dir.join(path))?;
        let options = Self::client_options(dir, config);
        let clients = policy.witnesses().map(|witness| {
            let Some(url) = witness.url() else {
                return Ok(None);
            };
            let url = url.parse().map_err(|source| WitnessesError::Url {
                witness: witness.name().to_string(),
                source,
            })?;
            let client = WitnessClient::new(url, witness.key().clone(), &options)?;
            Ok(Some(Box::new(client) as Box<dyn Witness>))
        });
        let clients = clients.collect::<Result<Vec<_>, WitnessesError>>()?;
        Self::start(Some(policy), clients)
    }

    /// How the witnesses of a configuration are reached; `dir` is the data directory.
    pub(crate) fn client_options(dir: &Path, config: &CheckpointsConfig) -> ClientOptions {
        let roots = match &config.witness_authority {
            Some(path) => Roots::File(dir.join(path)),
            None => Roots::default(),
        };
        ClientOptions {
            roots,
            ..ClientOptions::default()
        }
    }

    /// Reads the file of a policy.
    ///
    /// # Errors
    /// [`WitnessesError::Read`], [`WitnessesError::Policy`].
    pub(crate) fn read_policy(path: &Path) -> Result<Policy, WitnessesError> {
        use std::io::Read as _;

        let read = || {
            let limit = u64::try_from(POLICY_BYTES_MAX).unwrap_or(u64::MAX);
            let mut bytes = Vec::new();
            // One byte more than allowed, so that the parser sees what is too long.
            std::fs::File::open(path)?
                .take(limit.saturating_add(1))
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|source| WitnessesError::Read {
            path: path.to_owned(),
            source,
        })?;
        Policy::parse(&bytes).map_err(|source| WitnessesError::Policy {
            path: path.to_owned(),
            source,
        })
    }

    /// Starts a thread for each witness that can be reached; `clients` stand in the order of the policy.
    ///
    /// # Errors
    /// [`WitnessesError::Thread`].
    pub(crate) fn start(
        policy: Option<Policy>,
        clients: Vec<Option<Box<dyn Witness>>>,
    ) -> Result<Self, WitnessesError> {
        let (messages, received) = channel();
        let mut asks = Vec::with_capacity(clients.len());
        for (place, client) in clients.into_iter().enumerate() {
            let Some(client) = client else {
                asks.push(None);
                continue;
            };
            // At most one question is under way to each witness, and two when the registry opens.
            let (ask, questions) = channel();
            let answers = messages.clone();
            std::thread::Builder::new()
                .name(format!("witness-{place}"))
                .spawn(move || talk(WitnessIndex(place), &*client, &questions, &answers))
                .map_err(WitnessesError::Thread)?;
            asks.push(Some(ask));
        }
        Ok(Self {
            policy,
            asks,
            messages,
            received,
        })
    }

    /// A panel of these witnesses, who have not been heard yet.
    pub(crate) fn panel(&self, now: Instant) -> Panel {
        Panel::new(self.policy.clone(), now)
    }

    /// Where messages to the thread that signs go.
    pub(crate) fn messages(&self) -> Sender<Message> {
        self.messages.clone()
    }

    /// Where they arrive.
    pub(crate) const fn received(&self) -> &Receiver<Message> {
        &self.received
    }

    /// Sends a question with its proof.
    pub(crate) fn ask(&self, question: Question, proof: Vec<Hash>, log_keys: TrustedKeys) {
        self.send(
            question.witness,
            Ask::Cosign {
                question: Box::new(question),
                proof,
                log_keys,
            },
        );
    }

    /// Asks every witness what it has cosigned last, before anything is signed here, and refuses to go on if one has
    /// seen more than was signed, or another history. A witness that does not answer in time, or does not offer this,
    /// keeps nobody from opening: it says so when it is asked to cosign. Of each log are given its origin, the keys that
    /// ever signed for it, and how many records were signed.
    ///
    /// # Errors
    /// [`CheckpointError::WitnessAhead`], [`CheckpointError::WitnessFork`], and what `root_at` says, which gives the
    /// root that a ledger's own tree had at an earlier size.
    pub(crate) fn compare<const LOGS: usize>(
        &self,
        logs: [(LedgerName, KeyName, TrustedKeys, Size); LOGS],
        root_at: &dyn Fn(LedgerName, Size) -> Result<Hash, CheckpointError>,
    ) -> Result<(), CheckpointError> {
        let mut open = 0_usize;
        let mut sizes = [Size::EMPTY; 2];
        for (ledger, origin, log_keys, signed) in logs {
            sizes[ledger.index()] = signed;
            for place in 0..self.asks.len() {
                let ask = Ask::Latest {
                    ledger,
                    origin: origin.clone(),
                    log_keys: log_keys.clone(),
                };
                open += usize::from(self.send(WitnessIndex(place), ask));
            }
        }
        let deadline = Instant::now() + WITNESSES_AT_OPEN_WAIT;
        while open != 0 {
            let wait = deadline.saturating_duration_since(Instant::now());
            let Ok(message) = self.received.recv_timeout(wait) else {
                tracing::warn!(open, "opening without the answer of every witness");
                return Ok(());
            };
            let Message::Answer(Answer::Latest {
                witness,
                ledger,
                latest,
            }) = message
            else {
                continue;
            };
            open -= 1;
            let Some(name) = self.name(witness) else {
                continue;
            };
            match latest {
                Ok(Some(latest)) => {
                    let root_at = |size| root_at(ledger, size).map(Some);
                    let signed = sizes[ledger.index()];
                    compare(&name, ledger, signed, &latest.checkpoint, &root_at)?;
                }
                Ok(None) => tracing::debug!(witness = %name, "does not tell what it remembers"),
                // Neither silence nor what no key of this log signed says anything about this log.
                Err(err) => tracing::warn!(witness = %name, error = %err, "shows no checkpoint"),
            }
        }
        Ok(())
    }

    /// Whether there is a thread to send it to.
    fn send(&self, witness: WitnessIndex, ask: Ask) -> bool {
        let queue = self.asks.get(witness.0).and_then(Option::as_ref);
        queue.is_some_and(|queue| queue.send(ask).is_ok())
    }

    fn name(&self, witness: WitnessIndex) -> Option<PolicyName> {
        let mut witnesses = self.policy.iter().flat_map(Policy::witnesses);
        Some(witnesses.nth(witness.0)?.name().clone())
    }
}

/// Compares what a witness shows, which a key of this log signed, with what was signed here. Whether that could be done:
/// `root_at` gives the root that the ledger's own tree has at a size, or `None` while that is not known.
///
/// # Errors
/// [`CheckpointError::WitnessAhead`], [`CheckpointError::WitnessFork`], what `root_at` says.
pub(super) fn compare(
    witness: &PolicyName,
    ledger: LedgerName,
    signed: Size,
    shown: &Checkpoint,
    root_at: &dyn Fn(Size) -> Result<Option<Hash>, CheckpointError>,
) -> Result<bool, CheckpointError> {
    let seen = shown.size();
    if signed < seen {
        return Err(CheckpointError::WitnessAhead {
            witness: witness.to_string(),
            ledger,
            seen,
            signed,
        });
    }
    match root_at(seen)? {
        None => Ok(false),
        Some(root) if root == shown.root() => Ok(true),
        Some(_) => Err(CheckpointError::WitnessFork {
            witness: witness.to_string(),
            ledger,
            size: seen,
        }),
    }
}

/// The work of one thread: a question, an answer.
fn talk(
    witness: WitnessIndex,
    client: &dyn Witness,
    questions: &Receiver<Ask>,
    answers: &Sender<Message>,
) {
    while let Ok(ask) = questions.recv() {
        let answer = match ask {
            Ask::Cosign {
                question,
                proof,
                log_keys,
            } => {
                let answer = cosign(client, &question, &proof, &log_keys);
                Answer::Cosigned { question, answer }
            }
            Ask::Latest {
                ledger,
                origin,
                log_keys,
            } => Answer::Latest {
                witness,
                ledger,
                latest: client.latest(&origin, &log_keys),
            },
        };
        if answers.send(Message::Answer(answer)).is_err() {
            return;
        }
    }
}

/// Asks for a cosignature. A witness that claims to remember more, another history, or something that it does not name
/// is asked for its newest checkpoint, which shows what is true of that.
fn cosign(
    client: &dyn Witness,
    question: &Question,
    proof: &[Hash],
    log_keys: &TrustedKeys,
) -> Result<SignatureLine, Declined> {
    let checkpoint = &question.checkpoint;
    let error = match client.add_checkpoint(question.old, proof, checkpoint) {
        Ok(cosignature) => return Ok(cosignature.line),
        Err(error) => error,
    };
    let claims_more =
        matches!(&error, WitnessError::Conflict { size } if checkpoint.size() < *size);
    let claims = claims_more
        || matches!(
            &error,
            WitnessError::ConflictUnsized { .. } | WitnessError::Fork { .. }
        );
    if !claims {
        return Err(error.into());
    }
    let shown = match client.latest(checkpoint.origin(), log_keys) {
        Ok(shown) => shown.map(Box::new),
        Err(err) => {
            tracing::warn!(claim = %error, error = %err, "a witness shows no checkpoint for what it claims");
            None
        }
    };
    let error = match (error, &shown) {
        (WitnessError::ConflictUnsized { .. }, Some(shown)) => WitnessError::Conflict {
            size: shown.checkpoint.size(),
        },
        (error, _) => error,
    };
    Err(Declined { error, shown })
}
