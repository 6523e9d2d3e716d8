//! The life of a subject: its events, and what they come to.
//!
//! # How a life is folded
//!
//! A life is the list of a subject's events in the order of their records; nothing in it is ever changed. What it comes
//! to is asked for on two axes ([`At`]): `known_at` (what the registry had received) and `as_of` (when facts held).
//!
//! 1. *Record time.* Events recorded after `known_at` do not count.
//! 2. *Amendments.* An `ActAnnulled` takes every event of its target away, and with them every correction of that
//!    target. It is in force unless its own act is annulled, so annulling an annulment reinstates. An `ActCorrected` puts
//!    its events in the place of every event its target recorded about this subject; of several in force the newest
//!    counts. Where the target recorded nothing about this subject, the correction stands at its own place. An amendment
//!    only ever points back, so reading from the newest record to the oldest settles what is in force in one pass.
//! 3. *Valid time.* The effective events are ordered by the first day they may mean and, on one day, by record. Those that
//!    begin after `as_of` do not count. Registration comes first whatever its date: it says who a person is, not when
//!    they began to be.
//! 4. *Application* is total. An event that finds nothing to act on is passed over, never an error; deciding sees to it
//!    that no accepted act leaves an event passed over that was applied before.
//!
//! That annulling an act restores the state before it holds by construction: the effective events after are the effective
//! events without it. A test compares with a naive model in both axes.

mod amendments;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::amendments::Amendments;
use crate::act::ActId;
use crate::asylum::AsylumClaim;
use crate::biometric::BiometricReference;
use crate::campaign::Campaign;
use crate::case::ServiceCase;
use crate::event::{Event, EventBody, Recorded};
use crate::fact::redacted;
use crate::household::Household;
use crate::person::Person;
use crate::site::Site;
use crate::stay::StayOfRemoval;
use crate::time::{Day, Timestamp};

/// A point on both axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The day the facts should hold on.
    pub as_of: Day,
    /// The time up to which the registry's knowledge counts.
    pub known_at: Timestamp,
}

impl At {
    /// Everything ever recorded, on the last of days: the whole life.
    pub const END: Self = Self {
        as_of: Day::from_epoch_days(i32::MAX),
        known_at: Timestamp::from_micros(i64::MAX),
    };

    /// All that is known now, on this day.
    pub const fn day(as_of: Day) -> Self {
        Self { as_of, ..Self::END }
    }
}

/// A subject's events in the order of their records.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Life {
    records: Vec<Recorded>,
}

redacted!(Life);

/// An event that counts after amendments.
#[derive(Clone, Copy)]
pub struct Effective<'life> {
    /// Position of the record it stands at.
    pub position: u64,
    /// Place among the events of one correction; 0 for an event as recorded.
    pub index: usize,
    /// The act that stated the fact: the corrected one, not the correction.
    pub act_id: ActId,
    /// When the registry received the record it stands at.
    pub recorded_at: Timestamp,
    /// The event.
    pub event: &'life Event,
    /// The correction its content comes from.
    pub corrected_by: Option<ActId>,
}

/// Whether a recorded event still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// It counts.
    InForce,
    /// Another content stands in its place.
    Corrected,
    /// It was taken back.
    Annulled,
}

impl EntryState {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InForce => "IN_FORCE",
            Self::Corrected => "CORRECTED",
            Self::Annulled => "ANNULLED",
        }
    }
}

/// A record of a life, and what became of it.
#[derive(Clone)]
pub struct HistoryEntry<'life> {
    /// The record.
    pub recorded: &'life Recorded,
    /// Whether it counts.
    pub state: EntryState,
    /// Acts that corrected or annulled it, in the order of their records, whether or not they are still in force.
    pub amended_by: Vec<ActId>,
}

impl Life {
    /// Appends a record. Records come in the order of their positions; one that is already there is not added again.
    pub fn apply(&mut self, recorded: Recorded) {
        match self.records.last() {
            Some(last) if recorded.position <= last.position => {
                let at = self
                    .records
                    .binary_search_by_key(&recorded.position, |known| known.position);
                if let Err(place) = at {
                    self.records.insert(place, recorded);
                }
            }
            _ => self.records.push(recorded),
        }
    }

