//! Methods of the API, as the matrix sees them.

use super::FieldGroup;

closed_enum! {
    /// A thing that can be asked of the registry.
    pub enum Method {
        /// Submit an act.
        SubmitAct = "SubmitAct",
        /// Verify a document.
        VerifyDocument = "VerifyDocument",
        /// Verify that a person may stay.
        VerifyStay = "VerifyStay",
        /// Verify that a person has a right.
        VerifyRight = "VerifyRight",
        /// Verify whether something stands against carrying an order of expulsion out.
        VerifyRemoval = "VerifyRemoval",
        /// Search for candidates.
        FindPerson = "FindPerson",
        /// Open a person.
        GetPerson = "GetPerson",
        /// Open a person's family.
        GetFamily = "GetFamily",
        /// Open a household.
        GetHousehold = "GetHousehold",
        /// Open everything recorded about a person.
        GetHistory = "GetHistory",
        /// Everything held about a person, signed for the person to keep.
        GetExtract = "GetExtract",
        /// Follow the records.
        Follow = "Follow",
        /// Read envelopes and ciphertext.
        ReadRecords = "ReadRecords",
        /// List the disclosures about a person.
        ListDisclosures = "ListDisclosures",
        /// The newest checkpoint.
        GetCheckpoint = "GetCheckpoint",
        /// Proofs of inclusion and consistency.
        GetProof = "GetProof",
        /// State of the registry.
        GetStatus = "GetStatus",
        /// Until when what is recorded about a person may be kept.
        GetRetention = "GetRetention",
        /// Carry an order of erasure out.
        Erase = "Erase",
        /// Open a person's claims to asylum.
        GetAsylumClaims = "GetAsylumClaims",
        /// List the corrections of what the agency was told.
        ListCorrections = "ListCorrections",
        /// Acknowledge a correction.
        AcknowledgeCorrection = "AcknowledgeCorrection",
        /// List who has not acknowledged corrections.
        ListOpenCorrections = "ListOpenCorrections",
        /// A table of statistics.
        GetStatistics = "GetStatistics",
        /// A campaign of registration, and how far it reaches.
        GetCampaign = "GetCampaign",
        /// List look-ups of officers that draw attention.
        ListLookupFlags = "ListLookupFlags",
        /// List look-ups that wait to be justified.
        ListDrawnLookups = "ListDrawnLookups",
        /// List of whom something may not be kept any more.
        ListRetentionsDue = "ListRetentionsDue",
        /// Until when a person's claims to asylum may be kept.
        GetClaimRetention = "GetClaimRetention",
        /// Whether an act would be recorded.
        CheckAct = "CheckAct",
        /// List the time limits that run for a person, or for those whose file an office holds.
        ListDeadlines = "ListDeadlines",
        /// List how many answers were given under each grant.
        ListGrantUses = "ListGrantUses",
        /// Open a service case.
        GetCase = "GetCase",
        /// List the service cases of a person.
        ListCases = "ListCases",
        /// List the open service cases of an office of the agency.
        ListOfficeCases = "ListOfficeCases",
        /// Which conditions of a kind of residence are shown for a person.
        GetResidenceConditions = "GetResidenceConditions",
        /// A site: its places and inspections, and how many stay there.
        GetSite = "GetSite",
        /// List the sites.
        ListSites = "ListSites",
    }
}

