//! Time limits that run for a person on a day: derived from what is recorded and from the table of time limits
//! ([`TimeLimit`]), never stored. Partial dates and silent rules are read in the person's favour: the later day counts.

mod index;
mod removal;
#[cfg(test)]
mod tests;

use crate::act::{Resolution, ResolveDispute, RevokeResidencePermit};
use crate::event::{Event, EventBody};
use crate::fact::{AdverseDecision, EntryKind, ExitKind, PermitScope, Relation, redacted};
use crate::law::{PersonStatus, ResidenceKind, TimeLimit};
use crate::life::{At, Life};
use crate::person::{Crossing, Direction, HeldPermit, HeldVisa, PermissionState, Person};
use crate::time::{Calendar, Day, PartialDate};

pub use self::index::{begins_holding, month_of, months};

/// Years from birth to the end of age eighteen, the day before this birthday.
const END_OF_AGE: i32 = 19;

closed_enum! {
    /// What is to be done or ends by the last day in time.
    pub enum DeadlineKind {
        /// A residence permit ends.
        PermitEnds = "PERMIT_ENDS",
        /// Its renewal is to be asked for (AM-19: a reminder).
        RenewalRequest = "RENEWAL_REQUEST",
        /// A visa, or the stay it allows, ends.
        VisaEnds = "VISA_ENDS",
        /// Objection to an adverse decision.
        Objection = "OBJECTION",
        /// The answer to a dispute is due: the agency's time limit, not the person's.
        DisputeAnswer = "DISPUTE_ANSWER",
        /// A former refugee is to leave.
        Departure = "DEPARTURE",
        /// Absence after which the card is void (AM-18: warns).
        Absence = "ABSENCE",
        /// The stay of an emergency entrant ends.
        EmergencyStayEnds = "EMERGENCY_STAY_ENDS",
        /// The term of a suspension of expulsion ends (AM-39: the suspension may go on).
        SuspensionTermEnds = "SUSPENSION_TERM_ENDS",
        /// The person is to be released, unless the commission agrees to a longer holding. It stays when it has passed.
        HoldingEnds = "HOLDING_ENDS",
        /// The foreign ministry is to be told of a holding. It stays when it has passed.
        HoldingNotice = "HOLDING_NOTICE",
        /// An entry ban is to be looked at again.
        EntryBanReview = "ENTRY_BAN_REVIEW",
        /// A member of a family permit may ask for an individual one in time.
        IndividualPermitRequest = "INDIVIDUAL_PERMIT_REQUEST",
        /// The family names a new head of household.
        NewHead = "NEW_HEAD",
        /// The time for which somebody is sheltered in a site; nobody is put out by it.
        SiteStayEnds = "SITE_STAY_ENDS",
    }
}

closed_enum! {
    /// Who is to act by the last day.
    pub enum Bearer {
        /// The person.
        Person = "PERSON",
        /// The organisation for foreign nationals: its offices act for it.
        Organisation = "ORGANISATION",
        /// Whoever recorded what is contested.
        RecordingAgency = "RECORDING_AGENCY",
        /// A court.
        Court = "COURT",
        /// Whoever holds the person.
        HoldingAuthority = "HOLDING_AUTHORITY",
    }
}

impl DeadlineKind {
    /// Who is to act.
    pub const fn bearer(self) -> Bearer {
        match self {
            Self::PermitEnds
            | Self::RenewalRequest
            | Self::VisaEnds
            | Self::Objection
            | Self::Departure
            | Self::Absence
            | Self::EmergencyStayEnds
            | Self::IndividualPermitRequest
            | Self::NewHead => Bearer::Person,
            Self::DisputeAnswer => Bearer::RecordingAgency,
            Self::SuspensionTermEnds => Bearer::Court,
            Self::HoldingEnds | Self::HoldingNotice => Bearer::HoldingAuthority,
            Self::EntryBanReview | Self::SiteStayEnds => Bearer::Organisation,
        }
    }

    /// The ambiguity of the law under whose protective reading the day stands; `None` where the law says it by itself.
    pub const fn reading(self) -> Option<&'static str> {
        match self {
            Self::RenewalRequest => Some("AM-19"),
            Self::IndividualPermitRequest => Some("AM-17"),
            Self::Absence => Some("AM-18"),
            Self::Objection => Some("AM-22"),
            Self::DisputeAnswer => Some("AM-63"),
            Self::SuspensionTermEnds => Some("AM-39"),
            Self::HoldingEnds => Some("AM-41"),
            Self::EntryBanReview => Some("AM-48"),
            Self::SiteStayEnds => Some("AM-52"),
            Self::PermitEnds
            | Self::VisaEnds
            | Self::Departure
            | Self::EmergencyStayEnds
            | Self::HoldingNotice
            | Self::NewHead => None,
        }
    }
}

