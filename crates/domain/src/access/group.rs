//! Groups of fields.

use crate::fact::{AdmissionGround, ProtectionKind};
use crate::law::{DocumentKind, PersonStatus, ResidenceBasis, ResidenceKind};
use crate::person::Person;

use super::bar::FIREWALLED;

closed_enum! {
    /// A group of fields that is given or withheld as a whole.
    pub enum FieldGroup {
        /// Valid, not valid, unknown, and the class of the reason; nothing else.
        Verdict = "VERDICT",
        /// Number, names, sex, date and place of birth, nationalities, identity links.
        Identity = "IDENTITY",
        /// Documents and their state.
        Documents = "DOCUMENTS",
        /// Visas and residence permits.
        Residence = "RESIDENCE",
        /// Statuses that tell nothing of protection.
        Status = "STATUS",
        /// Facts of protection: refuge granted or ceased, displacement, statelessness, trafficking, and the
        /// documents and permits that show them.
        Protection = "PROTECTION",
        /// Claims to asylum, pending or decided, with grounds, interviews and shelter, and that there is one.
        AsylumClaim = "ASYLUM_CLAIM",
        /// Spouses, parents, children, guardians.
        Family = "FAMILY",
        /// Household, its head and members.
        Household = "HOUSEHOLD",
        /// Contact address, and the province of the file.
        Address = "ADDRESS",
        /// Address of a person under protection, and of the household such a person belongs to.
        ShelterAddress = "SHELTER_ADDRESS",
        /// Births, deaths, marriages, divorces, parentage, guardianship as events.
        VitalEvents = "VITAL_EVENTS",
        /// Entries, exits, and whether the person is in the country.
        Presence = "PRESENCE",
        /// Everything ever recorded, with its amendments.
        History = "HISTORY",
        /// Who has looked at the person's data.
        Disclosures = "DISCLOSURES",
        /// Campaigns of registration and their numbers: no personal data.
        Campaign = "CAMPAIGN",
        /// As which officer an agency declared the person.
        Officer = "OFFICER",
        /// Look-ups of officers that draw attention or wait to be justified; nothing of whoever was looked up.
        Oversight = "OVERSIGHT",
        /// Checkpoints, proofs, envelopes, ciphertext: no personal data.
        Integrity = "INTEGRITY",
        /// Figures of protected tables: nothing about a person.
        Aggregates = "AGGREGATES",
        /// Orders of expulsion, their service, appeals and suspensions, entry bans.
        Removal = "REMOVAL",
        /// Pregnancy and illness that keep a person from being removed.
        Health = "HEALTH",
        /// Service cases that concern the person, with their steps and decisions.
        ServiceCases = "SERVICE_CASES",
        /// School without residence: cases, certificates, and that there is one. Closed to enforcement.
        Schooling = "SCHOOLING",
        /// Where biometric templates of the person are held outside the registry, and their digests.
        BiometricReferences = "BIOMETRIC_REFERENCES",
        /// Sites and their numbers: no personal data.
        Site = "SITE",
    }
}

impl FieldGroup {
    /// True if no agency of another State is given the group, whatever its role (design:7.4).
    pub const fn is_firewalled(self) -> bool {
        FIREWALLED.contains(self)
    }

    /// True if nothing that is recorded about a person belongs to the group, so that it cannot be withheld from what is
    /// told about one. Proofs are not among them: they are about the records of a person, and that they are withheld is told.
    pub const fn is_about_nobody(self) -> bool {
        matches!(
            self,
            Self::Aggregates | Self::Campaign | Self::Oversight | Self::Site
        )
    }

    /// True if nobody is told that the group is withheld: that there could be a claim to asylum is not to be told, and who is
    /// an officer nobody looks for in a record.
    pub const fn is_withheld_silently(self) -> bool {
        matches!(self, Self::AsylumClaim | Self::Officer)
    }

    /// True if whoever is not given the group is told so: something that is recorded about a person may belong to it, and that
    /// it is withheld tells nothing.
    pub const fn is_told_when_withheld(self) -> bool {
        !self.is_about_nobody() && !self.is_withheld_silently()
    }

