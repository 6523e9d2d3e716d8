//! One ledger as a log: what was read back of it, what was signed, what was published. Every step on its files is here.
//!
//! The order of the steps is the whole point. A checkpoint stands durably in the lock before anybody but this process
//! sees it, so whatever a crash leaves, the lock covers everything that was ever shown:
//!
//! 1. [`Signed::prepare`] reads the new records back, extends the tree, compares it with the one the journal kept
//!    while writing, and signs. Crash: nothing has happened.
//! 2. [`Signed::take_lock`] compares the lock with what this process left there and replaces it. Crash before the
//!    rename is durable: the old lock stands, the signature is lost, and nobody has seen it. Crash after it: the lock
//!    is ahead of what is published; the next start publishes, or signs what has come since.
//! 3. Witnesses are shown the checkpoint. Crash: they may have cosigned; the lock covers what they saw.
//! 4. [`Signed::publish`] replaces the published checkpoint. Crash before it is durable: the old one stands, which the
//!    lock covers as well.

use std::path::PathBuf;
use std::sync::Arc;

use sabt_chain::checkpoint::{TreeHead, UnverifiedCheckpoint};
use sabt_chain::frame::RecordView;
use sabt_chain::note::{NoteKeyId, SignerKey, TrustedKeys};
use sabt_chain::tree::Frontier;
use sabt_chain::{Hash, Kind, LedgerName, Origin, Position, Size};

use super::anchors::{self, look_back};
use super::files::{Files, Lock};
use super::{CheckpointError, Published};
use crate::limits::ANCHOR_LOOK_BACK_RECORDS;
use crate::registry::Ledger;
use crate::tree::AnchorPlace;

/// Watches the records of a ledger as they are read back, before they are signed.
pub(crate) trait Observer: Send {
    /// The next record and its leaf. Records come in order and once each, from the first one that the lock did not
    /// cover when the registry opened.
    fn observe(&mut self, record: &RecordView<'_>, leaf: Hash);
}

/// What the lock of a ledger says, and the ledger read on from there. Whether a key of the log signed it is not known
/// before [`Unverified::verify`].
pub(crate) struct Unverified {
    ledger: Ledger,
    files: Files,
    locked: Option<Locked>,
    read: ReadBack,
}

struct Locked {
    bytes: Vec<u8>,
    note: Vec<u8>,
    size: Size,
    root: Hash,
}

/// The records as they are read back, up to the head.
pub(crate) struct ReadBack {
    tree: Frontier,
    observers: Vec<Box<dyn Observer>>,
    /// The newest record that is no anchor. If that is far below the lock, the last one that the lock covered when the
    /// registry opened.
    newest_content: Option<Position>,
    /// The newest governance record.
    newest_governance: Option<Position>,
    /// The newest anchor, and how many records of the other ledger it covers.
    newest_anchor: Option<AnchorPlace>,
}

impl ReadBack {
    /// Reads on up to the head, and compares the tree with the one the journal kept while writing.
    fn advance(&mut self, ledger: &Ledger, signed: Size) -> Result<(), CheckpointError> {
        let name = ledger.chain.origin().ledger();
        let state = ledger.journal.state()?;
        if state.size() < self.tree.size() {
            return Err(CheckpointError::Shorter {
                ledger: name,
                found: state.size(),
                signed: self.tree.size(),
            });
        }
        if self.tree.size() < state.size() {
            let mut reader = ledger.journal.read(self.tree.size().next_position())?;
            while self.tree.size() < state.size() {
                let Some(frame) = reader.next_frame()? else {
                    break;
                };
                for record in frame.frame().records() {
                    if record.envelope.position == self.tree.size().next_position() {
                        self.take(&record);
                    }
                }
            }
        }
        if self.tree.size() == state.size() && self.tree.root() != state.root() {
            return Err(CheckpointError::Fork {
                ledger: name,
                signed,
            });
        }
        Ok(())
    }

