//! Who may sign what, at each position: the fold of the governance records.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use prost::Message as _;
use sabt_chain::authorship::{AuthorKey, Nonce};
use sabt_chain::rotation::{Rotation, RotationError};
use sabt_chain::{ActId, Commitment, KeyId, Kind, LedgerName, Position, Signature, Timestamp};
use sabt_proto::event::v1 as proto;
use sabt_proto::event::v1::{act, event};

use crate::fault::{Finding, GovernanceFault, KindName, LogKeyFault};
use crate::mutant::{Check, removed};
use crate::trust::TrustedLogs;

/// The code under which the governance authority's own key signs.
const GOVERNANCE: &str = "GOVERNANCE";

/// The authors of a registry, as far as its governance records have been read.
#[derive(Debug, Default)]
pub(crate) struct Authors {
    /// The founding authority's key; like any other it may be revoked later.
    governance: Option<Arc<AuthorKey>>,
    agencies: BTreeMap<String, Agency>,
    keys: HashMap<KeyId, EnrolledKey>,
    founded: bool,
    /// Whether the governance record announced last is the order of a court, which the data-protection officer signs.
    takes_order: bool,
    /// Whether it is the justification of a look-up, which the agency that looked signs.
    justifies: bool,
}

#[derive(Debug)]
struct Agency {
    /// Whether it may sign governance records.
    governs: bool,
    /// Whether it is the data-protection officer's, who enters the orders of courts and may revoke every agency's grants.
    protects: bool,
    /// Whether it is the asylum unit, which orders the erasure of claims. What an order is about stands in no record, so
    /// that an auditor sees who ordered and not what: the registry lets the unit order nothing else.
    receives_claims: bool,
    revoked: Option<Position>,
}

impl Agency {
    /// Whether it may sign erasures.
    const fn erases(&self) -> bool {
        self.governs || self.protects || self.receives_claims
    }
}

#[derive(Debug)]
struct EnrolledKey {
    public_key: Arc<AuthorKey>,
    /// `None`: the governance authority's own.
    agency: Option<String>,
    /// Whether its holder supervises others: issues grants for the agency and revokes them.
    supervises: bool,
    /// When it expires; `None`: never.
    not_after: Option<Timestamp>,
    revoked: Option<Position>,
}

/// A governance record, as it is to be checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GovernanceRecord<'a> {
    /// Its position.
    pub(crate) position: Position,
    /// When it was recorded.
    pub(crate) recorded_at: Timestamp,
    /// The act id in its envelope.
    pub(crate) act_id: ActId,
    /// Whether it is the first part of its act, which alone carries the act.
    pub(crate) is_first_part: bool,
    /// The commitment in its envelope, if it carries authorship.
    pub(crate) commitment: Option<Commitment>,
    /// Name of the registry whose record it was, if it was carried over from another.
    pub(crate) carried_from: Option<&'a str>,
    /// Its payload.
    pub(crate) payload: &'a [u8],
}

impl Authors {
    /// Announces the governance record whose signature is looked at next: what it is decides who may sign it.
    pub(crate) fn announce(&mut self, payload: Option<&[u8]>) {
        let event = payload.and_then(|payload| proto::Event::decode(payload).ok());
        let body = event.and_then(|event| event.body);
        self.takes_order = matches!(body, Some(event::Body::DeferralExtended(_)));
        self.justifies = matches!(body, Some(event::Body::LookupJustified(_)));
    }

    /// Takes a governance record and returns everything that is wrong with it.
    pub(crate) fn accept(
        &mut self,
        record: GovernanceRecord<'_>,
        trust: &mut TrustedLogs,
    ) -> Vec<Finding> {
        let Ok(event) = proto::Event::decode(record.payload) else {
            return vec![Finding::Governance(GovernanceFault::Malformed)];
        };
        let mut findings = if record.is_first_part {
            check_act(record, &event)
        } else {
            Vec::new()
        };
        if !self.founded && !matches!(event.body, Some(event::Body::RegistryFounded(_))) {
            findings.push(Finding::Governance(GovernanceFault::NotFounded));
            // Said once is enough.
            self.founded = true;
        }
        let faults = match &event.body {
            Some(event::Body::RegistryFounded(body)) => {
                self.found(body, record.carried_from, trust)
            }
            Some(event::Body::AgencyEnrolled(body)) => self.enrol_agency(body),
            Some(event::Body::AgencyRevoked(body)) => self.revoke_agency(body, record.position),
            Some(event::Body::KeyEnrolled(body)) => self.enrol_key(body),
            Some(event::Body::KeyRevoked(body)) => self.revoke_key(body, record.position),
            Some(event::Body::OfficeEnrolled(body)) => self.enrol_office(body),
            Some(
                event::Body::PolicyAdopted(_)
                | event::Body::DeferralExtended(_)
                | event::Body::GrantRevoked(_)
                | event::Body::LookupJustified(_),
            ) => Vec::new(),
            Some(event::Body::LogKeyRotated(body)) => {
                let fault = rotate(body, record, trust).err();
                findings.extend(fault.map(Finding::LogKey));
                Vec::new()
            }
            Some(_) | None => vec![GovernanceFault::NotGovernance],
        };
        findings.extend(faults.into_iter().map(Finding::Governance));
        findings
    }

