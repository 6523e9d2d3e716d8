//! Closed sets of the stored contract that the law tables do not need; the others stand in [`crate::law`].

use sabt_proto::event::v1 as proto;

closed_enum! {
    /// Sex as the papers state it; `Unknown` where nobody knows.
    pub enum Sex = proto::Sex {
        /// Female.
        Female = "FEMALE",
        /// Male.
        Male = "MALE",
        /// Unknown.
        Unknown = "UNKNOWN",
    }
}

closed_enum! {
    /// How sure a nationality is (law.md AM-03: personhood does not hang on it).
    pub enum NationalityState = proto::NationalityState {
        /// Shown by accepted papers.
        Confirmed = "CONFIRMED",
        /// Stated by the person, not yet shown.
        Claimed = "CLAIMED",
        /// Under examination (art. 36 note 2).
        Doubtful = "DOUBTFUL",
        /// A nationality that Iran does not accept.
        Unaccepted = "UNACCEPTED",
        /// The nationality of no State (art. 1(10)); a claim with a status, AM-62.
        Stateless = "STATELESS",
    }
}

closed_enum! {
    /// On what papers a registration rests. All three are lawful: a person is registered with no document (duty 12).
    pub enum EvidenceState = proto::EvidenceState {
        /// A document in force.
        Document = "DOCUMENT",
        /// Only documents past their validity.
        ExpiredDocument = "EXPIRED_DOCUMENT",
        /// No document at all.
        NoDocument = "NO_DOCUMENT",
    }
}

closed_enum! {
    /// Who told the office of a vital event, by relation to the person.
    pub enum InformantRelation {
        /// Parent.
        Parent = "PARENT",
        /// Spouse.
        Spouse = "SPOUSE",
        /// Child.
        Child = "CHILD",
        /// Relative.
        Relative = "RELATIVE",
        /// Midwife or hospital.
        MidwifeOrHospital = "MIDWIFE_OR_HOSPITAL",
        /// Police.
        Police = "POLICE",
        /// Witness.
        Witness = "WITNESS",
        /// The person themself.
        Oneself = "SELF",
    }
}

closed_enum! {
    /// Level of the office that issued a licence (services rows 3 and 14 are one service at two levels).
    pub enum IssuingLevel = proto::IssuingLevel {
        /// Central.
        Central = "CENTRAL",
        /// Provincial.
        Provincial = "PROVINCIAL",
    }
}

closed_enum! {
    /// Permanent, or for a term.
    pub enum MarriageKind = proto::MarriageKind {
        /// Permanent.
        Permanent = "PERMANENT",
        /// Temporary.
        Temporary = "TEMPORARY",
    }
}

closed_enum! {
    /// How a marriage was concluded; whether it is registered is a fact of its own (AM-53).
    pub enum MarriageForm = proto::MarriageForm {
        /// By an official deed.
        OfficialDeed = "OFFICIAL_DEED",
        /// By a religious contract, not yet by deed.
        Religious = "RELIGIOUS",
        /// Established by a ruling (art. 29).
        CourtRuling = "COURT_RULING",
    }
}

closed_enum! {
    /// Authority that registered a marriage (art. 28).
    pub enum RegisteredWith = proto::RegisteredWith {
        /// Iran.
        Iran = "IRAN",
        /// Home country.
        HomeCountry = "HOME_COUNTRY",
    }
}

closed_enum! {
    /// Irrevocable (ba'in) or revocable (raj'i).
    pub enum DivorceKind = proto::DivorceKind {
        /// Irrevocable.
        Irrevocable = "IRREVOCABLE",
        /// Revocable.
        Revocable = "REVOCABLE",
    }
}

closed_enum! {
    /// Mother or father.
    pub enum ParentRole = proto::ParentRole {
        /// Mother.
        Mother = "MOTHER",
        /// Father.
        Father = "FATHER",
    }
}

closed_enum! {
    /// Ground of a guardianship.
    pub enum GuardianKind = proto::GuardianKind {
        /// Father or paternal grandfather (wali).
        Legal = "LEGAL",
        /// Appointed by a court (qayyim).
        Appointed = "APPOINTED",
    }
}

