//! Until when what is recorded about a person may be kept: clocks by field group, derived from the life.
//!
//! Nothing here erases. [`due`] makes a list for the data-protection officer, [`claim_due`] one for the asylum unit; what
//! follows from it is an order that two officers sign ([`crate::erasure`]), over a whole life: groups have clocks of their
//! own and no keys of their own, so a clock that ends before the last one of its life is announced and waits for it. Claims
//! to asylum and biometric references, whose clocks are the shortest, have lives and keys of their own and do not wait.
//!
//! # Where the clocks come from
//!
//! The bill has no rule on retention at all (AM-63), and the organisation manual only that each kind of record has an end:
//! destroyed, kept, or handed to the archive (1-1, items 14 and 15). So the lengths are those of laws that do have them, and
//! where these differ the one that protects the person:
//!
//! - ten years after departure and five after death, the earlier of both: the German central register of foreigners
//!   (AZRG-DV section 18);
//! - three years after the last exit, announced three months before: the European entry/exit system (Regulation
//!   2017/2226 art. 34, 35);
//! - five years after they were taken, biometrics: the European visa information system (Regulation 767/2008 art. 23). They
//!   can be taken again from whoever is here and cannot be taken back from whoever has them, so what ends them sooner ends
//!   them soonest of all: a month after death or withdrawal, three after departure;
//! - addresses, documents and permits serve somebody who lives here, so theirs are shorter; protection is shorter again, and
//!   shortest of all is a claim to asylum, whose grounds can harm whoever they are about;
//! - vital events are kept: they are never in the destructible class (manual 1-1, items 14 and 15), because descent and
//!   marriage are proved by them for generations. They go only with an order on another ground.
//!
//! The earliest end of all the clocks of a group wins. Periods are counted in the Jalali calendar. A partial date counts from
//! its last day: that a period is over has to be certain, for nothing that was erased comes back.

#[cfg(test)]
mod tests;

use crate::access::FieldGroup;
use crate::event::{Event, EventBody};
use crate::law::PersonStatus;
use crate::life::{At, Life};
use crate::person::{Direction, Person};
use crate::time::{Calendar, Day, PartialDate, Timestamp};

/// Months before its end at which the end of a group is announced (Regulation 2017/2226 art. 35).
pub const WARNING_MONTHS: u16 = 3;

closed_enum! {
    /// What begins a clock.
    pub enum Start {
        /// The person died.
        Death = "DEATH",
        /// The person left the country and has not come back.
        Departure = "DEPARTURE",
        /// The person holds no status and no permit of protection any more.
        ProtectionEnded = "PROTECTION_ENDED",
        /// No pregnancy or illness protects the person from removal any more.
        HealthEnded = "HEALTH_PROTECTION_ENDED",
        /// No claim to asylum is open any more.
        ClaimEnded = "CLAIM_ENDED",
        /// A biometric template was taken.
        BiometricTaken = "BIOMETRIC_TAKEN",
        /// A biometric reference was withdrawn.
        BiometricWithdrawn = "BIOMETRIC_WITHDRAWN",
    }
}

/// One row of the table of clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Identifier, e.g. `RT-01`.
    pub id: &'static str,
    /// What is kept.
    pub group: FieldGroup,
    /// What begins it.
    pub starts: Start,
    /// How long it runs, in Jalali months.
    pub months: u16,
    /// Where it comes from.
    pub source: &'static str,
}

const GERMAN: &str = "law:AM-63 (silent; AZRG-DV section 18)";
const EUROPEAN: &str = "law:AM-63 (silent; Regulation 2017/2226 art. 34)";
const HERE: &str = "law:AM-63 (silent; shorter than identity: serves a life in the country)";
const OFFICE: &str =
    "law:AM-63 (silent; serves the watch over look-ups while the person is in office)";