    /// The public key that must have signed a record of this kind at this position, or why the key named may not.
    /// `revokes`: the agency whose grant the record revokes, if it does.
    pub(crate) fn key_in_force(
        &self,
        key: KeyId,
        kind: Kind,
        revokes: Option<&str>,
        recorded_at: Timestamp,
    ) -> Result<Arc<AuthorKey>, Finding> {
        let enrolled = self.keys.get(&key).ok_or(Finding::KeyUnknown { key })?;
        let agency = match &enrolled.agency {
            None => None,
            Some(code) => Some(self.agencies.get(code).ok_or(Finding::KeyUnknown { key })?),
        };
        let of_agency = agency.and_then(|agency| agency.revoked);
        if let Some(revoked) = enrolled.revoked.into_iter().chain(of_agency).min()
            && !removed(Check::KeyInForce)
        {
            return Err(Finding::KeyRevoked { key, revoked });
        }
        if enrolled
            .not_after
            .is_some_and(|not_after| not_after < recorded_at)
        {
            return Err(Finding::KeyExpired { key });
        }
        let entitled = match (kind, agency) {
            (Kind::Event, agency) => agency.is_some(),
            (Kind::Governance, agency) => match revokes {
                // Any agency answers for what its officers looked up; only the registry knows whose look-up it was.
                None if self.justifies => agency.is_some(),
                None if self.takes_order => agency.is_some_and(|agency| agency.protects),
                None => agency.is_none_or(|agency| agency.governs),
                Some(of) => {
                    let supervises = enrolled.supervises && enrolled.agency.as_deref() == Some(of);
                    supervises || agency.is_some_and(|agency| agency.protects)
                }
            },
            (Kind::Erasure, agency) => agency.is_none_or(Agency::erases),
            (Kind::Anchor, _) => false,
        };
        if entitled {
            Ok(Arc::clone(&enrolled.public_key))
        } else {
            Err(Finding::KeyNotEntitled {
                key,
                kind: KindName(kind),
            })
        }
    }

    /// Whether a key is one of `agency`, which stands in the role in which it signs an order of erasure: that of the
    /// data-protection officer or the asylum unit, who `orders`, or that of the governance authority, which approves.
    pub(crate) fn may_approve(&self, key: KeyId, agency: &str, orders: bool) -> bool {
        let enrolled = self.keys.get(&key);
        match enrolled.map(|enrolled| enrolled.agency.as_deref()) {
            None => false,
            Some(None) => agency == GOVERNANCE && !orders,
            Some(Some(code)) => {
                let roles = self.agencies.get(code);
                let in_role = roles.is_some_and(|roles| {
                    if orders {
                        roles.protects || roles.receives_claims
                    } else {
                        roles.governs
                    }
                });
                code == agency && in_role
            }
        }
    }

    /// Whether a governance record has been read, so that there is a key to check the next against.
    pub(crate) const fn is_founded(&self) -> bool {
        self.founded
    }

    /// The key of the authority that signs governance acts.
    pub(crate) fn governance_key(&self) -> Option<[u8; 32]> {
        self.governance.as_ref().map(|key| *key.as_bytes())
    }

    /// How many agencies were ever enrolled.
    pub(crate) fn agencies(&self) -> u64 {
        self.agencies.len() as u64
    }

    /// How many keys of agencies were ever enrolled.
    pub(crate) fn keys(&self) -> u64 {
        self.keys
            .values()
            .filter(|key| key.agency.is_some())
            .count() as u64
    }

