//! Grounds of expulsion (law.md 7.1).

use sabt_proto::event::v1 as proto;

use super::TimeLimit;

closed_enum! {
    /// On what ground an expulsion is ordered. What is not here is no ground.
    pub enum ExpulsionGround = proto::ExpulsionGround {
        /// Breaks a term written in the visa.
        VisaTermBroken = "VISA_TERM_BROKEN",
        /// Has no valid visa or residence card.
        NoVisaOrCard = "NO_VISA_OR_CARD",
        /// Political activity against the system of government.
        PoliticalActivity = "POLITICAL_ACTIVITY",
        /// Assessed as a threat by intelligence and security organisations.
        SecurityAssessment = "SECURITY_ASSESSMENT",
        /// A permit ended and no step was taken to extend it.
        PermitEnded = "PERMIT_ENDED",
        /// Extension of visa or residence refused.
        ExtensionRefused = "EXTENSION_REFUSED",
        /// Changes not reported in time (AM-14: the sanction is a human decision).
        ChangesNotReported = "CHANGES_NOT_REPORTED",
        /// Entered without papers or by unauthorised routes.
        UnlawfulEntry = "UNLAWFUL_ENTRY",
        /// Visa revoked.
        VisaRevoked = "VISA_REVOKED",
        /// Emergency entrant who does not act in line with the visa obtained.
        EmergencyVisaBroken = "EMERGENCY_VISA_BROKEN",
        /// Temporary permit misused.
        PermitMisused = "PERMIT_MISUSED",
        /// Accusation against a residence applicant proven.
        AccusationProven = "ACCUSATION_PROVEN",
        /// Sham marriage.
        ShamMarriage = "SHAM_MARRIAGE",
        /// Refugee permit obtained on false information.
        RefugeByFalseInformation = "REFUGE_BY_FALSE_INFORMATION",
        /// Doubtful nationality, if so decided.
        DoubtfulNationality = "DOUBTFUL_NATIONALITY",
        /// After an ended suspension.
        SuspensionEnded = "SUSPENSION_ENDED",
    }
}

impl ExpulsionGround {
    /// The article.
    pub const fn source(self) -> &'static str {
        match self {
            Self::VisaTermBroken => "law:art. 12(1)",
            Self::NoVisaOrCard => "law:art. 12(2)",
            Self::PoliticalActivity => "law:art. 12(3)",
            Self::SecurityAssessment => "law:art. 12(4)",
            Self::PermitEnded => "law:art. 12(5)",
            Self::ExtensionRefused => "law:art. 12(6)",
            Self::ChangesNotReported => "law:art. 12(7)",
            Self::UnlawfulEntry => "law:art. 8(5)",
            Self::VisaRevoked => "law:art. 11",
            Self::EmergencyVisaBroken => "law:art. 14(6)",
            Self::PermitMisused => "law:art. 20 note 1",
            Self::AccusationProven => "law:art. 26 note 2",
            Self::ShamMarriage => "law:art. 30",
            Self::RefugeByFalseInformation => "law:art. 35(6)",
            Self::DoubtfulNationality => "law:art. 36 note 2",
            Self::SuspensionEnded => "law:art. 18 note 1",
        }
    }

    /// Until when the person may ask not to be expelled. The legal basis selects the clock (AM-35): an order that follows
    /// from a revoked visa has the month of that revocation, every other one the seven days of art. 12 note 4, whose
    /// request lies against every order (AM-37).
    pub const fn appeal_limit(self) -> &'static TimeLimit {
        match self {
            Self::VisaRevoked => &TimeLimit::VISA_OBJECTION,
            Self::VisaTermBroken
            | Self::NoVisaOrCard
            | Self::PoliticalActivity
            | Self::SecurityAssessment
            | Self::PermitEnded
            | Self::ExtensionRefused
            | Self::ChangesNotReported
            | Self::UnlawfulEntry
            | Self::EmergencyVisaBroken
            | Self::PermitMisused
            | Self::AccusationProven
            | Self::ShamMarriage
            | Self::RefugeByFalseInformation
            | Self::DoubtfulNationality
            | Self::SuspensionEnded => &TimeLimit::EXPULSION_REQUEST,
        }
    }

    /// True if the ground tells of refuge, which is for few to know (design 7.4).
    pub const fn tells_of_protection(self) -> bool {
        matches!(self, Self::RefugeByFalseInformation)
    }
}
