//! Both ledgers of a registry, under construction.

use std::path::Path;
use std::sync::Arc;

use prost::Message as _;
use sabt_chain::authorship::{AuthorSigningKey, Nonce};
use sabt_chain::note::SignerKey;
use sabt_chain::{ActId, Kind, LedgerName, Origin, Position, Size, Timestamp};
use sabt_domain::erasure::{self, ORDER_VALIDITY_MAX_MICROS};
use sabt_journal::{ERASE_PAYLOADS_MAX, PayloadRef, durable};
use sabt_proto::event::v1 as proto;
use sabt_proto::event::v1::{Role, act, event};

use super::batch::{Draft, Maker, Order};
use super::error::LedgerError;
use super::file::{self, LedgerFile, SEGMENT_BYTES_MIN};
use super::{LOG_KEYS_FILE, LedgerPlan};
use crate::institutions::{GOVERNANCE, governance_act};
use crate::plan::AuthorRef;
use crate::{Seed, agencies, author_key, enrolment, ids, offices};

/// When the registry was founded: 2 February 2026.
const FOUNDED_AT: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);

/// Lanes of acts that no family makes; the governance acts of the enrolment have the lane above.
const ERASURE_LANE: u32 = u32::MAX - 1;
const ANCHOR_LANE: u32 = u32::MAX - 2;

/// A registry whose ledgers are written record by record, without a server and without a vault.
///
/// It is founded when it is made; every office of the synthetic country is enrolled with its key. The same calls give
/// the same bytes.
#[derive(Debug)]
pub struct SyntheticRegistry {
    seed: Seed,
    events: LedgerFile,
    disclosures: LedgerFile,
    origin: Origin,
    governance: AuthorSigningKey,
    protection: AuthorSigningKey,
    authors: Arc<[AuthorSigningKey]>,
    clock: Timestamp,
    batch_records: u64,
    /// Batches made so far, of events and of disclosures.
    batches: [u32; 2],
    acts: u32,
    anchors: u64,
}