    fn found(
        &mut self,
        body: &proto::FoundRegistry,
        carried_from: Option<&str>,
        trust: &TrustedLogs,
    ) -> Vec<GovernanceFault> {
        if self.governance.is_some() {
            return vec![GovernanceFault::FoundedAgain];
        }
        self.founded = true;
        let mut faults = Vec::new();
        if body.name != carried_from.unwrap_or(trust.registry()) {
            faults.push(GovernanceFault::OtherRegistry);
        }
        let stated = [
            (LedgerName::Events, &body.events_log_key),
            (LedgerName::Disclosures, &body.disclosures_log_key),
        ];
        for (ledger, vkey) in stated {
            let trusted = match carried_from {
                None => trust.trusts(ledger, vkey),
                Some(registry) => trust.may_be_predecessor(registry, ledger, vkey),
            };
            if !trusted {
                faults.push(GovernanceFault::OtherLogKey(ledger));
            }
        }
        match public_key(&body.governance_key) {
            Some(public_key) => {
                self.governance = Some(Arc::clone(&public_key));
                self.keys.insert(
                    public_key.id(),
                    EnrolledKey {
                        public_key,
                        agency: None,
                        supervises: false,
                        not_after: None,
                        revoked: None,
                    },
                );
            }
            None => faults.push(GovernanceFault::PublicKey),
        }
        if trust
            .governance_key()
            .is_some_and(|pinned| pinned[..] != body.governance_key[..])
        {
            faults.push(GovernanceFault::OtherGovernanceKey);
        }
        faults
    }

    fn enrol_agency(&mut self, body: &proto::EnrolAgency) -> Vec<GovernanceFault> {
        if self
            .agencies
            .get(&body.agency)
            .is_some_and(|agency| agency.revoked.is_none())
        {
            return vec![GovernanceFault::AgencyEnrolled];
        }
        let is = |wanted| body.roles().any(|role| role == wanted);
        let governs = is(proto::Role::Governance);
        let protects = is(proto::Role::DataProtectionOfficer);
        let receives_claims = is(proto::Role::AsylumUnit);
        let agency = Agency {
            governs,
            protects,
            receives_claims,
            revoked: None,
        };
        // An agency that comes back brings its keys along, save those that were revoked themselves.
        self.agencies.insert(body.agency.clone(), agency);
        Vec::new()
    }

    fn revoke_agency(
        &mut self,
        body: &proto::RevokeAgency,
        position: Position,
    ) -> Vec<GovernanceFault> {
        match self.agencies.get_mut(&body.agency) {
            Some(agency) if agency.revoked.is_none() => {
                agency.revoked = Some(position);
                Vec::new()
            }
            Some(_) | None => vec![GovernanceFault::UnknownAgency],
        }
    }

    fn enrol_key(&mut self, body: &proto::EnrolKey) -> Vec<GovernanceFault> {
        let Some(public_key) = public_key(&body.public_key) else {
            return vec![GovernanceFault::PublicKey];
        };
        if self
            .agencies
            .get(&body.agency)
            .is_none_or(|agency| agency.revoked.is_some())
        {
            return vec![GovernanceFault::UnknownAgency];
        }
        let id = public_key.id();
        if self.keys.contains_key(&id) {
            return vec![GovernanceFault::KeyEnrolled];
        }
        let not_after = (body.not_after != 0).then(|| Timestamp::from_micros(body.not_after));
        let agency = Some(body.agency.clone());
        self.keys.insert(
            id,
            EnrolledKey {
                public_key,
                agency,
                supervises: !body.supervisor.is_empty(),
                not_after,
                revoked: None,
            },
        );
        Vec::new()
    }

    fn revoke_key(&mut self, body: &proto::RevokeKey, position: Position) -> Vec<GovernanceFault> {
        let id = <[u8; 8]>::try_from(body.key_id.as_slice())
            .ok()
            .map(KeyId::from_bytes);
        match id.and_then(|id| self.keys.get_mut(&id)) {
            Some(key) if key.revoked.is_none() => {
                key.revoked = Some(position);
                Vec::new()
            }
            Some(_) | None => vec![GovernanceFault::UnknownKey],
        }
    }

    fn enrol_office(&self, body: &proto::EnrolOffice) -> Vec<GovernanceFault> {
        match self.agencies.get(&body.agency) {
            Some(agency) if agency.revoked.is_none() => Vec::new(),
            Some(_) | None => vec![GovernanceFault::UnknownAgency],
        }
    }
}

