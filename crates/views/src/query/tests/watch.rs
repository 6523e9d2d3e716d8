//! Flags and draws against a naive model: officers look, acts are recorded, look-ups are justified, in any order, and the views
//! are made anew at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use sabt_chain::{Kind, LedgerName, Position};
use sabt_domain::act::{
    Act, ActId as DomainActId, ChangeAddress, DeclareOfficer, EnrolAgency, EnrolOffice,
    JustifyLookup, Resident,
};
use sabt_domain::event::{HouseholdFormed, HouseholdJoined, Recorded};
use sabt_domain::fact::{LookupGround, MemberRelation, Relation};
use sabt_domain::watch::{BURST_PERSONS_MAX, BURST_WINDOW_MICROS, FlagRule};
use sabt_proto::event::v1::DisclosureVerb;
use sabt_vault::{KeyOwner, audit};

use super::*;
use crate::query::{DrawnEntry, FlagsFrom, LookupFlag};
use crate::store::MemoryStore;
use crate::testing::{Draft, Payload, REGISTRY, address, date};
use crate::{Rebuild, Views};

/// The agency of the askers of these tests, whose office records every act.
const OWN: &str = "TEST";
const OTHER: &str = "ELSEWHERE";
const DAY: i64 = 86_400_000_000;

/// The officer who is registered as person 0, a colleague, and one of another agency.
const OFFICERS: [(&str, &str); 3] = [(OWN, "T-1"), (OWN, "T-2"), (OTHER, "T-1")];

/// Person 1 lives in the household of person 0, person 2 at the same address; the household is subject 24.
const PERSONS: usize = 24;

#[derive(Clone, Debug)]
struct Look {
    officer: usize,
    subject: usize,
    verb: DisclosureVerb,
    purpose: Purpose,
    case: u8,
}

#[derive(Clone, Debug)]
enum Step {
    Look(Look, u8),
    /// One officer opens so many records at a second each.
    Burst(usize, u8),
    Emergency(usize, usize),
    Act(usize, u8),
    Wait(u8),
    /// The agency justifies a look-up that waits, by its place in the list.
    Justify(usize),
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    let verb = prop_oneof![
        6 => Just(DisclosureVerb::Opened),
        1 => Just(DisclosureVerb::Exported),
        1 => Just(DisclosureVerb::Verified),
        1 => Just(DisclosureVerb::Candidate),
        1 => Just(DisclosureVerb::Refused),
    ];
    let purpose = prop_oneof![
        3 => Just(Purpose::Registration),
        1 => Just(Purpose::SubjectAccess),
    ];
    let look = (0..OFFICERS.len(), 0..=PERSONS, verb, purpose, 0..3_u8).prop_map(
        |(officer, subject, verb, purpose, case)| Look {
            officer,
            subject,
            verb,
            purpose,
            case,
        },
    );
    prop_oneof![
        10 => (look, 0..4_u8).prop_map(|(look, wait)| Step::Look(look, wait)),
        1 => (0..OFFICERS.len(), 15..40_u8).prop_map(|(officer, many)| Step::Burst(officer, many)),
        1 => (0..OFFICERS.len(), 0..PERSONS).prop_map(|(officer, subject)| Step::Emergency(officer, subject)),
        3 => (0..PERSONS, 0..3_u8).prop_map(|(subject, case)| Step::Act(subject, case)),
        2 => (0..5_u8).prop_map(Step::Wait),
        2 => (0..4_usize).prop_map(Step::Justify),
        1 => Just(Step::Rebuild),
    ]
}

fn case_text(case: u8) -> String {
    match case {
        0 => String::new(),
        _ => format!("CASE-{case}"),
    }
}

/// Under which grant somebody looks; every officer has one of their own for each case.
fn grant_of(look: &Look) -> Option<[u8; 16]> {
    let officer = u8::try_from(look.officer).unwrap();
    (look.case != 0).then_some([10 * officer + look.case; 16])
}