    /// True if the group states facts about a person, which that person can contest. A verdict rests on other groups, and
    /// history, disclosures and proofs state what the registry did. A claim to asylum is contested where it is decided, and a
    /// biometric reference that is not the person's is withdrawn.
    pub const fn is_contestable(self) -> bool {
        match self {
            Self::Identity
            | Self::Documents
            | Self::Residence
            | Self::Status
            | Self::Protection
            | Self::Family
            | Self::Household
            | Self::Address
            | Self::ShelterAddress
            | Self::VitalEvents
            | Self::Presence
            | Self::Officer
            | Self::Removal
            | Self::Health
            | Self::ServiceCases
            | Self::Schooling => true,
            Self::Verdict
            | Self::AsylumClaim
            | Self::BiometricReferences
            | Self::History
            | Self::Disclosures
            | Self::Oversight
            | Self::Integrity
            | Self::Aggregates
            | Self::Campaign
            | Self::Site => false,
        }
    }

    /// The group under which a status may leave.
    pub const fn of_status(status: PersonStatus) -> Self {
        match status {
            PersonStatus::AsylumSeeker => Self::AsylumClaim,
            PersonStatus::Refugee
            | PersonStatus::FormerRefugee
            | PersonStatus::Displaced
            | PersonStatus::Stateless => Self::Protection,
            PersonStatus::VisaHolder
            | PersonStatus::Migrant
            | PersonStatus::IrregularMigrant
            | PersonStatus::EmergencyEntrant
            | PersonStatus::DoubtfulNationality
            | PersonStatus::VisaFreeEntrant => Self::Status,
        }
    }

    /// The group under which a protection may leave. That a child is alone is told with protection, the rest is health.
    pub const fn of_protection(kind: ProtectionKind) -> Self {
        match kind {
            ProtectionKind::Pregnancy | ProtectionKind::Illness => Self::Health,
            ProtectionKind::UnaccompaniedChild => Self::Protection,
        }
    }

    /// The group under which a stay in a site may leave. Where somebody is sheltered is told with their address, where
    /// somebody is held or waits to leave with what stands about a removal.
    pub const fn of_stay(ground: AdmissionGround) -> Self {
        if ground.shelters() {
            Self::ShelterAddress
        } else {
            Self::Removal
        }
    }

    /// The group under which a document may leave. A refugee's card tells of refuge.
    pub const fn of_document(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::RefugeeIdentityCard | DocumentKind::RefugeBooklet => Self::Protection,
            DocumentKind::SchoolingCertificate => Self::Schooling,
            DocumentKind::Passport
            | DocumentKind::Tazkira
            | DocumentKind::AmayeshCard
            | DocumentKind::HoviatCard
            | DocumentKind::ResidenceBooklet
            | DocumentKind::ResidenceCard
            | DocumentKind::HeadcountSlip
            | DocumentKind::MovementPass
            | DocumentKind::TravelPass
            | DocumentKind::TransferPass
            | DocumentKind::ExitPermit
            | DocumentKind::BirthCertificate
            | DocumentKind::DeathCertificate
            | DocumentKind::MigrationCard
            | DocumentKind::IdentityCard
            | DocumentKind::RelocationPermit
            | DocumentKind::StudyPermit
            | DocumentKind::StudyConfirmation
            | DocumentKind::InsuranceBooklet
            | DocumentKind::PropertyPermit
            | DocumentKind::ProjectPermit
            | DocumentKind::ActivityPermit
            | DocumentKind::ProgrammePermit
            | DocumentKind::VehicleRelease
            | DocumentKind::Other => Self::Documents,
        }
    }

    /// The group under which a residence permit may leave. Kind and basis can each tell of protection.
    pub const fn of_residence(kind: ResidenceKind, basis: ResidenceBasis) -> Self {
        match (kind, basis) {
            (ResidenceKind::Refugee | ResidenceKind::Limited | ResidenceKind::GuestTown, _)
            | (
                _,
                ResidenceBasis::Refugee
                | ResidenceBasis::Stateless
                | ResidenceBasis::TraffickingVictim,
            ) => Self::Protection,
            _ => Self::Residence,
        }
    }

    /// The group under which the address of a person may leave. Who was ever under protection may still have to be kept
    /// from being found. A claim to asylum makes no difference, because that would tell of it.
    pub fn of_address(person: &Person) -> Self {
        let status = person
            .statuses
            .iter()
            .any(|held| Self::of_status(held.status) == Self::Protection);
        let permit = person
            .permits
            .iter()
            .any(|held| Self::of_residence(held.kind, held.basis) == Self::Protection);
        let sheltered = person.site_stays.iter().any(|stay| stay.ground.shelters());
        if status || permit || sheltered {
            Self::ShelterAddress
        } else {
            Self::Address
        }
    }
}
