use crate::fact::{AgencyCode, LookupGround, OfficerCode, redacted};
use crate::number::PersonNumber;

/// A registered person is an officer of the author's agency. About that person, and told to the data-protection officer
/// alone.
#[derive(Clone, PartialEq, Eq)]
pub struct DeclareOfficer {
    /// The person.
    pub person: PersonNumber,
    /// The agency: the author's.
    pub agency: AgencyCode,
    /// Code of the officer, as in the officer's certificate.
    pub officer: OfficerCode,
}

/// Why an officer opened a record.
#[derive(Clone, PartialEq, Eq)]
pub struct JustifyLookup {
    /// Position of the look-up in the `disclosures` ledger.
    pub disclosure: u64,
    /// Why.
    pub ground: LookupGround,
}

redacted!(DeclareOfficer, JustifyLookup);
