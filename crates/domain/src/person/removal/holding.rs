use crate::act::ActId;
use crate::fact::{HoldingBasis, HoldingEnding, HoldingPlace, redacted};
use crate::law::TimeLimit;
use crate::time::{Day, PartialDate};

/// A holding of a person. Where the organisation reviews its own revocation it has no time limit (AM-38), so that how long
/// somebody is held is always shown: since when, until when, and what has passed.
#[derive(Clone, PartialEq, Eq)]
pub struct Holding {
    /// Number.
    pub number: String,
    /// The act that recorded it.
    pub act_id: ActId,
    /// Legal basis.
    pub basis: HoldingBasis,
    /// Kind of place.
    pub place_kind: HoldingPlace,
    /// Which place.
    pub place: String,
    /// On whose order.
    pub ordered_by: String,
    /// Since when.
    pub since: PartialDate,
    /// Last day by the commission's consent; `None`: not extended.
    pub extended_until: Option<PartialDate>,
    /// When the foreign ministry was told; `None`: not yet.
    pub notified_on: Option<PartialDate>,
    /// When and how it ended; `None`: the person is held.
    pub ended: Option<(PartialDate, HoldingEnding)>,
}

redacted!(Holding);

impl Holding {
    /// True if it has not ended.
    pub const fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// How long the law allows it: a month, in which the court must settle the case of art. 16 (TL-27), or the month of
    /// art. 33(3) (TL-57). For holdings under art. 8(4) and 20 note 2 the law gives no limit; a holding without one is not
    /// the reading that protects the person, so the month of art. 33(3) holds for them as well (AM-41).
    pub const fn limit(&self) -> &'static TimeLimit {
        match self.basis {
            HoldingBasis::ProsecutorOrder => &TimeLimit::HELD_CASE,
            HoldingBasis::DisplacedOrIrregular
            | HoldingBasis::NoIdentityDocuments
            | HoldingBasis::ObjectionToRevocation => &TimeLimit::CARE_CAMP,
        }
    }

    /// Last day on which the person may be held: the month counts from the earliest day on which the holding may have
    /// begun, unless the commission agreed to a later one. `None` beyond the range of the calendar.
    pub fn until(&self) -> Option<Day> {
        match self.extended_until {
            Some(until) => Some(until.earliest()),
            None => self.limit().due(self.since.earliest()).ok().flatten(),
        }
    }

    /// Last day on which the foreign ministry is told in time (TL-29).
    pub fn notice_due(&self) -> Option<Day> {
        let limit = &TimeLimit::DETENTION_NOTICE;
        limit.due(self.since.earliest()).ok().flatten()
    }
}