const SHORT: &str = "design:7.3, 7.4 (the shortest)";
const SHORTEST: &str = "law:AM-63 (silent; design:7.9, the shortest of all)";
const VISA: &str = "law:AM-63 (silent; Regulation 767/2008 art. 23)";
/// Why vital events have no clock.
const KEPT: &str = "manual:1-1 items 14, 15";

macro_rules! clocks {
    ($( $id:literal $group:ident $starts:ident $months:literal $source:ident; )+) => {
        impl Clock {
            /// Every clock, in the order of the identifiers.
            pub const ALL: &'static [Self] = &[$(
                Self {
                    id: $id,
                    group: FieldGroup::$group,
                    starts: Start::$starts,
                    months: $months,
                    source: $source,
                }
            ),+];
        }
    };
}

clocks! {
    "RT-01" Identity Death 60 GERMAN;
    "RT-02" Identity Departure 120 GERMAN;
    "RT-03" Documents Death 12 HERE;
    "RT-04" Documents Departure 60 HERE;
    "RT-05" Residence Death 12 HERE;
    "RT-06" Residence Departure 60 HERE;
    "RT-07" Status Death 12 HERE;
    "RT-08" Status Departure 60 HERE;
    "RT-09" Protection Death 12 SHORT;
    "RT-10" Protection Departure 36 SHORT;
    "RT-11" Protection ProtectionEnded 36 SHORT;
    "RT-12" AsylumClaim Death 3 SHORT;
    "RT-13" AsylumClaim Departure 6 SHORT;
    "RT-14" AsylumClaim ClaimEnded 6 SHORT;
    "RT-15" Family Death 60 GERMAN;
    "RT-16" Family Departure 120 GERMAN;
    "RT-17" Household Death 12 HERE;
    "RT-18" Household Departure 36 HERE;
    "RT-19" Address Death 6 HERE;
    "RT-20" Address Departure 12 HERE;
    "RT-21" ShelterAddress Death 6 SHORT;
    "RT-22" ShelterAddress Departure 12 SHORT;
    "RT-23" Presence Death 12 EUROPEAN;
    "RT-24" Presence Departure 36 EUROPEAN;
    "RT-25" History Death 60 GERMAN;
    "RT-26" History Departure 120 GERMAN;
    "RT-27" Officer Death 3 OFFICE;
    "RT-28" Officer Departure 12 OFFICE;
    "RT-29" Removal Death 12 HERE;
    "RT-30" Removal Departure 120 GERMAN;
    "RT-31" Health Death 3 SHORT;
    "RT-32" Health Departure 6 SHORT;
    "RT-33" ServiceCases Death 12 HERE;
    "RT-34" ServiceCases Departure 60 HERE;
    "RT-35" Schooling Death 6 SHORT;
    "RT-36" Schooling Departure 12 SHORT;
    "RT-37" BiometricReferences Death 1 SHORTEST;
    "RT-38" BiometricReferences Departure 3 SHORTEST;
    "RT-39" BiometricReferences BiometricWithdrawn 1 SHORTEST;
    "RT-40" BiometricReferences BiometricTaken 60 VISA;
    "RT-41" Health HealthEnded 6 SHORT;
}

/// How the retention of a group stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionState {
    /// Nothing has begun a clock.
    NotStarted,
    /// A clock runs.
    Running,
    /// A clock ends within [`WARNING_MONTHS`].
    Warned,
    /// It may not be kept any more.
    Ended,
    /// No clock ever ends it.
    Kept,
}

impl RetentionState {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::Running => "RUNNING",
            Self::Warned => "WARNED",
            Self::Ended => "ENDED",
            Self::Kept => "KEPT",
        }
    }
}

/// Until when something that is recorded about a person may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// What.
    pub group: FieldGroup,
    /// The clock that ends first; `None`: none runs.
    pub clock: Option<&'static Clock>,
    /// First day on which it may not be kept any more.
    pub ends_on: Option<Day>,
    /// First day on which the end is announced.
    pub warn_from: Option<Day>,
}