/// A look-up as the model remembers it.
struct Seen {
    look: Look,
    position: u64,
    at: i64,
    alarm: bool,
    emergency: bool,
    /// Whether the registry's key draws it.
    lot: bool,
}

impl Seen {
    fn is_opened(&self) -> bool {
        !self.alarm
            && matches!(
                self.look.verb,
                DisclosureVerb::Opened | DisclosureVerb::Exported
            )
    }
}

#[derive(Default)]
struct Model {
    seen: Vec<Seen>,
    /// Person, case and moment of each act of the agency.
    acts: Vec<(usize, u8, i64)>,
    justified: BTreeMap<u64, u64>,
}

/// Rule, officer, position.
type Flag = (FlagRule, usize, u64);

impl Model {
    fn flags(&self, now: i64, all: bool, from: u64) -> BTreeSet<Flag> {
        let mut flags = BTreeSet::new();
        for seen in self.seen.iter().filter(|seen| from <= seen.position) {
            let officer = seen.look.officer;
            if !all && OFFICERS[officer].0 != OWN {
                continue;
            }
            let mut rules = Vec::new();
            if seen.alarm {
                rules.push(FlagRule::Emergency);
            }
            if seen.is_opened() {
                rules.extend(Self::own(seen).filter(|_| all));
                rules.extend(self.idle(seen, now).then_some(FlagRule::NoCaseActivity));
                rules.extend(off_shift(seen.at).then_some(FlagRule::OffShift));
                rules.extend(self.burst(seen).then_some(FlagRule::Burst));
            }
            flags.extend(rules.into_iter().map(|rule| (rule, officer, seen.position)));
        }
        flags
    }

    fn own(seen: &Seen) -> Option<FlagRule> {
        match (seen.look.officer, seen.look.subject) {
            (0, 0) => Some(FlagRule::OwnRecord),
            (0, 1 | PERSONS) => Some(FlagRule::OwnHousehold),
            (0, 2) => Some(FlagRule::OwnAddress),
            _ => None,
        }
    }

    fn idle(&self, seen: &Seen, now: i64) -> bool {
        let look = &seen.look;
        let expects = look.purpose == Purpose::Registration && look.subject < PERSONS;
        let acted = self.acts.iter().any(|(person, case, at)| {
            *person == look.subject
                && (seen.at - at).abs() <= 30 * DAY
                && (look.case == 0 || look.case == *case)
        });
        let acted = acted && OFFICERS[look.officer].0 == OWN;
        expects && seen.at + 30 * DAY < now && !acted
    }

    fn burst(&self, seen: &Seen) -> bool {
        let of_officer = self.seen.iter().filter(|other| {
            other.is_opened()
                && other.look.officer == seen.look.officer
                && other.position <= seen.position
                && seen.at - BURST_WINDOW_MICROS < other.at
        });
        let subjects: BTreeSet<_> = of_officer.map(|other| other.look.subject).collect();
        BURST_PERSONS_MAX < subjects.len()
    }

    /// Answers under each grant of an agency, and when the last of them was.
    fn uses(&self, all: bool, from: u64) -> BTreeMap<(&'static str, [u8; 16]), (u64, i64)> {
        let mut uses = BTreeMap::new();
        // An alarm belongs to its answer.
        let answers = self.seen.iter().filter(|seen| !seen.alarm);
        for seen in answers.filter(|seen| from <= seen.position) {
            let agency = OFFICERS[seen.look.officer].0;
            let told = seen.look.verb != DisclosureVerb::Refused && (all || agency == OWN);
            if let Some(grant) = grant_of(&seen.look).filter(|_| told) {
                let (answers, last_at) = uses.entry((agency, grant)).or_insert((0, 0));
                *answers += 1;
                *last_at = seen.at;
            }
        }
        uses
    }

    /// Position and kind of what is drawn, justified or not.
    fn drawn(&self) -> impl Iterator<Item = (u64, usize, bool)> {
        let drawn = self
            .seen
            .iter()
            .filter(|seen| seen.alarm || (seen.is_opened() && seen.lot && !seen.emergency));
        drawn.map(|seen| (seen.position, seen.look.officer, seen.alarm))
    }
}

