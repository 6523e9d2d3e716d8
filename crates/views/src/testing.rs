//! A small registry for tests: a vault, and two ledgers made record by record.

use std::collections::BTreeSet;
use std::sync::Arc;

use sabt_chain::frame::{Frame, FrameBuilder, RecordView};
use sabt_chain::{
    ActId, Authorship, Chain, Commitment, Digest, Envelope, Epoch, KeyId, Kind, LedgerName, Link,
    Origin, Part, Position, Signature, SubjectTag, Timestamp,
};
use sabt_domain::access::{
    Asker, AuthenticGrant, FieldGroup, Grant, GrantId, Matrix, Permit, Purpose, Role,
};
use sabt_domain::act::{EnrolAgency, EnrolKey, PublicKey};
use sabt_domain::event::{Event, EventBody, PersonRegistered, Recorded};
use sabt_domain::fact::{
    Address, Document, EvidenceState, Nationality, NationalityState, Particulars, Sex,
};
use sabt_domain::governance::Enrolment;
use sabt_domain::law::{DocumentKind, ProvinceCode};
use sabt_domain::name::{Name, NameKind, Script};
use sabt_domain::number::{CaseNumber, ClaimNumber, HouseholdCode, PersonNumber};
use sabt_domain::time::{Calendar, PartialDate};
use sabt_proto::event::v1::{Disclosure, Erasure};
use sabt_vault::numbers::NumberKind;
use sabt_vault::ordinal::{Space, SubjectOrdinal};
use sabt_vault::routing::RoutingKey;
use sabt_vault::seal::RecordPlace;
use sabt_vault::secrets::KeyRing;
use sabt_vault::{KeyOwner, Vault, audit};

use crate::store::MemoryStore;
use crate::{FoldError, Rebuild, Views, WriterAccess};

/// Name of the registry of the tests.
pub(crate) const REGISTRY: &str = "test.example/sabt";

/// 2026-01-01T00:00:00Z: when the first record of a test is received. Each further act comes a second later.
pub(crate) const START_MICROS: i64 = 1_767_225_600_000_000;

/// A second.
pub(crate) const SECOND_MICROS: i64 = 1_000_000;

/// A registry without a writer: tests append what they like.
pub(crate) struct TestRegistry {
    _dir: tempfile::TempDir,
    pub(crate) vault: Arc<Vault>,
    pub(crate) events: TestLedger,
    pub(crate) disclosures: TestLedger,
    next_ordinal: u64,
    next_claim: u64,
}

/// One ledger, each act in a frame of its own.
pub(crate) struct TestLedger {
    chain: Chain,
    routing: RoutingKey,
    link: Link,
    next: u64,
    now: i64,
    frames: Vec<Vec<u8>>,
}

/// A record to be made.
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) subject: SubjectOrdinal,
    pub(crate) payload: Payload,
}

pub(crate) enum Payload {
    Sealed(KeyOwner, Vec<u8>),
    Clear(Vec<u8>),
}

