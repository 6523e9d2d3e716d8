/// The tables of the views. Adding one, or changing what a key or value means, raises
/// [`VIEW_VERSION`](crate::VIEW_VERSION).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Table {
    /// View version, positions and links of the two ledgers, highest ordinal.
    Meta,
    /// `ordinal || position` -> one event of a subject's life, sealed as in the ledger.
    History,
    /// `blinded search key || ordinal || position` -> nothing.
    Names,
    /// `blinded document || ordinal || position` -> nothing.
    Documents,
    /// `act id` -> where the act stands and which subjects it is about.
    Acts,
    /// `position` -> a governance record, in the clear.
    Governance,
    /// `position in disclosures` -> one disclosure, sealed as in the ledger.
    Answers,
    /// `ordinal || position in disclosures` -> nothing: which disclosures are about a subject.
    Looked,
    /// `ordinal || position` -> nothing: which records of a subject say that a fact is contested.
    Disputed,
    /// `ordinal || position` -> one event of a claim to asylum, sealed as in the ledger.
    Claims,
    /// `blinded person || ordinal || position` -> nothing: which claims a person lodged.
    Claimants,
    /// `blinded person || position in disclosures` -> nothing: which disclosures to the asylum unit are about a person.
    AsylumLooked,
    /// `ordinal || position` -> the agency that recorded this correction, blinded, or nothing if it is not known; and
    /// `ordinal || position || blinded recipient || kind || position in disclosures` -> nothing: by which disclosures a
    /// recipient was told what was corrected, or acknowledged the correction.
    Corrections,
    /// `blinded recipient || position || ordinal` -> nothing: corrections that wait to be acknowledged.
    Notices,
    /// `blinded campaign || ordinal || position` -> what that record says of the person's part in the campaign.
    Rosters,
    /// `blinded officer || ordinal || position` -> nothing: who was declared to be an officer.
    Officers,
    /// `position in disclosures` -> a look-up that waits to be justified.
    Drawn,
    /// `position in disclosures` -> position of the record that justified it.
    Justified,
    /// `blinded person || ordinal || position` -> nothing: which biometric references a person has.
    Biometrics,
    /// `blinded month || ordinal || position` -> nothing: for whom a time limit may end in a month.
    Clocks,
    /// `blinded site || ordinal || position` -> nothing: to which site that record says the person came, and under no site
    /// which sites there are;
    /// `blinded site in which somebody is || ordinal || 0` -> nothing: who is in it; `ordinal` -> that blinded site, or nothing:
    /// where somebody who was ever in one is.
    Sites,
    /// `blinded office || ordinal || position` -> nothing: which service cases that record says that an office took;
    /// `blinded office of open cases || position of the newest record || ordinal` -> nothing: which of them are open;
    /// `ordinal` -> that blinded office and that position, or nothing: where a case stands.
    Work,
}

impl Table {
    /// Number of tables.
    pub const COUNT: usize = 22;

    /// Every table, in the order of digests and loads. [`Table::Meta`] stands first.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Meta,
        Self::History,
        Self::Names,
        Self::Documents,
        Self::Acts,
        Self::Governance,
        Self::Answers,
        Self::Looked,
        Self::Disputed,
        Self::Claims,
        Self::Claimants,
        Self::AsylumLooked,
        Self::Corrections,
        Self::Notices,
        Self::Rosters,
        Self::Officers,
        Self::Drawn,
        Self::Justified,
        Self::Biometrics,
        Self::Clocks,
        Self::Sites,
        Self::Work,
    ];

    /// Name of the table in an engine: lower-case ASCII letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::History => "history",
            Self::Names => "names",
            Self::Documents => "documents",
            Self::Acts => "acts",
            Self::Governance => "governance",
            Self::Answers => "answers",
            Self::Looked => "looked",
            Self::Disputed => "disputed",
            Self::Claims => "claims",
            Self::Claimants => "claimants",
            Self::AsylumLooked => "asylumlooked",
            Self::Corrections => "corrections",
            Self::Notices => "notices",
            Self::Rosters => "rosters",
            Self::Officers => "officers",
            Self::Drawn => "drawn",
            Self::Justified => "justified",
            Self::Biometrics => "biometrics",
            Self::Clocks => "clocks",
            Self::Sites => "sites",
            Self::Work => "work",
        }
    }

    /// True if the values are ciphertext, which no compression shortens.
    pub const fn is_sealed(self) -> bool {
        matches!(self, Self::History | Self::Answers | Self::Claims)
    }

    /// Place of the table in [`Table::ALL`].
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Meta => 0,
            Self::History => 1,
            Self::Names => 2,
            Self::Documents => 3,
            Self::Acts => 4,
            Self::Governance => 5,
            Self::Answers => 6,
            Self::Looked => 7,
            Self::Disputed => 8,
            Self::Claims => 9,
            Self::Claimants => 10,
            Self::AsylumLooked => 11,
            Self::Corrections => 12,
            Self::Notices => 13,
            Self::Rosters => 14,
            Self::Officers => 15,
            Self::Drawn => 16,
            Self::Justified => 17,
            Self::Biometrics => 18,
            Self::Clocks => 19,
            Self::Sites => 20,
            Self::Work => 21,
        }
    }
}
