//! Delivery of corrections against a naive model: names and addresses are corrected, corrections annulled, agencies are
//! told and acknowledge, in any order, and the views are made anew at any time.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sabt_chain::{LedgerName, Position};
use sabt_domain::act::EnrolOffice;
use sabt_domain::event::{ActCorrected, Event};
use sabt_proto::event::v1::DisclosureVerb;

use super::*;
use crate::store::MemoryStore;
use crate::testing::{REGISTRY, address};
use crate::{Rebuild, Views};

/// Office and agency that correct; every event of these tests is recorded there.
const OWN_AGENCY: &str = "BAFIA";

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// The registration is corrected: another name, another street.
    Correct { name: u8, street: u8 },
    /// The newest correction that stands is annulled.
    Annul,
    /// A recipient is told these groups, as of so many records ago.
    Tell { who: usize, groups: u8, ago: u64 },
    /// A feed delivers some of the newest records to a recipient.
    Feed { who: usize, newest: u64 },
    /// A recipient acknowledges one of its notices, or a record that is none.
    Acknowledge { who: usize, which: usize },
    /// The views are made anew.
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_u8, 0..3_u8).prop_map(|(name, street)| Step::Correct { name, street }),
        2 => Just(Step::Annul),
        5 => (0..WHO, 0..8_u8, 0..4_u64).prop_map(|(who, groups, ago)| Step::Tell { who, groups, ago }),
        2 => (0..WHO, 0..4_u64).prop_map(|(who, newest)| Step::Feed { who, newest }),
        3 => (0..WHO, 0..6_usize).prop_map(|(who, which)| Step::Acknowledge { who, which }),
        1 => Just(Step::Rebuild),
    ]
}

/// Recipients: three that may ask, and the agency that corrects.
const WHO: usize = 4;

fn recipient(who: usize) -> (Permit, &'static str) {
    let (role, purpose, agency) = match who {
        0 => (Role::CivilRegistry, Purpose::CivilRegistrationSync, "TEST"),
        1 => (Role::Registrar, Purpose::Registration, "TEST"),
        2 => (Role::BorderPolice, Purpose::BorderControl, "TEST"),
        _ => (Role::Registrar, Purpose::Registration, OWN_AGENCY),
    };
    (permit(role, purpose), agency)
}

const TELLABLE: [FieldGroup; 3] = [
    FieldGroup::Identity,
    FieldGroup::Address,
    FieldGroup::Verdict,
];

fn chosen(bits: u8) -> BTreeSet<FieldGroup> {
    let chosen = TELLABLE
        .iter()
        .enumerate()
        .filter(|(bit, _)| bits & (1 << bit) != 0);
    chosen.map(|(_, group)| *group).collect()
}

/// An answer, as the model remembers it.
struct Told {
    who: usize,
    position: u64,
    groups: BTreeSet<FieldGroup>,
    answered_at: u64,
    delivered: Option<BTreeSet<u64>>,
}

/// The model: for each group the positions at which what is told of it changed, and everything that was told.
#[derive(Default)]
struct Model {
    changes: BTreeMap<FieldGroup, Vec<u64>>,
    corrections: BTreeSet<u64>,
    told: Vec<Told>,
    acknowledged: BTreeSet<(usize, u64)>,
}

/// A notice as both sides tell it: correction, groups, first and last answer.
type Told4 = (u64, BTreeSet<FieldGroup>, u64, u64);

impl Model {
    /// Groups of which an answer told what a correction changed.
    fn outdated(&self, told: &Told, correction: u64) -> BTreeSet<FieldGroup> {
        let groups = self.changes.iter().filter(|(_, positions)| {
            let Some(index) = positions.iter().position(|at| *at == correction) else {
                return false;
            };
            let before = positions[index - 1];
            match &told.delivered {
                Some(delivered) => delivered.contains(&before),
                // The answer showed what was told between the two changes.
                None => before < told.answered_at && told.answered_at <= correction,
            }
        });
        let changed: BTreeSet<_> = groups.map(|(group, _)| *group).collect();
        changed.intersection(&told.groups).copied().collect()
    }

