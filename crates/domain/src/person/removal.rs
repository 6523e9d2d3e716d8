//! What stands about a person's removal: orders, suspensions, protections, entry bans, and decisions with their appeals.
//!
//! Nothing here says that a person may be removed. An order is a decision of somebody; whether it may be carried out on a
//! day is a question about that order ([`Person::obstacles`]), and its answer lists what stands against it.
//!
//! # Readings taken here
//!
//! | ambiguity | reading |
//! |---|---|
//! | AM-36 | an appeal is suspensive: while one is open, what it is against is not in effect and no order is carried out |
//! | AM-37 | the request not to be expelled lies against every order, on whatever ground |
//! | AM-22 | the time for an appeal runs from service; a decision that was not served has no effect and no clock |
//! | AM-39 | a suspension stands until its year has passed *and* its cause has ended: the later of the two |
//! | AM-46 | refuge, a visa-free entry, an emergency stay and a former refugee's time to leave are a lawful basis, too |
//! | AM-47 | a protection is a dated marker; protected ages follow from the date of birth, in doubt for the person |
//! | AM-41 | a holding has a legal basis and a month; where the law gives none, the month of art. 33(3) holds |
//! | AM-40 | whether damage is paid first or after: no step follows by itself, and an order has what stands against it all the same |
//! | AM-48 | an entry ban has no end, and a day on which it is looked at again |
//!
//! Whether a request came in time is for the body that hears it (its outcome may be that it was not to be heard); the
//! registry refuses none for being late, and until it is decided it is open.

mod holding;
mod obstacle;

use crate::act::ActId;
use crate::fact::{
    AppealBy, AppealOutcome, CommissionLevel, CountryCode, DocumentKey, EntryBanGround,
    EntryBanLifting, ProtectionEnding, ProtectionKind, SuspensionCause, SuspensionEnding, redacted,
};
use crate::law::{ExpulsionGround, PersonStatus, ProvinceCode, TimeLimit};
use crate::time::{Day, PartialDate};

pub use self::holding::Holding;
pub use self::obstacle::Obstacle;

/// Everything about a person's removal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// Orders of expulsion, in the order in which they were given.
    pub orders: Vec<ExpulsionOrder>,
    /// Decisions against the person, in the order in which they were taken.
    pub decisions: Vec<Decision>,
    /// Protections that were found.
    pub protections: Vec<Protection>,
    /// Entry bans.
    pub bans: Vec<EntryBan>,
    /// Holdings.
    pub holdings: Vec<Holding>,
}

/// An order of expulsion.
#[derive(Clone, PartialEq, Eq)]
pub struct ExpulsionOrder {
    /// Number.
    pub number: String,
    /// The act that gave it, which is also that of its [`Decision`].
    pub act_id: ActId,
    /// On what ground.
    pub ground: ExpulsionGround,
    /// Body that decided.
    pub decided_by: String,
    /// Body to which the person may turn.
    pub appeal_body: String,
    /// Ruling of a court on which it rests; may be empty.
    pub court_ruling: String,
    /// State of destination, where the order names one.
    pub destination: Option<CountryCode>,
    /// When it was given.
    pub ordered_on: PartialDate,
    /// Suspensions by courts.
    pub suspensions: Vec<Suspension>,
    /// How it ended; `None`: it stands.
    pub end: Option<OrderEnd>,
}

/// How an order ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OrderEnd {
    /// When.
    pub on: PartialDate,
    /// By what.
    pub ground: OrderEndGround,
}

/// What ends an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEndGround {
    /// It was taken back.
    Withdrawn,
    /// An appeal against it was accepted.
    Voided,
    /// It was carried out.
    Executed,
}

impl OrderEndGround {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Withdrawn => "WITHDRAWN",
            Self::Voided => "VOIDED",
            Self::Executed => "EXECUTED",
        }
    }
}

