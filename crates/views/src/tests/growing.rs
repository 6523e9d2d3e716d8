//! A registry that grows by random steps: the fold is what a rebuild makes, on every engine.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use proptest::prelude::*;
use sabt_chain::ActId;
use sabt_chain::frame::Frame;
use sabt_domain::act::{ActId as DomainActId, RevokeAgency, SubjectId};
use sabt_domain::event::{ActCorrected, EventBody};
use sabt_domain::life::At;
use sabt_vault::ordinal::SubjectOrdinal;

use super::{Failing, annul, disclosure, issue, open, rebuilt, refolded};
use crate::store::{FjallOptions, FjallStore, MemoryStore};
use crate::testing::{REGISTRY, TestRegistry, event};
use crate::{Rebuild, Views};

/// One step of a random registry.
#[derive(Clone, Debug)]
enum Step {
    Register,
    Pair,
    Issue(usize),
    Annul(usize),
    Correct(usize),
    Disclose(usize),
    Govern,
    Erase(usize),
    Fold,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<usize>;
    prop_oneof![
        3 => Just(Step::Register),
        1 => Just(Step::Pair),
        4 => index().prop_map(Step::Issue),
        2 => index().prop_map(Step::Annul),
        2 => index().prop_map(Step::Correct),
        2 => index().prop_map(Step::Disclose),
        1 => Just(Step::Govern),
        1 => index().prop_map(Step::Erase),
        3 => Just(Step::Fold),
        1 => Just(Step::Reopen),
    ]
}

/// A registry that grows by random steps, with views that fold and are dropped on the way.
struct Growing {
    registry: TestRegistry,
    store: Arc<MemoryStore>,
    views: Views,
    alive: Vec<SubjectOrdinal>,
    acts: Vec<(SubjectOrdinal, ActId)>,
    count: usize,
}

impl Growing {
    fn new() -> Self {
        let registry = TestRegistry::new();
        let store = Arc::new(MemoryStore::new());
        let views = open(&store, &registry);
        Self {
            registry,
            store,
            views,
            alive: Vec::new(),
            acts: Vec::new(),
            count: 0,
        }
    }

    fn fold(&self) {
        self.views
            .fold_events(self.registry.events.records())
            .unwrap();
        self.views
            .fold_disclosures(self.registry.disclosures.records())
            .unwrap();
        if self.views.remembers().unwrap() {
            self.views.forget().unwrap();
        }
    }

    fn record(&mut self, subject: SubjectOrdinal, body: EventBody) {
        let act = self.registry.act(&[(subject, event("2022-02-02", body))]);
        self.acts.push((subject, act));
    }

