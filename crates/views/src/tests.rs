//! The fold as a whole: portions, resuming, rebuilding, erasing, blindness.

mod growing;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sabt_chain::frame::Frame;
use sabt_chain::{ActId, LedgerName, Link, Size};
use sabt_domain::access::Role;
use sabt_domain::act::{ActId as DomainActId, EnrolAgency, IssueDocument, SubjectId};
use sabt_domain::event::{ActAnnulled, EventBody};
use sabt_domain::law::DocumentKind;
use sabt_proto::event::v1::Disclosure;
use sabt_vault::ordinal::SubjectOrdinal;

use crate::store::conformance::dump;
use crate::store::{Batch, Entry, MemoryStore, Snapshot, Store, StoreDigest, StoreError, Table};
use crate::testing::{
    FAMILY_FA, GIVEN_FA, REGISTRY, TestLedger, TestRegistry, document, event, folded,
};
use crate::{FoldError, OpenError, Rebuild, ResumeError, Views};

fn open(store: &Arc<MemoryStore>, registry: &TestRegistry) -> Views {
    let store = Box::new(Arc::clone(store));
    Views::open(store, Arc::clone(&registry.vault), REGISTRY)
        .unwrap()
        .0
}

fn frame(ledger: &TestLedger, index: usize) -> Frame<'_> {
    ledger.frames().nth(index).unwrap()
}

fn issue(registry: &TestRegistry, subject: SubjectOrdinal, number: &str) -> EventBody {
    EventBody::DocumentIssued(IssueDocument {
        person: registry.number(subject),
        document: document(DocumentKind::ResidenceCard, number),
        replaces: None,
    })
}

fn annul(target: ActId) -> EventBody {
    EventBody::ActAnnulled(ActAnnulled {
        target: DomainActId(target.to_bytes()),
        reason: "entered twice".to_owned(),
    })
}

fn disclosure(officer: &str) -> Disclosure {
    Disclosure {
        officer: officer.to_owned(),
        purpose: "REGISTRATION".to_owned(),
        ..Disclosure::default()
    }
}

fn rebuilt(registry: &TestRegistry, store: Box<dyn Store>, portion: usize) -> StoreDigest {
    let rebuild = Rebuild::begin(store, Arc::clone(&registry.vault), REGISTRY).unwrap();
    refolded(registry, rebuild, portion).unwrap()
}

fn refolded(
    registry: &TestRegistry,
    mut rebuild: Rebuild,
    portion: usize,
) -> Result<StoreDigest, FoldError> {
    for ledger in LedgerName::ALL {
        registry.refold(&mut rebuild, ledger, portion)?;
    }
    let (views, _) = rebuild.finish()?;
    Ok(views.digest().unwrap())
}

#[test]
fn fold_is_counted_and_repeatable() {
    let mut registry = TestRegistry::new();
    registry.register("Zahra", "Karimi", "P1");
    registry.register("Ali", "Karimi", "P2");
    let (views, _) = folded(&registry);
    assert_eq!(views.position(), Size::new(2));
    let before = views.digest().unwrap();
    assert_eq!(
        views.fold_events(registry.events.records()).unwrap(),
        Size::new(2)
    );
    assert_eq!(views.digest().unwrap(), before);
    assert_eq!(views.marks().events.highest_ordinal.get(), 2);
}

#[test]
fn gaps_forks_and_half_acts_are_refused() {
    let mut registry = TestRegistry::new();
    let (first, second) = (registry.subject(), registry.subject());
    let pair = [
        (first, registry.registration(first, "Zahra", "Karimi", "P1")),
        (second, registry.registration(second, "Ali", "Karimi", "P2")),
    ];
    registry.act(&pair);
    registry.register("Reza", "Karimi", "P3");
    let store = Arc::new(MemoryStore::new());
    let views = open(&store, &registry);

    let gap = views
        .fold_events(frame(&registry.events, 1).records())
        .unwrap_err();
    assert!(matches!(gap, FoldError::Gap { expected, found, .. }
        if expected.get() == 0 && found.get() == 2));
    let half = views
        .fold_events(frame(&registry.events, 0).records().take(1))
        .unwrap_err();
    assert!(matches!(half, FoldError::HalfAct { .. }));
    // Nothing of them was applied, and the right records pass.
    assert_eq!(views.position(), Size::EMPTY);
    views
        .fold_events(frame(&registry.events, 0).records())
        .unwrap();

    // Another ledger of the same registry keys goes on with another record.
    let mut forked: Vec<_> = frame(&registry.events, 1).records().collect();
    forked[0].envelope.previous = Link::from_bytes([7; 32]);
    let fork = views.fold_events(forked).unwrap_err();
    assert!(matches!(fork, FoldError::Fork { position, .. } if position.get() == 2));
    views.fold_events(registry.events.records()).unwrap();
    assert_eq!(views.position(), Size::new(3));
}