    fn take(&mut self, record: &RecordView<'_>) {
        let leaf = Hash::leaf(record.envelope_bytes);
        self.tree.append(leaf);
        for observer in &mut self.observers {
            observer.observe(record, leaf);
        }
        let position = record.envelope.position;
        match record.envelope.kind {
            Kind::Anchor => {
                self.newest_anchor = AnchorPlace::of(record).or(self.newest_anchor);
                return;
            }
            Kind::Governance => self.newest_governance = Some(position),
            Kind::Event | Kind::Erasure => {}
        }
        self.newest_content = Some(position);
    }

    /// How many records were read back.
    pub(crate) const fn size(&self) -> Size {
        self.tree.size()
    }

    /// The newest record that is no anchor; if it is far below the lock of when the registry opened, the last below that.
    pub(crate) const fn newest_content(&self) -> Option<Position> {
        self.newest_content
    }

    /// The newest anchor, if it is not far below the lock of when the registry opened.
    pub(crate) const fn newest_anchor(&self) -> Option<AnchorPlace> {
        self.newest_anchor
    }
}

impl Unverified {
    /// Reads the lock, and the records behind it, and refuses a ledger that does not continue what was signed.
    /// Nothing is written.
    ///
    /// # Errors
    /// [`CheckpointError::LockMissing`] for a directory with records and no lock, [`CheckpointError::Lock`] for a
    /// damaged one, [`CheckpointError::Shorter`] and [`CheckpointError::Fork`] for a ledger other than the signed
    /// one; [`CheckpointError::File`], [`CheckpointError::Read`].
    pub(crate) fn read(
        ledger: Ledger,
        files: Files,
        observers: Vec<Box<dyn Observer>>,
    ) -> Result<Self, CheckpointError> {
        let (tree, locked) = if let Some(bytes) = files.read_lock()? {
            let Some(Lock { tree, note }) = Lock::decode(&bytes) else {
                return Err(CheckpointError::Lock { path: files.lock() });
            };
            let locked = Locked {
                bytes,
                note,
                size: tree.size(),
                root: tree.root(),
            };
            (tree, Some(locked))
        } else {
            let holds_records = ledger.journal.head()?.size != Size::EMPTY;
            if holds_records || files.read_checkpoint()?.is_some() {
                return Err(CheckpointError::LockMissing {
                    ledger: ledger.chain.origin().ledger(),
                    path: files.lock(),
                });
            }
            (Frontier::new(), None)
        };
        let signed = tree.size();
        let newest = look_back(&ledger, signed, ANCHOR_LOOK_BACK_RECORDS).unwrap_or_else(|err| {
            // It is for the scrubber to tell; the worst that follows here is one anchor more than needed.
            tracing::warn!(error = %err, "the last records cannot be read");
            anchors::Newest::default()
        });
        let mut read = ReadBack {
            tree,
            observers,
            newest_content: newest.content.or(signed.last_position()),
            newest_governance: None,
            newest_anchor: newest.anchor,
        };
        read.advance(&ledger, signed)?;
        Ok(Self {
            ledger,
            files,
            locked,
            read,
        })
    }

    /// Origin of the ledger.
    pub(crate) fn origin(&self) -> &Origin {
        self.ledger.chain.origin()
    }