impl SyntheticRegistry {
    /// Founds a registry in `directory`. Of the plan, only names, seed and sizes of frames and segments are looked at.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn create(directory: &Path, plan: &LedgerPlan) -> Result<Self, LedgerError> {
        if plan.segment_bytes < SEGMENT_BYTES_MIN {
            return Err(LedgerError::SegmentBytes {
                segment_bytes: plan.segment_bytes,
                least: SEGMENT_BYTES_MIN,
            });
        }
        let made = durable::create_directory(directory);
        made.map_err(|source| LedgerError::File {
            path: directory.to_owned(),
            source,
        })?;
        let ledger = |name| -> Result<LedgerFile, LedgerError> {
            let origin = Origin::new(&plan.registry, name)?;
            let signer = log_key(plan.seed, &origin);
            let records = plan.frame_records.get();
            LedgerFile::create(directory, &origin, signer, plan.segment_bytes, records)
        };
        let signer_of = |agency: &str, office: &str| {
            let author = AuthorRef {
                agency: agency.to_owned(),
                office: office.to_owned(),
            };
            AuthorSigningKey::from_seed(author_key(plan.seed, &author))
        };
        let governance = signer_of(GOVERNANCE, GOVERNANCE);
        let keys_of = |wanted: fn(Role) -> bool| -> Vec<AuthorSigningKey> {
            let offices = offices().into_iter();
            let entitled = offices.filter(|office| wanted(role_of(office.agency)));
            entitled
                .map(|office| signer_of(office.agency, &office.code))
                .collect()
        };
        let protection = keys_of(|role| role == Role::DataProtectionOfficer).pop();
        let mut registry = Self {
            seed: plan.seed,
            events: ledger(LedgerName::Events)?,
            disclosures: ledger(LedgerName::Disclosures)?,
            origin: Origin::new(&plan.registry, LedgerName::Events)?,
            protection: protection.unwrap_or_else(|| governance.clone()),
            governance,
            authors: keys_of(records_events).into(),
            clock: FOUNDED_AT,
            batch_records: u64::from(plan.frame_records.get()),
            batches: [0; 2],
            acts: 0,
            anchors: 0,
        };
        registry.found(&plan.registry)?;
        let log_keys = registry.log_keys().map(|key| key + "\n").concat();
        file::write(&directory.join(LOG_KEYS_FILE), log_keys.as_bytes())?;
        Ok(registry)
    }

    /// Appends so many records of life events, in acts of one to three parts; returns the first position.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn append_events(&mut self, records: u64) -> Result<Position, LedgerError> {
        self.append_sealed(LedgerName::Events, records)
    }

    /// Appends so many disclosures; returns the first position.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn append_disclosures(&mut self, records: u64) -> Result<Position, LedgerError> {
        self.append_sealed(LedgerName::Disclosures, records)
    }

    /// Appends an act of the governance authority, signed by its key; returns the position.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn append_governance(&mut self, body: act::Body) -> Result<Position, LedgerError> {
        // The acts of the founding and the enrolment have small numbers.
        let sequence = u32::MAX - self.next_act();
        let act = governance_act(self.seed, self.clock.as_micros(), sequence, body);
        self.append_acts([act])
    }

    /// Publishes both ledgers and appends the checkpoint of each to the other, if it has grown since the last time by
    /// records that are no anchors.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn anchor(&mut self) -> Result<(), LedgerError> {
        for anchored in [LedgerName::Disclosures, LedgerName::Events] {
            if !self.ledger_mut(anchored).take_unanchored() {
                continue;
            }
            let payload = proto::Anchor {
                checkpoint: self.ledger(anchored).publish()?,
                succession: None,
            };
            let act_id = self.act_id(ANCHOR_LANE);
            let draft = Draft::clear(Kind::Anchor, act_id, payload.encode_to_vec(), None);
            let mut clock = self.clock;
            let into = self.ledger_mut(anchored.other());
            into.append(&[draft], &mut clock)?;
            self.clock = clock;
            self.anchors = self.anchors.saturating_add(1);
        }
        Ok(())
    }

    /// Erases the payloads of these event records: the erasure records first, then the zeros.
    ///
    /// # Errors
    /// [`LedgerError::NotSealed`] for a position without a sealed payload, and what the journal says.
    pub fn erase(&mut self, positions: &[Position]) -> Result<(), LedgerError> {
        for positions in positions.chunks(ERASE_PAYLOADS_MAX) {
            let payloads = positions
                .iter()
                .map(|position| self.events.payload(*position))
                .collect::<Result<Vec<PayloadRef>, _>>()?;
            self.record_erasure(positions)?;
            self.events.erase(&payloads)?;
        }
        Ok(())
    }

    /// Appends the record of an erasure alone: the payloads stay until they are erased.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn record_erasure(&mut self, positions: &[Position]) -> Result<Position, LedgerError> {
        let act_id = self.act_id(ERASURE_LANE);
        let order = self.order(act_id, positions).encode_to_vec();
        let signers = [&self.protection, &self.governance];
        let signatures = signers.map(|key| key.sign_erasure(&self.origin, &order));
        let payload = erasure::payload(&proto::SignedErasureOrder {
            order,
            signatures: signatures.map(|one| one.as_bytes().to_vec()).to_vec(),
            ..proto::SignedErasureOrder::default()
        });
        let authorship = self
            .protection
            .sign_erasure_record(&self.origin, act_id, &payload);
        let draft = Draft::clear(Kind::Erasure, act_id, payload, Some(authorship));
        self.events.append(&[draft], &mut self.clock)
    }

    /// The order that the data-protection officer and the governance authority sign. What it commits to is nobody.
    fn order(&self, act_id: ActId, positions: &[Position]) -> proto::Erasure {
        let agencies = agencies().into_iter();
        let mut protecting = agencies.filter(|agency| agency.role == Role::DataProtectionOfficer);
        let protecting = protecting.next().map_or(GOVERNANCE, |agency| agency.code);
        let signers = [&self.protection, &self.governance];
        proto::Erasure {
            positions: positions.iter().map(|position| position.get()).collect(),
            legal_basis: "law:art.31".to_owned(),
            approvers: vec![format!("{protecting}/D101"), format!("{GOVERNANCE}/G1")],
            order_id: act_id.as_bytes().to_vec(),
            origin: self.origin.as_str().to_owned(),
            subject: ids::nonce(self.seed, act_id.as_bytes()).to_vec(),
            not_after: self
                .clock
                .as_micros()
                .saturating_add(ORDER_VALIDITY_MAX_MICROS),
            ground: proto::ErasureGround::RetentionEnded.into(),
            permit_number: "P-1".to_owned(),
            approver_keys: signers
                .map(|key| key.public().id().as_bytes().to_vec())
                .to_vec(),
            signatures: Vec::new(),
        }
    }

    /// Signs both ledgers as they stand and publishes the checkpoints, which are returned, events first.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn publish(&self) -> Result<[String; 2], LedgerError> {
        Ok([self.events.publish()?, self.disclosures.publish()?])
    }

    /// How many records a ledger holds.
    pub const fn size(&self, ledger: LedgerName) -> Size {
        self.ledger(ledger).size()
    }

    /// Anchors in both ledgers together.
    pub const fn anchors(&self) -> u64 {
        self.anchors
    }

    /// The key that signs the checkpoints of a ledger.
    pub const fn log_signer(&self, ledger: LedgerName) -> &SignerKey {
        self.ledger(ledger).signer()
    }

    /// The vkeys of both logs, events first.
    pub fn log_keys(&self) -> [String; 2] {
        LedgerName::ALL.map(|ledger| self.log_signer(ledger).verifier().to_string())
    }

    /// The founding, then every agency, office and key.
    fn found(&mut self, registry: &str) -> Result<(), LedgerError> {
        let [events_log_key, disclosures_log_key] = self.log_keys();
        let founding = act::Body::FoundRegistry(proto::FoundRegistry {
            name: registry.to_owned(),
            events_log_key,
            disclosures_log_key,
            governance_key: self.governance.public().as_bytes().to_vec(),
        });
        let now = self.clock.as_micros();
        let founding = governance_act(self.seed, now, 0, founding);
        let public_key = |seed: &[u8; 32]| *AuthorSigningKey::from_seed(*seed).public().as_bytes();
        let enrolment = enrolment(self.seed, now, public_key);
        self.append_acts([founding].into_iter().chain(enrolment))?;
        Ok(())
    }

    /// Appends governance acts, in the clear; returns the first position.
    fn append_acts(
        &mut self,
        acts: impl IntoIterator<Item = proto::Act>,
    ) -> Result<Position, LedgerError> {
        let acts = acts.into_iter();
        let drafts: Vec<Draft> = acts.filter_map(|act| self.governance_draft(act)).collect();
        self.events.append(&drafts, &mut self.clock)
    }

    /// The record of a governance act; `None` for any other act.
    fn governance_draft(&self, act: proto::Act) -> Option<Draft> {
        let body = stated(act.body.clone()?)?;
        let id = <[u8; 16]>::try_from(act.act_id.as_slice()).ok()?;
        let act_id = ActId::from_bytes(id);
        let (bytes, nonce) = (act.encode_to_vec(), ids::nonce(self.seed, &id));
        let authorship =
            self.governance
                .sign_act(&self.origin, act_id, &bytes, &Nonce::from_bytes(nonce));
        let event = proto::Event {
            act: bytes,
            nonce: nonce.to_vec(),
            occurred_on: act.occurred_on,
            office_recorded_at: act.recorded_at,
            office: act.office,
            legal_basis: act.legal_basis,
            law_edition: String::new(),
            body: Some(body),
        };
        let payload = event.encode_to_vec();
        Some(Draft::clear(
            Kind::Governance,
            act_id,
            payload,
            Some(authorship),
        ))
    }

    fn append_sealed(&mut self, name: LedgerName, records: u64) -> Result<Position, LedgerError> {
        let authors = Arc::clone(&self.authors);
        let maker = Maker::new(self.seed, self.origin.clone(), name, authors);
        let mut left = records;
        let orders: Vec<Order> = std::iter::from_fn(|| {
            let records = left.min(self.batch_records);
            left -= records;
            let next = &mut self.batches[name.index()];
            let number = *next;
            *next = next.saturating_add(u32::from(records > 0));
            (records > 0).then_some(Order { number, records })
        })
        .collect();
        let mut clock = self.clock;
        let ledger = self.ledger_mut(name);
        let first = ledger.size().next_position();
        maker.make(&orders, |batch| {
            ledger.append(&batch, &mut clock).map(|_first| ())
        })?;
        self.clock = clock;
        Ok(first)
    }

    const fn next_act(&mut self) -> u32 {
        self.acts = self.acts.saturating_add(1);
        self.acts
    }

    fn act_id(&mut self, lane: u32) -> ActId {
        let sequence = self.next_act();
        let id = ids::act_id(self.seed, lane, sequence, self.clock.as_micros());
        ActId::from_bytes(id)
    }

    const fn ledger(&self, name: LedgerName) -> &LedgerFile {
        match name {
            LedgerName::Events => &self.events,
            LedgerName::Disclosures => &self.disclosures,
        }
    }

    const fn ledger_mut(&mut self, name: LedgerName) -> &mut LedgerFile {
        match name {
            LedgerName::Events => &mut self.events,
            LedgerName::Disclosures => &mut self.disclosures,
        }
    }
}

