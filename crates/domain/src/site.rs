//! A site: a guest town, a care camp, an exit station or a return centre (duties 15, 19, 25).
//! Everything here is derived from a [`crate::life::Life`].
//!
//! A site is a subject of its own and holds nothing about persons. Who stays in one stands in the life of each person
//! ([`SiteStay`]), so that it is erased with them, and a site is never a list of names; how many stay there is counted.
//!
//! # Readings taken here
//!
//! | question | reading |
//! |---|---|
//! | kinds of place (AM-45) | the kind is data of the site; what kind of place an order of holding names is another datum, and prison places are no sites |
//! | capacity | the sources ask for one (duty 19) and do not say what follows from it: nobody is held where no place is free, and nobody is refused shelter for that; whoever is sheltered beyond it has a reason recorded, and the number shows |
//! | legal basis (AM-41) | nobody stays where people are held without a holding that stands; the stay ends with it |
//! | asylum seekers (AM-42) | the definition of a care camp names them, its rule does not: no ground of admission is a claim |
//! | victims (AM-52) | who claims abuse is sheltered on their word; six months is a reminder to the office, and nobody is put out by it |
//! | leaving (art. 33(4)) | death, departure and the end of a holding end a stay by themselves, so that nobody is kept on a list who has gone |
//! | a closed site | nobody is in it when it closes; where a discharge is annulled afterwards, the person is there: the site says so beside its end, and whoever is there is discharged from it, or moves, as from any other |
//! | dates known in part | a fact is refused as before the opening only if its last possible day is |
//! | health care (AM-49) | is nothing that the registry records, and no stay depends on who may have it |
//! | inspections | by another office than the one that runs the site, and each says when the next one is due |

#[cfg(test)]
mod tests;

use crate::act::{ActId, InspectSite, OpenSite};
use crate::event::{EventBody, SiteOpened};
use crate::fact::{AdmissionGround, DischargeReason, OfficeCode, redacted};
use crate::life::Effective;
use crate::number::SiteNumber;
use crate::time::{Day, PartialDate};

/// Inspections of one site: one a month for a hundred years.
pub const SITE_INSPECTIONS_MAX: usize = 1_200;

/// A site on some day.
#[derive(Clone, PartialEq, Eq)]
pub struct Site {
    /// Its number.
    pub number: SiteNumber,
    /// What it is and where it stands. Its capacity is that of the opening; see [`Site::capacity`].
    pub terms: OpenSite,
    /// When it was opened.
    pub opened_on: PartialDate,
    /// The office that runs it.
    pub run_by: OfficeCode,
    /// Places.
    pub capacity: u32,
    /// Inspections, in the order in which they were held.
    pub inspections: Vec<Inspection>,
    /// When it was closed.
    pub closed_on: Option<PartialDate>,
}

/// An inspection.
#[derive(Clone, PartialEq, Eq)]
pub struct Inspection {
    /// When.
    pub on: PartialDate,
    /// The office that recorded it.
    pub office: OfficeCode,
    /// Who inspected, what was found, and when the next one is due.
    pub terms: InspectSite,
}

/// A stay of a person in a site.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteStay {
    /// The site.
    pub site: SiteNumber,
    /// The act that recorded the admission or the transfer.
    pub act_id: ActId,
    /// On what ground.
    pub ground: AdmissionGround,
    /// Since when the person is in this site.
    pub since: PartialDate,
    /// Since when the person is in any: a transfer starts no clock anew.
    pub admitted_on: PartialDate,
    /// The holding that it rests on, by the act that recorded it.
    pub holding: Option<ActId>,
    /// Why the person is sheltered where no place was free; empty where one was.
    pub over_capacity_reason: String,
    /// When and how it ended; `None`: the person is there.
    pub end: Option<(PartialDate, StayEnd)>,
}

/// How a stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StayEnd {
    /// The person was discharged.
    Discharged(DischargeReason),
    /// The person was moved to another site.
    Transferred,
    /// The holding that it rested on ended.
    Released,
    /// The person left the country, in whatever way.
    LeftTheCountry,
    /// The person died.
    Died,
    /// The person became Iranian.
    BecameIranian,
}

redacted!(Site, Inspection, SiteStay);

impl StayEnd {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Discharged(reason) => reason.code(),
            Self::Transferred => "TRANSFERRED",
            Self::Released => "RELEASED",
            Self::LeftTheCountry => "LEFT_THE_COUNTRY",
            Self::Died => "DIED",
            Self::BecameIranian => "BECAME_IRANIAN",
        }
    }
}

impl SiteStay {
    /// True if it has not ended.
    pub const fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// Last day on which the stay is within the time that the law gives for its ground, if it gives one: counted from the
    /// first admission (TL-58). A stay that rests on a holding has the clock of that.
    pub fn until(&self) -> Option<Day> {
        let limit = self.ground.limit()?;
        limit.due(self.admitted_on.latest()).ok().flatten()
    }
}

impl Site {
    /// Last day for the next inspection, as the newest one says; `None` before the first, and where the site is closed.
    pub fn inspection_due(&self) -> Option<PartialDate> {
        if self.closed_on.is_some() {
            return None;
        }
        let last = self.inspections.last()?;
        Some(last.terms.next_on)
    }

    /// Folds events in valid order into a site, and gives the events that were passed over.
    pub(crate) fn fold<'life>(
        events: &[Effective<'life>],
    ) -> (Option<Self>, Vec<Effective<'life>>) {
        let mut site = None;
        let mut passed_over = Vec::new();
        for effective in events {
            let applied = match (&mut site, &effective.event.body) {
                (none @ None, EventBody::SiteOpened(opened)) => {
                    *none = Some(Self::opened(opened, effective));
                    true
                }
                (None, _) => false,
                (Some(site), _) => site.apply(effective),
            };
            if !applied {
                passed_over.push(*effective);
            }
        }
        (site, passed_over)
    }

    fn opened(opened: &SiteOpened, effective: &Effective<'_>) -> Self {
        Self {
            number: opened.number,
            terms: opened.terms.clone(),
            opened_on: effective.event.occurred_on,
            run_by: effective.event.office.clone(),
            capacity: opened.terms.capacity,
            inspections: Vec::new(),
            closed_on: None,
        }
    }

    /// Applies an event; false if it finds nothing to act on.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "events about other subjects find nothing to act on in a site"
    )]
    fn apply(&mut self, effective: &Effective<'_>) -> bool {
        if self.closed_on.is_some() {
            return false;
        }
        match &effective.event.body {
            EventBody::SiteCapacityChanged(change) => {
                self.capacity = change.capacity;
                true
            }
            EventBody::SiteInspected(inspection) => {
                self.inspections.push(Inspection {
                    on: effective.event.occurred_on,
                    office: effective.event.office.clone(),
                    terms: inspection.clone(),
                });
                true
            }
            EventBody::SiteClosed(_) => {
                self.closed_on = Some(effective.event.occurred_on);
                true
            }
            _ => false,
        }
    }
}