#[test]
fn resumes_only_on_the_same_ledger() {
    let mut registry = TestRegistry::new();
    registry.register("Zahra", "Karimi", "P1");
    let (views, _) = folded(&registry);
    let marks = views.marks();
    let link = registry.events.link();
    assert_eq!(marks.check_resume(LedgerName::Events, link), Ok(()));
    assert_eq!(
        marks.check_resume(LedgerName::Events, Link::from_bytes([1; 32])),
        Err(ResumeError {
            ledger: LedgerName::Events,
            size: Size::new(1),
        })
    );
    let genesis = registry.disclosures.link();
    assert_eq!(marks.check_resume(LedgerName::Disclosures, genesis), Ok(()));
}

#[test]
fn records_of_another_registry_are_refused() {
    let mut other = TestRegistry::new();
    other.register("Zahra", "Karimi", "P1");
    let registry = TestRegistry::new();
    let (views, _) = folded(&registry);
    let error = views.fold_events(other.events.records()).unwrap_err();
    assert!(error.to_string().contains("not this registry's"));
}

#[test]
fn views_hold_no_readable_personal_data() {
    let mut registry = TestRegistry::new();
    let subject = registry.register("Zarintaj", "Khorasani", "PASS7788");
    let body = issue(&registry, subject, "CARD9900");
    registry.act(&[(subject, event("2022-01-01", body))]);
    registry.disclose(subject, &disclosure("OFFICER42"));
    let store = Arc::new(MemoryStore::new());
    let views = open(&store, &registry);
    views.fold_events(registry.events.records()).unwrap();
    views
        .fold_disclosures(registry.disclosures.records())
        .unwrap();
    let number = registry.number(subject).to_string();
    let secrets = [
        "Zarintaj",
        "zarintaj",
        "Khorasani",
        "khorasani",
        GIVEN_FA,
        FAMILY_FA,
        "PASS7788",
        "CARD9900",
        "OFFICER42",
        "Street One",
        "AFG",
        &number,
    ];
    let stored = dump(&*store.snapshot().unwrap());
    assert!(stored.len() > 10);
    for ((table, key), value) in &stored {
        for secret in secrets {
            let found = [key, value].into_iter().any(|bytes| {
                bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
            });
            assert!(!found, "a secret stands readable in {table:?}");
        }
    }
}

#[test]
fn a_destroyed_key_blinds_at_once_and_erasure_cleans_up() {
    let mut registry = TestRegistry::new();
    let subject = registry.register("Zahra", "Karimi", "P1");
    let other = registry.register("Ali", "Karimi", "P2");
    let store = Arc::new(MemoryStore::new());
    let (views, writer) = Views::open(
        Box::new(Arc::clone(&store)),
        Arc::clone(&registry.vault),
        REGISTRY,
    )
    .unwrap();
    views.fold_events(registry.events.records()).unwrap();
    let life = |subject| {
        let id = SubjectId::Person(registry.number(subject));
        views.states(&writer).unwrap().life(&id).unwrap()
    };
    assert_eq!(life(subject).version(), 1);
    let names = |store: &MemoryStore| {
        let snapshot = store.snapshot().unwrap();
        let names = snapshot.scan_prefix(Table::Names, &[], &[], 1_000).unwrap();
        let documents = snapshot.scan_prefix(Table::Documents, &[], &[], 9).unwrap();
        (names.len(), documents.len())
    };
    let (both, documents) = names(&store);
    assert_eq!(documents, 2);

    registry.vault.destroy(subject).unwrap();
    assert!(life(subject).is_empty());
    assert_eq!(life(other).version(), 1);

    registry.erase(subject);
    views.fold_events(registry.events.records()).unwrap();
    let (left, documents) = names(&store);
    assert!(left < both);
    assert_eq!(documents, 1);
    assert!(views.remembers().unwrap());
    views.forget().unwrap();
    assert!(!views.remembers().unwrap());
    let at_rebuild = rebuilt(&registry, Box::new(MemoryStore::new()), 2);
    assert_eq!(views.digest().unwrap(), at_rebuild);
}

