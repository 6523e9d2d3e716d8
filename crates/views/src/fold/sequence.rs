use sabt_chain::{ActTracker, Envelope, LedgerName, Link, Size};
use sabt_vault::ordinal::{Space, SubjectOrdinal};

use crate::error::FoldError;
use crate::meta::Mark;

/// Admits the records of one ledger in order: each follows the one before it, and acts stand whole.
pub(super) struct Sequence {
    ledger: LedgerName,
    mark: Mark,
    acts: ActTracker,
}

/// Whether a record is news.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admission {
    /// It has been folded before.
    Known,
    /// It is the next one.
    New,
}

impl Sequence {
    /// Goes on from a mark, which always stands between two acts.
    pub(super) fn new(ledger: LedgerName, mark: Mark) -> Self {
        Self {
            ledger,
            mark,
            acts: ActTracker::new(),
        }
    }

    /// Takes the next record, whose link is `link` and whose subject is `subject`.
    pub(super) fn admit(
        &mut self,
        envelope: &Envelope,
        link: Link,
        subject: SubjectOrdinal,
    ) -> Result<Admission, FoldError> {
        let (ledger, position) = (self.ledger, envelope.position);
        if self.mark.size.covers(position) {
            return Ok(Admission::Known);
        }
        let expected = self.mark.size.next_position();
        if position != expected {
            return Err(FoldError::Gap {
                ledger,
                expected,
                found: position,
            });
        }
        if envelope.previous != self.mark.link {
            return Err(FoldError::Fork { ledger, position });
        }
        let whole = self.acts.accept(envelope.act_id, envelope.part);
        whole.map_err(|source| FoldError::HalfAct { ledger, source })?;
        self.mark.size = Size::new(position.get() + 1);
        self.mark.link = link;
        match subject.space() {
            Space::General => self.mark.highest_ordinal = self.mark.highest_ordinal.max(subject),
            Space::Claims => self.mark.highest_claim = self.mark.highest_claim.max(subject),
            // Nothing is given out there: it mirrors the general space.
            Space::Compartment => {}
        }
        Ok(Admission::New)
    }

    /// The mark after everything admitted.
    ///
    /// # Errors
    /// [`FoldError::HalfAct`] where parts of the last act are missing.
    pub(super) fn finish(mut self) -> Result<Mark, FoldError> {
        let ledger = self.ledger;
        let whole = self.acts.finish();
        whole.map_err(|source| FoldError::HalfAct { ledger, source })?;
        Ok(self.mark)
    }
}
