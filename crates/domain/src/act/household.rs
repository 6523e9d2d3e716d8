use crate::fact::{Address, HeadChangeGround, MemberRelation, MemberRemovalReason, redacted};
use crate::law::ProvinceCode;
use crate::number::{HouseholdCode, PersonNumber};

/// A new household around a head.
#[derive(Clone, PartialEq, Eq)]
pub struct FormHousehold {
    /// The head.
    pub head: PersonNumber,
    /// The other members.
    pub members: Vec<MemberRelation>,
    /// Where the household lives; holds for every member.
    pub address: Option<Address>,
}

/// Members leave a household and form one of their own.
#[derive(Clone, PartialEq, Eq)]
pub struct SplitHousehold {
    /// The household left behind.
    pub household: HouseholdCode,
    /// Head of the new household; a member of the old one.
    pub new_head: PersonNumber,
    /// Members who leave with the new head.
    pub leaving: Vec<MemberRelation>,
    /// Where the new household lives; holds for every member.
    pub address: Option<Address>,
}

/// A person joins a household.
#[derive(Clone, PartialEq, Eq)]
pub struct AddHouseholdMember {
    /// The household.
    pub household: HouseholdCode,
    /// The new member.
    pub member: MemberRelation,
}

/// A member leaves a household.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoveHouseholdMember {
    /// The household.
    pub household: HouseholdCode,
    /// The member.
    pub person: PersonNumber,
    /// Why.
    pub reason: MemberRemovalReason,
}

/// A member goes from one household to another.
#[derive(Clone, PartialEq, Eq)]
pub struct MoveHouseholdMember {
    /// The household left.
    pub from_household: HouseholdCode,
    /// The household joined.
    pub to_household: HouseholdCode,
    /// The member, and the relation to the head of the household joined.
    pub member: MemberRelation,
}

/// A household gets another head.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeHouseholdHead {
    /// The household.
    pub household: HouseholdCode,
    /// The new head; a member.
    pub new_head: PersonNumber,
    /// Why.
    pub ground: HeadChangeGround,
    /// Relation of every remaining member to the new head, where it changes.
    pub relations: Vec<MemberRelation>,
}

/// Whose address changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Resident {
    /// One person.
    Person(PersonNumber),
    /// Every member of a household.
    Household(HouseholdCode),
}

/// Somebody lives elsewhere now.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeAddress {
    /// Who.
    pub subject: Resident,
    /// The new address.
    pub address: Address,
}

/// A file leaves its province (services row 22).
#[derive(Clone, PartialEq, Eq)]
pub struct SendFileTransfer {
    /// Whose file.
    pub person: PersonNumber,
    /// Province that holds the file.
    pub from_province: ProvinceCode,
    /// Province to which it goes.
    pub to_province: ProvinceCode,
}

/// A file arrives. The receiving office ends the transit, never the sender (services row 22).
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiveFileTransfer {
    /// Whose file.
    pub person: PersonNumber,
    /// Province that receives it.
    pub province: ProvinceCode,
}

redacted!(
    FormHousehold,
    SplitHousehold,
    AddHouseholdMember,
    RemoveHouseholdMember,
    MoveHouseholdMember,
    ChangeHouseholdHead,
    Resident,
    ChangeAddress,
    SendFileTransfer,
    ReceiveFileTransfer,
);
