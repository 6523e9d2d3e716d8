//! Closed sets about sites.

use sabt_proto::event::v1 as proto;

closed_enum! {
    /// What kind of place a site is (duty 19). It is data of the site, whatever kind of place an order of holding names
    /// (AM-45); prison places are none of the organisation's.
    pub enum SiteKind = proto::SiteKind {
        /// Township that houses refugees and shelters victims (art. 1(12), 34).
        GuestTown = "GUEST_TOWN",
        /// Place of temporary holding (art. 1(11), 33).
        CareCamp = "CARE_CAMP",
        /// Place at the border from which people leave.
        ExitStation = "EXIT_STATION",
        /// Place in which a return is prepared.
        ReturnCentre = "RETURN_CENTRE",
    }
}

closed_enum! {
    /// Why somebody stays in a site. None of these is a claim to asylum, and none can be told from one (AM-42).
    pub enum AdmissionGround = proto::AdmissionGround {
        /// Housing of a refugee (art. 1(12)).
        Refuge = "REFUGE",
        /// Shelter of a victim, or of somebody who claims abuse (art. 34).
        Victim = "VICTIM",
        /// Family of somebody who is housed there.
        Family = "FAMILY",
        /// The holding that stands (art. 8(4), 16, 20 note 2, 33).
        Holding = "HOLDING",
        /// Waits there, of their own will, to leave the country (art. 17, duty 16).
        Departure = "DEPARTURE",
    }
}

closed_enum! {
    /// How somebody left a site. Death, departure from the country and the end of a holding need no discharge.
    pub enum DischargeReason = proto::DischargeReason {
        /// Went of their own will.
        OwnWill = "OWN_WILL",
        /// Lives elsewhere from then on.
        HousedElsewhere = "HOUSED_ELSEWHERE",
        /// Was handed over to another authority: a hospital, a court, a guardian.
        OtherAuthority = "OTHER_AUTHORITY",
        /// Is gone, and nobody was told.
        LeftWithoutNotice = "LEFT_WITHOUT_NOTICE",
    }
}

closed_enum! {
    /// What an inspection found, by class.
    pub enum InspectionFinding = proto::InspectionFinding {
        /// Nothing to object to; stands alone.
        NoDefect = "NO_DEFECT",
        /// More people than it has room for.
        Overcrowded = "OVERCROWDED",
        /// Water, food, cleanliness.
        Hygiene = "HYGIENE",
        /// Basic health care is wanting (art. 33(5)).
        HealthCare = "HEALTH_CARE",
        /// Fire, buildings, violence.
        Safety = "SAFETY",
        /// Somebody was kept without a legal basis, or for longer than it allows.
        UnlawfulHolding = "UNLAWFUL_HOLDING",
        /// Children without the protection that is theirs.
        UnprotectedChildren = "UNPROTECTED_CHILDREN",
        /// Data that are to be recorded on arrival are missing (art. 33(2)).
        IncompleteRecords = "INCOMPLETE_RECORDS",
    }
}