    fn closed(&self, who: usize, correction: u64) -> bool {
        self.acknowledged.contains(&(who, correction))
            || self.told.iter().any(|told| {
                let delivered = told.delivered.as_ref();
                told.who == who && delivered.is_some_and(|all| all.contains(&correction))
            })
    }

    fn open(&self, who: usize) -> Vec<Told4> {
        let mut open = Vec::new();
        for correction in &self.corrections {
            let mut groups = BTreeSet::new();
            let mut answers = Vec::new();
            for told in self.told.iter().filter(|told| told.who == who) {
                let outdated = self.outdated(told, *correction);
                if !outdated.is_empty() {
                    groups.extend(outdated);
                    answers.push(told.position);
                }
            }
            if who != WHO - 1 && !answers.is_empty() && !self.closed(who, *correction) {
                open.push((*correction, groups, answers[0], answers[answers.len() - 1]));
            }
        }
        open
    }
}

struct Subject {
    registry: TestRegistry,
    views: Views,
    person: SubjectOrdinal,
    registration: sabt_chain::ActId,
    /// Number of events.
    size: u64,
    /// Corrections that stand, oldest first: act, name, street.
    standing: Vec<(sabt_chain::ActId, u8, u8)>,
    answers: u64,
}

impl Subject {
    fn new() -> Self {
        let mut registry = TestRegistry::new();
        registry.govern(EventBody::OfficeEnrolled(EnrolOffice {
            office: "THR-01".parse().unwrap(),
            agency: OWN_AGENCY.parse().unwrap(),
            province: sabt_domain::law::ProvinceCode::from_code("IR-23").unwrap(),
            name_fa: "THR".to_owned(),
            name_en: "THR".to_owned(),
        }));
        let person = registry.subject();
        let event = Self::registered(&registry, person, 0, 0);
        let registration = registry.act(&[(person, event)]);
        let (views, _) = folded(&registry);
        Self {
            registry,
            views,
            person,
            registration,
            size: 2,
            standing: Vec::new(),
            answers: 0,
        }
    }

    fn registered(registry: &TestRegistry, person: SubjectOrdinal, name: u8, street: u8) -> Event {
        let name = format!("Name{name}");
        let mut event = registry.registration(person, &name, "Karimi", "P1");
        if let EventBody::PersonRegistered(body) = &mut event.body {
            body.address = Some(address(&format!("Street {street}")));
        }
        event
    }

    fn fold(&self) {
        self.views
            .fold_events(self.registry.events.records())
            .unwrap();
        let disclosures = self.registry.disclosures.records();
        self.views.fold_disclosures(disclosures).unwrap();
    }

    /// Name and street as told now.
    fn told(&self) -> (u8, u8) {
        self.standing
            .last()
            .map_or((0, 0), |(_, name, street)| (*name, *street))
    }

    fn amend(&mut self, body: EventBody) -> sabt_chain::ActId {
        self.size += 1;
        let act = self
            .registry
            .act(&[(self.person, event("2025-12-01", body))]);
        self.fold();
        act
    }

    fn correct(&mut self, name: u8, street: u8) {
        let replacement = Self::registered(&self.registry, self.person, name, street);
        let act = self.amend(EventBody::ActCorrected(ActCorrected {
            target: DomainActId(self.registration.to_bytes()),
            replacement: vec![replacement],
            reason: "misread".to_owned(),
        }));
        self.standing.push((act, name, street));
    }

    /// Takes the newest correction back that stands, if one does.
    fn annul(&mut self) {
        if let Some((act, _, _)) = self.standing.pop() {
            self.amend(EventBody::ActAnnulled(ActAnnulled {
                target: DomainActId(act.to_bytes()),
                reason: "wrong".to_owned(),
            }));
        }
    }

    fn disclose(&mut self, who: usize, disclosure: Disclosure) {
        let (permit, agency) = recipient(who);
        let disclosure = Disclosure {
            agency: agency.to_owned(),
            purpose: permit.purpose().code().to_owned(),
            ..disclosure
        };
        self.registry.disclose(self.person, &disclosure);
        self.fold();
        self.answers += 1;
    }

