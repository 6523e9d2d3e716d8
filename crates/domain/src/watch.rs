//! Watching those who look: which look-ups of officers draw attention, and which wait to be justified.
//!
//! A flag is about an officer and one look-up, never about whoever was looked up, and it is no score (design:7.8): it says
//! which rule holds, proves nothing, and is derived from the ledgers whenever somebody entitled asks. Nothing here is stored.
//!
//! # Readings taken here
//!
//! The bill names levels of access and defines none (AM-10), and says nothing of how use is watched; so every look-up is
//! recorded, one in [`SAMPLE_ONE_IN`] is drawn by lot, and its officer or their supervisor states the ground in time
//! ([`TimeLimit::LOOKUP_JUSTIFICATION`]). What the asylum unit looks at is known to nobody else, not as a number either
//! (design:7.3), so it is neither flagged nor drawn here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::access::{FieldGroup, Matrix, Method, Purpose, Role};
use crate::fact::{AgencyCode, redacted};
use crate::law::{OfficeHours, TimeLimit};
use crate::time::{DateError, Timestamp};

#[cfg(test)]
mod tests;

/// One record opened in so many is drawn to be justified.
pub const SAMPLE_ONE_IN: u64 = 100;

/// Days before and after a look-up in which an act of the agency about the person counts as the case it served: a month, in
/// which a file that was opened is worked on.
pub const CASE_ACTIVITY_DAYS: u16 = 30;

/// Window in which the persons are counted whose records an officer opens, microseconds: ten minutes.
pub const BURST_WINDOW_MICROS: i64 = 10 * 60 * 1_000_000;

/// Distinct persons whose records an officer opens in a window without drawing attention: a large family, and those waiting
/// behind it.
pub const BURST_PERSONS_MAX: usize = 20;

closed_enum! {
    /// Why a look-up draws attention.
    pub enum FlagRule {
        /// A record was opened on an emergency grant.
        Emergency = "EMERGENCY",
        /// The officer looked up themselves.
        OwnRecord = "OWN_RECORD",
        /// The officer looked up somebody of their own household.
        OwnHousehold = "OWN_HOUSEHOLD",
        /// The officer looked up somebody who lives at their own address.
        OwnAddress = "OWN_ADDRESS",
        /// The agency did nothing about the person in the case for which the record was opened.
        NoCaseActivity = "NO_CASE_ACTIVITY",
        /// The record was opened when no office is at work.
        OffShift = "OFF_SHIFT",
        /// The officer opened records of many persons in a short time.
        Burst = "BURST",
    }
}

impl FlagRule {
    /// Source of the rule.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Emergency => "design:7.1",
            Self::OwnRecord | Self::OwnHousehold | Self::OwnAddress => "design:7.5; manual:1-2",
            Self::NoCaseActivity | Self::Burst => "design:7.1; law:AM-10",
            Self::OffShift => crate::law::OFFICE_HOURS_SOURCE,
        }
    }

    /// The field group under which a flag of this rule may leave, besides [`FieldGroup::Oversight`]: who an officer is, and
    /// with whom they live, is not for their colleagues.
    pub const fn rests_on(self) -> FieldGroup {
        match self {
            Self::OwnRecord | Self::OwnHousehold | Self::OwnAddress => FieldGroup::Officer,
            Self::Emergency | Self::NoCaseActivity | Self::OffShift | Self::Burst => {
                FieldGroup::Oversight
            }
        }
    }
}

/// True if a look-up is drawn whose lot is this number: a keyed hash of it, evenly spread, which nobody without the
/// registry's key can foresee.
pub const fn is_drawn(lot: u64) -> bool {
    lot < u64::MAX.div_euclid(SAMPLE_ONE_IN)
}

/// The limit by which a look-up is justified, and when it ends for one recorded at this time; `None` beyond the range of the
/// calendar.
///
/// # Errors
/// [`DateError::Year`] there as well.
pub fn justified_by(
    emergency: bool,
    recorded_at: Timestamp,
) -> Result<(&'static TimeLimit, Option<Timestamp>), DateError> {
    let limit = if emergency {
        &TimeLimit::EMERGENCY_JUSTIFICATION
    } else {
        &TimeLimit::LOOKUP_JUSTIFICATION
    };
    Ok((limit, limit.due_at(recorded_at)?))
}

/// True if the role's officers work at offices, and none is at work at this time. Police stand at their posts day and night.
pub fn is_off_shift(role: Role, at: Timestamp) -> bool {
    let at_offices = match role {
        Role::Registrar | Role::CivilRegistry | Role::DataProtectionOfficer => true,
        Role::BorderPolice
        | Role::Police
        | Role::Auditor
        | Role::Governance
        | Role::AsylumUnit
        | Role::StatisticsOffice
        | Role::PublicService
        | Role::CampaignOrganiser
        | Role::ImmigrationPolice => false,
    };
    at_offices && !OfficeHours::cover(at)
}

/// True if whoever opens a record for this purpose does so to record something: then the row of the matrix under which it
/// was opened opens the submission of acts as well. An edition that the program does not know expects nothing.
pub fn expects_act(edition: &str, role: Role, purpose: Purpose) -> bool {
    Matrix::from_edition(edition)
        .and_then(|matrix| matrix.row(role, purpose))
        .is_some_and(|row| row.methods.contains(Method::SubmitAct))
}

/// The span around a look-up in which an act counts as activity in its case.
pub fn case_span(at: Timestamp) -> (Timestamp, Timestamp) {
    let micros = i64::from(CASE_ACTIVITY_DAYS).saturating_mul(86_400_000_000);
    let from = at.micros().saturating_sub(micros);
    let until = at.micros().saturating_add(micros);
    (Timestamp::from_micros(from), Timestamp::from_micros(until))
}

/// Whose records each officer has opened of late. Look-ups are noted in the order of their records.
#[derive(Debug)]
pub struct Bursts<Officer, Subject> {
    opened: BTreeMap<Officer, VecDeque<(Timestamp, Subject)>>,
}

impl<Officer: Ord, Subject: Ord + Copy> Bursts<Officer, Subject> {
    /// Notes that an officer opened a record; true if it makes too many in the window that ends with it.
    pub fn note(&mut self, officer: Officer, at: Timestamp, subject: Subject) -> bool {
        let opened = self.opened.entry(officer).or_default();
        let begin = at.micros().saturating_sub(BURST_WINDOW_MICROS);
        while opened
            .front()
            .is_some_and(|(earlier, _)| earlier.micros() <= begin)
        {
            opened.pop_front();
        }
        opened.push_back((at, subject));
        // In a burst the window may hold many more than have to be told apart.
        let mut distinct = BTreeSet::new();
        opened.iter().any(|(_, subject)| {
            distinct.insert(*subject);
            BURST_PERSONS_MAX < distinct.len()
        })
    }
}

impl<Officer, Subject> Default for Bursts<Officer, Subject> {
    fn default() -> Self {
        Self {
            opened: BTreeMap::new(),
        }
    }
}

/// A look-up that was drawn, as far as justifying it needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct DrawnLookup {
    /// Agency that looked.
    pub agency: AgencyCode,
    /// Its officer, as in the certificate.
    pub officer: String,
    /// True if it was made on an emergency grant.
    pub emergency: bool,
    /// True if it has been justified.
    pub justified: bool,
}

redacted!(DrawnLookup);