    /// Checks that keys of this log signed what stands in the lock, and that what was published is of the same
    /// history and not ahead of it. `root_at` gives the root that the ledger's own tree had at an earlier size.
    ///
    /// # Errors
    /// [`CheckpointError::Lock`], [`CheckpointError::Published`], [`CheckpointError::PublishedAhead`],
    /// [`CheckpointError::PublishedFork`], [`CheckpointError::Proof`].
    pub(crate) fn verify(
        self,
        trusted: &TrustedKeys,
        root_at: impl FnOnce(Size) -> Result<Hash, CheckpointError>,
    ) -> Result<Signed, CheckpointError> {
        let Self {
            ledger,
            files,
            locked,
            read,
        } = self;
        let mut signed = Signed {
            ledger,
            files,
            read,
            lock: None,
            newest: None,
            published: None,
        };
        if let Some(locked) = locked {
            let (newest, signers) = check_note(&signed, &locked.note, trusted)
                .filter(|(newest, _)| newest.size == locked.size && newest.root == locked.root)
                .ok_or_else(|| CheckpointError::Lock {
                    path: signed.files.lock(),
                })?;
            signed.lock = Some(locked.bytes);
            signed.newest = Some(Newest {
                checkpoint: newest,
                signers,
            });
        }
        if let Some(note) = signed.files.read_checkpoint()? {
            let (published, _) =
                check_note(&signed, &note, trusted).ok_or_else(|| CheckpointError::Published {
                    path: signed.files.checkpoint(),
                })?;
            signed.check_published(&published, root_at)?;
            signed.published = Some(published);
        }
        Ok(signed)
    }
}

/// What a note says that a key of this log signed, and which keys did; `None` if none did, or it is of another log.
fn check_note(
    signed: &Signed,
    note: &[u8],
    trusted: &TrustedKeys,
) -> Option<(Published, Vec<NoteKeyId>)> {
    let checkpoint = UnverifiedCheckpoint::parse(note).ok()?;
    let checkpoint = checkpoint.verify(trusted).ok()?;
    if !checkpoint.is_of(signed.ledger.chain.origin()) {
        return None;
    }
    let signers = checkpoint.signers().iter().map(|(_, id)| *id).collect();
    let published = Published {
        size: checkpoint.size(),
        root: checkpoint.root(),
        note: Arc::from(str::from_utf8(note).ok()?),
    };
    Some((published, signers))
}

/// A ledger of which is known what was signed, and that it continues it.
pub(crate) struct Signed {
    ledger: Ledger,
    files: Files,
    read: ReadBack,
    /// Content of the lock as this process knows it; `None` before the first signature.
    lock: Option<Vec<u8>>,
    newest: Option<Newest>,
    published: Option<Published>,
}

/// The newest checkpoint in the lock.
struct Newest {
    checkpoint: Published,
    signers: Vec<NoteKeyId>,
}

/// A checkpoint that was signed and that nobody has seen yet.
pub(crate) struct Prepared {
    checkpoint: Published,
    signers: Vec<NoteKeyId>,
    lock: Vec<u8>,
}

impl Prepared {
    /// The checkpoint.
    #[cfg(test)]
    pub(crate) const fn checkpoint(&self) -> &Published {
        &self.checkpoint
    }
}

impl Signed {
    /// The ledger.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Which ledger it is.
    pub(crate) fn name(&self) -> LedgerName {
        self.ledger.chain.origin().ledger()
    }

    /// The newest checkpoint in the lock.
    pub(crate) fn newest(&self) -> Option<&Published> {
        self.newest.as_ref().map(|newest| &newest.checkpoint)
    }

    /// The newest published checkpoint.
    pub(crate) const fn published(&self) -> Option<&Published> {
        self.published.as_ref()
    }

    /// Where the published checkpoint stands.
    pub(crate) fn checkpoint_file(&self) -> PathBuf {
        self.files.checkpoint()
    }

    /// What was read back.
    pub(crate) const fn read_back(&self) -> &ReadBack {
        &self.read
    }

    /// Reads the new records back and signs the tree over them; `None` if that tree is signed by these keys already.
    /// `governed` is how many records of this ledger the enrolment reflects: a tree over a newer governance record
    /// waits, because that record may say who signs.
    ///
    /// # Errors
    /// [`CheckpointError::Shorter`], [`CheckpointError::Fork`], [`CheckpointError::Read`], [`CheckpointError::Sign`].
    pub(crate) fn prepare(
        &mut self,
        governed: Size,
        keys: impl FnOnce() -> Result<Vec<SignerKey>, CheckpointError>,
    ) -> Result<Option<Prepared>, CheckpointError> {
        let signed = self.newest().map_or(Size::EMPTY, |newest| newest.size);
        self.read.advance(&self.ledger, signed)?;
        let waits = |position: Position| !governed.covers(position);
        if self.read.newest_governance.is_some_and(waits) {
            return Ok(None);
        }
        let keys = keys()?;
        let mut ids: Vec<NoteKeyId> = keys.iter().map(|key| key.verifier().id()).collect();
        let (size, root) = (self.read.tree.size(), self.read.tree.root());
        if let Some(newest) = &self.newest
            && newest.checkpoint.size == size
        {
            let mut before = newest.signers.clone();
            before.sort_unstable();
            ids.sort_unstable();
            if before == ids {
                return Ok(None);
            }
        }
        let keys: Vec<&SignerKey> = keys.iter().collect();
        let note = TreeHead::new(self.ledger.chain.origin(), size, root).sign(&keys)?;
        Ok(Some(Prepared {
            lock: Lock::encode(&self.read.tree, &note),
            checkpoint: Published {
                size,
                root,
                note: note.into(),
            },
            signers: ids,
        }))
    }

