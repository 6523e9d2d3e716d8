//! Disputes: what a person contests, and how it ended.

use crate::act::{ActId, DisputeFact, DisputedFact, Resolution};
use crate::event::Event;
use crate::fact::{DisputeGround, OfficeCode, redacted};
use crate::law::TimeLimit;
use crate::life::{At, Effective, Life};
use crate::time::{Day, PartialDate, Timestamp};

use super::Person;

/// A fact that its person contests, or contested.
#[derive(Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The act that recorded it.
    pub act_id: ActId,
    /// Position of its record.
    pub position: u64,
    /// What is contested.
    pub fact: DisputedFact,
    /// Why.
    pub ground: DisputeGround,
    /// From which day on, as the act states it.
    pub since: PartialDate,
    /// Since when the registry knows.
    pub recorded_at: Timestamp,
    /// The office that took it.
    pub office: OfficeCode,
    /// How it ended; `None`: it is open.
    pub resolution: Option<Resolution>,
}

redacted!(Dispute);

impl Dispute {
    fn of(body: &DisputeFact, event: &Event, effective: &Effective<'_>) -> Self {
        Self {
            act_id: effective.act_id,
            position: effective.position,
            fact: body.fact,
            ground: body.ground,
            since: event.occurred_on,
            recorded_at: effective.recorded_at,
            office: event.office.clone(),
            resolution: None,
        }
    }

    /// True until it is resolved.
    pub const fn is_open(&self) -> bool {
        self.resolution.is_none()
    }

    /// The last day on which the agency that recorded the fact may still answer in time
    /// ([`TimeLimit::DISPUTE_ANSWER`]); `None` beyond the range of the calendar. It orders nobody and hides nothing: a
    /// fact whose dispute is late stays marked.
    pub fn answer_by(&self) -> Option<Day> {
        let start = self.recorded_at.day_in_tehran();
        TimeLimit::DISPUTE_ANSWER.due(start).ok().flatten()
    }

    /// True if the dispute was upheld and this act put the fact right.
    pub fn was_upheld_by(&self, correction: ActId) -> bool {
        matches!(&self.resolution, Some(Resolution::Upheld { correction: by }) if *by == correction)
    }
}

impl Person {
    /// Disputes that are not resolved, in the order in which they began.
    pub fn open_disputes(&self) -> impl Iterator<Item = &Dispute> {
        self.disputes.iter().filter(|dispute| dispute.is_open())
    }

    /// The open dispute that this act recorded.
    pub fn open_dispute(&self, act_id: ActId) -> Option<&Dispute> {
        self.open_disputes()
            .find(|dispute| dispute.act_id == act_id)
    }

    pub(super) fn dispute(&mut self, body: &DisputeFact, effective: &Effective<'_>) -> bool {
        let stands = self
            .open_disputes()
            .any(|dispute| dispute.fact == body.fact);
        if !stands {
            let dispute = Dispute::of(body, effective.event, effective);
            self.disputes.push(dispute);
        }
        !stands
    }

    pub(super) fn resolve_dispute(&mut self, act_id: ActId, resolution: &Resolution) -> bool {
        let open = self
            .disputes
            .iter_mut()
            .find(|dispute| dispute.act_id == act_id && dispute.is_open());
        let fits = open.is_some();
        if let Some(dispute) = open {
            dispute.resolution = Some(resolution.clone());
        }
        fits
    }
}

impl Life {
    /// What the person contests today, and what they contested at `known_at`: both matter to whoever is told today what
    /// was known then. Valid time has no part in it: a dispute is about what the registry tells, for whatever day.
    pub fn disputes(&self, known_at: Timestamp) -> Vec<Dispute> {
        let open_at = |known_at| -> Vec<Dispute> {
            let at = At {
                known_at,
                ..At::END
            };
            let person = self.person(&at);
            person
                .map(|person| person.open_disputes().cloned().collect())
                .unwrap_or_default()
        };
        if !self.has_disputes() {
            return Vec::new();
        }
        let mut disputes = open_at(At::END.known_at);
        for dispute in open_at(known_at) {
            if disputes.iter().all(|known| known.act_id != dispute.act_id) {
                disputes.push(dispute);
            }
        }
        disputes.sort_by_key(|dispute| dispute.position);
        disputes
    }
}