#[test]
fn an_erasure_names_only_records_of_its_subject() {
    let mut registry = TestRegistry::new();
    let subject = registry.register("Zahra", "Karimi", "P1");
    registry.register("Ali", "Karimi", "P2");
    registry.append_erasure(subject, vec![1]);
    let store = Arc::new(MemoryStore::new());
    let views = open(&store, &registry);
    let error = views.fold_events(registry.events.records()).unwrap_err();
    assert!(matches!(error, FoldError::ForeignErasure { erased, .. } if erased.get() == 1));
    assert_eq!(views.position(), Size::EMPTY);
}

#[test]
fn stores_that_cannot_serve_are_told_apart() {
    let mut registry = TestRegistry::new();
    registry.register("Zahra", "Karimi", "P1");
    let reopen = |store: &Arc<MemoryStore>, registry: &TestRegistry| {
        let store = Box::new(Arc::clone(store));
        Views::open(store, Arc::clone(&registry.vault), REGISTRY).map(|_| ())
    };

    let store = Arc::new(MemoryStore::new());
    open(&store, &registry);
    assert!(reopen(&store, &registry).is_ok());
    assert!(matches!(
        reopen(&store, &TestRegistry::new()),
        Err(OpenError::IndexKey)
    ));
    let rebuild = Rebuild::begin(Box::new(store.clone()), registry.vault.clone(), REGISTRY);
    assert!(matches!(rebuild.err(), Some(OpenError::Finished)));

    let mut batch = Batch::new();
    batch.put(Table::Meta, b"version", 0_u32.to_be_bytes());
    store.apply(batch).unwrap();
    let error = reopen(&store, &registry).unwrap_err();
    assert!(matches!(error, OpenError::Version { found: Some(0) }));
    assert!(error.needs_rebuild());

    let foreign = Arc::new(MemoryStore::new());
    let mut batch = Batch::new();
    batch.put(Table::Acts, b"k", b"v");
    foreign.apply(batch).unwrap();
    assert!(matches!(
        reopen(&foreign, &registry),
        Err(OpenError::Foreign)
    ));
}

#[test]
fn an_interrupted_rebuild_goes_on() {
    let mut registry = TestRegistry::new();
    for index in 0..6 {
        registry.register("Zahra", "Karimi", &format!("P{index}"));
    }
    let store = Arc::new(MemoryStore::new());
    let begin = || {
        let store = Box::new(Arc::clone(&store));
        Rebuild::begin(store, Arc::clone(&registry.vault), REGISTRY).unwrap()
    };
    let mut rebuild = begin();
    let first = registry.events.portions(3).take(1);
    rebuild
        .fold(LedgerName::Events, first, &mut |_marks| {})
        .unwrap();
    rebuild.load().unwrap();
    drop(rebuild);
    let error = Views::open(
        Box::new(Arc::clone(&store)),
        Arc::clone(&registry.vault),
        REGISTRY,
    )
    .unwrap_err();
    assert!(matches!(error, OpenError::Unfinished));

    let rebuild = begin();
    assert_eq!(rebuild.marks().events.size, Size::new(3));
    assert_eq!(
        refolded(&registry, rebuild, 2).unwrap(),
        folded(&registry).0.digest().unwrap()
    );
}

/// A store whose writes fail from the n-th on.
struct Failing {
    inner: Arc<MemoryStore>,
    writes_left: AtomicUsize,
}

impl Failing {
    fn write(&self) -> Result<(), StoreError> {
        let left = self.writes_left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(StoreError::Write {
                engine: "failing",
                source: "out of writes".into(),
            });
        }
        self.writes_left.store(left - 1, Ordering::Relaxed);
        Ok(())
    }
}

