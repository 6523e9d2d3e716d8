//! Deferral, embargo and extension against a naive model: time moves, look-ups are recorded, courts order, and the person
//! asks at any time.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use sabt_domain::access::{Purpose, Role};
use sabt_domain::act::{Act, ActId, ExtendDeferral, FoundRegistry, PublicKey};
use sabt_domain::decide::{Facts, States, decide, needs};
use sabt_domain::event::EventBody;
use sabt_domain::governance::Author;
use sabt_domain::refusal::Reason;
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::Disclosure;
use sabt_vault::ordinal::SubjectOrdinal;

use crate::store::MemoryStore;
use crate::testing::{REGISTRY, START_MICROS, TestRegistry, date, permit};
use crate::{Views, WriterAccess};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// Time passes, hours.
    Wait(i64),
    /// Somebody looks, and asks that it be told after so many hours; 0: at once.
    Look { embargo: i64 },
    /// A court orders that an entry be withheld until so many hours from now.
    Order { entry: usize, until: i64 },
    /// The person asks who looked.
    Ask,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..40_i64 * 24).prop_map(Step::Wait),
        2 => prop_oneof![Just(0), 1..130_i64 * 24, Just(i64::MAX / HOUR)]
            .prop_map(|embargo| Step::Look { embargo }),
        4 => (0..12_usize, -48..140_i64 * 24).prop_map(|(entry, until)| Step::Order { entry, until }),
        3 => Just(Step::Ask),
    ]
}

/// The model: when an entry was made, and until when it is withheld.
struct Entry {
    made: i64,
    end: i64,
}

impl Entry {
    fn new(made: i64, embargo: i64) -> Self {
        let end = made
            .saturating_add(embargo.saturating_mul(HOUR))
            .min(made + 90 * DAY);
        Self { made, end }
    }

    /// Takes an order if it comes in time, moves the end, and neither by more than 90 days nor beyond a year.
    fn order(&mut self, now: i64, until: i64) -> bool {
        let valid = now < self.end
            && self.end < until
            && until <= self.end + 90 * DAY
            && until <= self.made + 365 * DAY;
        if valid {
            self.end = until;
        }
        valid
    }
}

/// The registry itself: ledgers, views and the rules that decide.
struct Subject {
    registry: TestRegistry,
    views: Views,
    writer: WriterAccess,
    person: SubjectOrdinal,
    acts: u8,
}

impl Subject {
    fn new() -> Self {
        let mut registry = TestRegistry::new();
        registry.govern(EventBody::RegistryFounded(FoundRegistry {
            name: REGISTRY.to_owned(),
            events_log_key: "events".to_owned(),
            disclosures_log_key: "disclosures".to_owned(),
            governance_key: PublicKey([1; 32]),
        }));
        let person = registry.register("Zahra", "Karimi", "P1");
        let store = Box::new(MemoryStore::new());
        let vault = Arc::clone(&registry.vault);
        let (views, writer) = Views::open(store, vault, REGISTRY).unwrap();
        Self {
            registry,
            views,
            writer,
            person,
            acts: 0,
        }
    }

    fn fold(&self) {
        // What was folded before is passed over.
        self.views
            .fold_events(self.registry.events.records())
            .unwrap();
        let records = self.registry.disclosures.records();
        self.views.fold_disclosures(records).unwrap();
    }

    fn look(&mut self, now: i64, embargo: i64) {
        let embargo_until = match embargo {
            0 => 0,
            hours => now.saturating_add(hours.saturating_mul(HOUR)),
        };
        self.registry.disclosures.set_clock(now);
        let disclosure = Disclosure {
            embargo_until,
            ..Disclosure::default()
        };
        self.registry.disclose(self.person, &disclosure);
        self.fold();
    }

