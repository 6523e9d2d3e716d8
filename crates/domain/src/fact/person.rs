use super::{CountryCode, InformantRelation, NationalityState, Relation, Sex, redacted};
use crate::law::ProvinceCode;
use crate::name::Name;
use crate::number::{IranianNationalNumber, PersonNumber};
use crate::time::PartialDate;

/// A nationality and how sure it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nationality {
    /// The State; `None` when unknown or stateless.
    pub country: Option<CountryCode>,
    /// How sure it is.
    pub state: NationalityState,
}

/// A place in free words; any part may be empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// State.
    pub country: Option<CountryCode>,
    /// Province as stated; foreign provinces have no table here.
    pub province: String,
    /// Town, district or village.
    pub locality: String,
}

/// Who a person is, as stated at registration.
#[derive(Clone, PartialEq, Eq)]
pub struct Particulars {
    /// At least one; the first is the name as written.
    pub names: Vec<Name>,
    /// Sex.
    pub sex: Sex,
    /// Date of birth, possibly partial; `None` when unknown.
    pub birth_date: Option<PartialDate>,
    /// Place of birth.
    pub birth_place: Option<Place>,
    /// Nationalities; empty when unknown.
    pub nationalities: Vec<Nationality>,
}

/// An address inside Iran.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Province.
    pub province: ProvinceCode,
    /// County (shahrestan).
    pub county: String,
    /// Town or village.
    pub locality: String,
    /// Street and house.
    pub street: String,
    /// Ten digits, or empty.
    pub postal_code: String,
}

/// Somebody in a legal relation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A registered person.
    Person(PersonNumber),
    /// An Iranian national, by an external reference.
    Iranian(IranianNationalNumber),
    /// Named only; neither registered nor Iranian.
    Named(String),
}

impl Party {
    /// The person number, if the party is registered.
    pub fn person(&self) -> Option<PersonNumber> {
        match self {
            Self::Person(number) => Some(*number),
            Self::Iranian(_) | Self::Named(_) => None,
        }
    }
}

/// Who told the office of a vital event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Informant {
    /// Relation to the person.
    pub relation: InformantRelation,
    /// The informant, if registered.
    pub person: Option<PersonNumber>,
}

/// With whom a child stays after a divorce.
#[derive(Clone, PartialEq, Eq)]
pub struct Custody {
    /// The child.
    pub child: PersonNumber,
    /// Who has custody.
    pub custodian: Party,
}

/// What an act that takes something away must carry before it can take effect (design 7.6). The parts are read as
/// they come, so that deciding can say which of them is missing.
#[derive(Clone, PartialEq, Eq)]
pub struct AdverseDecision {
    /// Body that decided.
    pub decided_by: String,
    /// Article and item.
    pub ground: String,
    /// When notice was served on the person.
    pub served_on: Option<PartialDate>,
    /// Body to which the person may object.
    pub appeal_body: String,
}

/// A member of a household and what the member is to the head.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MemberRelation {
    /// The member.
    pub person: PersonNumber,
    /// Relation to the head.
    pub relation: Relation,
}

redacted!(
    Nationality,
    Place,
    Particulars,
    Address,
    Party,
    Informant,
    Custody,
    AdverseDecision,
    MemberRelation,
);
