//! A campaign of registration: a round in which whole groups register again, as Amayesh does (services row 9, section 6).
//! Everything here is derived from a [`crate::life::Life`].
//!
//! A campaign is a subject of its own and holds nothing about persons. Who took part stands in the life of each person
//! ([`CampaignRecord`]), so that it is erased with them, and a campaign is never a list of names.
//!
//! # Readings taken here
//!
//! | question | reading |
//! |---|---|
//! | not taking part | an observation: no status, permit or right changes by it, and whoever comes after it is taken |
//! | coming late | no source sets a last day for the person; a campaign that has ended still takes whoever comes |
//! | coverage | the 96 per cent reported of the 15th round name neither base nor date, so they are no yardstick that a number here could be held against; every coverage here is a numerator, a denominator and a definition |

#[cfg(test)]
mod tests;

use crate::act::{FixCampaignTargetList, OpenCampaign, ReportCampaignCoverage, TargetDefinition};
use crate::event::{CampaignOpened, EventBody};
use crate::fact::{NonParticipationReason, OfficeCode, redacted};
use crate::life::{At, Effective, Life};
use crate::number::CampaignNumber;
use crate::time::{Day, PartialDate, Timestamp};

/// Coverage reports of one campaign: one a day for a year.
pub const CAMPAIGN_REPORTS_MAX: usize = 366;

/// A campaign on some day.
#[derive(Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its number.
    pub number: CampaignNumber,
    /// What it is, when it is held and whom it is for.
    pub terms: OpenCampaign,
    /// When it was ordered.
    pub ordered_on: PartialDate,
    /// The directive that orders it.
    pub directive: String,
    /// The office that organises it.
    pub organiser: OfficeCode,
    /// Who is to be reached.
    pub target: Option<FixCampaignTargetList>,
    /// How far it reached, in the order of the reports.
    pub reports: Vec<ReportCampaignCoverage>,
    /// When it ended.
    pub closed_on: Option<PartialDate>,
}

/// What a person has to do with one campaign.
#[derive(Clone, PartialEq, Eq)]
pub struct CampaignRecord {
    /// The campaign.
    pub campaign: CampaignNumber,
    /// That the person took part. It prevails over an absence, whichever was observed first.
    pub participation: Option<Participation>,
    /// That the person was observed not to take part.
    pub absence: Option<Absence>,
}

/// That a person took part.
#[derive(Clone, PartialEq, Eq)]
pub struct Participation {
    /// When.
    pub on: PartialDate,
    /// The office that handled it: the service office if there was one, else the office of the act.
    pub office: OfficeCode,
    /// Number of the permit or card that the person got; may be empty.
    pub card_number: String,
}

/// That a person was observed not to take part.
#[derive(Clone, PartialEq, Eq)]
pub struct Absence {
    /// When.
    pub on: PartialDate,
    /// Why.
    pub reason: NonParticipationReason,
}

/// Who had taken part in a campaign on a day, as it was known at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Roster {
    /// The campaign.
    pub campaign: CampaignNumber,
    /// The day on which the facts held.
    pub as_of: Day,
    /// What was recorded later does not count.
    pub known_at: Timestamp,
}

/// How many had taken part, of all or of those on an earlier roster.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterCount {
    /// Who is counted.
    pub of: Roster,
    /// Only those who are on this roster too.
    pub among: Option<Roster>,
}

redacted!(
    Campaign,
    CampaignRecord,
    Participation,
    Absence,
    Roster,
    RosterCount
);

impl Roster {
    /// True if whoever lived this life is on the roster.
    pub fn has(&self, life: &Life) -> bool {
        let person = life.person(&At {
            as_of: self.as_of,
            known_at: self.known_at,
        });
        person.is_some_and(|person| {
            person
                .campaign(self.campaign)
                .is_some_and(|record| record.participation.is_some())
        })
    }
}

impl RosterCount {
    /// True if whoever lived this life is counted.
    pub fn counts(&self, life: &Life) -> bool {
        self.of.has(life) && self.among.is_none_or(|among| among.has(life))
    }
}

impl TargetDefinition {
    /// Who is on the target list, where the registry can tell.
    pub fn roster(&self) -> Option<Roster> {
        match self {
            Self::ParticipantsOf {
                campaign,
                cut_off,
                known_at,
            } => Some(Roster {
                campaign: *campaign,
                as_of: cut_off.latest(),
                known_at: *known_at,
            }),
            Self::Stated { .. } => None,
        }
    }
}

impl Campaign {
    /// Folds events in valid order into a campaign, and gives the events that were passed over.
    pub(crate) fn fold<'life>(
        events: &[Effective<'life>],
    ) -> (Option<Self>, Vec<Effective<'life>>) {
        let mut campaign = None;
        let mut passed_over = Vec::new();
        for effective in events {
            let applied = match (&mut campaign, &effective.event.body) {
                (none @ None, EventBody::CampaignOpened(opened)) => {
                    *none = Some(Self::opened(opened, effective));
                    true
                }
                (None, _) => false,
                (Some(campaign), _) => campaign.apply(effective),
            };
            if !applied {
                passed_over.push(*effective);
            }
        }
        (campaign, passed_over)
    }

    fn opened(opened: &CampaignOpened, effective: &Effective<'_>) -> Self {
        Self {
            number: opened.number,
            terms: opened.terms.clone(),
            ordered_on: effective.event.occurred_on,
            directive: effective.event.legal_basis.clone(),
            organiser: effective.event.office.clone(),
            target: None,
            reports: Vec::new(),
            closed_on: None,
        }
    }

    /// Applies an event; false if it finds nothing to act on.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "events about other subjects find nothing to act on in a campaign"
    )]
    fn apply(&mut self, effective: &Effective<'_>) -> bool {
        match &effective.event.body {
            EventBody::CampaignTargetListFixed(list) => {
                let fits = self.target.is_none() && self.closed_on.is_none();
                if fits {
                    self.target = Some(list.clone());
                }
                fits
            }
            EventBody::CampaignCoverageReported(report) => {
                let counted = self.target.as_ref().map(|list| list.count);
                let fits = counted == Some(report.target);
                if fits {
                    self.reports.push(report.clone());
                }
                fits
            }
            EventBody::CampaignClosed(_) => {
                let fits = self.closed_on.is_none();
                if fits {
                    self.closed_on = Some(effective.event.occurred_on);
                }
                fits
            }
            _ => false,
        }
    }
}
