//! A witness: what it remembers of each log, and its HTTP interface.
//!
//! [`Witness`] is the whole of it without a network: a directory, a key, and a decision for each request.
//! [`serve`] puts it on a socket.
//!
//! # The directory
//!
//! | path | what |
//! |---|---|
//! | `witness.key` | the key that cosigns, text form of type 0x04 (0600) |
//! | `logs` | verifier keys of the logs that it knows, one a line; read at the start |
//! | `checkpoints/<hash>` | the newest checkpoint that it cosigned of a log, with its cosignature |
//! | `checkpoints/<hash>.fork` | a checkpoint that the log signed beside that history: the proof of its misconduct |
//!
//! `<hash>` is the hexadecimal SHA-256 of the log's origin. **The directory is never brought back from a backup**: a
//! witness that forgets may cosign a second history. A lost directory means a new key, under a new name.

mod directory;
mod error;
mod http;
mod limits;
mod logs;
mod memory;
mod tls;

pub use directory::init;
pub use error::{Fault, InitError, LogsError, OpenError, TlsError};
pub use http::serve;
pub use logs::KnownLogs;
pub use tls::{TlsFiles, acceptor};

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sabt_chain::Size;
use sabt_chain::checkpoint::TreeHead;
use sabt_chain::note::{CosignatureTime, CosignerKey, KeyName, TrustedKeys, WitnessKey};
use sabt_chain::witness::{AddCheckpoint, Decision, Refusal, RequestError, decide};
use sabt_journal::durable::Directory;
use tokio::sync::Notify;

use crate::origin::origin_hash;
use memory::{Memory, MemoryFile};

/// How far, in seconds, the clock may go back behind the newest cosignature of a log before nothing more is cosigned:
/// a leap second or a correction by the network passes, a clock that was set wrong does not.
pub const CLOCK_STEP_BACK_MAX: u64 = 10;

/// Tells the time of a cosignature; `None` if the clock is not set.
pub type Clock = Arc<dyn Fn() -> Option<CosignatureTime> + Send + Sync>;

/// A witness with its directory, which no other process can open meanwhile.
pub struct Witness {
    key: CosignerKey,
    clock: Clock,
    /// By the hexadecimal hash of their origin.
    logs: BTreeMap<String, Log>,
    fault: OnceLock<Arc<Fault>>,
    faulted: Notify,
    /// Held for its lock.
    _directory: Directory,
}

/// A log that the witness knows.
struct Log {
    origin: KeyName,
    keys: TrustedKeys,
    file: MemoryFile,
    /// Held from the decision until the new checkpoint is durable, so that two requests never decide against the same
    /// memory.
    deciding: Mutex<()>,
    /// What was cosigned last, and is durable. Held only to copy or replace it: readers do not wait for the disk.
    latest: Mutex<Option<Memory>>,
}

impl Log {
    fn latest(&self) -> Option<Memory> {
        let latest = self.latest.lock();
        // Nothing panics while it is held, so it is whole even if poisoned.
        latest.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a witness answers to a checkpoint.
#[derive(Debug)]
pub enum Answer {
    /// It is remembered, durably, and cosigned: the signature line.
    Cosigned(String),
    /// The witness remembers a tree of another size than the proof starts from.
    Conflict(Size),
    /// The checkpoint is not cosigned.
    Refused(Refusal),
    /// The request cannot be read.
    Malformed(RequestError),
    /// The clock is not set, or has gone back: nothing is cosigned until it is right.
    Clock,
    /// An earlier fault of the disk stands.
    Fault,
}

/// A log and how far the witness has followed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStatus {
    /// Its origin.
    pub origin: KeyName,
    /// Size of the newest checkpoint cosigned; `None` if there is none yet.
    pub size: Option<Size>,
}

impl Witness {
    /// Opens the directory that [`init`] made.
    ///
    /// # Errors
    /// [`OpenError`]: among others if another process has it open, or if what it remembers cannot be read. A witness
    /// that does not know what it remembers does not start.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self, OpenError> {
        let directory = directory::lock(dir)?;
        let key = directory::read_key(dir)?;
        let known = directory::read_logs(dir)?;
        let mut logs = BTreeMap::new();
        for (origin, keys) in known.into_logs() {
            let hash = origin_hash(&origin);
            let file = MemoryFile::new(dir, &hash);
            let latest = file.read(&origin, key.witness())?;
            let log = Log {
                origin,
                keys,
                file,
                deciding: Mutex::new(()),
                latest: Mutex::new(latest),
            };
            logs.insert(hash, log);
        }
        Ok(Self {
            key,
            clock,
            logs,
            fault: OnceLock::new(),
            faulted: Notify::new(),
            _directory: directory,
        })
    }

