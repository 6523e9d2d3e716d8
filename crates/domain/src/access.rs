//! Who may ask what, for which purpose: the access matrix and the permit.
//!
//! The matrix is one table, role by purpose, of methods and field groups, each row citing the duty or article it
//! rests on. What is not in the table is closed (AM-10: the bill names access levels and defines none, so the
//! policy is data, default closed, every read recorded). [`Matrix::permit`] is the only way to a [`Permit`], and
//! without a permit there is no view to call.
//!
//! # Policy documents
//!
//! An edition of the matrix is a text for people (`crates/domain/policy/`), read strictly, checked, and compiled to bit
//! sets, so that a question costs the same whatever the policy says. Governance adopts an edition by the digest of its
//! document, and the registry decides under the one adopted last ([`Enrolment::matrix`]); every disclosure names it. An
//! edition that was adopted once stays readable for ever, and none comes back after a later one.
//!
//! # Compartments
//!
//! - [`FieldGroup::AsylumClaim`] stands in rows of [`Role::AsylumUnit`] alone: a claim, and that there is one, is readable
//!   by that unit. Claims are subjects of their own with keys of their own, so that nothing asked by anybody else reads
//!   one, and answers are the same with and without.
//! - [`FieldGroup::Protection`] (refuge granted, displacement, statelessness, trafficking) and
//!   [`FieldGroup::ShelterAddress`] are open to the registrar, to the asylum unit and to the person. Police, border police and the register
//!   of Iranians never have them.
//! - An agency that answers to another State has none of these, whatever its role: a protection fact has no path to a
//!   channel of the person's State of origin. Here that is a matter of types: what could tell of protection is
//!   [`Protected`], and a [`Foreign`] recipient has no function that takes one.
//!
//! No document can give what a [`Bar`] keeps: the checker refuses it.
//!
//! # Grants
//!
//! Officers of enforcement and outside agencies open no record on the matrix alone: they need a [`Grant`], which
//! a supervisor of their agency signed for them, for one purpose and case, for hours ([`Role::grant_rule`]). The
//! permit is then the intersection of both. No edition of the matrix can do without it.
//!
//! Where a life is in danger and no supervisor is at hand, an officer whose key is enrolled for it signs their own grant
//! ([`Purpose::VitalEmergency`]): one person, one hour, identity and next of kin, never deferred. It alarms, and is always
//! to be justified ([`crate::watch`]).
//!
//! Which group a value belongs to is decided here as well ([`FieldGroup::of_status`] and its neighbours), because
//! a card or a kind of permit can tell what the status may not.
//!
//! [`Enrolment::matrix`]: crate::governance::Enrolment::matrix

mod asker;
mod bar;
mod check;
mod deferral;
mod document;
mod error;
mod field;
mod firewall;
mod first;
mod grant;
mod group;
mod matrix;
mod method;
mod purpose;
mod set;
#[cfg(test)]
mod tests;

pub(crate) use asker::HOME_STATE;
pub use asker::{Asker, Permit};
pub use bar::Bar;
pub use deferral::DeferralRequest;
pub use document::Ground;
pub use error::{PolicyError, PolicyFault};
pub use field::{FIELDS, Field};
pub use firewall::{Domestic, Filed, Foreign, Open, Protected, Recipient, Told};
pub use grant::{
    AuthenticGrant, EMERGENCY_GROUPS, EMERGENCY_VALIDITY_MAX_MICROS, GRANT_VALIDITY_MAX_MICROS,
    Grant, GrantId, GrantInForce, GrantRule,
};
pub use group::FieldGroup;
pub use matrix::{Decision, Matrix, Need, Row};
pub use method::Method;
pub use purpose::Purpose;
pub use set::{FieldSet, MethodSet};

use sabt_proto::event::v1 as proto;

closed_enum! {
    /// What an agency may be towards the registry.
    pub enum Role = proto::Role {
        /// An office of the directorate for foreign nationals, or a service office for it.
        Registrar = "REGISTRAR",
        /// Police at an official entry and exit point.
        BorderPolice = "BORDER_POLICE",
        /// Police elsewhere.
        Police = "POLICE",
        /// The register of Iranians.
        CivilRegistry = "CIVIL_REGISTRY",
        /// Verifies the ledgers without reading personal data.
        Auditor = "AUDITOR",
        /// Answers for the rights of registered persons.
        DataProtectionOfficer = "DATA_PROTECTION_OFFICER",
        /// Enrols agencies, keys and offices, and adopts policy.
        Governance = "GOVERNANCE",
        /// Receives and decides claims to asylum; nobody else learns of one.
        AsylumUnit = "ASYLUM_UNIT",
        /// Publishes statistics; learns nothing about a person.
        StatisticsOffice = "STATISTICS_OFFICE",
        /// Organises campaigns of registration; reads no personal data.
        CampaignOrganiser = "CAMPAIGN_ORGANISER",
        /// Serves the public, and asks whether a person has a right: a labour office, a school, a supervisor of banks.
        PublicService = "PUBLIC_SERVICE",
        /// Police for immigration and foreign nationals, who carry orders of expulsion out (duty 14).
        ImmigrationPolice = "IMMIGRATION_POLICE",
    }
}