    /// Number of events, amendments included: what [`crate::act::ExpectedVersion`] is compared with. Those that say who an
    /// officer is do not count, because a gap would tell of them.
    pub fn version(&self) -> u64 {
        let counted = self.records.iter();
        let counted = counted.filter(|recorded| !self.is_about_office(&recorded.event));
        // A number of records always fits in 64 bits.
        u64::try_from(counted.count()).unwrap_or(u64::MAX)
    }

    /// True for a declaration that the person is an officer, and for what amends one. Amendments point back, so that the way
    /// ends.
    fn is_about_office(&self, event: &Event) -> bool {
        let mut at = event;
        while let Some(target) = amendment_target(at) {
            let Some(recorded) = self.of_act(target).next() else {
                return false;
            };
            at = &recorded.event;
        }
        matches!(at.body, EventBody::OfficerDeclared(_))
    }

    /// True if nothing was ever recorded: there is no such subject.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records, in order.
    pub fn records(&self) -> &[Recorded] {
        &self.records
    }

    /// The events that count, in the order of their records.
    pub fn effective(&self, known_at: Timestamp) -> Vec<Effective<'_>> {
        let known = self.known(known_at);
        let amendments = Amendments::of(known);
        let mut effective = Vec::with_capacity(known.len());
        for recorded in known {
            amendments.emit(recorded, &mut effective);
        }
        effective
    }

    /// Every record with what became of it.
    pub fn history(&self, known_at: Timestamp) -> Vec<HistoryEntry<'_>> {
        let known = self.known(known_at);
        let amendments = Amendments::of(known);
        known
            .iter()
            .map(|recorded| HistoryEntry {
                recorded,
                state: amendments.state(recorded),
                amended_by: amendments.of_act(recorded.act_id),
            })
            .collect()
    }

    /// The person this life comes to; `None` if no registration counts, or before the day of birth.
    pub fn person(&self, at: &At) -> Option<Person> {
        Person::fold(&self.in_valid_order(at)).0.filter(|person| {
            person
                .particulars
                .birth_date
                .is_none_or(|birth| birth.earliest() <= at.as_of)
        })
    }

    /// The household this life comes to; `None` if none is formed.
    pub fn household(&self, at: &At) -> Option<Household> {
        Household::fold(&self.in_valid_order(at)).0
    }

    /// The claim to asylum this life comes to; `None` if none is lodged.
    pub fn claim(&self, at: &At) -> Option<AsylumClaim> {
        AsylumClaim::fold(&self.in_valid_order(at)).0
    }

    /// The biometric reference this life comes to; `None` if none is recorded.
    pub fn biometric(&self, at: &At) -> Option<BiometricReference> {
        BiometricReference::fold(&self.in_valid_order(at)).0
    }

    /// The campaign this life comes to; `None` if none is opened.
    pub fn campaign(&self, at: &At) -> Option<Campaign> {
        Campaign::fold(&self.in_valid_order(at)).0
    }

    /// The site this life comes to; `None` if none is opened.
    pub fn site(&self, at: &At) -> Option<Site> {
        Site::fold(&self.in_valid_order(at)).0
    }

    /// The stay of removal this life comes to; `None` if none was placed.
    pub fn stay(&self, at: &At) -> Option<StayOfRemoval> {
        StayOfRemoval::fold(&self.in_valid_order(at)).0
    }

    /// The service case this life comes to; `None` if none is opened.
    pub fn case(&self, at: &At) -> Option<ServiceCase> {
        ServiceCase::fold(&self.in_valid_order(at)).0
    }

    /// The days on which effective events hold from, and the last of days.
    pub(crate) fn days(&self) -> BTreeSet<Day> {
        let effective = self.effective(At::END.known_at);
        let days = effective.iter();
        let days = days.map(|effective| effective.event.occurred_on.earliest());
        days.chain([At::END.as_of]).collect()
    }

    /// The effective events that are passed over, as (position, index): see point 4 of the module description.
    pub(crate) fn passed_over(&self) -> Vec<(ActId, u64, usize)> {
        let effective = self.in_valid_order(&At::END);
        let passed_over = if self.is_household() {
            Household::fold(&effective).1
        } else if self.is_claim() {
            AsylumClaim::fold(&effective).1
        } else if self.is_campaign() {
            Campaign::fold(&effective).1
        } else if self.is_biometric() {
            BiometricReference::fold(&effective).1
        } else if self.is_stay() {
            StayOfRemoval::fold(&effective).1
        } else if self.is_site() {
            Site::fold(&effective).1
        } else if self.is_case() {
            ServiceCase::fold(&effective).1
        } else {
            Person::fold(&effective).1
        };
        passed_over
            .iter()
            .map(|event| (event.act_id, event.position, event.index))
            .collect()
    }

    /// The life as it would be had this act never been recorded, nor any amendment of it.
    pub(crate) fn without(&self, act: ActId) -> Self {
        Self {
            records: self
                .records
                .iter()
                .filter(|recorded| {
                    recorded.act_id != act && amendment_target(&recorded.event) != Some(act)
                })
                .cloned()
                .collect(),
        }
    }

    /// The records of this act.
    pub(crate) fn of_act(&self, act: ActId) -> impl Iterator<Item = &Recorded> {
        self.records
            .iter()
            .filter(move |recorded| recorded.act_id == act)
    }

    /// True if the person ever contested something, in force or not.
    pub(crate) fn has_disputes(&self) -> bool {
        self.ever_states(|body| matches!(body, EventBody::FactDisputed(_)))
    }

    /// True if the person was ever admitted to a site, in force or not.
    pub fn has_site_stays(&self) -> bool {
        self.ever_states(|body| matches!(body, EventBody::SiteAdmissionRecorded(_)))
    }

    fn ever_states(&self, what: impl Fn(&EventBody) -> bool) -> bool {
        let mut events = self.records.iter().map(|recorded| &recorded.event);
        events.any(|event| event.states(&what))
    }

    /// True if this act is annulled, as far as this life knows.
    pub(crate) fn is_annulled(&self, act: ActId) -> bool {
        Amendments::of(&self.records).is_annulled(act)
    }

    /// Acts that amend this act, in force or not.
    pub(crate) fn amendments_of(&self, act: ActId) -> Vec<ActId> {
        Amendments::of(&self.records).of_act(act)
    }

    fn is_household(&self) -> bool {
        self.records
            .iter()
            .any(|recorded| matches!(recorded.event.body, EventBody::HouseholdFormed(_)))
    }

    fn is_claim(&self) -> bool {
        self.records
            .iter()
            .any(|recorded| matches!(recorded.event.body, EventBody::AsylumClaimLodged(_)))
    }

    fn is_campaign(&self) -> bool {
        self.records
            .iter()
            .any(|recorded| matches!(recorded.event.body, EventBody::CampaignOpened(_)))
    }

    fn is_biometric(&self) -> bool {
        let first = self.records.first();
        first.is_some_and(|first| {
            matches!(first.event.body, EventBody::BiometricReferenceRecorded(_))
        })
    }

    fn is_stay(&self) -> bool {
        self.records
            .iter()
            .any(|recorded| matches!(recorded.event.body, EventBody::StayOfRemovalPlaced(_)))
    }

    fn is_site(&self) -> bool {
        self.records
            .iter()
            .any(|recorded| matches!(recorded.event.body, EventBody::SiteOpened(_)))
    }

    fn is_case(&self) -> bool {
        self.records
            .iter()
            .any(|recorded| matches!(recorded.event.body, EventBody::ServiceRequested(_)))
    }

    /// The records up to a time. They never decrease in time, so those that count are the first ones.
    fn known(&self, known_at: Timestamp) -> &[Recorded] {
        let count = self
            .records
            .partition_point(|recorded| recorded.recorded_at <= known_at);
        self.records.get(..count).unwrap_or(&[])
    }

    /// The events that count on a day, in the order in which they are applied.
    pub fn in_valid_order(&self, at: &At) -> Vec<Effective<'_>> {
        let mut effective = self.effective(at.known_at);
        effective.retain(|event| {
            is_registration(event.event) || event.event.occurred_on.earliest() <= at.as_of
        });
        effective.sort_by_key(|event| {
            let day = event.event.occurred_on.earliest();
            (
                !is_registration(event.event),
                day,
                event.position,
                event.index,
            )
        });
        effective
    }
}

fn is_registration(event: &Event) -> bool {
    matches!(
        event.body,
        EventBody::PersonRegistered(_) | EventBody::BirthRegistered(_)
    )
}

/// The act that an amendment points at.
pub(crate) fn amendment_target(event: &Event) -> Option<ActId> {
    if let EventBody::ActCorrected(corrected) = &event.body {
        Some(corrected.target)
    } else if let EventBody::ActAnnulled(annulled) = &event.body {
        Some(annulled.target)
    } else {
        None
    }
}