/// The key of a log, from the seed.
fn log_key(seed: Seed, origin: &Origin) -> SignerKey {
    SignerKey::from_seed(origin.into(), ids::author_key(seed, "log", origin.as_str()))
}

fn role_of(agency: &str) -> Role {
    let known = agencies().into_iter().find(|known| known.code == agency);
    known.map_or(Role::Unspecified, |known| known.role)
}

/// Whether agencies of this role sign life events.
const fn records_events(role: Role) -> bool {
    matches!(
        role,
        Role::Registrar | Role::BorderPolice | Role::CivilRegistry
    )
}

/// What the registry states of a governance act; `None` for any other act.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "governance acts are few, all others are stated sealed"
)]
fn stated(body: act::Body) -> Option<event::Body> {
    use {act::Body as Act, event::Body as Event};
    match body {
        Act::FoundRegistry(body) => Some(Event::RegistryFounded(body)),
        Act::EnrolAgency(body) => Some(Event::AgencyEnrolled(body)),
        Act::RevokeAgency(body) => Some(Event::AgencyRevoked(body)),
        Act::EnrolKey(body) => Some(Event::KeyEnrolled(body)),
        Act::RevokeKey(body) => Some(Event::KeyRevoked(body)),
        Act::EnrolOffice(body) => Some(Event::OfficeEnrolled(body)),
        Act::AdoptPolicy(body) => Some(Event::PolicyAdopted(body)),
        Act::RotateLogKey(body) => Some(Event::LogKeyRotated(body)),
        Act::RevokeGrant(body) => Some(Event::GrantRevoked(body)),
        Act::JustifyLookup(body) => Some(Event::LookupJustified(body)),
        _ => None,
    }
}
