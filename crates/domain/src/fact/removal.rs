//! Closed sets about removal.

use sabt_proto::event::v1 as proto;

closed_enum! {
    /// By whose hand an appeal was lodged (art. 12 note 4 names both).
    pub enum AppealBy = proto::AppealBy {
        /// The person.
        Person = "PERSON",
        /// A legal representative.
        Representative = "REPRESENTATIVE",
    }
}

closed_enum! {
    /// How an appeal ended.
    pub enum AppealOutcome = proto::AppealOutcome {
        /// The decision is void from the beginning.
        Accepted = "ACCEPTED",
        /// The decision stands.
        Rejected = "REJECTED",
        /// It was not to be heard; the decision stands.
        Inadmissible = "INADMISSIBLE",
        /// The person took it back; the decision stands.
        Withdrawn = "WITHDRAWN",
    }
}

closed_enum! {
    /// Which commission sat (AM-32).
    pub enum CommissionLevel = proto::CommissionLevel {
        /// The central one.
        Central = "CENTRAL",
        /// That of a province.
        Provincial = "PROVINCIAL",
    }
}

closed_enum! {
    /// Why a court suspends an expulsion (art. 18).
    pub enum SuspensionCause = proto::SuspensionCause {
        /// A result of a court is awaited (art. 18(1)).
        CourtResult = "COURT_RESULT",
        /// A sentence, prison and compensation included, is not finished (art. 18(2)).
        Sentence = "SENTENCE",
        /// The person is needed for an investigation (art. 18(3)).
        Investigation = "INVESTIGATION",
    }
}

closed_enum! {
    /// What ends about a suspension (AM-39: a term and a cause, of which the later one counts).
    pub enum SuspensionEnding = proto::SuspensionEnding {
        /// Its cause; the term that the court gave runs on.
        CauseEnded = "CAUSE_ENDED",
        /// A court lifted it.
        LiftedByCourt = "LIFTED_BY_COURT",
    }
}

closed_enum! {
    /// A protection of art. 13(1) that is found; protected ages follow from the date of birth.
    pub enum ProtectionKind = proto::ProtectionKind {
        /// Pregnancy.
        Pregnancy = "PREGNANCY",
        /// A child under eighteen who is alone.
        UnaccompaniedChild = "UNACCOMPANIED_CHILD",
        /// Cannot travel, or life at risk, by the finding of forensic medicine, until treatment has run its course.
        Illness = "ILLNESS",
    }
}

closed_enum! {
    /// What ends a protection.
    pub enum ProtectionEnding = proto::ProtectionEnding {
        /// Its cause has ended.
        CauseEnded = "CAUSE_ENDED",
        /// The organisation finds a security problem.
        Security = "SECURITY",
    }
}

closed_enum! {
    /// Why a stay of removal was placed.
    pub enum StayGround = proto::StayGround {
        /// The commission found a strong suspicion of execution or torment on return (art. 13(2)).
        CommissionFinding = "COMMISSION_FINDING",
        /// The asylum unit keeps the person from removal (AM-43).
        AsylumProcedure = "ASYLUM_PROCEDURE",
    }
}

closed_enum! {
    /// Why somebody may not come back.
    pub enum EntryBanGround = proto::EntryBanGround {
        /// Costs of expulsion unpaid (art. 12 note 2).
        CostsUnpaid = "COSTS_UNPAID",
        /// Expelled for political or security reasons (art. 9(5)).
        PoliticalOrSecurity = "POLITICAL_OR_SECURITY",
        /// Expelled by court ruling (art. 9(5)).
        CourtRuling = "COURT_RULING",
    }
}

closed_enum! {
    /// What lifts an entry ban.
    pub enum EntryBanLifting = proto::EntryBanLifting {
        /// The costs were paid.
        CostsPaid = "COSTS_PAID",
        /// It was looked at again.
        Reviewed = "REVIEWED",
    }
}

closed_enum! {
    /// On what legal basis a person is held. It is always stated, because the limits differ (AM-41).
    pub enum HoldingBasis = proto::HoldingBasis {
        /// By a prosecutor's order (art. 16).
        ProsecutorOrder = "PROSECUTOR_ORDER",
        /// Displaced person or irregular migrant (art. 33).
        DisplacedOrIrregular = "DISPLACED_OR_IRREGULAR",
        /// No valid identity documents on demand (art. 8(4)).
        NoIdentityDocuments = "NO_IDENTITY_DOCUMENTS",
        /// Objection to the revocation of temporary residence (art. 20 note 2).
        ObjectionToRevocation = "OBJECTION_TO_REVOCATION",
    }
}

closed_enum! {
    /// What kind of place a person is held in (AM-45).
    pub enum HoldingPlace = proto::HoldingPlace {
        /// A care camp.
        CareCamp = "CARE_CAMP",
        /// A temporary lodging camp (art. 16 note 1).
        TemporaryLodging = "TEMPORARY_LODGING",
        /// A place set by the prisons organisation (art. 16 note 1).
        Prison = "PRISON",
    }
}

closed_enum! {
    /// How a holding ended.
    pub enum HoldingEnding = proto::HoldingEnding {
        /// The person was released.
        Released = "RELEASED",
        /// The time ran out.
        TimeEnded = "TIME_ENDED",
        /// A court settled the case (art. 16 note 1).
        CaseSettled = "CASE_SETTLED",
        /// The person left the country.
        LeftTheCountry = "LEFT_THE_COUNTRY",
    }
}