closed_enum! {
    /// How a person came in.
    pub enum EntryKind = proto::EntryKind {
        /// With visa.
        WithVisa = "WITH_VISA",
        /// Visa free.
        VisaFree = "VISA_FREE",
        /// Resident.
        Resident = "RESIDENT",
        /// Emergency.
        Emergency = "EMERGENCY",
        /// Unauthorised.
        Unauthorised = "UNAUTHORISED",
        /// Displaced.
        Displaced = "DISPLACED",
    }
}

closed_enum! {
    /// Travel with return expected, or for good.
    pub enum ExitKind = proto::ExitKind {
        /// Travel.
        Travel = "TRAVEL",
        /// Final.
        Final = "FINAL",
    }
}

closed_enum! {
    /// Kinds of visa; an electronic entry permit counts as one (art. 20(3)).
    pub enum VisaKind = proto::VisaKind {
        /// Entry.
        Entry = "ENTRY",
        /// Study.
        Study = "STUDY",
        /// Work.
        Work = "WORK",
        /// Pilgrimage.
        Pilgrimage = "PILGRIMAGE",
        /// Transit.
        Transit = "TRANSIT",
        /// Tourist.
        Tourist = "TOURIST",
        /// Electronic entry permit.
        ElectronicEntryPermit = "ELECTRONIC_ENTRY_PERMIT",
    }
}

closed_enum! {
    /// Individual or family permit (art. 25).
    pub enum PermitScope = proto::PermitScope {
        /// Individual.
        Individual = "INDIVIDUAL",
        /// Family.
        Family = "FAMILY",
    }
}

closed_enum! {
    /// Why a residence document is printed anew.
    pub enum ReplacementReason = proto::ReplacementReason {
        /// Lost.
        Lost = "LOST",
        /// Damaged.
        Damaged = "DAMAGED",
        /// Correction.
        Correction = "CORRECTION",
    }
}

closed_enum! {
    /// Why a document lost its validity.
    pub enum VoidReason = proto::VoidReason {
        /// Holder deceased.
        HolderDeceased = "HOLDER_DECEASED",
        /// Replaced.
        Replaced = "REPLACED",
        /// Lost.
        Lost = "LOST",
        /// Damaged.
        Damaged = "DAMAGED",
        /// Status converted.
        StatusConverted = "STATUS_CONVERTED",
        /// Found false.
        FoundFalse = "FOUND_FALSE",
        /// Departure.
        Departure = "DEPARTURE",
        /// Decision.
        Decision = "DECISION",
        /// The holder became Iranian.
        BecameIranian = "BECAME_IRANIAN",
    }
}

closed_enum! {
    /// What a member of a household is to its head.
    pub enum Relation = proto::Relation {
        /// Head.
        Head = "HEAD",
        /// Spouse.
        Spouse = "SPOUSE",
        /// Child.
        Child = "CHILD",
        /// Parent.
        Parent = "PARENT",
        /// Sibling.
        Sibling = "SIBLING",
        /// Grandchild.
        Grandchild = "GRANDCHILD",
        /// Grandparent.
        Grandparent = "GRANDPARENT",
        /// Other relative.
        OtherRelative = "OTHER_RELATIVE",
        /// Not related.
        NotRelated = "NOT_RELATED",
    }
}

closed_enum! {
    /// Why a member left a household.
    pub enum MemberRemovalReason = proto::MemberRemovalReason {
        /// Death.
        Death = "DEATH",
        /// Departure.
        Departure = "DEPARTURE",
        /// Moved.
        Moved = "MOVED",
        /// Divorce.
        Divorce = "DIVORCE",
        /// Other.
        Other = "OTHER",
    }
}

closed_enum! {
    /// Why a household has another head (AM-54: free ground).
    pub enum HeadChangeGround = proto::HeadChangeGround {
        /// Death.
        Death = "DEATH",
        /// Divorce.
        Divorce = "DIVORCE",
        /// Departure.
        Departure = "DEPARTURE",
        /// Other.
        Other = "OTHER",
    }
}

closed_enum! {
    /// Why a person contests a fact.
    pub enum DisputeGround = proto::DisputeGround {
        /// It is wrong.
        Inaccurate = "INACCURATE",
        /// Something that belongs to it is missing.
        Incomplete = "INCOMPLETE",
        /// It was right once.
        Outdated = "OUTDATED",
        /// It is about somebody else.
        OtherPerson = "OTHER_PERSON",
        /// Nothing in law allows to record it.
        Unlawful = "UNLAWFUL",
    }
}

