use std::collections::BTreeSet;

use crate::fact::{
    CampaignKind, CountryCode, CoverageDefinition, NonParticipationReason, OfficeCode, redacted,
};
use crate::law::{DocumentKind, PersonStatus, ProvinceCode};
use crate::number::{CampaignNumber, PersonNumber};
use crate::time::{PartialDate, Timestamp};

/// A campaign begins. The legal basis of the act is the directive that orders it (services row 9, section 6).
#[derive(Clone, PartialEq, Eq)]
pub struct OpenCampaign {
    /// What kind of campaign.
    pub kind: CampaignKind,
    /// Number of the round, from 1.
    pub round: u32,
    /// First day on which somebody can take part.
    pub opens_on: PartialDate,
    /// Day until which people are called to come; `None`: open.
    pub closes_on: Option<PartialDate>,
    /// What participants get; `None` where they get nothing.
    pub card: Option<CampaignCard>,
    /// Provinces in which it is held; empty: all.
    pub provinces: BTreeSet<ProvinceCode>,
    /// Nationalities that it is for; empty: all.
    pub nationalities: BTreeSet<CountryCode>,
    /// Statuses that it is for; empty: all.
    pub statuses: BTreeSet<PersonStatus>,
}

/// The card of a round.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CampaignCard {
    /// Kind of document.
    pub kind: DocumentKind,
    /// First valid day.
    pub valid_from: PartialDate,
    /// Last valid day.
    pub valid_until: PartialDate,
}

/// Who belongs to a target list. It is never a list of names: a definition with a cut-off says who belongs.
#[derive(Clone, PartialEq, Eq)]
pub enum TargetDefinition {
    /// Whoever took part in an earlier campaign. The registry counts them again.
    ParticipantsOf {
        /// The earlier campaign.
        campaign: CampaignNumber,
        /// Day on which the facts held that are counted.
        cut_off: PartialDate,
        /// What was recorded later does not count.
        known_at: Timestamp,
    },
    /// A number from a source outside the registry, which the registry cannot count again.
    Stated {
        /// Where the number comes from.
        source: String,
    },
}

/// Who is to be reached by a campaign, and how many they are.
#[derive(Clone, PartialEq, Eq)]
pub struct FixCampaignTargetList {
    /// The campaign.
    pub campaign: CampaignNumber,
    /// Who belongs.
    pub definition: TargetDefinition,
    /// How many they are.
    pub count: u64,
}

/// Somebody took part.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordCampaignParticipation {
    /// The campaign.
    pub campaign: CampaignNumber,
    /// Who took part.
    pub person: PersonNumber,
    /// Service office that handled it; `None`: the office of the act.
    pub service_office: Option<OfficeCode>,
    /// Number of the permit or card that the person got; may be empty.
    pub card_number: String,
}

/// Somebody did not take part. An observation: nothing follows from it (services section 6).
#[derive(Clone, PartialEq, Eq)]
pub struct RecordCampaignNonParticipation {
    /// The campaign.
    pub campaign: CampaignNumber,
    /// Who did not.
    pub person: PersonNumber,
    /// Why, as the office observed it.
    pub reason: NonParticipationReason,
}

/// How far a campaign reached: numerator, denominator and definition, as services section 6 asks.
#[derive(Clone, PartialEq, Eq)]
pub struct ReportCampaignCoverage {
    /// The campaign.
    pub campaign: CampaignNumber,
    /// What is counted above the line.
    pub definition: CoverageDefinition,
    /// Day on which the facts held that are counted.
    pub as_of: PartialDate,
    /// What was recorded later does not count.
    pub known_at: Timestamp,
    /// Numerator.
    pub participants: u64,
    /// Denominator: the number of the target list.
    pub target: u64,
}

/// A campaign ends.
#[derive(Clone, PartialEq, Eq)]
pub struct CloseCampaign {
    /// The campaign.
    pub campaign: CampaignNumber,
}

redacted!(
    OpenCampaign,
    CampaignCard,
    TargetDefinition,
    FixCampaignTargetList,
    RecordCampaignParticipation,
    RecordCampaignNonParticipation,
    ReportCampaignCoverage,
    CloseCampaign,
);
