//! Which service cases are open, and where: the work list of an office.
//!
//! A step moves a case behind all others. Only what may open, close or move it to another office is read from its life: the
//! others cost one row.

use sabt_domain::act::CaseStepKind;
use sabt_domain::event::{Event, EventBody};
use sabt_domain::life::At;
use sabt_vault::ordinal::SubjectOrdinal;

use super::Fold;
use crate::blind::{BLIND_BYTES, Blind};
use crate::error::ViewsError;
use crate::keys::{life_prefix, ordered_key};
use crate::store::Table;

/// What an event may do to the place of a case among the work of its office.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Works {
    /// Nothing.
    No,
    /// It is a step of a case.
    Step,
    /// It opens or closes a case, or may.
    Turn,
    /// It may, if its subject is a case.
    Perhaps,
}

/// The place of a case among what is open.
type Place = (Blind, u64);

impl Works {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a test compares with the lives of cases whatever is recorded"
    )]
    pub(super) fn of(subject: SubjectOrdinal, event: &Event) -> Self {
        if subject.is_compartment() {
            return Self::No;
        }
        match &event.body {
            EventBody::ServiceRequested(_) => Self::Turn,
            EventBody::CaseAdvanced(advance) => match advance.step.kind() {
                CaseStepKind::CaseClosed | CaseStepKind::AppealLodged => Self::Turn,
                _ => Self::Step,
            },
            EventBody::ActAnnulled(_) | EventBody::ActCorrected(_) => Self::Perhaps,
            _ => Self::No,
        }
    }
}

fn decode(row: &[u8]) -> Option<Place> {
    let (blind, position) = row.split_first_chunk::<BLIND_BYTES>()?;
    Some((*blind, u64::from_be_bytes(position.try_into().ok()?)))
}

impl Fold<'_> {
    /// Makes the rows of a case anew after the record at a position.
    pub(super) fn note_work(
        &mut self,
        subject: SubjectOrdinal,
        works: Works,
        position: u64,
    ) -> Result<(), ViewsError> {
        if works == Works::No {
            return Ok(());
        }
        let key = life_prefix(subject);
        let known = self.current(Table::Work, &key)?;
        if known.is_none() && works != Works::Turn {
            return Ok(());
        }
        let before = known.as_deref().and_then(decode);
        let mut is_erased = false;
        let now = if let (Works::Step, Some((blind, _))) = (works, before) {
            Some((blind, position))
        } else {
            let life = self.life(subject)?;
            is_erased = life.is_empty();
            let open = life.case(&At::END).filter(|case| case.closure.is_none());
            open.map(|case| (self.keys.blinder().open(&case.office), position))
        };
        if let Some((blind, at)) = before {
            self.batch
                .delete(Table::Work, ordered_key(&blind, at, subject));
        }
        if is_erased {
            self.batch.delete(Table::Work, key);
            return Ok(());
        }
        let mut row = Vec::new();
        if let Some((blind, at)) = now {
            self.batch
                .put(Table::Work, ordered_key(&blind, at, subject), []);
            row.extend_from_slice(&blind);
            row.extend_from_slice(&at.to_be_bytes());
        }
        self.batch.put(Table::Work, key, row);
        Ok(())
    }
}
