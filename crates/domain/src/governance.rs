//! Who may act towards the registry: agencies, their offices and keys, and the policy in force.
//!
//! [`Enrolment`] is the fold of the governance events. Those stand in the clear in the ledger, so an auditor folds the same
//! enrolment and checks who could sign what at any position. Nothing is forgotten: an agency that was revoked and enrolled
//! anew has two terms; a key that was revoked never returns.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{GrantId, Matrix, Role};
use crate::act::{
    EnrolAgency, EnrolKey, EnrolOffice, ExtendDeferral, FoundRegistry, KeyId, PublicKey,
    RevokeGrant, RevokeKey, RotateLogKey,
};
use crate::deferral::Extension;
use crate::event::{EventBody, Recorded};
use crate::fact::{AgencyCode, CountryCode, OfficeCode, OfficerCode};
use crate::law::{ProvinceCode, Right};
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;

/// Source of the rules of this module.
const RULE: &str = "design:4 governance records";

/// Code under which the governance authority itself acts. No agency can be enrolled under it.
const GOVERNANCE: &str = "GOVERNANCE";

/// When something was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Position in the `events` ledger.
    pub position: u64,
    /// Time at which it was recorded.
    pub at: Timestamp,
}

impl Moment {
    fn of(recorded: &Recorded) -> Self {
        Self {
            position: recorded.position,
            at: recorded.recorded_at,
        }
    }
}

/// From when to when an enrolment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Record that began it.
    pub from: Moment,
    /// Record that ended it.
    pub revoked: Option<Moment>,
}

impl Term {
    /// True if the term covers what is recorded at this position.
    pub fn covers(&self, position: u64) -> bool {
        self.from.position < position
            && self
                .revoked
                .is_none_or(|revoked| position <= revoked.position)
    }
}

/// The registry as it was founded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founding {
    /// What the founding act states.
    pub registry: FoundRegistry,
    /// When it was recorded.
    pub at: Moment,
}

/// One term of an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// Code.
    pub code: AgencyCode,
    /// Persian name.
    pub name_fa: String,
    /// English name.
    pub name_en: String,
    /// What it may be towards the registry.
    pub roles: BTreeSet<Role>,
    /// State it answers to.
    pub state: CountryCode,
    /// Rights that it may ask about as a public service.
    pub rights: BTreeSet<Right>,
    /// From when to when.
    pub term: Term,
}

/// A key that may sign acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub public_key: PublicKey,
    /// The agency whose acts it signs; `None`: the governance authority.
    pub agency: Option<AgencyCode>,
    /// Office whose acts it may sign; `None`: any office of the agency.
    pub office: Option<OfficeCode>,
    /// Time after which it may not sign.
    pub not_after: Option<Timestamp>,
    /// The officer who signs grants with it; `None`: it signs no grants.
    pub supervisor: Option<OfficerCode>,
    /// The officer who signs emergency grants with it, for themselves; `None`: it signs none.
    pub emergency_officer: Option<OfficerCode>,
    /// From when to when.
    pub term: Term,
}

/// An office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Code.
    pub code: OfficeCode,
    /// Agency it belongs to.
    pub agency: AgencyCode,
    /// Province in which it works.
    pub province: ProvinceCode,
    /// Persian name.
    pub name_fa: String,
    /// English name.
    pub name_en: String,
    /// When it was enrolled.
    pub from: Moment,
}

/// An adopted policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Edition of the access matrix.
    pub edition: String,
    /// BLAKE3 of the policy document.
    pub digest: [u8; 32],
    /// When it was adopted.
    pub from: Moment,
}

/// A key that signs the checkpoints of one ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKey {
    /// The key as a C2SP vkey, which starts with the origin of its ledger.
    pub vkey: String,
    /// From when on it signs.
    pub from: Moment,
    /// From when on it signs no more; `None`: nothing has taken its place yet.
    pub retires: Option<Timestamp>,
}

/// The name in a vkey: the origin of its ledger.
pub(crate) fn log_name(vkey: &str) -> &str {
    vkey.split_once('+').map_or(vkey, |(name, _key)| name)
}

/// Who signs an act, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Agency; for governance acts the code `GOVERNANCE`.
    pub agency: AgencyCode,
    /// The only office whose acts the key may sign; `None`: any office of the agency.
    pub office: Option<OfficeCode>,
    /// Roles of the agency.
    pub roles: BTreeSet<Role>,
    /// The officer who may sign grants with the key; `None`: it signs no grants.
    pub supervisor: Option<OfficerCode>,
    /// The officer who may sign emergency grants with the key, for themselves; `None`: it signs none.
    pub emergency_officer: Option<OfficerCode>,
}