impl Deadline {
    /// What the law says of a lapse; empty where it says nothing.
    pub fn on_lapse(&self) -> &'static str {
        self.limit.map_or("", |limit| limit.on_lapse)
    }
}

/// A time limit that runs.
#[derive(Clone, PartialEq, Eq)]
pub struct Deadline {
    /// What it is for.
    pub kind: DeadlineKind,
    /// Last day in time.
    pub due: Day,
    /// Row of the table; `None` where it is the end that a permit or visa states.
    pub limit: Option<&'static TimeLimit>,
    /// Article it rests on.
    pub article: String,
    /// Number of the permit or visa it is about; may be empty.
    pub number: String,
}

/// An adverse decision that counts.
#[derive(Clone, PartialEq, Eq)]
pub struct Objection {
    /// Position of its record.
    pub position: u64,
    /// The decision.
    pub decision: AdverseDecision,
    /// Until when the person may object, where the law sets a time and the notice was served.
    pub until: Option<(Day, &'static TimeLimit)>,
}

redacted!(Deadline, Objection);

/// The adverse decisions among events that count, each with the position of its record.
///
/// The law sets a time for objecting to the revocation of temporary residence (TL-36) and of a visa (TL-19), and to an order
/// of expulsion (TL-22). It sets none for other permits and for the loss of a status: no day is invented, and none has
/// passed.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`adverse` says of every other event whether it decides something"
)]
pub fn objections(person: &Person, events: &[(u64, &Event)]) -> Vec<Objection> {
    let decisions = events.iter().filter_map(|(position, event)| {
        let (decision, limit) = match &event.body {
            EventBody::ExpulsionOrdered(order) => removal::of_order(person, order),
            _ => adverse(person, event).map(|(decision, limit)| (decision.clone(), limit))?,
        };
        let until = limit.and_then(|limit| Some((due(limit, decision.served_on?)?, limit)));
        Some(Objection {
            position: *position,
            decision,
            until,
        })
    });
    decisions.collect()
}

/// Every time limit that runs on `day`, the first to end first, and those about a holding that have passed; `answers` are
/// the last days of an answer to what the person contests. Nothing runs for somebody who has died or became Iranian.
///
/// Without a new record, what runs on a later day ran on every earlier day since: an index of the days on which clocks end
/// is made when something is recorded, and never misses one.
pub fn open(
    person: &Person,
    events: &[(u64, &Event)],
    answers: impl IntoIterator<Item = Day>,
    day: Day,
) -> Vec<Deadline> {
    if person.death.is_some() || person.became_iranian(day) {
        return Vec::new();
    }
    let mut open = Vec::new();
    for permit in &person.permits {
        of_permit(permit, day, &mut open);
        open.extend(of_age(person, permit, day));
    }
    let entered = person.last_crossing.as_ref();
    let visas = person.visas.iter();
    open.extend(visas.filter_map(|visa| of_visa(visa, entered, day)));
    open.extend(entered.and_then(|crossing| of_crossing(person, crossing, day)));
    for objection in objections(person, events) {
        // Once an appeal is lodged, there is nothing left to be done in time.
        let mut decisions = person.removal.decisions.iter();
        let lodged = decisions
            .find(|decision| decision.position == objection.position)
            .is_some_and(|decision| decision.appeal.is_some());
        let until = objection.until.filter(|_| !lodged);
        open.extend(until.map(|(due, limit)| Deadline {
            kind: DeadlineKind::Objection,
            ..of_limit(limit, due)
        }));
    }
    removal::of(person, day, &mut open);
    open.extend(of_stay(person));
    open.extend(events.iter().filter_map(|(_, event)| departure(event)));
    open.extend(answers.into_iter().map(|due| Deadline {
        kind: DeadlineKind::DisputeAnswer,
        ..of_limit(&TimeLimit::DISPUTE_ANSWER, due)
    }));
    // Whoever is held for too long must not vanish from the list of what is due.
    open.retain(|deadline| {
        let stays = matches!(
            deadline.kind,
            DeadlineKind::HoldingEnds | DeadlineKind::HoldingNotice
        );
        stays || day <= deadline.due
    });
    open.sort_by(|a, b| (a.due, a.kind, &a.number).cmp(&(b.due, b.kind, &b.number)));
    open.dedup();
    open
}