/// A suspension by a court (art. 18).
#[derive(Clone, PartialEq, Eq)]
pub struct Suspension {
    /// The act that recorded it.
    pub act_id: ActId,
    /// The court.
    pub court: String,
    /// Number of its ruling.
    pub ruling_number: String,
    /// Why.
    pub cause: SuspensionCause,
    /// Day of the ruling.
    pub ruled_on: PartialDate,
    /// Last day by an extension; `None`: not extended.
    pub extended_until: Option<PartialDate>,
    /// What of it ended, and when.
    pub ended: Option<(PartialDate, SuspensionEnding)>,
}

/// A decision against the person, whose taking effect hangs on service and appeal.
#[derive(Clone, PartialEq, Eq)]
pub struct Decision {
    /// The act that took it.
    pub act_id: ActId,
    /// Position of its record.
    pub position: u64,
    /// What it takes away.
    pub effect: DecisionEffect,
    /// When it was taken.
    pub taken_on: PartialDate,
    /// When it was served; `None`: not yet, so that it has no effect.
    pub served_on: Option<PartialDate>,
    /// Time for an appeal; `None` where the law sets none: then none has passed, and an appeal is possible at any time.
    pub limit: Option<&'static TimeLimit>,
    /// The appeal against it: one, because the law gives one (TL-22).
    pub appeal: Option<Appeal>,
    /// Decisions of the same effect that were under appeal when this one was taken: what it takes away was there only for as
    /// long as they are. Other decisions of the same effect before it have been overtaken by what was granted since.
    pub(super) beside: Vec<ActId>,
}

/// What a decision takes away.
#[derive(Clone, PartialEq, Eq)]
pub enum DecisionEffect {
    /// The person is to be expelled under the order of this number.
    Expulsion(String),
    /// The permit of this number.
    Permit(String),
    /// The visa of this number.
    Visa(String),
    /// A status, which becomes another.
    Status {
        /// Status held so far.
        from: PersonStatus,
        /// Status from then on.
        to: PersonStatus,
    },
    /// Documents.
    Documents(Vec<DocumentKey>),
    /// The right to come back, by the ban of this number.
    EntryBan(String),
    /// The protection that this act recorded.
    Protection(ActId),
}

impl DecisionEffect {
    /// Stable code of what is taken away, and the number of the order, permit, visa or ban, if it has one.
    pub fn told(&self) -> (&'static str, &str) {
        match self {
            Self::Expulsion(number) => ("EXPULSION", number),
            Self::Permit(number) => ("PERMIT", number),
            Self::Visa(number) => ("VISA", number),
            Self::EntryBan(number) => ("ENTRY_BAN", number),
            Self::Status { .. } => ("STATUS", ""),
            Self::Documents(_) => ("DOCUMENTS", ""),
            Self::Protection(_) => ("PROTECTION", ""),
        }
    }
}

/// An appeal.
#[derive(Clone, PartialEq, Eq)]
pub struct Appeal {
    /// The act that recorded it.
    pub act_id: ActId,
    /// Number.
    pub number: String,
    /// When it was lodged.
    pub lodged_on: PartialDate,
    /// By whose hand.
    pub lodged_by: AppealBy,
    /// Body to which it was addressed.
    pub body: String,
    /// Sessions of a commission on it.
    pub sessions: Vec<CommissionSession>,
    /// True if what the decision took away was given back until the appeal is decided.
    pub gave_back: bool,
    /// How it ended; `None`: it is open.
    pub end: Option<AppealEnd>,
}

/// A session of a commission.
#[derive(Clone, PartialEq, Eq)]
pub struct CommissionSession {
    /// The act that recorded it.
    pub act_id: ActId,
    /// Number.
    pub number: String,
    /// When it was held.
    pub held_on: PartialDate,
    /// Which commission sat.
    pub level: CommissionLevel,
    /// Province of a provincial one.
    pub province: Option<ProvinceCode>,
}