impl Retention {
    /// Where the rule comes from.
    pub fn rule(&self) -> &'static str {
        match self.clock {
            Some(clock) => clock.source,
            None if self.group == FieldGroup::VitalEvents => KEPT,
            None => {
                let first = Clock::ALL.iter().find(|clock| clock.group == self.group);
                first.map_or(KEPT, |clock| clock.source)
            }
        }
    }

    /// True if it may not be kept any more on this day.
    pub fn has_ended(&self, day: Day) -> bool {
        self.ends_on.is_some_and(|end| end <= day)
    }

    /// How it stands on a day.
    pub fn state(&self, day: Day) -> RetentionState {
        let has_clock = Clock::ALL.iter().any(|clock| clock.group == self.group);
        match (self.ends_on, self.warn_from) {
            _ if self.has_ended(day) => RetentionState::Ended,
            (_, Some(warn)) if warn <= day => RetentionState::Warned,
            (Some(_), _) => RetentionState::Running,
            (None, _) if has_clock => RetentionState::NotStarted,
            (None, _) => RetentionState::Kept,
        }
    }
}

/// Until when each group of what is recorded about a person may be kept, as everything recorded until `today` tells: one row
/// for each group of which there is anything. Empty for a life that comes to no person.
pub fn due(life: &Life, today: Day) -> Vec<Retention> {
    // The whole life is looked at, also what begins later: nothing ends while a fact is still to come.
    let Some(person) = life.person(&At::END) else {
        return Vec::new();
    };
    let held = FieldGroup::ALL.iter().copied();
    let held = held.filter(|group| holds(life, &person, *group));
    held.map(|group| retention(&person, group, today)).collect()
}

/// Until when a claim to asylum may be kept: after its own end, and after death or departure of whoever lodged it. A claim
/// whose person was erased has outlived the purpose of both and may not be kept any more. Empty if there is no claim.
pub fn claim_due(claim: &Life, claimant: &Life, today: Day) -> Option<Retention> {
    let claim = claim.claim(&At::END)?;
    let group = FieldGroup::AsylumClaim;
    let Some(person) = claimant.person(&At::END) else {
        return Some(over(group, today));
    };
    Some(first_end(group, today, |start| match start {
        Start::Death | Start::Departure | Start::ProtectionEnded | Start::HealthEnded => {
            started(&person, start)
        }
        Start::ClaimEnded => claim.decision.as_ref().map(|decision| decision.on.latest()),
        // A claim is no template.
        Start::BiometricTaken | Start::BiometricWithdrawn => None,
    }))
}

/// Until when a biometric reference may be kept: after its own withdrawal, after it was taken, and after death or departure of
/// its person. One whose person was erased has outlived its purpose and may not be kept any more. `None` if there is none.
pub fn biometric_due(reference: &Life, owner: &Life, today: Day) -> Option<Retention> {
    let reference = reference.biometric(&At::END)?;
    let group = FieldGroup::BiometricReferences;
    let Some(person) = owner.person(&At::END) else {
        return Some(over(group, today));
    };
    Some(first_end(group, today, |start| match start {
        Start::Death
        | Start::Departure
        | Start::ProtectionEnded
        | Start::HealthEnded
        | Start::ClaimEnded => started(&person, start),
        Start::BiometricTaken => Some(reference.taken_on.latest()),
        Start::BiometricWithdrawn => reference.withdrawn.map(|(on, _)| on.latest()),
    }))
}

/// Until when a household may be kept: as long as somebody who belongs to it is recorded.
pub fn household_due(inhabited: bool, today: Day) -> [Retention; 2] {
    [FieldGroup::Household, FieldGroup::Address].map(|group| {
        if inhabited {
            first_end(group, today, |_start| None)
        } else {
            over(group, today)
        }
    })
}

/// Until when a service case may be kept: as long as somebody whom it concerns is recorded. One of an organisation or a
/// vehicle concerns no registered person, and no clock ends it.
pub fn case_due(group: FieldGroup, kept: bool, today: Day) -> Retention {
    if kept {
        first_end(group, today, |_start| None)
    } else {
        over(group, today)
    }
}