impl Method {
    /// The RPC methods it stands for, as in `DisclosureRecord.method`.
    pub const fn paths(self) -> &'static [&'static str] {
        match self {
            Self::SubmitAct => &[
                "sabt.api.v1.Registry/SubmitAct",
                "sabt.api.v1.Registry/SubmitActs",
            ],
            Self::VerifyDocument => &["sabt.api.v1.Persons/VerifyDocument"],
            Self::VerifyStay => &["sabt.api.v1.Persons/VerifyStay"],
            Self::VerifyRight => &["sabt.api.v1.Persons/VerifyRight"],
            Self::VerifyRemoval => &["sabt.api.v1.Persons/VerifyRemoval"],
            Self::FindPerson => &["sabt.api.v1.Persons/FindPerson"],
            Self::GetPerson => &["sabt.api.v1.Persons/GetPerson"],
            Self::GetFamily => &["sabt.api.v1.Persons/GetFamily"],
            Self::GetHousehold => &["sabt.api.v1.Persons/GetHousehold"],
            Self::GetHistory => &["sabt.api.v1.Persons/GetHistory"],
            Self::GetExtract => &["sabt.api.v1.Persons/GetExtract"],
            Self::Follow => &["sabt.api.v1.Feed/Follow"],
            Self::ReadRecords => &["sabt.api.v1.Audit/ReadRecords"],
            Self::ListDisclosures => &["sabt.api.v1.Audit/ListDisclosures"],
            Self::GetCheckpoint => &["sabt.api.v1.Audit/GetCheckpoint"],
            Self::GetProof => &[
                "sabt.api.v1.Audit/GetInclusionProof",
                "sabt.api.v1.Audit/GetConsistencyProof",
            ],
            Self::GetStatus => &["sabt.api.v1.Operations/GetStatus"],
            Self::GetRetention => &["sabt.api.v1.Persons/GetRetention"],
            Self::Erase => &["sabt.api.v1.Registry/Erase"],
            Self::GetAsylumClaims => &["sabt.api.v1.Persons/GetAsylumClaims"],
            Self::ListCorrections => &["sabt.api.v1.Persons/ListCorrections"],
            Self::AcknowledgeCorrection => &["sabt.api.v1.Persons/AcknowledgeCorrection"],
            Self::ListOpenCorrections => &["sabt.api.v1.Audit/ListOpenCorrections"],
            Self::GetStatistics => &["sabt.api.v1.Statistics/GetStatistics"],
            Self::GetCampaign => &["sabt.api.v1.Campaigns/GetCampaign"],
            Self::ListLookupFlags => &["sabt.api.v1.Audit/ListLookupFlags"],
            Self::ListDrawnLookups => &["sabt.api.v1.Audit/ListDrawnLookups"],
            Self::ListRetentionsDue => &["sabt.api.v1.Persons/ListRetentionsDue"],
            Self::GetClaimRetention => &["sabt.api.v1.Persons/GetClaimRetention"],
            Self::CheckAct => &["sabt.api.v1.Registry/CheckAct"],
            Self::ListDeadlines => &["sabt.api.v1.Persons/ListDeadlines"],
            Self::ListGrantUses => &["sabt.api.v1.Audit/ListGrantUses"],
            Self::GetCase => &["sabt.api.v1.Persons/GetCase"],
            Self::ListCases => &["sabt.api.v1.Persons/ListCases"],
            Self::ListOfficeCases => &["sabt.api.v1.Persons/ListOfficeCases"],
            Self::GetResidenceConditions => &["sabt.api.v1.Persons/GetResidenceConditions"],
            Self::GetSite => &["sabt.api.v1.Sites/GetSite"],
            Self::ListSites => &["sabt.api.v1.Sites/ListSites"],
        }
    }

    /// The method an RPC path belongs to, with or without the leading slash of HTTP/2.
    pub fn from_path(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        Self::ALL
            .iter()
            .find(|method| method.paths().contains(&path))
            .copied()
    }

    /// True if the method answers about persons, one or many, so that its request states a purpose and needs a [`Permit`].
    /// The others are open by role alone ([`Matrix::open_to`]).
    ///
    /// [`Permit`]: super::Permit
    /// [`Matrix::open_to`]: super::Matrix::open_to
    pub const fn needs_permit(self) -> bool {
        match self {
            Self::VerifyDocument
            | Self::VerifyStay
            | Self::VerifyRight
            | Self::VerifyRemoval
            | Self::FindPerson
            | Self::GetPerson
            | Self::GetFamily
            | Self::GetHousehold
            | Self::GetHistory
            | Self::GetExtract
            | Self::Follow
            | Self::ListDisclosures
            | Self::GetRetention
            | Self::GetAsylumClaims
            | Self::ListCorrections
            | Self::AcknowledgeCorrection
            | Self::ListOpenCorrections
            | Self::GetStatistics
            | Self::GetCampaign
            | Self::ListLookupFlags
            | Self::ListDrawnLookups
            | Self::ListRetentionsDue
            | Self::GetClaimRetention
            | Self::CheckAct
            | Self::ListGrantUses
            | Self::ListDeadlines
            | Self::GetCase
            | Self::ListCases
            | Self::ListOfficeCases
            | Self::GetResidenceConditions
            | Self::GetSite
            | Self::ListSites => true,
            Self::SubmitAct
            | Self::ReadRecords
            | Self::GetCheckpoint
            | Self::GetProof
            | Self::GetStatus
            | Self::Erase => false,
        }
    }

    /// True if no agency of another State may call it, whatever its role: how this State comes to give a residence is not told
    /// abroad (design:7.4).
    pub const fn is_domestic(self) -> bool {
        matches!(self, Self::GetResidenceConditions)
    }

    /// The field group without which the method tells nothing, if there is one. A policy that opens the method gives
    /// the group as well.
    pub const fn tells(self) -> Option<FieldGroup> {
        match self {
            Self::VerifyDocument | Self::VerifyStay | Self::VerifyRight | Self::VerifyRemoval => {
                Some(FieldGroup::Verdict)
            }
            Self::FindPerson | Self::GetPerson => Some(FieldGroup::Identity),
            Self::GetResidenceConditions => Some(FieldGroup::Residence),
            Self::GetFamily => Some(FieldGroup::Family),
            Self::GetHousehold => Some(FieldGroup::Household),
            Self::GetHistory
            | Self::GetExtract
            | Self::GetRetention
            | Self::ListRetentionsDue
            | Self::ListDeadlines => Some(FieldGroup::History),
            Self::ListDisclosures => Some(FieldGroup::Disclosures),
            Self::GetAsylumClaims | Self::GetClaimRetention => Some(FieldGroup::AsylumClaim),
            Self::GetStatistics => Some(FieldGroup::Aggregates),
            Self::GetCampaign => Some(FieldGroup::Campaign),
            Self::GetSite | Self::ListSites => Some(FieldGroup::Site),
            Self::ListLookupFlags | Self::ListDrawnLookups | Self::ListGrantUses => {
                Some(FieldGroup::Oversight)
            }
            Self::GetCase | Self::ListCases | Self::ListOfficeCases => {
                Some(FieldGroup::ServiceCases)
            }
            Self::SubmitAct
            | Self::CheckAct
            | Self::Follow
            | Self::ReadRecords
            | Self::GetCheckpoint
            | Self::GetProof
            | Self::GetStatus
            | Self::Erase
            | Self::ListCorrections
            | Self::AcknowledgeCorrection
            | Self::ListOpenCorrections => None,
        }
    }
}
