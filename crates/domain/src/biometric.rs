//! A biometric reference: that a template of a person is held in a system outside the registry, and where. Everything here is
//! derived from a [`crate::life::Life`].
//!
//! # Readings taken here
//!
//! - The bill has biometrics taken at entry, in camps and for residence (art. 7(4), 26(2), 33(2)) and says nothing of where
//!   they are kept or who may compare them. So the registry holds no template, and a digest keyed by the system that does:
//!   whoever holds another template finds nobody by it, and no question takes one (design 7.9).
//! - A reference is a subject of its own, with a key of its own. So it can be erased when its own clocks end, which are the
//!   shortest there are ([`crate::retention`]), while the person's other data stay; and nothing of it stands in the person's
//!   life, from which only the references lead to the person.
//! - What was recorded by mistake is not corrected but withdrawn: a correction would keep what should go. What is withdrawn
//!   may be kept for a month, in which an auditor or a court can still ask for it.

#[cfg(test)]
mod tests;

use crate::event::EventBody;
use crate::fact::{BiometricModality, BiometricWithdrawal, OfficeCode, redacted};
use crate::life::Effective;
use crate::number::{BiometricNumber, PersonNumber};
use crate::time::PartialDate;

/// A reference on some day.
#[derive(Clone, PartialEq, Eq)]
pub struct BiometricReference {
    /// Its number.
    pub number: BiometricNumber,
    /// Whose it is.
    pub person: PersonNumber,
    /// What of the body it is of.
    pub modality: BiometricModality,
    /// When it was taken.
    pub taken_on: PartialDate,
    /// Office that took it.
    pub office: OfficeCode,
    /// Device that took it; may be empty.
    pub device: String,
    /// Article that it was taken under.
    pub legal_basis: String,
    /// System that holds the template.
    pub system: String,
    /// Its reference in that system.
    pub reference: String,
    /// Digest of the template, keyed by that system.
    pub digest: [u8; 32],
    /// When and why it was withdrawn; `None` while it is not.
    pub withdrawn: Option<(PartialDate, BiometricWithdrawal)>,
}

redacted!(BiometricReference);

impl BiometricReference {
    /// Folds events in valid order into a reference, and gives the events that were passed over.
    pub(crate) fn fold<'life>(
        events: &[Effective<'life>],
    ) -> (Option<Self>, Vec<Effective<'life>>) {
        let mut reference = None;
        let mut passed_over = Vec::new();
        for effective in events {
            let applied = match &mut reference {
                None => {
                    reference = Self::recorded(effective);
                    reference.is_some()
                }
                Some(reference) => reference.apply(effective),
            };
            if !applied {
                passed_over.push(*effective);
            }
        }
        (reference, passed_over)
    }

    fn recorded(effective: &Effective<'_>) -> Option<Self> {
        let EventBody::BiometricReferenceRecorded(recorded) = &effective.event.body else {
            return None;
        };
        Some(Self {
            number: recorded.number,
            person: recorded.person,
            modality: recorded.modality,
            taken_on: effective.event.occurred_on,
            office: effective.event.office.clone(),
            device: recorded.device.clone(),
            legal_basis: effective.event.legal_basis.clone(),
            system: recorded.system.clone(),
            reference: recorded.reference.clone(),
            digest: recorded.digest,
            withdrawn: None,
        })
    }

    /// Applies an event; false if it finds nothing to act on: a reference is withdrawn once.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "events about other subjects find nothing to act on in a reference"
    )]
    fn apply(&mut self, effective: &Effective<'_>) -> bool {
        match &effective.event.body {
            EventBody::BiometricReferenceWithdrawn(body) if self.withdrawn.is_none() => {
                self.withdrawn = Some((effective.event.occurred_on, body.ground));
                true
            }
            _ => false,
        }
    }
}