/// Tehran is three and a half hours ahead, and 1970-01-01 was a Thursday.
fn off_shift(at: i64) -> bool {
    let minutes = at.div_euclid(60_000_000) + 210;
    let (day, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    let (opens, closes) = match day.rem_euclid(7) {
        0 => (360, 900),
        1 => return true,
        _ => (360, 1_140),
    };
    !(opens..closes).contains(&minute)
}

struct Subject {
    registry: TestRegistry,
    views: Views,
    persons: Vec<SubjectOrdinal>,
    enrolment: Enrolment,
    now: i64,
    model: Model,
    events: u64,
    disclosures: u64,
}

impl Subject {
    fn new() -> Self {
        let mut registry = TestRegistry::new();
        let enrol = [
            EventBody::AgencyEnrolled(EnrolAgency {
                agency: OWN.parse().unwrap(),
                name_fa: OWN.to_owned(),
                name_en: OWN.to_owned(),
                roles: vec![Role::Registrar],
                rights: Vec::new(),
                state: "IRN".parse().unwrap(),
            }),
            EventBody::OfficeEnrolled(EnrolOffice {
                office: "THR-01".parse().unwrap(),
                agency: OWN.parse().unwrap(),
                province: sabt_domain::law::ProvinceCode::from_code("IR-23").unwrap(),
                name_fa: "THR".to_owned(),
                name_en: "THR".to_owned(),
            }),
        ];
        let mut enrolment = Enrolment::default();
        for (body, position) in enrol.into_iter().zip(0..) {
            registry.govern(body.clone());
            enrolment.apply(&Recorded {
                position,
                recorded_at: Timestamp::from_micros(START_MICROS),
                act_id: DomainActId([1; 16]),
                part: 0,
                event: event("2025-12-01", body),
            });
        }
        let mut subject = Self {
            views: folded(&registry).0,
            registry,
            persons: Vec::new(),
            enrolment,
            // A Sunday at half past ten in Tehran, after everything that the world begins with.
            now: START_MICROS + 3 * DAY + 7 * 3_600_000_000,
            model: Model::default(),
            events: 2,
            disclosures: 0,
        };
        subject.populate();
        subject
    }

    fn populate(&mut self) {
        for index in 0..PERSONS {
            let passport = format!("P{index}");
            let person = self.registry.register("Given", "Family", &passport);
            self.persons.push(person);
            self.events += 1;
            // Those who do not live with person 0 live each elsewhere; everybody begins at the same address.
            if index == 1 || 2 < index {
                self.record(index, |registry| {
                    EventBody::AddressChanged(ChangeAddress {
                        subject: Resident::Person(registry.number(person)),
                        address: address(&format!("Street {index}")),
                    })
                });
            }
        }
        let household = self.registry.subject();
        let code = self.registry.code(household);
        let [head, member] = [0, 1].map(|index| self.persons[index]);
        let related = [(head, Relation::Head), (member, Relation::Spouse)];
        let joined = |relation| {
            EventBody::HouseholdJoined(HouseholdJoined {
                household: code,
                relation,
            })
        };
        let formed = EventBody::HouseholdFormed(HouseholdFormed {
            code,
            members: related
                .map(|(person, relation)| MemberRelation {
                    person: self.registry.number(person),
                    relation,
                })
                .to_vec(),
            address: None,
            split_from: None,
        });
        let day = "2025-06-01";
        self.registry.act(&[
            (household, event(day, formed)),
            (head, event(day, joined(Relation::Head))),
            (member, event(day, joined(Relation::Spouse))),
        ]);
        self.persons.push(household);
        let (agency, officer) = OFFICERS[0];
        self.record(0, |registry| {
            EventBody::OfficerDeclared(DeclareOfficer {
                person: registry.number(head),
                agency: agency.parse().unwrap(),
                officer: officer.parse().unwrap(),
            })
        });
        // What the world begins with lies longer back than a case.
        self.now += 100 * DAY;
        self.fold();
    }

    fn record(&mut self, index: usize, body: impl FnOnce(&TestRegistry) -> EventBody) {
        let event = event("2025-06-01", body(&self.registry));
        self.registry.act(&[(self.persons[index], event)]);
    }

    fn fold(&self) {
        let marks = self.views.marks();
        let [events, disclosures] = [marks.events.size, marks.disclosures.size]
            .map(|size| usize::try_from(size.get()).unwrap());
        let new = self.registry.events.records().skip(events);
        self.views.fold_events(new).unwrap();
        let new = self.registry.disclosures.records().skip(disclosures);
        self.views.fold_disclosures(new).unwrap();
    }

    fn wait(&mut self, much: u8) {
        self.now += match much {
            0 => 1_000_000,
            1 => 20_000_000,
            2 => 7 * 3_600_000_000,
            3 => 12 * DAY,
            _ => 35 * DAY,
        };
    }

    /// Records an act of the agency with the case that its author stated.
    fn act(&mut self, person: usize, case: u8) {
        let ordinal = self.persons[person];
        let body = ChangeAddress {
            subject: Resident::Person(self.registry.number(ordinal)),
            address: address(&format!("Street {person}")),
        };
        // Person 2 stays at the address of person 0.
        let body = if person == 0 || person == 2 {
            ChangeAddress {
                address: address("Street One"),
                ..body
            }
        } else {
            body
        };
        let signed = Act {
            id: DomainActId([9; 16]),
            office: "THR-01".parse().unwrap(),
            officer: "T-1".to_owned(),
            occurred_on: date("2025-06-01"),
            office_recorded_at: Timestamp::from_micros(START_MICROS),
            legal_basis: "law:art.22".to_owned(),
            case_reference: case_text(case),
            batch: None,
            expected: Vec::new(),
            body: body.clone().into(),
        };
        let stated = event("2025-06-01", EventBody::AddressChanged(body));
        let payload = stated.encode(Some((&signed.encode(), &[7; 32])));
        self.registry.events.set_clock(self.now);
        let draft = Draft {
            kind: Kind::Event,
            subject: ordinal,
            payload: Payload::Sealed(ordinal.into(), payload),
        };
        let vault = Arc::clone(&self.registry.vault);
        self.registry.events.append(&vault, vec![draft]);
        self.model.acts.push((person, case, self.now));
        self.fold();
    }

    fn disclosure(look: &Look) -> Disclosure {
        let (agency, officer) = OFFICERS[look.officer];
        Disclosure {
            verb: look.verb.into(),
            agency: agency.to_owned(),
            officer: officer.to_owned(),
            role: Role::Registrar.to_proto().into(),
            purpose: look.purpose.code().to_owned(),
            case_reference: case_text(look.case),
            grant_id: grant_of(look).map_or_else(Vec::new, |grant| grant.to_vec()),
            policy_edition: sabt_domain::access::Matrix::newest().edition().to_owned(),
            ..Disclosure::default()
        }
    }

    /// Records an answer: the look-up and, in an emergency, its alarm.
    fn look(&mut self, look: &Look, emergency: bool) {
        let ordinal = self.persons[look.subject];
        let mut records = vec![(ordinal, Self::disclosure(look))];
        if emergency {
            let alarm = Disclosure {
                verb: DisclosureVerb::Alarmed.into(),
                ..Self::disclosure(look)
            };
            records.push((SubjectOrdinal::REGISTRY, alarm));
        }
        self.registry.disclosures.set_clock(self.now);
        let epoch = audit::epoch_of(self.now).unwrap();
        let drafts = records.iter().map(|(subject, disclosure)| {
            let owner = KeyOwner::of_disclosure(*subject, epoch);
            self.registry.vault.ensure(owner).unwrap();
            Draft {
                kind: Kind::Event,
                subject: *subject,
                payload: Payload::Sealed(owner, prost::Message::encode_to_vec(disclosure)),
            }
        });
        let drafts = drafts.collect();
        let vault = Arc::clone(&self.registry.vault);
        let act = self.registry.disclosures.append(&vault, drafts);
        let lot = drawn_by_lot(&self.registry, act.to_bytes(), self.now);
        for alarm in [false, true].into_iter().take(records.len()) {
            self.model.seen.push(Seen {
                look: look.clone(),
                position: self.disclosures,
                at: self.now,
                alarm,
                emergency,
                lot,
            });
            self.disclosures += 1;
        }
        self.fold();
    }

    fn justify(&mut self, which: usize) {
        let waiting: Vec<u64> = self
            .model
            .drawn()
            .map(|(position, ..)| position)
            .filter(|position| !self.model.justified.contains_key(position))
            .collect();
        if let Some(position) = waiting.get(which) {
            self.registry.events.set_clock(self.now);
            let place = self.registry.events.records().count();
            self.registry
                .govern(EventBody::LookupJustified(JustifyLookup {
                    disclosure: *position,
                    ground: LookupGround::Mistake,
                }));
            let place = u64::try_from(place).unwrap();
            self.model.justified.insert(*position, place);
            self.fold();
        }
    }

    fn rebuilt(&self, disclosures_first: bool) -> Views {
        let store = Box::new(MemoryStore::new());
        let vault = Arc::clone(&self.registry.vault);
        let mut rebuild = Rebuild::begin(store, vault, REGISTRY).unwrap();
        let (events, disclosures) = (LedgerName::Events, LedgerName::Disclosures);
        let order = if disclosures_first {
            [disclosures, events]
        } else {
            [events, disclosures]
        };
        for ledger in order {
            self.registry.refold(&mut rebuild, ledger, 3).unwrap();
        }
        rebuild.finish().unwrap().0
    }

    fn flags(&self, permit: &Permit, from: u64) -> Vec<LookupFlag> {
        let from = FlagsFrom {
            position: Position::new(from),
            since: Timestamp::from_micros(0),
        };
        let now = Timestamp::from_micros(self.now);
        let answer = self
            .views
            .lookup_flags(permit, from, &self.enrolment, now)
            .unwrap();
        assert!(answer.about.is_empty() && answer.content.next.is_none());
        answer.content.flags
    }

    fn uses(&self, permit: &Permit, from: u64) -> BTreeMap<(String, [u8; 16]), (u64, i64)> {
        let from = FlagsFrom {
            position: Position::new(from),
            since: Timestamp::from_micros(0),
        };
        let answer = self.views.grant_uses(permit, from).unwrap();
        assert!(answer.about.is_empty() && answer.content.next.is_none());
        let uses = answer.content.uses.into_iter();
        uses.map(|one| {
            (
                (one.agency, one.grant.0),
                (one.answers, one.last_at.micros()),
            )
        })
        .collect()
    }

    fn drawn(&self, permit: &Permit, justified: bool) -> Vec<DrawnEntry> {
        let now = Timestamp::from_micros(self.now);
        let first = Position::new(0);
        let answer = self.views.drawn_lookups(permit, first, justified, now);
        answer.unwrap().content.lookups
    }

    fn check(&self) {
        let officer = permit(Role::DataProtectionOfficer, Purpose::DataProtection);
        let agency = permit(Role::Registrar, Purpose::Supervision);
        let middle = self.disclosures / 2;
        for (asker, all) in [(&officer, true), (&agency, false)] {
            for from in [0, middle] {
                let told = self.flags(asker, from);
                let first_of_others = told.iter().position(|one| one.rule != FlagRule::Emergency);
                let emergencies = told.iter().filter(|one| one.rule == FlagRule::Emergency);
                assert!(first_of_others.is_none_or(|first| emergencies.count() == first));
                let count = told.len();
                let told: BTreeSet<Flag> = told
                    .iter()
                    .map(|flag| {
                        let who = (flag.agency.as_str(), flag.officer.as_str());
                        let officer = OFFICERS.iter().position(|one| *one == who).unwrap();
                        (flag.rule, officer, flag.position.get())
                    })
                    .collect();
                assert_eq!(told.len(), count);
                assert_eq!(told, self.model.flags(self.now, all, from));
                let uses = self.model.uses(all, from).into_iter();
                let uses = uses.map(|((agency, grant), one)| ((agency.to_owned(), grant), one));
                assert_eq!(self.uses(asker, from), uses.collect());
            }
            self.check_drawn(asker, all);
        }
        let counts = self
            .views
            .drawn_counts(Timestamp::from_micros(self.now))
            .unwrap();
        let waiting = self.drawn(&officer, false);
        let count = |is: fn(&&DrawnEntry) -> bool| waiting.iter().filter(is).count() as u64;
        assert_eq!(counts.emergencies, count(|entry| entry.emergency));
        assert_eq!(counts.drawn, count(|entry| !entry.emergency));
        assert_eq!(counts.overdue, count(|entry| entry.overdue));
    }

    fn check_drawn(&self, asker: &Permit, all: bool) {
        for justified in [false, true] {
            let told = self.drawn(asker, justified);
            let mut expected: Vec<_> = self
                .model
                .drawn()
                .filter(|(position, officer, _)| {
                    let is_justified = self.model.justified.contains_key(position);
                    is_justified == justified && (all || OFFICERS[*officer].0 == OWN)
                })
                .map(|(position, _, alarm)| (!alarm, position))
                .collect();
            expected.sort_unstable();
            let places = told
                .iter()
                .map(|entry| (!entry.emergency, entry.position.get()));
            assert_eq!(places.collect::<Vec<_>>(), expected);
            for entry in &told {
                let days = if entry.emergency { 4 } else { 11 };
                let tehran = |at: i64| (at + 210 * 60_000_000).div_euclid(DAY);
                let late = tehran(entry.recorded_at.micros()) + days <= tehran(self.now);
                assert_eq!(entry.overdue, late && !justified);
                let place = entry.justification.map(|one| one.position.get());
                let expected = self.model.justified.get(&entry.position.get());
                assert_eq!(place, expected.copied());
            }
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Look(look, much) => {
                self.wait(*much);
                self.look(look, false);
            }
            Step::Burst(officer, many) => {
                for index in 0..usize::from(*many) {
                    self.wait(0);
                    let look = Look {
                        officer: *officer,
                        subject: index % PERSONS,
                        verb: DisclosureVerb::Opened,
                        purpose: Purpose::Registration,
                        case: 0,
                    };
                    self.look(&look, false);
                }
            }
            Step::Emergency(officer, subject) => {
                self.wait(0);
                let look = Look {
                    officer: *officer,
                    subject: *subject,
                    verb: DisclosureVerb::Opened,
                    purpose: Purpose::VitalEmergency,
                    case: 1,
                };
                self.look(&look, true);
            }
            Step::Act(person, case) => {
                self.wait(0);
                self.act(*person, *case);
            }
            Step::Wait(much) => self.wait(*much),
            Step::Justify(which) => self.justify(*which),
            Step::Rebuild => {
                let digest = self.views.digest().unwrap();
                for disclosures_first in [true, false] {
                    let rebuilt = self.rebuilt(disclosures_first);
                    assert_eq!(rebuilt.digest().unwrap(), digest);
                    self.views = rebuilt;
                }
            }
        }
    }
}

/// The lot as it is defined: a keyed hash, by which one in a hundred is drawn.
fn drawn_by_lot(registry: &TestRegistry, act: [u8; 16], at: i64) -> bool {
    let mut hasher = blake3::Hasher::new_keyed(registry.vault.index_key().expose());
    hasher.update(b"sabt blind index v1").update(&[8]);
    for field in [&act[..], &at.to_be_bytes()] {
        hasher
            .update(&(field.len() as u64).to_be_bytes())
            .update(field);
    }
    let hash = hasher.finalize();
    let lot = u64::from_be_bytes(hash.as_bytes()[..8].try_into().unwrap());
    u128::from(lot) * 100 < u128::from(u64::MAX) - 99
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn flags_and_draws_are_those_of_a_naive_model(
        steps in proptest::collection::vec(step(), 20..90),
    ) {
        let mut subject = Subject::new();
        for step in &steps {
            subject.take(step);
        }
        subject.check();
        subject.take(&Step::Rebuild);
        subject.check();
    }
}

#[test]
fn one_look_up_in_a_hundred_is_drawn_and_nobody_can_say_which() {
    let mut one = Subject::new();
    let mut other = Subject::new();
    let look = Look {
        officer: 0,
        subject: 5,
        verb: DisclosureVerb::Opened,
        purpose: Purpose::Registration,
        case: 1,
    };
    // The same look-ups under two keys.
    other.now = one.now;
    let many = 6_000_u32;
    for _ in 0..many {
        for subject in [&mut one, &mut other] {
            subject.now += 1_000_000;
            let ordinal = subject.persons[look.subject];
            let epoch = audit::epoch_of(subject.now).unwrap();
            let owner = KeyOwner::of_disclosure(ordinal, epoch);
            subject.registry.vault.ensure(owner).unwrap();
            subject.registry.disclosures.set_clock(subject.now);
            subject
                .registry
                .disclose(ordinal, &Subject::disclosure(&look));
        }
    }
    let permit = permit(Role::DataProtectionOfficer, Purpose::DataProtection);
    let drawn = [&one, &other].map(|subject| {
        subject.fold();
        let entries = subject.drawn(&permit, false);
        let positions = entries.iter().map(|entry| entry.position.get());
        positions.collect::<BTreeSet<u64>>()
    });
    for positions in &drawn {
        // Six standard deviations of a binomial distribution: one run in 500 million lies outside.
        let (mean, deviation) = (60.0, 7.71);
        #[expect(clippy::cast_precision_loss, reason = "a small count")]
        let off = (positions.len() as f64 - mean).abs();
        assert!(off < 6.0 * deviation, "{} of {many}", positions.len());
    }
    // Who knows what was drawn under one key knows nothing of another: they share but what chance gives.
    let shared = drawn[0].intersection(&drawn[1]).count();
    assert!(shared < 15, "{shared} shared");
}

#[test]
fn what_the_asylum_unit_looks_at_is_neither_flagged_nor_drawn() {
    let mut subject = Subject::new();
    let look = Look {
        officer: 0,
        subject: 0,
        verb: DisclosureVerb::Opened,
        purpose: Purpose::AsylumProcedure,
        case: 1,
    };
    let person = subject.persons[0].in_compartment();
    // At night, and a thousand times.
    subject
        .registry
        .disclosures
        .set_clock(subject.now + 12 * 3_600_000_000);
    for _ in 0..1_000 {
        subject
            .registry
            .disclose(person, &Subject::disclosure(&look));
    }
    subject.now += 40 * DAY;
    subject.fold();
    let permit = permit(Role::DataProtectionOfficer, Purpose::DataProtection);
    assert!(subject.flags(&permit, 0).is_empty());
    assert!(subject.drawn(&permit, false).is_empty());
    assert!(subject.uses(&permit, 0).is_empty());
}

#[test]
fn nobody_but_an_agency_and_the_officer_of_data_protection_is_told() {
    let subject = Subject::new();
    let from = FlagsFrom {
        position: Position::new(0),
        since: Timestamp::from_micros(0),
    };
    let now = Timestamp::from_micros(subject.now);
    for permit in crate::testing::all_permits() {
        let purpose = permit.purpose();
        let open = matches!(purpose, Purpose::Supervision | Purpose::DataProtection);
        let flags = subject
            .views
            .lookup_flags(&permit, from, &subject.enrolment, now);
        assert_eq!(flags.is_ok(), open, "{:?} {purpose:?}", permit.role());
        let drawn = subject
            .views
            .drawn_lookups(&permit, from.position, false, now);
        assert_eq!(drawn.is_ok(), open, "{:?} {purpose:?}", permit.role());
        let uses = subject.views.grant_uses(&permit, from);
        assert_eq!(uses.is_ok(), open, "{:?} {purpose:?}", permit.role());
    }
}
