use sabt_domain::act::SubjectId;
use sabt_domain::event::{Event, EventBody};
use sabt_domain::life::At;
use sabt_vault::ordinal::SubjectOrdinal;

use super::Fold;
use crate::blind::{BLIND_BYTES, Blind};
use crate::error::ViewsError;
use crate::keys::{index_key, life_prefix};
use crate::store::Table;

/// Whether an event may change in which site its subject is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moves {
    /// It does not.
    Nobody,
    /// It may, of somebody who was in one before.
    Perhaps,
    /// It says so.
    Somebody,
}

impl Moves {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a test compares with the lives of persons whatever is recorded"
    )]
    pub(super) fn of(subject: SubjectOrdinal, event: &Event) -> Self {
        if subject.is_compartment() {
            return Self::Nobody;
        }
        match &event.body {
            EventBody::SiteAdmissionRecorded(_)
            | EventBody::SiteTransferRecorded(_)
            | EventBody::SiteDischargeRecorded(_) => Self::Somebody,
            EventBody::DeathRegistered(_)
            | EventBody::ExitRecorded(_)
            | EventBody::ExpulsionExecuted(_)
            | EventBody::VoluntaryReturnRecorded(_)
            | EventBody::ThirdCountryDepartureRecorded(_)
            | EventBody::HoldingBegan(_)
            | EventBody::HoldingEnded(_)
            | EventBody::PersonRecordClosed(_)
            | EventBody::ActAnnulled(_) => Self::Perhaps,
            EventBody::ActCorrected(corrected) => {
                let replacement = corrected.replacement.iter();
                let states = replacement
                    .map(|event| Self::of(subject, event))
                    .any(|moves| moves == Self::Somebody);
                if states {
                    Self::Somebody
                } else {
                    Self::Perhaps
                }
            }
            _ => Self::Nobody,
        }
    }
}

impl Fold<'_> {
    /// Makes the rows of where a person is anew, from the life as far as it has been folded.
    pub(super) fn note_stay(
        &mut self,
        subject: SubjectOrdinal,
        moves: Moves,
    ) -> Result<(), ViewsError> {
        let key = life_prefix(subject);
        let before = match moves {
            Moves::Nobody => return Ok(()),
            Moves::Perhaps | Moves::Somebody => self.current(Table::Sites, &key)?,
        };
        if before.is_none() && moves == Moves::Perhaps {
            return Ok(());
        }
        let before = before.and_then(|blind| Blind::try_from(blind.as_slice()).ok());
        let life = self.life(subject)?;
        let site = life.person(&At::END).and_then(|person| person.site());
        let site = site.and_then(|site| self.keys.ordinal(&SubjectId::Site(site)));
        let now = site.map(|site| self.keys.blinder().inside(site));
        if let Some(blind) = before.filter(|blind| now != Some(*blind)) {
            self.batch
                .delete(Table::Sites, index_key(&blind, subject, 0));
        }
        if let Some(blind) = now {
            self.batch
                .put(Table::Sites, index_key(&blind, subject, 0), []);
        }
        if life.has_site_stays() {
            let value: &[u8] = now.as_ref().map_or(&[], <[u8; BLIND_BYTES]>::as_slice);
            self.batch.put(Table::Sites, key, value);
        } else {
            self.batch.delete(Table::Sites, key);
        }
        Ok(())
    }
}
