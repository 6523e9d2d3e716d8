use crate::fact::{
    Address, Custody, DivorceKind, Document, EvidenceState, GuardianKind, Informant, IssuingLevel,
    MarriageForm, MarriageKind, ParentRole, Particulars, Party, Place, RegisteredWith, redacted,
};
use crate::number::{HouseholdCode, PersonNumber};
use crate::time::PartialDate;

/// A person already in this country or newly met. Works without any document (duty 12).
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterPerson {
    /// Who the person is.
    pub particulars: Particulars,
    /// On what papers the registration rests.
    pub evidence: EvidenceState,
    /// Documents shown.
    pub documents: Vec<Document>,
    /// Where the person lives.
    pub address: Option<Address>,
}

/// A birth; registers the child as a person. Either parent may be unknown or outside the registry.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterBirth {
    /// Who the child is.
    pub child: Particulars,
    /// Mother, if known.
    pub mother: Option<Party>,
    /// Father, if known.
    pub father: Option<Party>,
    /// Household the child joins; `None`: the mother's, else the father's, if there is one.
    pub household: Option<HouseholdCode>,
    /// Who told of the birth.
    pub informant: Option<Informant>,
    /// Birth certificate, if one exists.
    pub certificate: Option<Document>,
}

/// A death.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterDeath {
    /// Who died.
    pub person: PersonNumber,
    /// Where.
    pub place: Option<Place>,
    /// Who told of the death.
    pub informant: Option<Informant>,
    /// Death certificate, if one exists.
    pub certificate: Option<Document>,
}

/// Licence for a marriage in which one party is Iranian (services rows 3, 12, 14). A licence is not a marriage.
#[derive(Clone, PartialEq, Eq)]
pub struct IssueMarriageLicence {
    /// The wife to be.
    pub wife: Party,
    /// The husband to be.
    pub husband: Party,
    /// Number of the licence.
    pub licence_number: String,
    /// Level of the issuing office.
    pub level: IssuingLevel,
    /// Last day on which the licence may be used, if it states one.
    pub valid_until: Option<PartialDate>,
}

/// A marriage.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterMarriage {
    /// Husband.
    pub husband: Party,
    /// Wife.
    pub wife: Party,
    /// Permanent or for a term.
    pub kind: MarriageKind,
    /// Term of a temporary marriage in months; 0 for a permanent one.
    pub term_months: u32,
    /// How it was concluded.
    pub form: MarriageForm,
    /// With which authority it is registered; `None` where it is not (AM-53).
    pub registered_with: Option<RegisteredWith>,
    /// Number of the deed; may be empty.
    pub deed_number: String,
    /// Licence (wife Iranian) or registration permit (husband Iranian); empty where neither party is Iranian.
    pub licence_number: String,
}

/// A divorce.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterDivorce {
    /// Husband.
    pub husband: Party,
    /// Wife.
    pub wife: Party,
    /// Kind of divorce.
    pub kind: DivorceKind,
    /// Number of the deed or ruling.
    pub deed_number: String,
    /// With whom each child stays.
    pub custody: Vec<Custody>,
}

/// A finding of who a child's mother or father is.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfirmParentage {
    /// The child.
    pub child: PersonNumber,
    /// The parent.
    pub parent: Party,
    /// Mother or father.
    pub role: ParentRole,
    /// Certificate, ruling or test the finding rests on.
    pub evidence: String,
}

/// A guardian for a child.
#[derive(Clone, PartialEq, Eq)]
pub struct AppointGuardian {
    /// The child.
    pub child: PersonNumber,
    /// The guardian.
    pub guardian: Party,
    /// Ground of the guardianship.
    pub kind: GuardianKind,
    /// Ruling or instrument.
    pub instrument: String,
}

/// Two records are about one human being. Nothing is moved or fused.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfirmSamePerson {
    /// One record.
    pub person: PersonNumber,
    /// The other.
    pub other: PersonNumber,
    /// What the finding rests on.
    pub evidence: String,
}

/// Two records that look alike are about two human beings.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfirmDistinctPersons {
    /// One record.
    pub person: PersonNumber,
    /// The other.
    pub other: PersonNumber,
    /// What the finding rests on.
    pub evidence: String,
}

/// Takes a finding of sameness or distinctness back; both lives are as they were.
#[derive(Clone, PartialEq, Eq)]
pub struct WithdrawIdentityLink {
    /// One record.
    pub person: PersonNumber,
    /// The other.
    pub other: PersonNumber,
    /// Why.
    pub reason: String,
}

redacted!(
    RegisterPerson,
    RegisterBirth,
    RegisterDeath,
    IssueMarriageLicence,
    RegisterMarriage,
    RegisterDivorce,
    ConfirmParentage,
    AppointGuardian,
    ConfirmSamePerson,
    ConfirmDistinctPersons,
    WithdrawIdentityLink,
);
