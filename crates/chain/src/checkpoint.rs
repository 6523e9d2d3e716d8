//! Signed tree heads (C2SP tlog-checkpoint).
//!
//! A checkpoint is a signed note whose text has three lines: the origin of the log, its size in decimal, and the root
//! of its Merkle tree in base64. Sabt neither writes nor accepts extension lines: nobody can audit them.
//!
//! ```
//! use sabt_chain::checkpoint::{TreeHead, UnverifiedCheckpoint};
//! use sabt_chain::note::{SignerKey, TrustedKeys};
//! use sabt_chain::{Hash, LedgerName, Origin, Size};
//!
//! let origin = Origin::new("registry.example", LedgerName::Events)?;
//! let signer = SignerKey::from_seed((&origin).into(), [0x5a; 32]);
//! let published = TreeHead::new(&origin, Size::EMPTY, Hash::EMPTY_ROOT).sign(&[&signer])?;
//!
//! let trusted = TrustedKeys::only(signer.verifier().clone());
//! let checkpoint = UnverifiedCheckpoint::parse(published.as_bytes())?.verify(&trusted)?;
//! assert!(checkpoint.is_of(&origin));
//! assert_eq!(checkpoint.root(), Hash::EMPTY_ROOT);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use crate::note::{
    self, Cosigner, KeyName, Note, NoteError, NoteKeyId, SignerKey, TrustedKeys, UnverifiedNote,
    WitnessKey,
};
use crate::{Hash, Origin, Size, wire};

/// What a checkpoint states: that the log named `origin`, at `size`, has this `root`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeHead {
    /// Name of the log.
    pub origin: KeyName,
    /// How many leaves the tree has.
    pub size: Size,
    /// Root of the tree.
    pub root: Hash,
}

/// A checkpoint as it was received. Nothing in it is known before [`Self::verify`]; its text form is byte for byte
/// what was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedCheckpoint {
    note: UnverifiedNote,
    head: TreeHead,
}

/// A checkpoint that a trusted key named like its origin has signed. Its text form is byte for byte what was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    note: Note,
    head: TreeHead,
}

/// Why a checkpoint is refused, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a signed note, or not one of a trusted key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text has not exactly three lines: fewer say too little, and extension lines are not accepted.
    #[error("a checkpoint has the three lines origin, size and root")]
    Lines,
    /// The first line cannot be an origin.
    #[error("the first line of the checkpoint is no origin")]
    Origin,
    /// The second line is not a number in its shortest decimal form.
    #[error("the second line of the checkpoint is no size")]
    Size,
    /// The third line is not the base64 form of a hash.
    #[error("the third line of the checkpoint is no hash")]
    Root,
    /// An empty tree with another root than that of the empty tree.
    #[error("the checkpoint gives an empty tree a root that it cannot have")]
    EmptyRoot,
    /// Trusted keys signed it, but none of them is the log's own.
    #[error("no trusted key of {origin} signed the checkpoint")]
    NotByOrigin {
        /// The origin that the checkpoint states.
        origin: KeyName,
    },
}

impl TreeHead {
    /// The tree head of one of Sabt's ledgers.
    pub fn new(origin: &Origin, size: Size, root: Hash) -> Self {
        Self {
            origin: origin.into(),
            size,
            root,
        }
    }

    /// The text that is signed.
    pub fn to_text(&self) -> String {
        let root = self.root.to_base64();
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    /// Signs the checkpoint; the result is the note, byte for byte as it is published.
    ///
    /// # Errors
    /// [`CheckpointError::NotByOrigin`], if no signer is named like the origin; else what [`note::sign`] says.
    pub fn sign(&self, signers: &[&SignerKey]) -> Result<String, CheckpointError> {
        if !signers
            .iter()
            .any(|signer| *signer.verifier().name() == self.origin)
        {
            return Err(CheckpointError::NotByOrigin {
                origin: self.origin.clone(),
            });
        }
        Ok(note::sign(&self.to_text(), signers)?)
    }

    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        let head = Self {
            origin: origin.parse().ok().ok_or(CheckpointError::Origin)?,
            size: wire::parse_decimal(size)
                .map(Size::new)
                .ok_or(CheckpointError::Size)?,
            root: Hash::from_base64(root).ok_or(CheckpointError::Root)?,
        };
        if head.size == Size::EMPTY && head.root != Hash::EMPTY_ROOT {
            return Err(CheckpointError::EmptyRoot);
        }
        Ok(head)
    }
}

impl UnverifiedCheckpoint {
    /// Parses a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = UnverifiedNote::parse(bytes)?;
        let head = TreeHead::parse(note.text())?;
        Ok(Self { note, head })
    }

    /// The origin that it claims, to choose the keys for [`Self::verify`] by; anybody can claim any.
    pub const fn claimed_origin(&self) -> &KeyName {
        &self.head.origin
    }

    /// The whole tree head that it claims. Nothing may rest on it before [`Self::verify`].
    pub const fn claimed_head(&self) -> &TreeHead {
        &self.head
    }

    /// What `witness` has cosigned, whichever keys the log signed it with: so a witness reads its own memory.
    ///
    /// # Errors
    /// [`NoteError::Signature`], if its cosignature does not verify; [`NoteError::Untrusted`], if there is none.
    pub fn verify_cosigned(self, witness: &WitnessKey) -> Result<(TreeHead, Cosigner), NoteError> {
        let cosigner = self.note.cosigners([witness])?.pop();
        Ok((self.head, cosigner.ok_or(NoteError::Untrusted)?))
    }

    /// Verifies the signatures of trusted keys; at least one must be of a key named like the origin, the log's own.
    pub fn verify(self, keys: &TrustedKeys) -> Result<Checkpoint, CheckpointError> {
        let Self { note, head } = self;
        let note = note.verify(keys)?;
        if !note.signers().iter().any(|(name, _)| *name == head.origin) {
            return Err(CheckpointError::NotByOrigin {
                origin: head.origin,
            });
        }
        Ok(Checkpoint { note, head })
    }
}

impl Checkpoint {
    /// Name of the log.
    pub const fn origin(&self) -> &KeyName {
        &self.head.origin
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> Size {
        self.head.size
    }

    /// Root of the tree.
    pub const fn root(&self) -> Hash {
        self.head.root
    }

    /// All three.
    pub const fn tree_head(&self) -> &TreeHead {
        &self.head
    }

    /// Whether it is a checkpoint of the ledger named `origin`.
    pub fn is_of(&self, origin: &Origin) -> bool {
        self.head.origin.as_str() == origin.as_str()
    }

    /// The trusted keys that signed it.
    pub fn signers(&self) -> &[(KeyName, NoteKeyId)] {
        self.note.signers()
    }

    /// The note that it is; [`Note::cosigners`] tells which witnesses have cosigned it.
    pub const fn note(&self) -> &Note {
        &self.note
    }
}

impl fmt::Display for UnverifiedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

#[cfg(test)]
mod tests;
