//! Kinds that the law distinguishes.

use sabt_proto::event::v1 as proto;

closed_enum! {
    /// Kinds of documents (glossary section 3). Residence card, identity card and migration card may be one, two or three cards
    /// (AM-05): the kind is data, and a person holds several. None of them is the only one that proves something (AM-07).
    pub enum DocumentKind = proto::DocumentKind {
        /// Passport (bill art. 1(2)).
        Passport = "PASSPORT",
        /// Tazkira, Afghan identity document.
        Tazkira = "TAZKIRA",
        /// Amayesh card of a registration round.
        AmayeshCard = "AMAYESH_CARD",
        /// Special identity card of foreign nationals.
        HoviatCard = "HOVIAT_CARD",
        /// Refugee identity card (service 12011076106).
        RefugeeIdentityCard = "REFUGEE_IDENTITY_CARD",
        /// Refuge booklet.
        RefugeBooklet = "REFUGE_BOOKLET",
        /// Residence booklet.
        ResidenceBooklet = "RESIDENCE_BOOKLET",
        /// Residence card (bill art. 1(15)).
        ResidenceCard = "RESIDENCE_CARD",
        /// Slip of a headcount; gives no residence.
        HeadcountSlip = "HEADCOUNT_SLIP",
        /// Movement pass inside a province (service 12012154101).
        MovementPass = "MOVEMENT_PASS",
        /// Inter-city travel pass (service 12012154117).
        TravelPass = "TRAVEL_PASS",
        /// Transfer pass, when the file moves to another province (service 12012154113).
        TransferPass = "TRANSFER_PASS",
        /// Exit permit (service 12012154114).
        ExitPermit = "EXIT_PERMIT",
        /// Birth certificate.
        BirthCertificate = "BIRTH_CERTIFICATE",
        /// Death certificate.
        DeathCertificate = "DEATH_CERTIFICATE",
        /// Migration card of a member over ten on a family permit (bill art. 25 note 3).
        MigrationCard = "MIGRATION_CARD",
        /// Identity card with national identifier (bill art. 6).
        IdentityCard = "IDENTITY_CARD",
        /// Permit to move to another province (service 12012154113).
        RelocationPermit = "RELOCATION_PERMIT",
        /// Study permit of a university student (service 12012154110).
        StudyPermit = "STUDY_PERMIT",
        /// Study confirmation of a child of an Iranian mother (service 12012154112).
        StudyConfirmation = "STUDY_CONFIRMATION",
        /// Certificate of a pupil without residence (service 12012154120).
        SchoolingCertificate = "SCHOOLING_CERTIFICATE",
        /// Health insurance booklet (service 12012154111).
        InsuranceBooklet = "INSURANCE_BOOKLET",
        /// Permit to acquire immovable property (duty 17).
        PropertyPermit = "PROPERTY_PERMIT",
        /// Permit of a project for refugees (service 12011076103).
        ProjectPermit = "PROJECT_PERMIT",
        /// Permit of an international organisation to work (service 12011076105).
        ActivityPermit = "ACTIVITY_PERMIT",
        /// Permit of a programme (service 12012154118).
        ProgrammePermit = "PROGRAMME_PERMIT",
        /// Release of an impounded vehicle (service 12012154119).
        VehicleRelease = "VEHICLE_RELEASE",
        /// Any other document.
        Other = "OTHER",
    }
}

closed_enum! {
    /// Kinds of residence (bill arts. 19 to 24, 34 to 36; services row 9).
    pub enum ResidenceKind = proto::ResidenceKind {
        /// Temporary (art. 20).
        Temporary = "TEMPORARY",
        /// Three years (art. 22).
        ThreeYear = "THREE_YEAR",
        /// Seven years (art. 23).
        SevenYear = "SEVEN_YEAR",
        /// Special (art. 24).
        Special = "SPECIAL",
        /// Amayesh card of a registration round (services row 9).
        Amayesh = "AMAYESH",
        /// Refugee permit (art. 35).
        Refugee = "REFUGEE",
        /// Limited permit of a stateless person (art. 36).
        Limited = "LIMITED",
        /// Temporary residence in a guest town (art. 34).
        GuestTown = "GUEST_TOWN",
    }
}

closed_enum! {
    /// Grounds on which residence is given.
    pub enum ResidenceBasis = proto::ResidenceBasis {
        /// General conditions (art. 26).
        General = "GENERAL",
        /// Geniuses and elites (art. 21(a)).
        Elite = "ELITE",
        /// Outstanding achievement (art. 21(b)).
        Achievement = "ACHIEVEMENT",
        /// Investor (art. 21(c)).
        Investor = "INVESTOR",
        /// Husband of an Iranian woman (art. 21(d)).
        SpouseOfIranian = "SPOUSE_OF_IRANIAN",
        /// Child of an Iranian woman (art. 21(d); services row 15).
        IranianMother = "IRANIAN_MOTHER",
        /// Refugee, one year after the refugee permit (art. 35(2)).
        Refugee = "REFUGEE",
        /// Registration round.
        Campaign = "CAMPAIGN",
        /// Study (services row 19).
        Study = "STUDY",
        /// Work (art. 32).
        Work = "WORK",
        /// Stateless person (art. 36).
        Stateless = "STATELESS",
        /// Victim of trafficking (art. 34).
        TraffickingVictim = "TRAFFICKING_VICTIM",
        /// Family of a holder (art. 25).
        Family = "FAMILY",
        /// Outstanding service (art. 24).
        OutstandingService = "OUTSTANDING_SERVICE",
    }
}

closed_enum! {
    /// Statuses of persons (law.md 1.1).
    pub enum PersonStatus = proto::PersonStatus {
        /// Entered lawfully with a visa (art. 1(4)).
        VisaHolder = "VISA_HOLDER",
        /// Visa holder whose request for residence was accepted (art. 1(5)).
        Migrant = "MIGRANT",
        /// Has asked for asylum; not yet decided (art. 1(6)).
        AsylumSeeker = "ASYLUM_SEEKER",
        /// Asylum granted (art. 1(7)).
        Refugee = "REFUGEE",
        /// Fled a crisis without formalities (art. 1(8)).
        Displaced = "DISPLACED",
        /// Entered without right or overstayed (art. 1(9)).
        IrregularMigrant = "IRREGULAR_MIGRANT",
        /// Has the nationality of no State (art. 1(10)).
        Stateless = "STATELESS",
        /// Let in for a short time because of an emergency (art. 14).
        EmergencyEntrant = "EMERGENCY_ENTRANT",
        /// Of doubtful nationality (art. 36 note 2).
        DoubtfulNationality = "DOUBTFUL_NATIONALITY",
        /// Entered without needing a visa (art. 10).
        VisaFreeEntrant = "VISA_FREE_ENTRANT",
        /// Refuge has ceased; has time to leave (art. 35(5)).
        FormerRefugee = "FORMER_REFUGEE",
    }
}