/// How an appeal ended.
#[derive(Clone, PartialEq, Eq)]
pub struct AppealEnd {
    /// When.
    pub on: PartialDate,
    /// How.
    pub outcome: AppealOutcome,
    /// Body that decided.
    pub decided_by: String,
    /// Article and reasons.
    pub ground: String,
    /// When the person was told.
    pub served_on: Option<PartialDate>,
}

/// A protection that was found (art. 13(1), AM-47).
#[derive(Clone, PartialEq, Eq)]
pub struct Protection {
    /// The act that recorded it.
    pub act_id: ActId,
    /// Which.
    pub kind: ProtectionKind,
    /// Since when.
    pub since: PartialDate,
    /// The finding it rests on.
    pub finding_reference: String,
    /// When and why it ended, and by which act; `None`: it stands.
    pub end: Option<(PartialDate, ProtectionEnding, ActId)>,
}

/// An entry ban.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryBan {
    /// Number.
    pub number: String,
    /// The act that imposed it.
    pub act_id: ActId,
    /// Why.
    pub ground: EntryBanGround,
    /// Since when.
    pub since: PartialDate,
    /// Day by which it is to be looked at again.
    pub review_on: PartialDate,
    /// When and why it was lifted; `None`: it stands, unless an appeal against it is open or was accepted.
    pub lifted: Option<(PartialDate, EntryBanLifting)>,
}

redacted!(
    Removal,
    ExpulsionOrder,
    OrderEnd,
    Suspension,
    Decision,
    DecisionEffect,
    Appeal,
    CommissionSession,
    AppealEnd,
    Protection,
    EntryBan,
);

impl Removal {
    /// True if nothing is recorded.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The order with this number.
    pub fn order(&self, number: &str) -> Option<&ExpulsionOrder> {
        self.orders.iter().find(|order| order.number == number)
    }

    /// The decision that this act took.
    pub fn decision(&self, act_id: ActId) -> Option<&Decision> {
        self.decisions
            .iter()
            .find(|decision| decision.act_id == act_id)
    }

    /// The decision against which this act lodged an appeal, and the appeal.
    pub fn appeal(&self, act_id: ActId) -> Option<(&Decision, &Appeal)> {
        self.decisions.iter().find_map(|decision| {
            let appeal = decision.appeal.as_ref()?;
            (appeal.act_id == act_id).then_some((decision, appeal))
        })
    }

    /// The suspension that this act recorded, and the order it is of.
    pub fn suspension(&self, act_id: ActId) -> Option<(&ExpulsionOrder, &Suspension)> {
        self.orders.iter().find_map(|order| {
            let mut suspensions = order.suspensions.iter();
            let suspension = suspensions.find(|suspension| suspension.act_id == act_id)?;
            Some((order, suspension))
        })
    }

    /// The protection that this act recorded.
    pub fn protection(&self, act_id: ActId) -> Option<&Protection> {
        self.protections
            .iter()
            .find(|protection| protection.act_id == act_id)
    }

    /// The entry ban with this number.
    pub fn ban(&self, number: &str) -> Option<&EntryBan> {
        self.bans.iter().find(|ban| ban.number == number)
    }

    /// True if the entry ban is in effect: not lifted, and no appeal against it is open or was accepted.
    pub fn bans_entry(&self, ban: &EntryBan) -> bool {
        ban.lifted.is_none() && self.is_in_effect(ban.act_id)
    }

    /// True if a protection protects: it has not ended, or what ended it is not in effect.
    pub fn protects(&self, protection: &Protection) -> bool {
        match protection.end {
            None => true,
            Some((_, ProtectionEnding::CauseEnded, _)) => false,
            Some((_, ProtectionEnding::Security, by)) => !self.is_in_effect(by),
        }
    }

    /// The holding that this act recorded.
    pub fn holding(&self, act_id: ActId) -> Option<&Holding> {
        self.holdings
            .iter()
            .find(|holding| holding.act_id == act_id)
    }