impl TestRegistry {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::create(&dir.path().join("keys")).unwrap();
        let vault = Vault::create(&dir.path().join("vault"), REGISTRY, ring).unwrap();
        Self {
            events: TestLedger::new(&vault, LedgerName::Events),
            disclosures: TestLedger::new(&vault, LedgerName::Disclosures),
            vault: Arc::new(vault),
            _dir: dir,
            next_ordinal: 1,
            next_claim: 1,
        }
    }

    /// A new subject with a key.
    pub(crate) fn subject(&mut self) -> SubjectOrdinal {
        let subject = SubjectOrdinal::new(self.next_ordinal).unwrap();
        self.next_ordinal += 1;
        self.vault.ensure(subject).unwrap();
        subject
    }

    /// A new claim to asylum with a key.
    pub(crate) fn claim(&mut self) -> SubjectOrdinal {
        let claim = SubjectOrdinal::at(Space::Claims, self.next_claim).unwrap();
        self.next_claim += 1;
        self.vault.ensure(claim).unwrap();
        claim
    }

    pub(crate) fn claim_number(&self, claim: SubjectOrdinal) -> ClaimNumber {
        let numbering = self.vault.numbering();
        ClaimNumber::from_serial(numbering.number(NumberKind::AsylumClaim, claim)).unwrap()
    }

    pub(crate) fn case(&self, subject: SubjectOrdinal) -> CaseNumber {
        let serial = self.vault.numbering().number(NumberKind::Case, subject);
        CaseNumber::from_serial(serial).unwrap()
    }

    pub(crate) fn ordinal_of(&self, case: CaseNumber) -> SubjectOrdinal {
        let numbering = self.vault.numbering();
        numbering.ordinal(NumberKind::Case, case.serial()).unwrap()
    }

    pub(crate) fn number(&self, subject: SubjectOrdinal) -> PersonNumber {
        let serial = self.vault.numbering().number(NumberKind::Person, subject);
        PersonNumber::from_serial(serial).unwrap()
    }

    pub(crate) fn code(&self, subject: SubjectOrdinal) -> HouseholdCode {
        let serial = self
            .vault
            .numbering()
            .number(NumberKind::Household, subject);
        HouseholdCode::from_serial(serial).unwrap()
    }

    /// Appends an act with these events; returns its id.
    pub(crate) fn act(&mut self, events: &[(SubjectOrdinal, Event)]) -> ActId {
        let drafts = events
            .iter()
            .map(|(subject, event)| Draft {
                kind: Kind::Event,
                subject: *subject,
                payload: Payload::Sealed((*subject).into(), event.encode(None)),
            })
            .collect();
        self.events.append(&self.vault, drafts)
    }

    /// Appends a governance record.
    pub(crate) fn govern(&mut self, body: EventBody) -> ActId {
        let draft = Draft {
            kind: Kind::Governance,
            subject: SubjectOrdinal::REGISTRY,
            payload: Payload::Clear(event("2026-01-01", body).encode(None)),
        };
        self.events.append(&self.vault, vec![draft])
    }

    /// Appends a disclosure about a subject.
    pub(crate) fn disclose(&mut self, subject: SubjectOrdinal, disclosure: &Disclosure) {
        let epoch = audit::epoch_of(self.disclosures.now).unwrap();
        let owner = KeyOwner::of_disclosure(subject, epoch);
        self.vault.ensure(owner).unwrap();
        let plain = prost::Message::encode_to_vec(disclosure);
        let draft = Draft {
            kind: Kind::Event,
            subject,
            payload: Payload::Sealed(owner, plain),
        };
        self.disclosures.append(&self.vault, vec![draft]);
    }

    /// Has a ledger folded anew, so many frames a time.
    pub(crate) fn refold(
        &self,
        rebuild: &mut Rebuild,
        ledger: LedgerName,
        frames: usize,
    ) -> Result<(), FoldError> {
        let portions = match ledger {
            LedgerName::Events => self.events.portions(frames),
            LedgerName::Disclosures => self.disclosures.portions(frames),
        };
        rebuild.fold(ledger, portions, &mut |_marks| {})
    }

    /// Erases a subject: destroys the key, overwrites the payloads, appends the record.
    pub(crate) fn erase(&mut self, subject: SubjectOrdinal) {
        self.vault.destroy(subject).unwrap();
        let positions = self.events.overwrite(subject);
        self.append_erasure(subject, positions);
    }

    pub(crate) fn append_erasure(&mut self, subject: SubjectOrdinal, positions: Vec<u64>) {
        let erasure = Erasure {
            positions,
            legal_basis: "law:art.1".to_owned(),
            approvers: vec!["A1".to_owned(), "A2".to_owned()],
            ..Erasure::default()
        };
        let draft = Draft {
            kind: Kind::Erasure,
            subject,
            payload: Payload::Clear(prost::Message::encode_to_vec(&erasure)),
        };
        self.events.append(&self.vault, vec![draft]);
    }
}

impl TestLedger {
    fn new(vault: &Vault, ledger: LedgerName) -> Self {
        let origin = Origin::new(REGISTRY, ledger).unwrap();
        let chain = Chain::new(&origin);
        Self {
            routing: vault.routing_key(origin.as_str()),
            link: chain.genesis(),
            chain,
            next: 0,
            now: START_MICROS,
            frames: Vec::new(),
        }
    }

    /// Sets the clock: when the next act is received.
    pub(crate) fn set_clock(&mut self, micros: i64) {
        self.now = micros;
    }

    pub(crate) fn link(&self) -> Link {
        self.link
    }