/// Opens the commitment: the act inside must be the one signed, carry the envelope's id, and say what the record says.
/// Only governance records can be opened by everybody, for only they stand in the clear.
fn check_act(record: GovernanceRecord<'_>, event: &proto::Event) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(commitment) = record.commitment {
        let nonce = <[u8; 32]>::try_from(event.nonce.as_slice()).ok();
        let opened = nonce.map(|nonce| Nonce::from_bytes(nonce).commit(&event.act));
        if opened != Some(commitment) {
            findings.push(Finding::CommitmentDiffers);
        }
    }
    let Ok(act) = proto::Act::decode(event.act.as_slice()) else {
        findings.push(Finding::Governance(GovernanceFault::Malformed));
        return findings;
    };
    if act.act_id != record.act_id.as_bytes() {
        findings.push(Finding::Governance(GovernanceFault::OtherAct));
    }
    if !same_content(act.body.as_ref(), event.body.as_ref()) {
        findings.push(Finding::Governance(GovernanceFault::OtherContent));
    }
    findings
}

/// The agency whose grant a governance record revokes, if that is what it does.
pub(crate) fn revokes_grant_of(payload: &[u8]) -> Option<String> {
    let event::Body::GrantRevoked(revocation) = proto::Event::decode(payload).ok()?.body? else {
        return None;
    };
    Some(revocation.agency)
}

/// Whether an event states exactly what its act states.
fn same_content(act: Option<&act::Body>, event: Option<&event::Body>) -> bool {
    use {act::Body as A, event::Body as E};

    match (act, event) {
        (Some(A::FoundRegistry(said)), Some(E::RegistryFounded(stated))) => said == stated,
        (Some(A::EnrolAgency(said)), Some(E::AgencyEnrolled(stated))) => said == stated,
        (Some(A::RevokeAgency(said)), Some(E::AgencyRevoked(stated))) => said == stated,
        (Some(A::EnrolKey(said)), Some(E::KeyEnrolled(stated))) => said == stated,
        (Some(A::RevokeKey(said)), Some(E::KeyRevoked(stated))) => said == stated,
        (Some(A::EnrolOffice(said)), Some(E::OfficeEnrolled(stated))) => said == stated,
        (Some(A::AdoptPolicy(said)), Some(E::PolicyAdopted(stated))) => said == stated,
        (Some(A::RotateLogKey(said)), Some(E::LogKeyRotated(stated))) => said == stated,
        (Some(A::ExtendDeferral(said)), Some(E::DeferralExtended(stated))) => said == stated,
        (Some(A::RevokeGrant(said)), Some(E::GrantRevoked(stated))) => said == stated,
        (Some(A::JustifyLookup(said)), Some(E::LookupJustified(stated))) => said == stated,
        _ => false,
    }
}

/// Takes a rotation of a log key: whoever trusts the old key trusts the new one after it.
fn rotate(
    body: &proto::RotateLogKey,
    record: GovernanceRecord<'_>,
    trust: &mut TrustedLogs,
) -> Result<(), LogKeyFault> {
    let keys = (body.old_log_key.parse().ok()).zip(body.new_log_key.parse().ok());
    let rotation = keys.and_then(|(old, new)| {
        Rotation::new(old, new, Timestamp::from_micros(body.retire_at)).ok()
    });
    let rotation = rotation.ok_or(LogKeyFault::Keys)?;
    let signature = |bytes: &[u8]| bytes.try_into().ok().map(Signature::from_bytes);
    let (Some(old), Some(new)) = (
        signature(&body.old_signature),
        signature(&body.new_signature),
    ) else {
        return Err(LogKeyFault::Keys);
    };
    match rotation.verify(&old, &new) {
        Err(RotationError::NewSignature) => return Err(LogKeyFault::Signature { which: "new" }),
        Err(_) if !removed(Check::Rotation) => {
            return Err(LogKeyFault::Signature { which: "old" });
        }
        Err(_) | Ok(()) => {}
    }
    // The keys of an old registry sign nothing here.
    if record.carried_from.is_some() {
        return Ok(());
    }
    trust.rotate(&rotation, record.recorded_at)
}

/// A usable author key. Weak keys are refused: a signature under them proves nothing.
fn public_key(bytes: &[u8]) -> Option<Arc<AuthorKey>> {
    let bytes = <[u8; AuthorKey::BYTES]>::try_from(bytes).ok()?;
    AuthorKey::from_bytes(&bytes).ok().map(Arc::new)
}