closed_enum! {
    /// How a dispute ended.
    pub enum DisputeOutcome = proto::DisputeOutcome {
        /// The person was right, and the fact is put right.
        Upheld = "UPHELD",
        /// The fact stands.
        Rejected = "REJECTED",
        /// The person no longer contests it.
        Withdrawn = "WITHDRAWN",
    }
}

closed_enum! {
    /// Why a record was opened, as whoever looked or their supervisor states it.
    pub enum LookupGround = proto::LookupGround {
        /// A case of the agency about the person, or about somebody of their family or household.
        CaseWork = "CASE_WORK",
        /// The person stood before the officer, or asked to be served.
        PersonPresent = "PERSON_PRESENT",
        /// An inspection, or the request of another authority that the agency must answer.
        AuthorityRequest = "AUTHORITY_REQUEST",
        /// A danger to life.
        DangerToLife = "DANGER_TO_LIFE",
        /// The wrong record was opened by mistake.
        Mistake = "MISTAKE",
        /// There was no ground; the agency has taken it up with the officer.
        None = "NONE",
    }
}

closed_enum! {
    /// Who exempts from a condition of residence.
    pub enum ExemptionBody = proto::ExemptionBody {
        /// The council (art. 22 note 3).
        Council = "COUNCIL",
        /// The organisation.
        Organisation = "ORGANISATION",
    }
}

closed_enum! {
    /// What of the body a biometric template is of.
    pub enum BiometricModality = proto::BiometricModality {
        /// Fingerprints.
        Fingerprints = "FINGERPRINTS",
        /// Face image.
        Face = "FACE",
        /// Iris.
        Iris = "IRIS",
    }
}

closed_enum! {
    /// Why a biometric reference serves no purpose any more.
    pub enum BiometricWithdrawal = proto::BiometricWithdrawal {
        /// Another one was taken in its place.
        Replaced = "REPLACED",
        /// It is of too low quality to serve.
        Quality = "QUALITY",
        /// It is not this person's.
        OtherPerson = "OTHER_PERSON",
        /// It was taken or kept without a legal basis.
        Unlawful = "UNLAWFUL",
        /// The system holds the template no longer.
        TemplateDestroyed = "TEMPLATE_DESTROYED",
    }
}

impl InformantRelation {
    /// The value in the stored contract, where `Oneself` is `SELF`, a word that Rust keeps for itself.
    pub const fn to_proto(self) -> proto::InformantRelation {
        use proto::InformantRelation as P;
        match self {
            Self::Parent => P::Parent,
            Self::Spouse => P::Spouse,
            Self::Child => P::Child,
            Self::Relative => P::Relative,
            Self::MidwifeOrHospital => P::MidwifeOrHospital,
            Self::Police => P::Police,
            Self::Witness => P::Witness,
            Self::Oneself => P::Self_,
        }
    }

    /// From the stored contract; `None` for an unspecified or unknown value.
    pub fn from_proto(value: i32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|relation| i32::from(relation.to_proto()) == value)
    }
}

closed_enum! {
    /// Where a claim to asylum was lodged (art. 35(1)).
    pub enum AsylumLodging = proto::AsylumLodging {
        /// A consulate.
        Consulate = "CONSULATE",
        /// The first border post.
        BorderPost = "BORDER_POST",
        /// An authority set by law.
        Authority = "AUTHORITY",
    }
}

closed_enum! {
    /// On what ground asylum is asked for: those of art. 1(6), and nationality, which the Convention of 1951 adds in
    /// art. 1 A(2).
    pub enum AsylumGround = proto::AsylumGround {
        /// Political reasons.
        Political = "POLITICAL",
        /// Religious reasons.
        Religious = "RELIGIOUS",
        /// Racial reasons.
        Racial = "RACIAL",
        /// Nationality.
        Nationality = "NATIONALITY",
        /// Membership of a particular social group.
        SocialGroup = "SOCIAL_GROUP",
        /// Fear for life or of persecution, of the person or of dependants.
        FearForLife = "FEAR_FOR_LIFE",
    }
}

closed_enum! {
    /// How a claim to asylum ended.
    pub enum AsylumOutcome = proto::AsylumOutcome {
        /// The person is a refugee.
        Granted = "GRANTED",
        /// Refuge was refused.
        Refused = "REFUSED",
        /// The person withdrew the claim.
        Withdrawn = "WITHDRAWN",
    }
}