impl Author {
    /// Whether the key is enrolled as this officer's own.
    pub fn is_key_of(&self, officer: &str) -> bool {
        self.holders().any(|holder| holder.as_str() == officer)
    }

    /// Whether the key may sign in this officer's name, where it matters who of an agency signs: an officer's own key signs for
    /// no other, and one that is nobody's own for whoever of the agency an act names.
    pub fn signs_as(&self, officer: &str) -> bool {
        self.holders().all(|holder| holder.as_str() == officer)
    }

    /// The officers whose own the key is. Two of them were enrolled with one key only before that was refused; such a key
    /// signs for neither.
    fn holders(&self) -> impl Iterator<Item = &OfficerCode> {
        self.supervisor.iter().chain(&self.emergency_officer)
    }

    /// The governance authority.
    pub fn governance() -> Self {
        Self {
            agency: governance_code(),
            office: None,
            roles: BTreeSet::from([Role::Governance]),
            supervisor: None,
            emergency_officer: None,
        }
    }
}

fn governance_code() -> AgencyCode {
    AgencyCode::known(GOVERNANCE)
}

/// The fold of the governance events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enrolment {
    founding: Option<Founding>,
    agencies: BTreeMap<AgencyCode, Vec<Agency>>,
    keys: BTreeMap<KeyId, Key>,
    offices: BTreeMap<OfficeCode, Office>,
    policies: Vec<Policy>,
    log_keys: Vec<LogKey>,
    /// By position of the disclosure.
    extensions: BTreeMap<u64, Vec<Extension>>,
    revoked_grants: BTreeMap<AgencyCode, BTreeMap<GrantId, Moment>>,
}

impl Enrolment {
    /// Applies a record. Records come in the order of their positions; what is not about governance, or finds nothing to
    /// act on, is passed over.
    pub fn apply(&mut self, recorded: &Recorded) {
        let at = Moment::of(recorded);
        let body = &recorded.event.body;
        if let EventBody::RegistryFounded(founding) = body {
            self.found(founding, at);
        } else if let EventBody::AgencyEnrolled(agency) = body {
            self.enrol_agency(agency, at);
        } else if let EventBody::AgencyRevoked(revocation) = body {
            if let Some(agency) = self.live_agency_mut(&revocation.agency) {
                agency.term.revoked = Some(at);
            }
        } else if let EventBody::KeyEnrolled(key) = body {
            self.enrol_key(key, at);
        } else if let EventBody::KeyRevoked(revocation) = body {
            self.revoke_key(revocation, at);
        } else if let EventBody::OfficeEnrolled(office) = body {
            self.enrol_office(office, at);
        } else if let EventBody::PolicyAdopted(policy) = body {
            self.policies.push(Policy {
                edition: policy.edition.clone(),
                digest: policy.digest,
                from: at,
            });
        } else if let EventBody::LogKeyRotated(rotation) = body {
            self.rotate_log_key(rotation, at);
        } else if let EventBody::DeferralExtended(order) = body {
            self.extend_deferral(order, at);
        } else if let EventBody::GrantRevoked(revocation) = body {
            self.revoke_grant(revocation, at);
        }
    }

    /// The founding; `None` while the registry is not founded.
    pub fn founding(&self) -> Option<&Founding> {
        self.founding.as_ref()
    }

    /// The agency with this code, if it is enrolled now.
    pub fn agency(&self, code: &AgencyCode) -> Option<&Agency> {
        self.agencies
            .get(code)?
            .last()
            .filter(|agency| agency.term.revoked.is_none())
    }

    /// The agency with this code as it stood for a record at this position.
    pub fn agency_at(&self, code: &AgencyCode, position: u64) -> Option<&Agency> {
        self.agencies
            .get(code)?
            .iter()
            .find(|agency| agency.term.covers(position))
    }

    /// True if an agency with this code was ever enrolled.
    pub fn knows_agency(&self, code: &AgencyCode) -> bool {
        self.agencies.contains_key(code)
    }

    /// Codes of all agencies that were ever enrolled.
    pub fn agencies_ever(&self) -> impl Iterator<Item = &AgencyCode> {
        self.agencies.keys()
    }

