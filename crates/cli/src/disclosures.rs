//! Disclosures in the forms of other people's systems: FHIR `AuditEvent`s for a person or a data-protection officer, CEF
//! lines for a security desk. Pure formatting: what may be told was decided by the registry.

pub mod cef;
pub mod fhir;

use sabt_proto::api::v1 as api;

/// An answer to `ListDisclosures`, as far as an export needs it.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// Name of the registry, such as `demo.example/sabt`.
    pub registry: &'a str,
    /// Number of the person it is about.
    pub person: &'a str,
    /// Version of the software that writes it.
    pub version: &'a str,
    /// What the registry told.
    pub answer: &'a api::ListDisclosuresResponse,
}

impl<'a> Listing<'a> {
    /// Receipt of the answer itself: asking who looked is a look too.
    fn receipt(&self) -> Option<&'a api::DisclosureReceipt> {
        self.answer.info.as_ref()?.disclosure.as_ref()
    }
}