    /// Gives a ledger that was never signed its first lock, over the empty tree. Nothing can be recorded before it
    /// stands, so records without a lock are always an older copy.
    ///
    /// # Errors
    /// As [`Signed::prepare`] and [`Signed::take_lock`].
    pub(crate) fn establish(
        &mut self,
        keys: impl FnOnce() -> Result<Vec<SignerKey>, CheckpointError>,
    ) -> Result<(), CheckpointError> {
        if self.lock.is_some() {
            return Ok(());
        }
        if let Some(prepared) = self.prepare(Size::EMPTY, keys)? {
            self.take_lock(prepared)?;
        }
        Ok(())
    }

    /// Puts what was signed into the lock, if the lock still holds what this process last knew of it. From here on it
    /// may be shown.
    ///
    /// # Errors
    /// [`CheckpointError::Taken`], [`CheckpointError::File`].
    pub(crate) fn take_lock(&mut self, prepared: Prepared) -> Result<Published, CheckpointError> {
        if self.files.read_lock()? != self.lock {
            let path = self.files.lock();
            return Err(CheckpointError::Taken { path });
        }
        crate::crash::point("checkpoint.before_lock");
        self.files.replace_lock(&prepared.lock)?;
        crate::crash::point("checkpoint.after_lock");
        self.lock = Some(prepared.lock);
        let checkpoint = prepared.checkpoint.clone();
        self.newest = Some(Newest {
            checkpoint: prepared.checkpoint,
            signers: prepared.signers,
        });
        Ok(checkpoint)
    }

    /// Publishes a checkpoint that stands in the lock, or stood there before.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    ///
    /// # Panics
    /// When the checkpoint is ahead of the lock, or behind what was published.
    pub(crate) fn publish(&mut self, checkpoint: &Published) -> Result<(), CheckpointError> {
        let covered = self
            .newest()
            .is_some_and(|newest| checkpoint.size <= newest.size);
        assert!(covered, "what is published stands in the lock first");
        let before = self.published().map_or(Size::EMPTY, |before| before.size);
        assert!(before <= checkpoint.size, "what is published only grows");
        self.files.replace_checkpoint(&checkpoint.note)?;
        crate::crash::point("checkpoint.after_publish");
        self.published = Some(checkpoint.clone());
        Ok(())
    }

    /// Refuses a published checkpoint that what was signed does not cover.
    fn check_published(
        &self,
        published: &Published,
        root_at: impl FnOnce(Size) -> Result<Hash, CheckpointError>,
    ) -> Result<(), CheckpointError> {
        let signed = self.newest().map_or(Size::EMPTY, |newest| newest.size);
        if signed < published.size {
            return Err(CheckpointError::PublishedAhead {
                path: self.files.checkpoint(),
                lock: self.files.lock(),
                published: published.size,
                signed,
            });
        }
        let root = match self.newest() {
            Some(newest) if newest.size == published.size => newest.root,
            Some(_) | None => root_at(published.size)?,
        };
        if root != published.root {
            return Err(CheckpointError::PublishedFork {
                ledger: self.name(),
                path: self.files.checkpoint(),
                published: published.size,
            });
        }
        Ok(())
    }
}