    /// The public half of its key.
    pub fn key(&self) -> &WitnessKey {
        self.key.witness()
    }

    /// The logs that it knows, in no order that means something.
    pub fn logs(&self) -> Vec<LogStatus> {
        let status = |log: &Log| LogStatus {
            origin: log.origin.clone(),
            size: log.latest().map(|memory| memory.head.size),
        };
        self.logs.values().map(status).collect()
    }

    /// The newest checkpoint cosigned of the log whose origin has this hexadecimal hash; `None` if there is none.
    pub fn checkpoint(&self, hash: &str) -> Option<Arc<str>> {
        Some(self.logs.get(hash)?.latest()?.note)
    }

    /// Decides about the body of an `add-checkpoint` request. Blocks until what it accepts is durable; the cosignature
    /// is made known only after that.
    ///
    /// If we crash before the file is replaced, nothing happened. If we crash after it, the log does not have its
    /// answer; it asks again, and is told the new size, or cosigned again.
    pub fn add_checkpoint(&self, body: &[u8]) -> Answer {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(error) => return Answer::Malformed(error),
        };
        let hash = origin_hash(request.checkpoint.claimed_origin());
        match self.logs.get(&hash) {
            Some(log) => self.add_to(log, request),
            None => match decide(None, request, None) {
                Decision::Refuse(refusal) => Answer::Refused(refusal),
                Decision::Accept(_) | Decision::Conflict { .. } => {
                    unreachable!("nothing is accepted without keys")
                }
            },
        }
    }

    fn add_to(&self, log: &Log, request: AddCheckpoint) -> Answer {
        let Ok(_deciding) = log.deciding.lock() else {
            return self.fail(Fault::Poisoned);
        };
        if self.fault.get().is_some() {
            return Answer::Fault;
        }
        let submitted = request.checkpoint.clone();
        let latest = log.latest();
        let known: Option<&TreeHead> = latest.as_ref().map(|memory| &memory.head);
        let checkpoint = match decide(known, request, Some(&log.keys)) {
            Decision::Accept(checkpoint) => checkpoint,
            Decision::Conflict { size } => return Answer::Conflict(size),
            Decision::Refuse(refusal) => {
                if matches!(refusal, Refusal::Fork { .. })
                    && let Ok(fork) = submitted.verify(&log.keys)
                    && let Err(fault) = log.file.keep_fork(&fork)
                {
                    return self.fail(fault);
                }
                return Answer::Refused(refusal);
            }
        };
        let Some(time) = self.time_after(latest.as_ref()) else {
            return Answer::Clock;
        };
        let line = self.key.cosign(&checkpoint, time);
        let memory = Memory::new(&checkpoint, &line, time);
        // Whoever repeats a request within a second gets the same answer, and costs no write.
        if latest.as_ref() != Some(&memory) {
            if let Err(fault) = log.file.write(&memory) {
                return self.fail(fault);
            }
            tracing::debug!(origin = %log.origin, size = %memory.head.size, "cosigned");
            let mut latest = log.latest.lock().unwrap_or_else(PoisonError::into_inner);
            *latest = Some(memory);
        }
        Answer::Cosigned(line.to_string())
    }

    /// The time to cosign at: never before that of the last cosignature.
    fn time_after(&self, latest: Option<&Memory>) -> Option<CosignatureTime> {
        let now = (self.clock)()?;
        let Some(last) = latest.map(|memory| memory.time) else {
            return Some(now);
        };
        let behind = last.as_seconds().saturating_sub(now.as_seconds());
        if CLOCK_STEP_BACK_MAX < behind {
            tracing::error!(
                seconds = behind,
                "the clock has gone back; nothing is cosigned until it is right"
            );
            return None;
        }
        Some(now.max(last))
    }

    /// Latches the first fault: after it nothing is cosigned, for what the directory holds is not known any more.
    fn fail(&self, fault: Fault) -> Answer {
        tracing::error!(%fault, "the witness stops");
        // A second fault adds nothing to the first.
        drop(self.fault.set(Arc::new(fault)));
        self.faulted.notify_one();
        Answer::Fault
    }

    /// Waits until a fault has latched.
    async fn faulted(&self) {
        while self.fault.get().is_none() {
            self.faulted.notified().await;
        }
    }

    /// The fault that latched, if one did.
    pub fn fault(&self) -> Option<Arc<Fault>> {
        self.fault.get().map(Arc::clone)
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness")
            .field("key", self.key())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
