//! Grants: a supervisor's signed, short-lived permission for one officer.
//!
//! A grant comes to hold in three steps, and each is a type: [`Grant`] is what the bytes say, [`AuthenticGrant`] is
//! what the holder of an enrolled key signed, [`GrantInForce`] is what holds for this asker at this moment. Only the
//! last one widens a permit ([`Permit::under`](super::Permit::under)). The first two do not change with time, so
//! they may be kept; the last one is made anew for every question, in a few look-ups.

use core::fmt;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::act::{ActId, KeyId, PublicKey};
use crate::fact::{AgencyCode, OfficerCode, redacted};
use crate::governance::{Author, Enrolment};
use crate::number::PersonNumber;
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;

use super::{Asker, FieldGroup, FieldSet, Method, Purpose, Role};

/// Longest validity of a grant, microseconds: twelve hours, a shift with its handing over.
pub const GRANT_VALIDITY_MAX_MICROS: i64 = 12 * 60 * 60 * 1_000_000;

/// Longest validity of an emergency grant, microseconds: one hour.
pub const EMERGENCY_VALIDITY_MAX_MICROS: i64 = 60 * 60 * 1_000_000;

/// What an emergency grant can give: who somebody is, and who is next of kin. Never where they are kept safe, from what, or
/// that they are.
pub const EMERGENCY_GROUPS: FieldSet = FieldSet::of(&[FieldGroup::Identity, FieldGroup::Family]);

/// Source of the rules of this module.
pub(super) const RULE: &str = "design:7.1";

/// Identifier of a grant: a `UUIDv7` chosen by its issuer, 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId(pub [u8; 16]);

impl fmt::Display for GrantId {
    /// As a UUID.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ActId(self.0).fmt(f)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantId({self})")
    }
}

/// What a role needs beside the matrix before a method answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantRule {
    /// No grant; one that is sent narrows the permit.
    NotNeeded,
    /// A grant, which need not name persons.
    Needed,
    /// A grant that names the persons.
    NeededForNamed,
}

impl Role {
    /// Whether a method answers this role only under a supervisor's grant. It holds in every edition of the matrix.
    ///
    /// - Border police meet whoever arrives, so their grants may leave the persons open for a shift.
    /// - Police elsewhere and the register of Iranians know whom they ask about, so theirs name the persons.
    /// - A verdict (`VerifyDocument`, `VerifyStay`, `VerifyRight`, `VerifyRemoval`) tells nothing else and needs no grant.
    /// - The feed of the register of Iranians rests on its standing legal basis (bill art. 5 note): no officer
    ///   chooses what it delivers, and the matrix cuts it to vital events.
    /// - Offices serve the person before them; supervision must not depend on those who are supervised.
    pub const fn grant_rule(self, method: Method) -> GrantRule {
        let opens = match method {
            Method::FindPerson
            | Method::GetPerson
            | Method::GetFamily
            | Method::GetHousehold
            | Method::GetHistory
            | Method::GetRetention
            | Method::ListRetentionsDue
            | Method::ListDeadlines
            | Method::GetClaimRetention
            | Method::GetExtract
            | Method::ListDisclosures
            | Method::GetAsylumClaims
            | Method::GetCase
            | Method::ListCases
            | Method::ListOfficeCases
            | Method::GetResidenceConditions => true,
            Method::SubmitAct
            | Method::VerifyDocument
            | Method::VerifyStay
            | Method::VerifyRight
            | Method::VerifyRemoval
            | Method::Follow
            | Method::ReadRecords
            | Method::GetCheckpoint
            | Method::GetProof
            | Method::Erase
            | Method::GetStatus
            | Method::ListCorrections
            | Method::AcknowledgeCorrection
            | Method::ListOpenCorrections
            | Method::GetStatistics
            | Method::GetCampaign
            | Method::GetSite
            | Method::ListSites
            | Method::ListLookupFlags
            | Method::ListDrawnLookups
            | Method::CheckAct
            | Method::ListGrantUses => false,
        };
        match (self, opens) {
            (Self::BorderPolice, true) => GrantRule::Needed,
            (Self::Police | Self::CivilRegistry | Self::ImmigrationPolice, true) => {
                GrantRule::NeededForNamed
            }
            (
                Self::Registrar
                | Self::Auditor
                | Self::DataProtectionOfficer
                | Self::Governance
                | Self::AsylumUnit
                | Self::StatisticsOffice
                | Self::CampaignOrganiser
                | Self::PublicService
                | Self::BorderPolice
                | Self::Police
                | Self::CivilRegistry
                | Self::ImmigrationPolice,
                _,
            ) => GrantRule::NotNeeded,
        }
    }
}

/// What a grant says. Who signed it is not known yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// Identifier, chosen by the issuer.
    pub id: GrantId,
    /// Origin of the events ledger of the registry that is to be asked.
    pub origin: String,
    /// Agency of the officer, and of the issuer.
    pub agency: AgencyCode,
    /// The officer who may ask.
    pub officer: OfficerCode,
    /// What for.
    pub purpose: Purpose,
    /// On which legal basis; never empty.
    pub legal_basis: String,
    /// For which case or shift; never empty.
    pub case_reference: String,
    /// What may be told; never empty.
    pub groups: BTreeSet<FieldGroup>,
    /// Who may be asked about; empty: whoever is met, where the rule allows it.
    pub persons: BTreeSet<PersonNumber>,
    /// First moment at which it holds.
    pub not_before: Timestamp,
    /// Last moment at which it holds.
    pub not_after: Timestamp,
    /// The supervisor's key.
    pub issuer: KeyId,
}