/// What may not be kept any more because nobody is left whom it is about.
const fn over(group: FieldGroup, today: Day) -> Retention {
    Retention {
        group,
        clock: None,
        ends_on: Some(today),
        warn_from: Some(today),
    }
}

fn retention(person: &Person, group: FieldGroup, today: Day) -> Retention {
    first_end(group, today, |start| started(person, start))
}

/// The clock of a group that ends first, of those that had begun by `today`.
fn first_end(group: FieldGroup, today: Day, started: impl Fn(Start) -> Option<Day>) -> Retention {
    let clocks = Clock::ALL.iter().filter(|clock| clock.group == group);
    let first = clocks
        .filter_map(|clock| {
            let from = started(clock.starts).filter(|from| *from <= today)?;
            Some((later(from, clock.months)?, clock))
        })
        .min_by_key(|(end, clock)| (*end, clock.id));
    let ends_on = first.map(|(end, _)| end);
    Retention {
        group,
        clock: first.map(|(_, clock)| clock),
        ends_on,
        warn_from: ends_on.and_then(|end| {
            end.plus_months(Calendar::Jalali, i32::from(WARNING_MONTHS).saturating_neg())
                .ok()
        }),
    }
}

/// A day this many Jalali months later; `None` beyond the calendar, where nothing ends.
fn later(from: Day, months: u16) -> Option<Day> {
    from.plus_months(Calendar::Jalali, i32::from(months)).ok()
}

/// The day on which what begins a clock had certainly happened.
fn started(person: &Person, start: Start) -> Option<Day> {
    match start {
        Start::Death => person.death.as_ref().map(|death| death.on.latest()),
        Start::Departure => person
            .last_crossing
            .as_ref()
            .filter(|crossing| matches!(crossing.direction, Direction::Out(_)))
            .map(|crossing| crossing.on.latest()),
        Start::ProtectionEnded => protection_ended(person),
        Start::HealthEnded => health_ended(person),
        Start::ClaimEnded => ended(person, |status| {
            FieldGroup::of_status(status) == FieldGroup::AsylumClaim
        }),
        // These stand in the life of the reference.
        Start::BiometricTaken | Start::BiometricWithdrawn => None,
    }
}

/// The last day of the last status of a kind; `None` while one is held, or if there never was one.
fn ended(person: &Person, kind: impl Fn(PersonStatus) -> bool) -> Option<Day> {
    let of_kind = person.statuses.iter().filter(|held| kind(held.status));
    let ends: Option<Vec<Day>> = of_kind
        .map(|held| held.until.map(PartialDate::latest))
        .collect();
    ends?.into_iter().max()
}

/// The last day of the last status or permit of protection.
fn protection_ended(person: &Person) -> Option<Day> {
    let mut last = None;
    for status in &person.statuses {
        if FieldGroup::of_status(status.status) == FieldGroup::Protection {
            last = last.max(Some(status.until?.latest()));
        }
    }
    for permit in &person.permits {
        if FieldGroup::of_residence(permit.kind, permit.basis) == FieldGroup::Protection {
            let end = permit.end.map(|end| end.on).or(permit.until)?;
            last = last.max(Some(end.latest()));
        }
    }
    last
}

/// The last day on which a pregnancy or an illness protected the person; `None` while one does, or if none ever did.
fn health_ended(person: &Person) -> Option<Day> {
    let removal = &person.removal;
    let mut last = None;
    for protection in &removal.protections {
        if FieldGroup::of_protection(protection.kind) == FieldGroup::Health {
            let ended = protection.end.filter(|_| !removal.protects(protection));
            last = last.max(Some(ended?.0.latest()));
        }
    }
    last
}

