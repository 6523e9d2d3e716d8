//! Checkpoints: the signed roots of both ledgers, at most [`CHECKPOINT_INTERVAL`] behind.
//!
//! Before signing, the root is recomputed from the records as they are read back. The newly signed
//! checkpoint first replaces the one in `signed.lock`, by comparison with what this process put there;
//! then witnesses are asked to cosign it, if the registry has any; and when their quorum has, it is published.
//! The receipt of an act waits for none of this.
//!
//! The lock is never part of a backup, so that an older copy that is brought back cannot sign a second history:
//! a directory whose ledgers hold records and that has no lock does not open.
//!
//! `log` has the steps on the files of one ledger and says what a crash between them leaves.
//!
//! [`CHECKPOINT_INTERVAL`]: crate::limits::CHECKPOINT_INTERVAL

mod anchors;
mod error;
mod files;
mod keys;
pub(crate) mod log;
mod member;
mod panel;
mod publication;
mod thread;
mod witnesses;

#[cfg(test)]
mod tests;

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use sabt_chain::{Hash, LedgerName, Size};
use sabt_proto::api::v1 as api;
use tokio::sync::watch;

pub(crate) use self::anchors::anchored_size;
pub use self::error::CheckpointError;
pub(crate) use self::files::{Files, Lock, signed_head, signed_size};
pub use self::keys::LogKeys;
pub(crate) use self::keys::Signers;
pub(crate) use self::log::{Observer, Signed, Unverified};
use self::thread::{Message, Worker};
pub(crate) use self::witnesses::Witnesses;
pub use self::witnesses::WitnessesError;
use crate::disclose::DisclosureAnchorer;
use crate::fault::Fault;
use crate::tree::{StoredTree, TreeError};
use crate::writer::EventAnchorer;

/// File of the newest published checkpoint, in the directory of its ledger: a C2SP signed note.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// File that holds what was signed last; never backed up.
pub const LOCK_FILE: &str = "signed.lock";

/// A checkpoint that anybody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// How many records it covers.
    pub size: Size,
    /// Root of the tree over them.
    pub root: Hash,
    /// The signed note, verbatim, with the cosignatures of witnesses.
    pub note: Arc<str>,
}

/// Both ledgers, ready to be signed.
pub(crate) struct Logs {
    /// The events first.
    signed: [Signed; 2],
    /// Their trees, from which growth is proved to witnesses.
    trees: [Arc<StoredTree>; 2],
    signers: Signers,
    witnesses: Witnesses,
}

/// What the thread that signs works with.
pub(crate) struct Setup {
    pub(crate) logs: Logs,
    /// How many events the views, and so the enrolment, reflect.
    pub(crate) folded: watch::Receiver<u64>,
    pub(crate) events: EventAnchorer,
    pub(crate) disclosures: DisclosureAnchorer,
    /// How often one ledger is anchored in the other.
    pub(crate) anchor_every: Duration,
    pub(crate) fault: Arc<Fault>,
}

/// The way to the thread that signs.
pub(crate) struct Checkpointer {
    messages: Sender<Message>,
    published: [watch::Receiver<Option<Published>>; 2],
    status: Arc<Status>,
}

/// How far each ledger is signed, published and anchored.
#[derive(Default)]
pub(crate) struct Status(Mutex<[api::LedgerStatus; 2]>);

impl Status {
    fn update(&self, ledger: LedgerName, change: impl FnOnce(&mut api::LedgerStatus)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut all[ledger.index()]);
    }
}

impl Logs {
    /// Takes both ledgers up for signing: checks what was signed and published before, compares it with what witnesses
    /// have seen, and gives a new ledger its first lock, so that no record ever stands in a directory without one.
    ///
    /// # Errors
    /// [`CheckpointError`]; nothing is signed over what does not fit.
    pub(crate) fn establish(
        unverified: [Unverified; 2],
        trees: [Arc<StoredTree>; 2],
        signers: Signers,
        witnesses: Witnesses,
    ) -> Result<Self, CheckpointError> {
        let verify = |unverified: Unverified| {
            let trusted = signers.ever(unverified.origin())?;
            let tree = &trees[unverified.origin().ledger().index()];
            unverified.verify(&trusted, |size| built_root(tree, size))
        };
        let [events, disclosures] = unverified;
        let mut signed = [verify(events)?, verify(disclosures)?];
        let told = |signed: &Signed| {
            let origin = signed.ledger().chain.origin();
            let newest = signed.newest().map_or(Size::EMPTY, |newest| newest.size);
            Ok::<_, CheckpointError>((signed.name(), origin.into(), signers.ever(origin)?, newest))
        };
        let logs = [told(&signed[0])?, told(&signed[1])?];
        witnesses.compare(logs, &|ledger, size| {
            built_root(&trees[ledger.index()], size)
        })?;
        for signed in &mut signed {
            let origin = signed.ledger().chain.origin().clone();
            // A key that is missing is told now, not with the first checkpoint.
            let keys = signers.now(&origin)?;
            signed.establish(|| Ok(keys))?;
        }
        Ok(Self {
            signed,
            trees,
            signers,
            witnesses,
        })
    }
}

/// Root of the tree at an earlier size. A tree that is still being built is waited for: it grows, or fails.
fn built_root(tree: &StoredTree, size: Size) -> Result<Hash, CheckpointError> {
    loop {
        match sabt_chain::proof::root(tree, size) {
            Err(TreeError::Building { built, wanted }) => {
                tracing::info!(built, wanted, "waiting for the tree of the ledger");
            }
            root => return root.map_err(|err| CheckpointError::Proof(Box::new(err))),
        }
    }
}

impl Checkpointer {
    /// Starts the thread; it signs once more and ends when the [`Checkpointer`] is dropped.
    ///
    /// # Errors
    /// [`CheckpointError::Published`], if cosignatures in the published checkpoint do not verify;
    /// [`CheckpointError::Thread`].
    pub(crate) fn start(setup: Setup) -> Result<(Self, JoinHandle<()>), CheckpointError> {
        let messages = setup.logs.witnesses.messages();
        let status = Arc::new(Status::default());
        let worker = Worker::new(setup, Arc::clone(&status))?;
        let published = worker.subscribe();
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || worker.run())
            .map_err(CheckpointError::Thread)?;
        Ok((
            Self {
                messages,
                published,
                status,
            },
            thread,
        ))
    }

    /// The newest published checkpoint of a ledger, from the moment the registry opened, and every later one.
    /// `None` until one is published.
    pub(crate) fn published(&self, ledger: LedgerName) -> watch::Receiver<Option<Published>> {
        self.published[ledger.index()].clone()
    }

    /// How far a ledger is signed, published and anchored, and what its witnesses say; size and scrubbing are for
    /// others to fill in.
    pub(crate) fn status(&self, ledger: LedgerName) -> api::LedgerStatus {
        let all = self.status.0.lock().unwrap_or_else(PoisonError::into_inner);
        all[ledger.index()].clone()
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        // An error means that the thread has ended by itself, on a fault.
        drop(self.messages.send(Message::Close));
    }
}