    pub(crate) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.frames.iter().map(|bytes| Frame::parse(bytes).unwrap())
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = RecordView<'_>> {
        self.frames().flat_map(|frame| frame.records())
    }

    /// So many frames a time, as a rebuild takes them.
    pub(crate) fn portions(
        &self,
        frames: usize,
    ) -> impl Iterator<Item = Result<Vec<Frame<'_>>, FoldError>> + Send {
        let all: Vec<_> = self.frames().collect();
        let portions: Vec<_> = all.chunks(frames).map(<[_]>::to_vec).collect();
        portions.into_iter().map(Ok)
    }

    pub(crate) fn append(&mut self, vault: &Vault, drafts: Vec<Draft>) -> ActId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.next.to_be_bytes());
        id[8] = 0x80;
        let act_id = ActId::from_bytes(id);
        let first = Position::new(self.next);
        let mut frame = FrameBuilder::new(Epoch::new(1), first, self.link);
        let parts = u8::try_from(drafts.len()).unwrap();
        for (index, draft) in drafts.into_iter().enumerate() {
            let part = Part::new(u8::try_from(index).unwrap(), parts).unwrap();
            let place = RecordPlace {
                origin: self.chain.origin().as_str(),
                position: self.next,
                act_id: id,
            };
            let payload = match draft.payload {
                Payload::Clear(bytes) => bytes,
                Payload::Sealed(owner, plain) => {
                    let mut sealed = Vec::new();
                    vault.seal_into(owner, &place, &plain, &mut sealed).unwrap();
                    sealed
                }
            };
            let envelope = Envelope {
                kind: draft.kind,
                position: Position::new(self.next),
                previous: self.link,
                recorded_at: Timestamp::from_micros(self.now),
                subject_tag: SubjectTag::from_bytes(self.routing.tag(self.next, draft.subject)),
                act_id,
                part,
                sealed_len: u32::try_from(payload.len()).unwrap(),
                sealed_digest: Digest::of(&payload),
                authorship: part.is_first().then(|| Authorship {
                    key_id: KeyId::from_bytes([1; 8]),
                    commitment: Commitment::from_bytes([2; 32]),
                    signature: Signature::from_bytes([3; 64]),
                }),
            };
            let bytes = envelope.encode().unwrap();
            self.link = self.chain.link(&bytes);
            self.next += 1;
            frame.push(&bytes, &payload).unwrap();
        }
        self.frames.push(frame.finish().unwrap());
        self.now += SECOND_MICROS;
        act_id
    }

    /// Overwrites the sealed payloads of a subject with zeros; returns their positions.
    pub(crate) fn overwrite(&mut self, subject: SubjectOrdinal) -> Vec<u64> {
        let mut positions = Vec::new();
        for bytes in &mut self.frames {
            let mut ranges = Vec::new();
            for record in Frame::parse(bytes).unwrap().records() {
                let position = record.envelope.position.get();
                let tag = record.envelope.subject_tag.as_bytes();
                let about = self.routing.subject(position, tag).unwrap();
                if record.envelope.kind == Kind::Event && about == subject {
                    positions.push(position);
                    let start = record.sealed_offset;
                    ranges.push(start..start + record.sealed.len());
                }
            }
            for range in ranges {
                bytes[range].fill(0);
            }
        }
        positions
    }
}

/// An event that an office in Tehran recorded.
pub(crate) fn event(occurred_on: &str, body: EventBody) -> Event {
    Event {
        occurred_on: date(occurred_on),
        office_recorded_at: sabt_domain::time::Timestamp::from_micros(START_MICROS),
        office: "THR-01".parse().unwrap(),
        legal_basis: "law:art.22".to_owned(),
        law_edition: "1403".to_owned(),
        body,
    }
}

/// A Gregorian date.
pub(crate) fn date(text: &str) -> PartialDate {
    PartialDate::parse(text, Calendar::Gregorian).unwrap()
}

/// Given and family name in Persian letters.
pub(crate) const GIVEN_FA: &str = "\u{0632}\u{0647}\u{0631}\u{0627}";
pub(crate) const FAMILY_FA: &str = "\u{06a9}\u{0631}\u{06cc}\u{0645}\u{06cc}";

pub(crate) fn name(script: Script, given: &str, family: &str) -> Name {
    Name {
        kind: NameKind::AsWritten,
        script,
        given: given.to_owned(),
        family: family.to_owned(),
        father: String::new(),
        grandfather: String::new(),
        language: String::new(),
    }
}

/// A woman from Afghanistan with a Persian and a Latin name.
pub(crate) fn particulars(given: &str, family: &str, birth: &str) -> Particulars {
    Particulars {
        names: vec![
            name(Script::Arabic, GIVEN_FA, FAMILY_FA),
            name(Script::Latin, given, family),
        ],
        sex: Sex::Female,
        birth_date: Some(date(birth)),
        birth_place: None,
        nationalities: vec![Nationality {
            country: Some("AFG".parse().unwrap()),
            state: NationalityState::Claimed,
        }],
    }
}

pub(crate) fn document(kind: DocumentKind, number: &str) -> Document {
    Document {
        kind,
        issuer: "AFG".parse().unwrap(),
        number: number.to_owned(),
        issued_on: Some(date("2020-01-01")),
        valid_until: Some(date("2030-01-01")),
        mrz: Vec::new(),
    }
}

pub(crate) fn address(street: &str) -> Address {
    Address {
        province: ProvinceCode::from_code("IR-23").unwrap(),
        county: "Tehran".to_owned(),
        locality: "Tehran".to_owned(),
        street: street.to_owned(),
        postal_code: String::new(),
    }
}