    /// True if a number is that of an order, a ban, a holding or an appeal.
    pub fn has_number(&self, number: &str) -> bool {
        let of_appeal = |decision: &Decision| {
            let appeal = decision.appeal.as_ref();
            appeal.is_some_and(|appeal| appeal.number == number)
        };
        self.order(number).is_some()
            || self.ban(number).is_some()
            || self.holdings.iter().any(|holding| holding.number == number)
            || self.decisions.iter().any(of_appeal)
    }

    /// True if another decision has taken the same away and stands: a later one, or one that was under appeal when this one was
    /// taken. After any other, what was taken away had been granted anew, which is what this decision is about.
    pub(super) fn is_taken_by_another(&self, act_id: ActId) -> bool {
        let mut decisions = self.decisions.iter().enumerate();
        let Some((at, decision)) = decisions.find(|(_, decision)| decision.act_id == act_id) else {
            return false;
        };
        let mut others = self.decisions.iter().enumerate();
        others.any(|(other_at, other)| {
            let stands = other.effect == decision.effect && other.is_in_effect();
            stands && (at < other_at || decision.beside.contains(&other.act_id))
        })
    }

    /// True unless an appeal against this act's decision is open or was accepted.
    fn is_in_effect(&self, act_id: ActId) -> bool {
        self.decision(act_id).is_none_or(Decision::is_in_effect)
    }
}

impl Decision {
    /// True if it was served, and no appeal against it is open or was accepted.
    pub fn is_in_effect(&self) -> bool {
        let end = self.appeal.as_ref().map(|appeal| &appeal.end);
        let stands = match end {
            None => true,
            Some(None) => false,
            Some(Some(end)) => end.outcome != AppealOutcome::Accepted,
        };
        self.served_on.is_some() && stands
    }

    /// True if an appeal against it is open.
    pub(super) fn is_appealed(&self) -> bool {
        self.appeal
            .as_ref()
            .is_some_and(|appeal| appeal.end.is_none())
    }

    /// Last day for an appeal; `None` before service, where the law sets no time, and beyond the range of the calendar.
    pub fn appeal_until(&self) -> Option<Day> {
        let served_on = self.served_on?;
        self.limit?.due(served_on.latest()).ok().flatten()
    }

    /// True if the time for an appeal is still running on a day: the last day counts in full (AM-23), and beyond the range
    /// of the calendar nothing has passed.
    pub fn appeal_time_runs(&self, day: Day) -> bool {
        self.appeal.is_none()
            && self.served_on.is_some()
            && self.limit.is_some()
            && self.appeal_until().is_none_or(|until| day <= until)
    }

    /// True if an appeal against it is open.
    pub fn has_open_appeal(&self) -> bool {
        self.appeal
            .as_ref()
            .is_some_and(|appeal| appeal.end.is_none())
    }
}

impl ExpulsionOrder {
    /// True if it has not ended.
    pub const fn stands(&self) -> bool {
        self.end.is_none()
    }
}

impl Suspension {
    /// The last day that the court gave: a year from the ruling (TL-30), or the day of an extension if that is later. `None`
    /// beyond the range of the calendar.
    pub fn term_ends(&self) -> Option<Day> {
        let limit = &TimeLimit::EXPULSION_SUSPENSION;
        let year = limit.due(self.ruled_on.latest()).ok().flatten()?;
        let extended = self.extended_until.map(PartialDate::latest);
        Some(extended.map_or(year, |extended| year.max(extended)))
    }

    /// True if it stands on a day, for a suspension that had begun by then. "One year" and "until the cause is removed" do
    /// not fit together (AM-39): the later one counts, and as long as nobody has recorded that the cause ended, it has not.
    pub fn stands(&self, day: Day) -> bool {
        match self.ended {
            Some((on, SuspensionEnding::LiftedByCourt)) => day < on.latest(),
            Some((on, SuspensionEnding::CauseEnded)) => {
                day < on.latest() || self.term_ends().is_none_or(|last| day <= last)
            }
            None => true,
        }
    }
}