    /// Submits an order the way a writer does.
    fn order(&mut self, now: i64, disclosure: u64, until: i64) -> Result<(), Reason> {
        self.acts += 1;
        let now = Timestamp::from_micros(now);
        let order = ExtendDeferral {
            disclosure,
            until: Timestamp::from_micros(until),
            court: "Tehran 4".to_owned(),
            order_number: "1405/77".to_owned(),
        };
        let act = Act {
            id: ActId([self.acts; 16]),
            office: "DPO-01".parse().unwrap(),
            officer: "D5001".to_owned(),
            occurred_on: date("2026-01-01"),
            office_recorded_at: now,
            legal_basis: "design:7.5".to_owned(),
            case_reference: String::new(),
            batch: None,
            expected: Vec::new(),
            body: order.clone().into(),
        };
        let reader = self.views.states(&self.writer).unwrap();
        let mut states = States {
            enrolment: Arc::new(reader.enrolment().unwrap()),
            ..States::default()
        };
        let author = Author {
            agency: "DPO".parse().unwrap(),
            office: None,
            roles: BTreeSet::from([Role::DataProtectionOfficer]),
            supervisor: None,
            emergency_officer: None,
        };
        for need in needs(&act, &author, &states) {
            reader.load(need, &mut states).unwrap();
        }
        assert!(needs(&act, &author, &states).is_empty());
        drop(reader);
        let facts = Facts {
            now,
            author,
            new_persons: Vec::new(),
            new_households: Vec::new(),
            new_cases: Vec::new(),
            new_claims: Vec::new(),
            new_campaigns: Vec::new(),
            new_biometrics: Vec::new(),
            new_sites: Vec::new(),
        };
        let decided = decide(&states, &act, &facts).map_err(|refusal| refusal.reason())?;
        assert!(
            matches!(&decided[0].event.body, EventBody::DeferralExtended(body) if *body == order)
        );
        self.registry.events.set_clock(now.micros());
        self.registry.govern(EventBody::DeferralExtended(order));
        self.fold();
        Ok(())
    }

    /// Positions told, and how many are withheld.
    fn ask(&self, now: i64) -> (Vec<u64>, u64) {
        let officer = permit(Role::DataProtectionOfficer, Purpose::DataProtection);
        let number = self.registry.number(self.person);
        let enrolment = self
            .views
            .states(&self.writer)
            .unwrap()
            .enrolment()
            .unwrap();
        let now = Timestamp::from_micros(now);
        let answer = self
            .views
            .disclosures_about(&officer, number, &enrolment, now);
        let answer = answer.unwrap().content;
        let told = answer.entries.iter().map(|entry| entry.position.get());
        (told.collect(), answer.withheld)
    }
}

fn told(model: &[Entry], now: i64) -> (Vec<u64>, u64) {
    let told: Vec<_> = (0..)
        .zip(model)
        .filter(|(_, entry)| entry.end <= now)
        .map(|(position, _)| position)
        .collect();
    let withheld = (model.len() - told.len()) as u64;
    (told, withheld)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_registry_tells_what_the_model_tells(steps in prop::collection::vec(step(), 1..40)) {
        let mut subject = Subject::new();
        let mut model: Vec<Entry> = Vec::new();
        let mut now = START_MICROS + DAY;
        let mut ever_told = BTreeSet::new();
        for step in steps {
            match step {
                Step::Wait(hours) => now += hours * HOUR,
                Step::Look { embargo } => {
                    subject.look(now, embargo);
                    model.push(Entry::new(now, embargo));
                }
                Step::Order { entry, until } => {
                    let until = now + until * HOUR;
                    let done = subject.order(now, entry as u64, until);
                    let expected = model.get_mut(entry).is_some_and(|entry| entry.order(now, until));
                    prop_assert_eq!(done.is_ok(), expected, "{:?}", done);
                }
                Step::Ask => {
                    let answer = subject.ask(now);
                    prop_assert_eq!(&answer, &told(&model, now));
                    let positions: BTreeSet<_> = answer.0.into_iter().collect();
                    prop_assert!(ever_told.is_subset(&positions), "what was told is withheld again");
                    ever_told = positions;
                }
            }
        }
        // Nobody does anything more, and a year later everything is told.
        for days in [0, 1, 30, 90, 180, 364, 365] {
            let later = now + days * DAY;
            prop_assert_eq!(subject.ask(later), told(&model, later));
        }
        prop_assert_eq!(subject.ask(now + 365 * DAY).1, 0);
    }
}