    fn take(&mut self, step: &Step) {
        self.count += 1;
        let passport = format!("P{}", self.count);
        match step {
            Step::Register => {
                let subject = self.registry.register("Zahra", "Karimi", &passport);
                self.alive.push(subject);
            }
            Step::Pair => {
                let events = [(); 2].map(|()| {
                    let subject = self.registry.subject();
                    let event = self
                        .registry
                        .registration(subject, "Ali", "Rezai", &passport);
                    self.alive.push(subject);
                    (subject, event)
                });
                self.registry.act(&events);
            }
            Step::Issue(index) if !self.alive.is_empty() => {
                let subject = self.alive[index % self.alive.len()];
                let body = issue(&self.registry, subject, &passport);
                self.record(subject, body);
            }
            Step::Annul(index) if !self.acts.is_empty() => {
                let (subject, target) = self.acts[index % self.acts.len()];
                self.record(subject, annul(target));
            }
            Step::Correct(index) if !self.acts.is_empty() => {
                let (subject, target) = self.acts[index % self.acts.len()];
                let body = issue(&self.registry, subject, &passport);
                let corrected = ActCorrected {
                    target: DomainActId(target.to_bytes()),
                    replacement: vec![event("2022-02-02", body)],
                    reason: "misread".to_owned(),
                };
                self.record(subject, EventBody::ActCorrected(corrected));
            }
            Step::Disclose(index) if !self.alive.is_empty() => {
                let subject = self.alive[index % self.alive.len()];
                self.registry.disclose(subject, &disclosure("T-1"));
            }
            Step::Erase(index) if !self.alive.is_empty() => {
                let subject = self.alive[index % self.alive.len()];
                self.registry.erase(subject);
                self.alive.retain(|alive| *alive != subject);
                self.acts.retain(|(about, _)| *about != subject);
            }
            Step::Govern => {
                self.registry.govern(EventBody::AgencyRevoked(RevokeAgency {
                    agency: "POLICE".parse().unwrap(),
                    reason: "moved".to_owned(),
                }));
            }
            Step::Fold => self.fold(),
            Step::Reopen => self.views = open(&self.store, &self.registry),
            Step::Issue(_)
            | Step::Annul(_)
            | Step::Correct(_)
            | Step::Disclose(_)
            | Step::Erase(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the portions, interruptions and erasures, the fold is what a rebuild from position 0 makes.
    #[test]
    fn fold_equals_rebuild(
        steps in prop::collection::vec(step(), 1..60),
        portion in 1_usize..8,
    ) {
        let mut growing = Growing::new();
        for step in &steps {
            growing.take(step);
        }
        growing.fold();
        let incremental = growing.views.digest().unwrap();
        let memory = rebuilt(&growing.registry, Box::new(MemoryStore::new()), portion);
        prop_assert_eq!(incremental, memory);
    }

    /// Whatever the threads, the sizes of runs and portions, and the write at which a rebuild is killed, it comes to what
    /// the fold is.
    #[test]
    fn rebuild_is_the_same_on_any_threads_and_after_any_crash(
        steps in prop::collection::vec(step(), 20..80),
        portion in 1_usize..8,
        threads in 1_usize..5,
        run_bytes_max in 1_usize..20_000,
        crash in 1_usize..60,
    ) {
        let mut growing = Growing::new();
        for step in &steps {
            growing.take(step);
        }
        growing.fold();
        let expected = growing.views.digest().unwrap();
        let registry = &growing.registry;
        let inner = Arc::new(MemoryStore::new());
        let rebuild = |writes: usize| {
            let store = Failing {
                inner: Arc::clone(&inner),
                writes_left: AtomicUsize::new(writes),
            };
            let vault = Arc::clone(&registry.vault);
            let rebuild = Rebuild::begin(Box::new(store), vault, REGISTRY).unwrap();
            refolded(registry, rebuild.with(threads, run_bytes_max), portion)
        };
        // With writes to spare it comes to its end at once.
        let whole = rebuild(crash).or_else(|_killed| rebuild(usize::MAX));
        prop_assert_eq!(whole.unwrap(), expected);
    }
}

#[test]
fn fjall_views_are_the_same_and_outlive_the_process() {
    let mut growing = Growing::new();
    for index in 0..200 {
        growing.take(&match index % 7 {
            0 => Step::Register,
            1 => Step::Pair,
            5 => Step::Disclose(index),
            _ => Step::Issue(index),
        });
    }
    growing.fold();
    let expected = growing.views.digest().unwrap();
    let registry = &growing.registry;
    let dir = tempfile::tempdir().unwrap();
    let fjall = || Box::new(FjallStore::open(dir.path(), FjallOptions::default()).unwrap());
    let frames: Vec<_> = registry.events.frames().collect();
    for frames in frames.chunks(40) {
        // Dropped after each portion without a word to the store.
        let (views, _) = Views::open(fjall(), Arc::clone(&registry.vault), REGISTRY).unwrap();
        let records = frames.iter().flat_map(Frame::records);
        views.fold_events(records).unwrap();
    }
    let (views, writer) = Views::open(fjall(), Arc::clone(&registry.vault), REGISTRY).unwrap();
    views
        .fold_disclosures(registry.disclosures.records())
        .unwrap();
    assert_eq!(views.digest().unwrap(), expected);
    let id = SubjectId::Person(registry.number(growing.alive[0]));
    let life = views.states(&writer).unwrap().life(&id).unwrap();
    assert!(life.person(&At::END).is_some());

    let other = tempfile::tempdir().unwrap();
    let store = FjallStore::open(other.path(), FjallOptions::default()).unwrap();
    assert_eq!(rebuilt(registry, Box::new(store), 64), expected);
}