fn of_permit(permit: &HeldPermit, day: Day, open: &mut Vec<Deadline>) {
    let Some(until) = permit.until.filter(|_| runs(permit, day)) else {
        return;
    };
    let limit = match permit.kind {
        ResidenceKind::Temporary => Some(&TimeLimit::TEMPORARY_RESIDENCE),
        ResidenceKind::ThreeYear => Some(&TimeLimit::THREE_YEAR_RESIDENCE),
        ResidenceKind::SevenYear => Some(&TimeLimit::SEVEN_YEAR_RESIDENCE),
        ResidenceKind::GuestTown => Some(&TimeLimit::GUEST_TOWN),
        ResidenceKind::Special
        | ResidenceKind::Amayesh
        | ResidenceKind::Refugee
        | ResidenceKind::Limited => None,
    };
    open.push(Deadline {
        kind: DeadlineKind::PermitEnds,
        due: until.latest(),
        limit,
        article: limit.map_or_else(
            || permit.legal_basis.clone(),
            |limit| limit.source.to_owned(),
        ),
        number: permit.number.clone(),
    });
    if permit.kind == ResidenceKind::ThreeYear
        && let Some(due) = due(&TimeLimit::RENEWAL_REQUEST, until)
    {
        open.push(Deadline {
            kind: DeadlineKind::RenewalRequest,
            number: permit.number.clone(),
            ..of_limit(&TimeLimit::RENEWAL_REQUEST, due)
        });
    }
}

/// A child on a family permit asks for one of their own before the end of age eighteen, which is the day before the nineteenth
/// birthday: the later of the two readings (AM-17). The head and the spouse stay on the permit.
fn of_age(person: &Person, permit: &HeldPermit, day: Day) -> Option<Deadline> {
    let of_child = permit.scope == PermitScope::Family
        && !person.household.is_some_and(|membership| {
            matches!(membership.relation, Relation::Head | Relation::Spouse)
        });
    let birth = person
        .particulars
        .birth_date
        .filter(|_| of_child && runs(permit, day))?;
    let birthday = birth.latest().plus_years(Calendar::Jalali, END_OF_AGE);
    let limit = &TimeLimit::INDIVIDUAL_PERMIT_REQUEST;
    let due = limit.due(birthday.ok()?.plus_days(-1)?).ok().flatten()?;
    Some(Deadline {
        kind: DeadlineKind::IndividualPermitRequest,
        number: permit.number.clone(),
        ..of_limit(limit, due)
    })
}

/// True if a permit is valid or will be.
fn runs(permit: &HeldPermit, day: Day) -> bool {
    matches!(
        permit.state(day),
        PermissionState::Valid | PermissionState::NotYetValid
    )
}

/// Until when the family of a household without a head names a new one: thirty days from the death or divorce of the head
/// (TL-42). A household that had none from the start waits for nobody.
pub fn of_household(life: &Life, at: &At) -> Option<Deadline> {
    let household = life.household(at)?;
    if household.head().is_some() || household.members.is_empty() {
        return None;
    }
    let effective = life.effective(at.known_at);
    let lost = effective.iter().rev().find_map(|effective| {
        let on = effective.event.occurred_on;
        let left = matches!(
            &effective.event.body,
            EventBody::HouseholdMemberRemoved(_) | EventBody::HouseholdSplit(_)
        );
        let day_before = on.earliest().plus_days(-1)?;
        let before = life.household(&At {
            as_of: day_before,
            known_at: at.known_at,
        });
        let had_head = before.is_some_and(|before| before.head().is_some());
        (left && on.earliest() <= at.as_of && had_head).then_some(on)
    })?;
    let due = due(&TimeLimit::NEW_HEAD, lost)?;
    (at.as_of <= due).then(|| Deadline {
        kind: DeadlineKind::NewHead,
        number: household.code.to_string(),
        ..of_limit(&TimeLimit::NEW_HEAD, due)
    })
}