    /// Makes the views anew, the disclosures first or last.
    fn rebuilt(&self, disclosures_first: bool) -> Views {
        let store = Box::new(MemoryStore::new());
        let vault = std::sync::Arc::clone(&self.registry.vault);
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

    fn open(&self, who: usize) -> Vec<Told4> {
        let (permit, _) = recipient(who);
        let answer = self
            .views
            .corrections(&permit, &Enrolment::default(), &now());
        let answer = answer.unwrap().content;
        assert!(!answer.more);
        let notices = answer.notices.into_iter().map(|notice| {
            let (first, last) = notice.disclosures;
            let correction = notice.correction.get();
            (correction, notice.groups, first.get(), last.get())
        });
        notices.collect()
    }
}

fn changed(before: (u8, u8), after: (u8, u8)) -> Vec<FieldGroup> {
    let mut groups = Vec::new();
    groups.extend((before.0 != after.0).then_some(FieldGroup::Identity));
    groups.extend((before.1 != after.1).then_some(FieldGroup::Address));
    groups
}

/// Takes a step on both sides.
fn take(step: &Step, subject: &mut Subject, model: &mut Model) {
    match *step {
        Step::Correct { name, street } => amend(subject, model, |subject| {
            subject.correct(name, street);
        }),
        Step::Annul => amend(subject, model, Subject::annul),
        Step::Tell { who, groups, ago } => {
            let told = Told {
                who,
                position: subject.answers,
                groups: chosen(groups),
                answered_at: subject.size.saturating_sub(ago),
                delivered: None,
            };
            tell(subject, model, told);
        }
        Step::Feed { who, newest } => {
            let first = subject.size.saturating_sub(newest).max(1);
            let told = Told {
                who,
                position: subject.answers,
                groups: BTreeSet::from([FieldGroup::Identity]),
                answered_at: subject.size,
                delivered: Some((first..subject.size).collect()),
            };
            tell(subject, model, told);
        }
        Step::Acknowledge { who, which } => {
            let all: Vec<u64> = model.corrections.iter().copied().collect();
            let correction = all.get(which).copied().unwrap_or(1);
            let acknowledged = Disclosure {
                verb: DisclosureVerb::Acknowledged.into(),
                corrections: vec![correction],
                answered_at: subject.size,
                ..Disclosure::default()
            };
            subject.disclose(who, acknowledged);
            model.acknowledged.insert((who, correction));
        }
        Step::Rebuild => {
            let digest = subject.views.digest().unwrap();
            for disclosures_first in [true, false] {
                let rebuilt = subject.rebuilt(disclosures_first);
                assert_eq!(rebuilt.digest().unwrap(), digest);
                subject.views = rebuilt;
            }
        }
    }
}

fn amend(subject: &mut Subject, model: &mut Model, amendment: impl Fn(&mut Subject)) {
    let (before, position) = (subject.told(), subject.size);
    amendment(subject);
    for group in changed(before, subject.told()) {
        model.changes.get_mut(&group).unwrap().push(position);
        model.corrections.insert(position);
    }
}

fn tell(subject: &mut Subject, model: &mut Model, told: Told) {
    let verb = if told.delivered.is_some() {
        DisclosureVerb::Synchronised
    } else {
        DisclosureVerb::Opened
    };
    let delivered = told.delivered.iter().flatten().copied();
    let disclosure = Disclosure {
        verb: verb.into(),
        field_groups: codes(&told.groups),
        answered_at: told.answered_at,
        delivered: delivered.collect(),
        ..Disclosure::default()
    };
    subject.disclose(told.who, disclosure);
    model.told.push(told);
}

fn codes(groups: &BTreeSet<FieldGroup>) -> Vec<String> {
    groups.iter().map(|group| group.code().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_recipient_awaits_what_the_model_says(steps in prop::collection::vec(step(), 1..24)) {
        let mut subject = Subject::new();
        let mut model = Model::default();
        // The registration is the first record that tells anything.
        for group in [FieldGroup::Identity, FieldGroup::Address] {
            model.changes.insert(group, vec![1]);
        }
        for step in steps.into_iter().chain([Step::Rebuild]) {
            take(&step, &mut subject, &mut model);
            let mut open = 0;
            for who in 0..WHO - 1 {
                let (permit, _) = recipient(who);
                let expected: Vec<_> = model.open(who).into_iter().map(|(at, groups, first, last)| {
                    let told = groups.into_iter().filter(|group| permit.allows(*group));
                    (at, told.collect::<BTreeSet<_>>(), first, last)
                }).collect();
                open += expected.len() as u64;
                prop_assert_eq!(subject.open(who), expected);
            }
            prop_assert_eq!(subject.views.open_corrections_count(), open);
        }
        // Erased, the person is no news to anybody, in these views and in new ones.
        subject.registry.erase(subject.person);
        subject.fold();
        subject.views.forget().unwrap();
        prop_assert_eq!(subject.views.open_corrections_count(), 0);
        let digest = subject.views.digest().unwrap();
        for disclosures_first in [true, false] {
            prop_assert_eq!(subject.rebuilt(disclosures_first).digest().unwrap(), digest);
        }
    }
}

#[test]
fn a_notice_tells_the_corrected_content_of_its_groups_and_no_other() {
    let mut subject = Subject::new();
    let tell = |groups: &[FieldGroup], size| Disclosure {
        verb: DisclosureVerb::Opened.into(),
        field_groups: groups.iter().map(|g| g.code().to_owned()).collect(),
        answered_at: size,
        ..Disclosure::default()
    };
    let size = subject.size;
    subject.disclose(0, tell(&[FieldGroup::Identity], size));
    subject.disclose(1, tell(&[FieldGroup::Address], size));
    subject.disclose(2, tell(&[FieldGroup::Identity], size));
    subject.correct(7, 0);
    subject.correct(7, 8);
    let notices = |who| {
        let (permit, _) = recipient(who);
        let answer = subject
            .views
            .corrections(&permit, &Enrolment::default(), &now());
        answer.unwrap().content.notices
    };
    // The civil registry follows records: it is told the name, and not the address.
    let civil = notices(0);
    assert_eq!(civil.len(), 1);
    let person = civil[0].person.as_ref().unwrap();
    let particulars = person.particulars.as_ref().unwrap();
    assert_eq!(particulars.names[1].given, "Name7");
    assert!(person.address.is_none() && person.documents.is_empty());
    // An office that was told the address is told the address, and no name with it.
    let office = notices(1);
    assert_eq!(office.len(), 1);
    assert_eq!(office[0].groups, BTreeSet::from([FieldGroup::Address]));
    let person = office[0].person.as_ref().unwrap();
    assert!(person.particulars.is_none());
    assert_eq!(person.address.as_ref().unwrap().street, "Street 8");
    // Border police open records under a grant alone: they learn that the name changed, not what it is.
    let border = notices(2);
    assert_eq!(border.len(), 1);
    assert!(border[0].person.is_none() && border[0].event.is_none());
    assert!(border[0].subject.is_some());

    // One correction is acknowledged by its position, and by nobody else.
    let wrong = Position::new(civil[0].correction.get() + 1);
    for (who, position) in [(0, wrong), (1, civil[0].correction)] {
        let (permit, _) = recipient(who);
        let answer = subject
            .views
            .correction(&permit, position, &Enrolment::default(), &now());
        assert_eq!(reason(answer.err().unwrap()), Reason::UnknownRecord);
    }
    let (permit, _) = recipient(0);
    let answer =
        subject
            .views
            .correction(&permit, civil[0].correction, &Enrolment::default(), &now());
    assert_eq!(answer.unwrap().content.correction, civil[0].correction);
}

#[test]
fn a_verdict_that_rested_on_what_was_corrected_is_told_as_a_verdict() {
    let mut subject = Subject::new();
    let stay = residence(
        &subject.registry,
        subject.person,
        ResidenceKind::Temporary,
        "R1",
    );
    let issued = subject.registry.act(&[(subject.person, stay)]);
    subject.size += 1;
    let police = permit(Role::Police, Purpose::StayCheck);
    let disclosure = Disclosure {
        verb: DisclosureVerb::Verified.into(),
        agency: "TEST".to_owned(),
        purpose: police.purpose().code().to_owned(),
        field_groups: vec![FieldGroup::Verdict.code().to_owned()],
        answered_at: subject.size,
        ..Disclosure::default()
    };
    subject.registry.disclose(subject.person, &disclosure);
    // A name bears on no verdict.
    subject.correct(1, 0);
    subject.amend(EventBody::ActAnnulled(ActAnnulled {
        target: DomainActId(issued.to_bytes()),
        reason: "void".to_owned(),
    }));
    let answer = subject
        .views
        .corrections(&police, &Enrolment::default(), &now());
    let notices = answer.unwrap().content.notices;
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].groups, BTreeSet::from([FieldGroup::Verdict]));
    // Whose verdict it was is not told: the receipt says which answer is meant.
    assert!(notices[0].subject.is_none() && notices[0].person.is_none());
    assert!(notices[0].event.is_none());
}

