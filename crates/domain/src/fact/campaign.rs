use sabt_proto::event::v1 as proto;

closed_enum! {
    /// What kind of campaign it is (glossary 9; duty 15).
    pub enum CampaignKind = proto::CampaignKind {
        /// Amayesh: a round of registration with a new card.
        Amayesh = "AMAYESH",
        /// A headcount.
        Headcount = "HEADCOUNT",
        /// Registration of those who came in an emergency.
        EmergencyRegistration = "EMERGENCY_REGISTRATION",
    }
}

closed_enum! {
    /// What is counted above the line of a coverage.
    pub enum CoverageDefinition = proto::CoverageDefinition {
        /// Whoever took part, on the target list or not: newborns and late-comers too, so that it can pass the whole.
        AllParticipants = "ALL_PARTICIPANTS",
        /// Whoever took part and is on the target list.
        ListedParticipants = "LISTED_PARTICIPANTS",
    }
}

closed_enum! {
    /// Why somebody did not take part, as the office observed it. None of these has a consequence, and none tells of
    /// protection.
    pub enum NonParticipationReason = proto::NonParticipationReason {
        /// Nobody knows.
        Unknown = "UNKNOWN",
        /// Could not be reached.
        NotReached = "NOT_REACHED",
        /// Out of the country.
        OutOfCountry = "OUT_OF_COUNTRY",
        /// Died before.
        Deceased = "DECEASED",
        /// Ill, disabled or too old to come.
        UnableToCome = "UNABLE_TO_COME",
        /// Holds another residence by now.
        OtherResidence = "OTHER_RESIDENCE",
        /// Did not wish to.
        Declined = "DECLINED",
    }
}