impl TestRegistry {
    /// A registration with a passport.
    pub(crate) fn registration(
        &self,
        subject: SubjectOrdinal,
        given: &str,
        family: &str,
        passport: &str,
    ) -> Event {
        event(
            "2021-03-01",
            EventBody::PersonRegistered(PersonRegistered {
                number: self.number(subject),
                particulars: particulars(given, family, "1990-05-05"),
                evidence: EvidenceState::Document,
                documents: vec![document(DocumentKind::Passport, passport)],
                address: Some(address("Street One")),
                file_province: ProvinceCode::from_code("IR-23"),
            }),
        )
    }

    /// Registers a new person alone.
    pub(crate) fn register(&mut self, given: &str, family: &str, passport: &str) -> SubjectOrdinal {
        let subject = self.subject();
        let event = self.registration(subject, given, family, passport);
        self.act(&[(subject, event)]);
        subject
    }
}

/// A permit of the newest edition.
pub(crate) fn permit(role: Role, purpose: Purpose) -> Permit {
    Matrix::newest()
        .permit(&asker(role), purpose.code(), "law:art.4", "CASE-1")
        .unwrap()
}

fn asker(role: Role) -> Asker {
    asker_of(role, "IRN")
}

fn asker_of(role: Role, state: &str) -> Asker {
    Asker {
        agency: "TEST".to_owned(),
        officer: "T-1".to_owned(),
        roles: BTreeSet::from([role]),
        state: state.to_owned(),
        rights: sabt_domain::law::Right::ALL.iter().copied().collect(),
    }
}

/// Every permit of every edition for an agency that answers to this State.
pub(crate) fn all_permits_of(state: &str) -> Vec<Permit> {
    let rows = Matrix::editions()
        .iter()
        .flat_map(|matrix| matrix.rows().iter().map(move |row| (matrix, row)));
    rows.map(|(matrix, row)| {
        matrix
            .permit(
                &asker_of(row.role, state),
                row.purpose.code(),
                "law:art.4",
                "CASE-1",
            )
            .unwrap()
    })
    .collect()
}

/// The same permit under a grant that gives these groups about these persons.
pub(crate) fn granted(
    role: Role,
    purpose: Purpose,
    groups: &[FieldGroup],
    persons: &[PersonNumber],
) -> Permit {
    let now = sabt_domain::time::Timestamp::from_micros(START_MICROS);
    let key = PublicKey([7; 32]);
    let enrol = [
        EventBody::AgencyEnrolled(EnrolAgency {
            agency: "TEST".parse().unwrap(),
            name_fa: "TEST".to_owned(),
            name_en: "TEST".to_owned(),
            roles: vec![role],
            state: "IRN".parse().unwrap(),
            rights: Vec::new(),
        }),
        EventBody::KeyEnrolled(EnrolKey {
            agency: "TEST".parse().unwrap(),
            public_key: key,
            office: None,
            not_after: None,
            supervisor: Some("T-0".parse().unwrap()),
            emergency_officer: None,
        }),
    ];
    let mut enrolment = Enrolment::default();
    for (body, position) in enrol.into_iter().zip(1..) {
        enrolment.apply(&Recorded {
            position,
            recorded_at: now,
            act_id: sabt_domain::act::ActId([1; 16]),
            part: 0,
            event: event("2025-12-01", body),
        });
    }
    let grant = Grant {
        id: GrantId([1; 16]),
        origin: "test/events".to_owned(),
        agency: "TEST".parse().unwrap(),
        officer: "T-1".parse().unwrap(),
        purpose,
        legal_basis: "law:art.4".to_owned(),
        case_reference: "CASE-1".to_owned(),
        groups: groups.iter().copied().collect(),
        persons: persons.iter().copied().collect(),
        not_before: now,
        not_after: now,
        issuer: key.id(),
    };
    let authentic = AuthenticGrant::read(&grant.encode(), "test/events", &enrolment, |_| true);
    let held = authentic.unwrap().for_asker(&asker(role), &enrolment, now);
    permit(role, purpose).under(&held.unwrap()).unwrap()
}

/// Every permit of the newest edition.
pub(crate) fn all_permits() -> Vec<Permit> {
    Matrix::newest()
        .rows()
        .iter()
        .map(|row| permit(row.role, row.purpose))
        .collect()
}

/// An office's permit: everything but claims to asylum and disclosures.
pub(crate) fn registrar() -> Permit {
    permit(Role::Registrar, Purpose::Registration)
}

/// Views in memory, with everything folded.
pub(crate) fn folded(registry: &TestRegistry) -> (Views, WriterAccess) {
    let store = Box::new(MemoryStore::new());
    let (views, writer) = Views::open(store, Arc::clone(&registry.vault), REGISTRY).unwrap();
    views.fold_events(registry.events.records()).unwrap();
    views
        .fold_disclosures(registry.disclosures.records())
        .unwrap();
    (views, writer)
}