impl Store for Failing {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, StoreError> {
        self.inner.snapshot()
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.write()?;
        self.inner.apply(batch)
    }

    fn bulk_load(
        &self,
        table: Table,
        entries: &mut dyn Iterator<Item = Entry>,
    ) -> Result<u64, StoreError> {
        // What a process that is killed amid a table has put stays.
        if let Err(error) = self.write() {
            let half: Vec<_> = entries.step_by(2).collect();
            self.inner.bulk_load(table, &mut half.into_iter())?;
            return Err(error);
        }
        self.inner.bulk_load(table, entries)
    }

    fn persist(&self) -> Result<(), StoreError> {
        self.inner.persist()
    }

    fn rewrite(&self) -> Result<(), StoreError> {
        self.inner.rewrite()
    }
}

#[test]
fn a_failed_write_latches() {
    let mut registry = TestRegistry::new();
    registry.register("Zahra", "Karimi", "P1");
    registry.register("Ali", "Karimi", "P2");
    let store = Failing {
        inner: Arc::new(MemoryStore::new()),
        writes_left: AtomicUsize::new(2),
    };
    let (views, _) = Views::open(Box::new(store), Arc::clone(&registry.vault), REGISTRY).unwrap();
    views
        .fold_events(frame(&registry.events, 0).records())
        .unwrap();
    let error = views.fold_events(registry.events.records()).unwrap_err();
    assert!(matches!(error, FoldError::Views(_)));
    let error = views.fold_events(registry.events.records()).unwrap_err();
    assert!(matches!(error, FoldError::Latched));
    assert_eq!(views.position(), Size::new(1));
}

#[test]
fn governance_records_make_the_enrolment() {
    let mut registry = TestRegistry::new();
    registry.govern(EventBody::AgencyEnrolled(EnrolAgency {
        agency: "POLICE".parse().unwrap(),
        name_fa: "\u{067e}\u{0644}\u{06cc}\u{0633}".to_owned(),
        name_en: "Police".to_owned(),
        roles: vec![Role::Police],
        state: "IRN".parse().unwrap(),
        rights: Vec::new(),
    }));
    let (views, writer) = folded(&registry);
    let enrolment = views.states(&writer).unwrap().enrolment().unwrap();
    let code = "POLICE".parse().unwrap();
    assert!(enrolment.agency(&code).is_some());
}

#[test]
fn acts_and_holders_are_found() {
    let mut registry = TestRegistry::new();
    let (first, second) = (registry.subject(), registry.subject());
    let pair = [
        (first, registry.registration(first, "Zahra", "Karimi", "P1")),
        (second, registry.registration(second, "Ali", "Karimi", "P2")),
    ];
    let act = registry.act(&pair);
    let (views, writer) = folded(&registry);
    let states = views.states(&writer).unwrap();
    let loaded = states.act(act).unwrap().unwrap();
    assert_eq!(loaded.position.get(), 0);
    let numbers = [first, second].map(|subject| Some(SubjectId::Person(registry.number(subject))));
    assert!(loaded.subjects == numbers);
    assert!(loaded.registered.iter().eq(numbers.iter().flatten()));
    assert!(loaded.commitment.is_some());
    assert_eq!(states.act(ActId::from_bytes([9; 16])).unwrap(), None);

    let key = document(DocumentKind::Passport, "p-2").key();
    let holders = states.document_holders(&key).unwrap();
    assert!(holders.into_iter().eq([registry.number(second)]));
    assert_eq!(states.positions(second).unwrap().len(), 1);
    // A household code made of a person's ordinal is no household.
    let code = SubjectId::Household(registry.code(first));
    assert!(states.life(&code).unwrap().is_empty());
}

#[test]
fn many_records_are_prepared_on_several_threads_alike() {
    let mut registry = TestRegistry::new();
    for index in 0..700 {
        registry.register("Zahra", "Karimi", &format!("P{index}"));
    }
    // All in one call, and one by one.
    let (views, _) = folded(&registry);
    assert_eq!(
        views.digest().unwrap(),
        rebuilt(&registry, Box::new(MemoryStore::new()), 1)
    );
}
