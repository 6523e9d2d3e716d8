//! An act's records stand together or not at all.

use crate::{ActId, Part};

/// How a record breaks the rule that the records of an act stand together, in order, and complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActFault {
    /// An act starts with a part other than its first.
    #[error("an act starts with part {found}")]
    StartsLate {
        /// The part that stands first.
        found: Part,
    },
    /// Another act, or another part of the same, stands where a part of an unfinished act must.
    #[error("part {expected} of an act is missing")]
    PartMissing {
        /// The part that should have stood here.
        expected: Part,
    },
    /// The records end before the act does.
    #[error("the records end before part {expected} of an act")]
    Unfinished {
        /// The part that should have come next.
        expected: Part,
    },
}

/// Follows records in order and tells where an act is not whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActTracker {
    /// The part that must come next, and of which act; `None` between acts.
    awaited: Option<(ActId, Part)>,
}

impl ActTracker {
    /// Between two acts.
    pub const fn new() -> Self {
        Self { awaited: None }
    }

    /// Takes the next record. After a fault it goes on from the record as found, so that one missing part is
    /// reported once.
    pub fn accept(&mut self, act_id: ActId, part: Part) -> Result<(), ActFault> {
        let verdict = match self.awaited {
            Some(awaited) if awaited == (act_id, part) => Ok(()),
            Some((_, expected)) => Err(ActFault::PartMissing { expected }),
            None if part.is_first() => Ok(()),
            None => Err(ActFault::StartsLate { found: part }),
        };
        self.awaited = part.next().map(|next| (act_id, next));
        verdict
    }

    /// Whether no act is open.
    pub const fn is_complete(&self) -> bool {
        self.awaited.is_none()
    }

    /// Ends the sequence: no act may be open.
    pub fn finish(&mut self) -> Result<(), ActFault> {
        match self.awaited.take() {
            Some((_, expected)) => Err(ActFault::Unfinished { expected }),
            None => Ok(()),
        }
    }
}
