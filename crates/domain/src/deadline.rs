//! Time limits that run for a person on a day: derived from what is recorded and from the table of time limits
//! ([`TimeLimit`]), never stored. Partial dates and silent rules are read in the person's favour: the later day counts.

#[cfg(test)]
mod tests;

use crate::act::{Resolution, ResolveDispute, RevokeResidencePermit};
use crate::event::{Event, EventBody};
use crate::fact::{AdverseDecision, EntryKind, ExitKind, redacted};
use crate::law::{PersonStatus, ResidenceKind, TimeLimit};
use crate::person::{Crossing, Direction, HeldPermit, HeldVisa, PermissionState, Person};
use crate::time::{Day, PartialDate};

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
/// The law sets a time for objecting to the revocation of temporary residence (TL-36). It sets none for other permits and
/// for the loss of a status: no day is invented, and none has passed.
pub fn objections(person: &Person, events: &[(u64, &Event)]) -> Vec<Objection> {
    let decisions = events.iter().filter_map(|(position, event)| {
        let (decision, limit) = adverse(person, event)?;
        Some(Objection {
            position: *position,
            decision: decision.clone(),
            until: limit.and_then(|limit| Some((due(limit, decision.served_on?)?, limit))),
        })
    });
    decisions.collect()
}

/// Every time limit that runs on `day`, the first to end first; `answers` are the last days of an answer to what the
/// person contests. Nothing runs for somebody who has died.
pub fn open(
    person: &Person,
    events: &[(u64, &Event)],
    answers: impl IntoIterator<Item = Day>,
    day: Day,
) -> Vec<Deadline> {
    if person.death.is_some() {
        return Vec::new();
    }
    let mut open = Vec::new();
    for permit in &person.permits {
        of_permit(permit, day, &mut open);
    }
    let entered = person.last_crossing.as_ref();
    let visas = person.visas.iter();
    open.extend(visas.filter_map(|visa| of_visa(visa, entered, day)));
    open.extend(entered.and_then(|crossing| of_crossing(person, crossing, day)));
    for objection in objections(person, events) {
        open.extend(objection.until.map(|(due, limit)| Deadline {
            kind: DeadlineKind::Objection,
            ..of_limit(limit, due)
        }));
    }
    open.extend(events.iter().filter_map(|(_, event)| departure(event)));
    open.extend(answers.into_iter().map(|due| Deadline {
        kind: DeadlineKind::DisputeAnswer,
        ..of_limit(&TimeLimit::DISPUTE_ANSWER, due)
    }));
    open.retain(|deadline| day <= deadline.due);
    open.sort_by(|a, b| (a.due, a.kind, &a.number).cmp(&(b.due, b.kind, &b.number)));
    open.dedup();
    open
}

fn of_permit(permit: &HeldPermit, day: Day, open: &mut Vec<Deadline>) {
    let runs = matches!(
        permit.state(day),
        PermissionState::Valid | PermissionState::NotYetValid
    );
    let Some(until) = permit.until.filter(|_| runs) else {
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

/// A visa ends with its last day, or with the stay that an entry under it opened, if that is later.
fn of_visa(visa: &HeldVisa, last_crossing: Option<&Crossing>, day: Day) -> Option<Deadline> {
    if visa.state(last_crossing, day) != PermissionState::Valid {
        return None;
    }
    let stay = last_crossing.and_then(|entry| {
        let days = i32::try_from(visa.stay_days).ok()?;
        entry.on.latest().plus_days(days)
    });
    let until = visa.until.latest();
    let longer = stay
        .filter(|stay| until < *stay && visa.state(last_crossing, *stay) == PermissionState::Valid);
    Some(Deadline {
        kind: DeadlineKind::VisaEnds,
        due: longer.unwrap_or(until),
        limit: None,
        article: visa.legal_basis.clone(),
        number: visa.number.clone(),
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
    let held = |permit: &HeldPermit| permit.state(day) == PermissionState::Valid;
    if kind == DeadlineKind::Absence && !person.permits.iter().any(held) {
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
    let EventBody::StatusChanged(changed) = &event.body else {
        return None;
    };
    Some((changed.decision.as_ref()?, None))
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