redacted!(Grant, AuthenticGrant, GrantInForce);

/// A grant for this registry that the holder of the key it names has signed.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticGrant(Arc<Grant>);

impl AuthenticGrant {
    /// Reads a grant and has its signature checked: `signed_by` tells whether the holder of this key signed these
    /// bytes for the ledger `origin`. What it comes to is true for ever, because an identifier of a key never comes to
    /// name another key.
    ///
    /// # Errors
    /// [`Reason::MalformedGrant`] or [`Reason::InvalidField`] for what is no grant, [`Reason::GrantOfOtherRegistry`],
    /// [`Reason::UnknownKey`], and [`Reason::GrantForged`] if the signature does not fit.
    pub fn read(
        bytes: &[u8],
        origin: &str,
        enrolment: &Enrolment,
        signed_by: impl FnOnce(&PublicKey) -> bool,
    ) -> Result<Self, Refusal> {
        let grant = Grant::decode(bytes)?;
        if grant.origin != origin {
            return Err(Refusal::new(Reason::GrantOfOtherRegistry, RULE));
        }
        let Some(key) = enrolment.key(&grant.issuer) else {
            return Err(Refusal::new(Reason::UnknownKey, RULE));
        };
        if !signed_by(&key.public_key) {
            return Err(Refusal::new(Reason::GrantForged, RULE));
        }
        Ok(Self(Arc::new(grant)))
    }

    /// What was signed.
    pub fn grant(&self) -> &Grant {
        &self.0
    }

    /// Checks that the grant holds for this asker now: its issuer still supervises the agency and is another officer,
    /// and it is neither too long, nor early, late or revoked. An emergency grant is issued by the officer instead, for one
    /// person, at most one hour, and nothing beyond [`EMERGENCY_GROUPS`].
    ///
    /// # Errors
    /// A reason of its own for each of these. [`Reason::RevokedKey`], [`Reason::ExpiredKey`] or
    /// [`Reason::RevokedAgency`] if the issuer's key may sign no more.
    pub fn for_asker(
        &self,
        asker: &Asker,
        enrolment: &Enrolment,
        now: Timestamp,
    ) -> Result<GrantInForce, Refusal> {
        let refused = |reason| Err(Refusal::new(reason, RULE));
        let grant = self.grant();
        let issuer = enrolment.author(&grant.issuer, now)?;
        let is_emergency = grant.purpose.is_emergency();
        if !is_emergency && issuer.supervisor.is_none() {
            return refused(Reason::GrantNotBySupervisor);
        }
        if issuer.agency != grant.agency || grant.agency.as_str() != asker.agency {
            return refused(Reason::GrantOfOtherAgency);
        }
        if !is_emergency && issuer.is_key_of(grant.officer.as_str()) {
            return refused(Reason::GrantSelfIssued);
        }
        if grant.officer.as_str() != asker.officer {
            return refused(Reason::GrantOfOtherOfficer);
        }
        if is_emergency {
            grant.check_emergency(&issuer)?;
        }
        if GRANT_VALIDITY_MAX_MICROS < grant.validity_micros() {
            return refused(Reason::GrantTooLong);
        }
        if now < grant.not_before {
            return refused(Reason::GrantNotYetValid);
        }
        if grant.not_after < now {
            return refused(Reason::GrantExpired);
        }
        if enrolment.grant_revoked(&grant.agency, &grant.id).is_some() {
            return refused(Reason::GrantRevoked);
        }
        Ok(GrantInForce {
            grant: Arc::clone(&self.0),
            asker: asker.clone(),
        })
    }
}

impl Grant {
    /// Checks what an emergency grant must be whatever the matrix says: signed with the officer's own key, about one
    /// person, narrow and short.
    fn check_emergency(&self, issuer: &Author) -> Result<(), Refusal> {
        let refuse = |reason| Refusal::new(reason, RULE);
        let enrolled = issuer.emergency_officer.is_some();
        if !enrolled || !issuer.signs_as(self.officer.as_str()) {
            return Err(refuse(Reason::GrantNotOwn));
        }
        if self.persons.len() != 1 {
            return Err(refuse(Reason::GrantTooWide)
                .with_message("An emergency grant is about one person.")
                .with_remedy("Sign one that names the person whose life is in danger."));
        }
        let mut groups = self.groups.iter();
        if let Some(beyond) = groups.find(|group| !EMERGENCY_GROUPS.contains(**group)) {
            return Err(refuse(Reason::GrantTooWide)
                .with("field_group", beyond.code())
                .with_remedy("Sign one for identity and family alone."));
        }
        if EMERGENCY_VALIDITY_MAX_MICROS < self.validity_micros() {
            return Err(refuse(Reason::GrantTooLong)
                .with_remedy("Sign one that holds for one hour at most."));
        }
        Ok(())
    }

    /// How long it holds, microseconds.
    pub fn validity_micros(&self) -> i64 {
        let (from, until) = (self.not_before.micros(), self.not_after.micros());
        until.saturating_sub(from)
    }
}

/// A grant that holds for this asker now. Only [`AuthenticGrant::for_asker`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantInForce {
    grant: Arc<Grant>,
    asker: Asker,
}

impl GrantInForce {
    /// What was granted.
    pub(super) fn grant(&self) -> &Arc<Grant> {
        &self.grant
    }

    /// For whom it was checked.
    pub(super) fn asker(&self) -> &Asker {
        &self.asker
    }
}

#[cfg(test)]
mod tests;