#[test]
fn who_has_not_acknowledged_is_told_to_those_who_supervise() {
    let mut subject = Subject::new();
    let disclosure = |embargo_until| Disclosure {
        verb: DisclosureVerb::Opened.into(),
        field_groups: vec![FieldGroup::Identity.code().to_owned()],
        answered_at: 2,
        embargo_until,
        ..Disclosure::default()
    };
    subject.disclose(0, disclosure(0));
    let embargo = START_MICROS + 30 * 24 * 3_600 * SECOND_MICROS;
    subject.disclose(2, disclosure(embargo));
    subject.correct(1, 0);
    let mut enrolment = Enrolment::default();
    enrolment.apply(&sabt_domain::event::Recorded {
        position: 1,
        recorded_at: Timestamp::from_micros(START_MICROS),
        act_id: DomainActId([1; 16]),
        part: 0,
        event: event(
            "2025-12-01",
            EventBody::AgencyEnrolled(sabt_domain::act::EnrolAgency {
                agency: "TEST".parse().unwrap(),
                name_fa: "TEST".to_owned(),
                name_en: "TEST".to_owned(),
                roles: vec![Role::CivilRegistry],
                state: "IRN".parse().unwrap(),
                rights: Vec::new(),
            }),
        ),
    });
    let at = |micros| At {
        known_at: Timestamp::from_micros(micros),
        ..now()
    };
    let officer = permit(Role::DataProtectionOfficer, Purpose::DataProtection);
    let told = |permit: &Permit, micros| {
        let answer = subject
            .views
            .open_corrections(permit, &enrolment, &at(micros));
        answer.unwrap().content
    };
    // What is withheld from its subject is counted here as well, and told when it is told there.
    let early = told(&officer, START_MICROS + 60 * SECOND_MICROS);
    assert_eq!(early.recipients.len(), 1);
    assert_eq!(early.recipients[0].purpose, Purpose::CivilRegistrationSync);
    assert_eq!((early.notices.len(), early.withheld), (1, 1));
    let late = told(&officer, embargo);
    assert_eq!((late.notices.len(), late.withheld), (2, 0));
    // An office learns how many wait, not which answers are behind them.
    let office = told(&registrar(), embargo);
    assert_eq!(office.recipients, late.recipients);
    assert!(office.notices.is_empty());
    // The delivery of a correction is withheld as long as the answers behind it.
    let (border, _) = recipient(2);
    let withheld = |micros| {
        let answer = subject.views.corrections(&border, &enrolment, &at(micros));
        let notice = answer.unwrap().content.notices.remove(0);
        notice.withheld_as.map(|record| record.embargo_until)
    };
    assert_eq!(withheld(START_MICROS), Some(embargo));
    assert_eq!(withheld(embargo), None);
}