/// A visa ends with its last day, or with the stay that an entry under it opened: with the last day on which it is valid as
/// things stand.
fn of_visa(visa: &HeldVisa, last_crossing: Option<&Crossing>, day: Day) -> Option<Deadline> {
    if !matches!(
        visa.state(last_crossing, day),
        PermissionState::Valid | PermissionState::NotYetValid
    ) {
        return None;
    }
    Some(Deadline {
        kind: DeadlineKind::VisaEnds,
        due: visa.stay_ends(last_crossing).unwrap_or(visa.until.latest()),
        limit: None,
        article: visa.legal_basis.clone(),
        number: visa.number.clone(),
    })
}

/// Whoever is sheltered as a victim has six months from the first admission (TL-58): a reminder to the office. A stay that
/// rests on a holding has the clock of that.
fn of_stay(person: &Person) -> Option<Deadline> {
    let stay = person.site_stay()?;
    Some(Deadline {
        kind: DeadlineKind::SiteStayEnds,
        number: stay.site.to_string(),
        ..of_limit(stay.ground.limit()?, stay.until()?)
    })
}

fn of_crossing(person: &Person, crossing: &Crossing, day: Day) -> Option<Deadline> {
    let (kind, limit) = match crossing.direction {
        Direction::In(EntryKind::Emergency) => {
            (DeadlineKind::EmergencyStayEnds, &TimeLimit::EMERGENCY_STAY)
        }
        Direction::Out(ExitKind::Travel) => (DeadlineKind::Absence, &TimeLimit::ABSENCE),
        Direction::In(_) | Direction::Out(ExitKind::Final) => return None,
    };
    // Absence endangers a card; whoever has none loses nothing by it.
    if kind == DeadlineKind::Absence && !person.permits.iter().any(|permit| runs(permit, day)) {
        return None;
    }
    Some(Deadline {
        kind,
        ..of_limit(limit, due(limit, crossing.on)?)
    })
}

/// A refugee whose status ended has time to leave from the day on which that was served (TL-62).
fn departure(event: &Event) -> Option<Deadline> {
    let EventBody::StatusChanged(changed) = &event.body else {
        return None;
    };
    let decision = changed.decision.as_ref()?;
    let limit = &TimeLimit::FORMER_REFUGEE_DEPARTURE;
    let of_refugee = changed.from == PersonStatus::Refugee;
    let due = due(limit, decision.served_on.filter(|_| of_refugee)?)?;
    Some(Deadline {
        kind: DeadlineKind::Departure,
        ..of_limit(limit, due)
    })
}

/// What an event decided against the person, and the time limit of an objection.
fn adverse<'event>(
    person: &Person,
    event: &'event Event,
) -> Option<(&'event AdverseDecision, Option<&'static TimeLimit>)> {
    if let EventBody::ResidencePermitRevoked(RevokeResidencePermit {
        permit_number,
        decision,
        ..
    }) = &event.body
    {
        let permit = person.permit(permit_number);
        let temporary = permit.is_some_and(|permit| permit.kind == ResidenceKind::Temporary);
        let limit = temporary.then_some(&TimeLimit::RESIDENCE_OBJECTION);
        return Some((decision.as_ref()?, limit));
    }
    if let EventBody::DisputeResolved(ResolveDispute { resolution, .. }) = &event.body {
        return match resolution {
            Resolution::Rejected { decision } => Some((decision.as_ref()?, None)),
            Resolution::Upheld { .. } | Resolution::Withdrawn => None,
        };
    }
    if let EventBody::VisaRevoked(revoked) = &event.body {
        return Some((revoked.decision.as_ref()?, Some(&TimeLimit::VISA_OBJECTION)));
    }
    let decision = if let EventBody::StatusChanged(changed) = &event.body {
        &changed.decision
    } else if let EventBody::ViolationDecisionRecorded(violation) = &event.body {
        &violation.decision
    } else if let EventBody::EntryBanImposed(ban) = &event.body {
        &ban.decision
    } else if let EventBody::ProtectionEnded(ended) = &event.body {
        &ended.decision
    } else {
        return None;
    };
    Some((decision.as_ref()?, None))
}

fn of_limit(limit: &'static TimeLimit, due: Day) -> Deadline {
    Deadline {
        kind: DeadlineKind::Objection,
        due,
        limit: Some(limit),
        article: limit.source.to_owned(),
        number: String::new(),
    }
}

/// The last day in time, for a clock that starts on a date; `None` beyond the range of the calendar.
fn due(limit: &TimeLimit, start: PartialDate) -> Option<Day> {
    limit.due(start.latest()).ok().flatten()
}