    /// Agencies enrolled now.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        self.agencies.keys().filter_map(|code| self.agency(code))
    }

    /// The key with this identifier, in force or not.
    pub fn key(&self, id: &KeyId) -> Option<&Key> {
        self.keys.get(id)
    }

    /// The key with this identifier, if it could sign what is recorded at this position at this time. The founding act is
    /// signed by the key that it names.
    pub fn key_at(&self, id: &KeyId, moment: Moment) -> Option<&Key> {
        self.keys.get(id).filter(|key| {
            let founding = key.agency.is_none() && key.term.from.position == moment.position;
            let in_time = key.not_after.is_none_or(|not_after| moment.at <= not_after);
            let agency_stands = key
                .agency
                .as_ref()
                .is_none_or(|code| self.agency_at(code, moment.position).is_some());
            founding || (key.term.covers(moment.position) && in_time && agency_stands)
        })
    }

    /// Every key ever enrolled.
    pub fn keys(&self) -> impl Iterator<Item = (&KeyId, &Key)> {
        self.keys.iter()
    }

    /// The office with this code.
    pub fn office(&self, code: &OfficeCode) -> Option<&Office> {
        self.offices.get(code)
    }

    /// Every office.
    pub fn offices(&self) -> impl Iterator<Item = &Office> {
        self.offices.values()
    }

    /// Every policy ever adopted, in the order of adoption.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter()
    }

    /// The policy in force.
    pub fn policy(&self) -> Option<&Policy> {
        self.policies.last()
    }

    /// The access matrix in force: that of the policy adopted last. Without one nothing is open to anybody.
    ///
    /// # Errors
    /// [`Reason::PolicyUnknown`] if none was adopted, or one that this program does not know or knows otherwise.
    pub fn matrix(&self) -> Result<&'static Matrix, Refusal> {
        let refuse = || Refusal::new(Reason::PolicyUnknown, "design:7.1");
        let policy = self.policy().ok_or_else(|| {
            refuse()
                .with_message("No access policy has been adopted, so nothing is open.")
                .with_remedy("Let the governance authority adopt one.")
        })?;
        Matrix::adopted(&policy.edition, &policy.digest).ok_or_else(|| {
            refuse()
                .with_message("The access policy in force is not one that this program can apply.")
                .with_remedy(
                    "Serve the registry with a version that carries the edition adopted last.",
                )
                .with("policy", &policy.edition)
        })
    }

    /// The policy in force for what is recorded at this position.
    pub fn policy_at(&self, position: u64) -> Option<&Policy> {
        self.policies
            .iter()
            .rev()
            .find(|policy| policy.from.position < position)
    }

    /// Orders to withhold the disclosure at this position of the `disclosures` ledger for longer, oldest first.
    pub fn extensions(&self, disclosure: u64) -> &[Extension] {
        self.extensions.get(&disclosure).map_or(&[], Vec::as_slice)
    }

    /// Every log key ever, of both ledgers, in the order in which they were taken up.
    pub fn log_keys(&self) -> impl Iterator<Item = &LogKey> {
        self.log_keys.iter()
    }

    /// Every key that ever signed the checkpoints of the ledger with this origin.
    pub fn log_keys_of(&self, origin: &str) -> impl Iterator<Item = &LogKey> {
        self.log_keys
            .iter()
            .filter(move |key| log_name(&key.vkey) == origin)
    }

    /// The keys that sign the checkpoints of the ledger with this origin now: two while one of them retires.
    pub fn log_keys_at(&self, origin: &str, now: Timestamp) -> impl Iterator<Item = &LogKey> {
        self.log_keys_of(origin)
            .filter(move |key| key.retires.is_none_or(|retires| now < retires))
    }

    /// The newest key of the log to which a key belongs.
    pub(crate) fn newest_log_key(&self, vkey: &str) -> Option<&str> {
        let of_log = |key: &&LogKey| log_name(&key.vkey) == log_name(vkey);
        self.log_keys.iter().rfind(of_log).map(|key| &*key.vkey)
    }

    /// Who signs with this key now.
    ///
    /// # Errors
    ///
    /// [`Reason::UnknownKey`], [`Reason::RevokedKey`], [`Reason::ExpiredKey`] or [`Reason::RevokedAgency`].
    pub fn author(&self, id: &KeyId, now: Timestamp) -> Result<Author, Refusal> {
        let Some(key) = self.keys.get(id) else {
            return Err(Refusal::new(Reason::UnknownKey, RULE));
        };
        if key.term.revoked.is_some() {
            return Err(Refusal::new(Reason::RevokedKey, RULE));
        }
        if key.not_after.is_some_and(|not_after| not_after < now) {
            return Err(Refusal::new(Reason::ExpiredKey, RULE));
        }
        let Some(code) = &key.agency else {
            return Ok(Author::governance());
        };
        let Some(agency) = self.agency(code) else {
            return Err(Refusal::new(Reason::RevokedAgency, RULE));
        };
        Ok(Author {
            agency: agency.code.clone(),
            office: key.office.clone(),
            roles: agency.roles.clone(),
            supervisor: key.supervisor.clone(),
            emergency_officer: key.emergency_officer.clone(),
        })
    }

    /// When a grant that an agency's supervisor issued was revoked; `None` while it is not.
    pub fn grant_revoked(&self, agency: &AgencyCode, grant: &GrantId) -> Option<Moment> {
        self.revoked_grants.get(agency)?.get(grant).copied()
    }

    fn revoke_grant(&mut self, revocation: &RevokeGrant, at: Moment) {
        self.revoked_grants
            .entry(revocation.agency.clone())
            .or_default()
            .entry(revocation.grant_id)
            .or_insert(at);
    }

    fn found(&mut self, registry: &FoundRegistry, at: Moment) {
        if self.founding.is_some() {
            return;
        }
        self.founding = Some(Founding {
            registry: registry.clone(),
            at,
        });
        for vkey in [&registry.events_log_key, &registry.disclosures_log_key] {
            self.log_keys.push(LogKey {
                vkey: vkey.clone(),
                from: at,
                retires: None,
            });
        }
        self.keys.insert(
            registry.governance_key.id(),
            Key {
                public_key: registry.governance_key,
                agency: None,
                office: None,
                not_after: None,
                supervisor: None,
                emergency_officer: None,
                term: Term {
                    from: at,
                    revoked: None,
                },
            },
        );
    }

    fn enrol_agency(&mut self, agency: &EnrolAgency, at: Moment) {
        if self.agency(&agency.agency).is_some() {
            return;
        }
        self.agencies
            .entry(agency.agency.clone())
            .or_default()
            .push(Agency {
                code: agency.agency.clone(),
                name_fa: agency.name_fa.clone(),
                name_en: agency.name_en.clone(),
                roles: agency.roles.iter().copied().collect(),
                state: agency.state,
                rights: agency.rights.iter().copied().collect(),
                term: Term {
                    from: at,
                    revoked: None,
                },
            });
    }

    fn live_agency_mut(&mut self, code: &AgencyCode) -> Option<&mut Agency> {
        self.agencies
            .get_mut(code)?
            .last_mut()
            .filter(|agency| agency.term.revoked.is_none())
    }

    fn enrol_key(&mut self, key: &EnrolKey, at: Moment) {
        self.keys.entry(key.public_key.id()).or_insert_with(|| Key {
            public_key: key.public_key,
            agency: Some(key.agency.clone()),
            office: key.office.clone(),
            not_after: key.not_after,
            supervisor: key.supervisor.clone(),
            emergency_officer: key.emergency_officer.clone(),
            term: Term {
                from: at,
                revoked: None,
            },
        });
    }

    fn rotate_log_key(&mut self, rotation: &RotateLogKey, at: Moment) {
        let old = |key: &&mut LogKey| key.vkey == rotation.old_log_key && key.retires.is_none();
        if let Some(old) = self.log_keys.iter_mut().find(old) {
            old.retires = Some(rotation.retire_at);
            self.log_keys.push(LogKey {
                vkey: rotation.new_log_key.clone(),
                from: at,
                retires: None,
            });
        }
    }

    fn extend_deferral(&mut self, order: &ExtendDeferral, at: Moment) {
        self.extensions
            .entry(order.disclosure)
            .or_default()
            .push(Extension {
                at,
                until: order.until,
                court: order.court.clone(),
                order_number: order.order_number.clone(),
            });
    }

    fn revoke_key(&mut self, revocation: &RevokeKey, at: Moment) {
        if let Some(key) = self.keys.get_mut(&revocation.key_id) {
            key.term.revoked.get_or_insert(at);
        }
    }

    fn enrol_office(&mut self, office: &EnrolOffice, at: Moment) {
        self.offices
            .entry(office.office.clone())
            .or_insert_with(|| Office {
                code: office.office.clone(),
                agency: office.agency.clone(),
                province: office.province,
                name_fa: office.name_fa.clone(),
                name_en: office.name_en.clone(),
                from: at,
            });
    }
}
