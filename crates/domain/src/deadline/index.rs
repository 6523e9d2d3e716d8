//! In which months clocks may end, told from single events: what an index of deadlines is made of.
//!
//! An event knows nothing of the rest of the life, so it may name a month in which nothing ends: whoever follows the index
//! asks the life ([`super::open`]). No deadline is missed, because nothing begins to run by itself.

use std::collections::BTreeSet;

use super::{DeadlineKind, END_OF_AGE};
use crate::event::{Event, EventBody};
use crate::fact::AdverseDecision;
use crate::law::TimeLimit;
use crate::time::{Calendar, Day, PartialDate};

/// Days between two looks at a span, fewer than the shortest month has.
const STEP_DAYS: usize = 28;

/// Looks at the span of a stay: ten years, longer than any visa allows.
const STEPS_MAX: usize = 131;

/// A month of the Jalali calendar: twelve times the year, and the months before it in the year.
pub fn month_of(day: Day) -> u32 {
    let date = day.date_in(Calendar::Jalali).ok();
    let month = date.and_then(PartialDate::month).unwrap_or(1);
    let year = u32::try_from(day.year_in(Calendar::Jalali)).unwrap_or(0);
    year.saturating_mul(12)
        .saturating_add(u32::from(month))
        .saturating_sub(1)
}

impl DeadlineKind {
    /// True if it stays among what runs when its last day has passed, so that no month says where it is found.
    pub const fn stays_overdue(self) -> bool {
        matches!(self, Self::HoldingEnds | Self::HoldingNotice)
    }
}

/// True if the event begins a holding, whose clocks stay when they have passed.
pub fn begins_holding(event: &Event) -> bool {
    event.states(|body| matches!(body, EventBody::HoldingBegan(_)))
}

/// The months in which a clock that the event starts or moves may end; `recorded_on` is the day of its record.
pub fn months(event: &Event, recorded_on: Day) -> BTreeSet<u32> {
    let mut days = Vec::new();
    collect(event, recorded_on, &mut days);
    days.into_iter().map(month_of).collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a new event starts no clock until somebody says which"
)]
fn collect(event: &Event, recorded_on: Day, days: &mut Vec<Day>) {
    let on = event.occurred_on;
    match &event.body {
        EventBody::PersonRegistered(registered) => {
            days.extend(registered.particulars.birth_date.and_then(end_of_age));
        }
        EventBody::BirthRegistered(birth) => {
            days.extend(end_of_age(birth.child.birth_date.unwrap_or(on)));
        }
        EventBody::ResidencePermitIssued(issued) => term(issued.valid_until, days),
        EventBody::ResidencePermitRenewed(renewed) => term(renewed.valid_until.into(), days),
        EventBody::ResidenceStatusConverted(converted) => term(converted.valid_until, days),
        EventBody::VisaIssued(visa) => {
            // An entry on any of its days opens a stay, so the last day may be any from here on.
            let first = visa.valid_until.latest();
            let stay = i32::try_from(visa.stay_days).unwrap_or(i32::MAX);
            let steps = (0..=stay).step_by(STEP_DAYS).take(STEPS_MAX);
            days.extend(
                steps
                    .chain([stay])
                    .filter_map(|after| first.plus_days(after)),
            );
        }
        EventBody::EntryRecorded(_) => days.extend(due(&TimeLimit::EMERGENCY_STAY, on)),
        EventBody::ExitRecorded(_) => days.extend(due(&TimeLimit::ABSENCE, on)),
        EventBody::ResidencePermitRevoked(revoked) => {
            served(
                revoked.decision.as_ref(),
                &TimeLimit::RESIDENCE_OBJECTION,
                days,
            );
        }
        EventBody::VisaRevoked(revoked) => {
            served(revoked.decision.as_ref(), &TimeLimit::VISA_OBJECTION, days);
        }
        EventBody::StatusChanged(changed) => {
            let limit = &TimeLimit::FORMER_REFUGEE_DEPARTURE;
            served(changed.decision.as_ref(), limit, days);
        }
        EventBody::DecisionServed(_) => {
            let limits = [&TimeLimit::EXPULSION_REQUEST, &TimeLimit::VISA_OBJECTION];
            days.extend(limits.into_iter().filter_map(|limit| due(limit, on)));
        }
        EventBody::FactDisputed(_) => {
            days.extend(TimeLimit::DISPUTE_ANSWER.due(recorded_on).ok().flatten());
        }
        EventBody::ExpulsionSuspended(_) => {
            days.extend(due(&TimeLimit::EXPULSION_SUSPENSION, on));
        }
        EventBody::ExpulsionSuspensionExtended(extension) => days.push(extension.until.latest()),
        EventBody::EntryBanImposed(ban) => days.push(ban.review_on.latest()),
        EventBody::HouseholdMemberRemoved(_) | EventBody::HouseholdSplit(_) => {
            days.extend(due(&TimeLimit::NEW_HEAD, on));
        }
        EventBody::SiteAdmissionRecorded(admission) => {
            days.extend(admission.ground.limit().and_then(|limit| due(limit, on)));
        }
        EventBody::ActCorrected(corrected) => {
            for replacement in &corrected.replacement {
                collect(replacement, recorded_on, days);
            }
        }
        _ => {}
    }
}

/// The end of a permit, and the day by which its renewal is asked for.
fn term(until: Option<PartialDate>, days: &mut Vec<Day>) {
    if let Some(until) = until {
        days.push(until.latest());
        days.extend(due(&TimeLimit::RENEWAL_REQUEST, until));
    }
}

fn served(decision: Option<&AdverseDecision>, limit: &TimeLimit, days: &mut Vec<Day>) {
    let served_on = decision.and_then(|decision| decision.served_on);
    days.extend(served_on.and_then(|on| due(limit, on)));
}

fn end_of_age(birth: PartialDate) -> Option<Day> {
    let birthday = birth.latest().plus_years(Calendar::Jalali, END_OF_AGE);
    let last = birthday.ok()?.plus_days(-1)?;
    TimeLimit::INDIVIDUAL_PERMIT_REQUEST
        .due(last)
        .ok()
        .flatten()
}

fn due(limit: &TimeLimit, start: PartialDate) -> Option<Day> {
    limit.due(start.latest()).ok().flatten()
}