/// Whether anything of a group is recorded about a person.
fn holds(life: &Life, person: &Person, group: FieldGroup) -> bool {
    match group {
        FieldGroup::Identity | FieldGroup::History => true,
        FieldGroup::Documents => has_document(person, group),
        FieldGroup::Protection => {
            has_document(person, group)
                || has_permit(person, group)
                || has_status(person, group)
                || has_protection(person, group)
                || has_case(person, group)
        }
        FieldGroup::Residence => {
            !person.visas.is_empty() || !person.campaigns.is_empty() || has_permit(person, group)
        }
        FieldGroup::Status | FieldGroup::AsylumClaim => has_status(person, group),
        FieldGroup::Family => {
            !person.spouses.is_empty()
                || !person.parents.is_empty()
                || !person.children.is_empty()
                || !person.guardians.is_empty()
                || !person.wards.is_empty()
                || !person.licences.is_empty()
        }
        FieldGroup::ServiceCases => has_case(person, group),
        FieldGroup::Schooling => has_case(person, group) || has_document(person, group),
        FieldGroup::Household => person.household.is_some() || any_event(life, is_household),
        FieldGroup::Address | FieldGroup::ShelterAddress => {
            (person.address.is_some() && FieldGroup::of_address(person) == group)
                || has_stay(person, group)
        }
        FieldGroup::VitalEvents => any_event(life, is_vital),
        FieldGroup::Presence => person.last_crossing.is_some(),
        FieldGroup::Officer => !person.officer_posts.is_empty(),
        FieldGroup::Removal => {
            let removal = &person.removal;
            !removal.orders.is_empty()
                || !removal.bans.is_empty()
                || !removal.holdings.is_empty()
                || has_stay(person, group)
        }
        FieldGroup::Health => has_protection(person, group),
        // A biometric reference has a life of its own ([`biometric_due`]). A verdict is an answer and no record; who looked has the retention of its month; proofs are about nobody.
        FieldGroup::BiometricReferences
        | FieldGroup::Verdict
        | FieldGroup::Disclosures
        | FieldGroup::Oversight
        | FieldGroup::Integrity
        | FieldGroup::Aggregates
        | FieldGroup::Campaign
        | FieldGroup::Site => false,
    }
}

fn has_document(person: &Person, group: FieldGroup) -> bool {
    let mut documents = person.documents.iter();
    documents.any(|held| FieldGroup::of_document(held.document.kind) == group)
}

fn has_case(person: &Person, group: FieldGroup) -> bool {
    let mut cases = person.cases.iter();
    cases.any(|case| FieldGroup::of_service(&case.service) == group)
}

fn has_stay(person: &Person, group: FieldGroup) -> bool {
    let mut stays = person.site_stays.iter();
    stays.any(|stay| FieldGroup::of_stay(stay.ground) == group)
}

fn has_permit(person: &Person, group: FieldGroup) -> bool {
    let mut permits = person.permits.iter();
    permits.any(|held| FieldGroup::of_residence(held.kind, held.basis) == group)
}

fn has_protection(person: &Person, group: FieldGroup) -> bool {
    let mut protections = person.removal.protections.iter();
    protections.any(|held| FieldGroup::of_protection(held.kind) == group)
}

fn has_status(person: &Person, group: FieldGroup) -> bool {
    let mut statuses = person.statuses.iter();
    statuses.any(|held| FieldGroup::of_status(held.status) == group)
}

fn any_event(life: &Life, is: impl Fn(&Event) -> bool) -> bool {
    let effective = life.effective(Timestamp::from_micros(i64::MAX));
    effective.iter().any(|effective| is(effective.event))
}

fn is_household(event: &Event) -> bool {
    matches!(
        event.body,
        EventBody::HouseholdJoined(_) | EventBody::HouseholdLeft(_)
    )
}

fn is_vital(event: &Event) -> bool {
    matches!(
        event.body,
        EventBody::BirthRegistered(_)
            | EventBody::ChildBorn(_)
            | EventBody::DeathRegistered(_)
            | EventBody::SpouseDied(_)
            | EventBody::MarriageRegistered(_)
            | EventBody::DivorceRegistered(_)
            | EventBody::ParentageConfirmed(_)
            | EventBody::GuardianAppointed(_)
    )
}
