use proptest::prelude::*;

use super::{At, Life};
use crate::act::{ActId, ChangeAddress, Resident};
use crate::event::{ActAnnulled, ActCorrected, Event, EventBody, PersonRegistered, Recorded};
use crate::fact::{EvidenceState, Sex};
use crate::number::{PersonNumber, SERIAL_MIN};
use crate::testing::{address, code, day, particulars};
use crate::time::{Calendar, Day, Timestamp};

fn number() -> PersonNumber {
    PersonNumber::from_serial(SERIAL_MIN).unwrap()
}

fn act_id(act: usize) -> ActId {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&u64::try_from(act).unwrap().to_be_bytes());
    ActId(id)
}

/// Day 0 of the tests.
fn day_zero() -> Day {
    day("1400-01-01")
}

fn event(days: u8, body: EventBody) -> Event {
    Event {
        occurred_on: day_zero()
            .plus_days(i32::from(days))
            .unwrap()
            .date_in(Calendar::Jalali)
            .unwrap(),
        office_recorded_at: Timestamp::from_micros(1),
        office: code("THR-01"),
        legal_basis: "duty:12".into(),
        law_edition: "1405-1".into(),
        body,
    }
}

fn moved(days: u8, street: &str) -> Event {
    let change = ChangeAddress {
        subject: Resident::Person(number()),
        address: address(street),
    };
    event(days, EventBody::AddressChanged(change))
}

fn registered() -> Event {
    let registered = PersonRegistered {
        number: number(),
        particulars: particulars("1370-01-01", Sex::Male),
        evidence: EvidenceState::NoDocument,
        documents: vec![],
        address: None,
        file_province: None,
    };
    event(0, EventBody::PersonRegistered(registered))
}

/// One act of a random history; targets are counted modulo the acts before.
#[derive(Clone, Debug)]
enum Step {
    /// Moves on these days, all in one act.
    Move(Vec<u8>),
    Annul(usize),
    Correct(usize, Vec<u8>),
    /// A correction of an act that was about somebody else.
    CorrectForeign(usize, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => proptest::collection::vec(0_u8..20, 1..3).prop_map(Step::Move),
        2 => any::<usize>().prop_map(Step::Annul),
        2 => (any::<usize>(), proptest::collection::vec(0_u8..20, 0..3))
            .prop_map(|(target, days)| Step::Correct(target, days)),
        1 => (any::<usize>(), 0_u8..20).prop_map(|(target, day)| Step::CorrectForeign(target, day)),
    ];
    proptest::collection::vec(step, 0..14)
}

/// What an act is in the model: acts 1, 2, ... about this person; 1000, 1001, ... about others.
#[derive(Clone)]
enum Model {
    Moves(Vec<(u8, String)>),
    Annuls(usize),
    Corrects(usize, Vec<(u8, String)>),
}

const FOREIGN: usize = 1000;

fn model_of(steps: &[Step]) -> Vec<Model> {
    let mut acts: Vec<Model> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let streets = |days: &[u8]| {
            let named = days.iter().enumerate();
            named
                .map(|(place, day)| (*day, format!("act {index} place {place}")))
                .collect()
        };
        let moves: Vec<usize> = (0..acts.len())
            .filter(|act| matches!(acts[*act], Model::Moves(_)))
            .collect();
        let act = match step {
            Step::Annul(target) if !acts.is_empty() => Model::Annuls(target % acts.len()),
            Step::Correct(target, days) if !moves.is_empty() => {
                Model::Corrects(moves[target % moves.len()], streets(days))
            }
            Step::CorrectForeign(target, day) => {
                Model::Corrects(FOREIGN + target % 3, streets(&[*day]))
            }
            Step::Move(days) => Model::Moves(streets(days)),
            Step::Annul(_) | Step::Correct(..) => Model::Moves(streets(&[1])),
        };
        acts.push(act);
    }
    acts
}

/// The life under test: registration at position 0, and each act at one position for each of its events.
fn life_of(acts: &[Model]) -> Life {
    let mut life = Life::default();
    let mut position = 0;
    let mut record = |act: usize, event: Event, time: usize| {
        life.apply(Recorded {
            position,
            recorded_at: Timestamp::from_micros(i64::try_from(time).unwrap()),
            act_id: act_id(act),
            part: 0,
            event,
        });
        position += 1;
    };
    record(usize::MAX, registered(), 0);
    for (index, act) in acts.iter().enumerate() {
        let reason = || "x".to_owned();
        match act {
            Model::Moves(moves) => {
                for (day, street) in moves {
                    record(index, moved(*day, street), index + 1);
                }
            }
            Model::Annuls(target) => {
                let annulled = ActAnnulled {
                    target: act_id(*target),
                    reason: reason(),
                };
                record(
                    index,
                    event(20, EventBody::ActAnnulled(annulled)),
                    index + 1,
                );
            }
            Model::Corrects(target, moves) => {
                let replacement = moves
                    .iter()
                    .map(|(day, street)| moved(*day, street))
                    .collect();
                let target = act_id(*target);
                let corrected = ActCorrected {
                    target,
                    replacement,
                    reason: reason(),
                };
                record(
                    index,
                    event(20, EventBody::ActCorrected(corrected)),
                    index + 1,
                );
            }
        }
    }
    life
}

/// Word for word what the module says, by recursion: is an act in force among the first `known` acts?
fn in_force(acts: &[Model], known: usize, act: usize) -> bool {
    !(0..known).any(|later| {
        matches!(acts[later], Model::Annuls(target) if target == act)
            && in_force(acts, known, later)
    })
}

/// The newest correction in force of an act.
fn correction(acts: &[Model], known: usize, act: usize) -> Option<usize> {
    (0..known).rev().find(|later| {
        matches!(&acts[*later], Model::Corrects(target, _) if *target == act)
            && in_force(acts, known, *later)
    })
}

/// Effective moves in record order: day, street.
fn effective(acts: &[Model], known: usize) -> Vec<(u8, String)> {
    let mut moves = Vec::new();
    for act in 0..known {
        match &acts[act] {
            Model::Moves(own) if in_force(acts, known, act) => match correction(acts, known, act) {
                Some(by) => moves.extend(content(&acts[by])),
                None => moves.extend(own.clone()),
            },
            Model::Corrects(target, own)
                if *target >= FOREIGN && correction(acts, known, *target) == Some(act) =>
            {
                moves.extend(own.clone());
            }
            Model::Moves(_) | Model::Annuls(_) | Model::Corrects(..) => {}
        }
    }
    moves
}

fn content(act: &Model) -> Vec<(u8, String)> {
    match act {
        Model::Moves(moves) | Model::Corrects(_, moves) => moves.clone(),
        Model::Annuls(_) => vec![],
    }
}

fn known_at(known: usize) -> Timestamp {
    Timestamp::from_micros(i64::try_from(known).unwrap())
}

proptest! {
    #[test]
    fn the_fold_is_the_naive_model_in_both_axes(steps in steps(), as_of in 0_u8..22, known in 0_usize..15) {
        let acts = model_of(&steps);
        let life = life_of(&acts);
        let known = known.min(acts.len());
        let mut moves = effective(&acts, known);
        moves.retain(|(day, _)| *day <= as_of);
        moves.sort_by_key(|(day, _)| *day);
        let expected = moves.last().map(|(_, street)| street.clone());
        let at = At {
            as_of: day_zero().plus_days(i32::from(as_of)).unwrap(),
            known_at: known_at(known),
        };
        let found = life.person(&at).unwrap().address.map(|address| address.street);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn an_annulment_restores_the_state_before(steps in steps(), target in any::<usize>(), as_of in 0_u8..22) {
        let mut acts = model_of(&steps);
        acts.push(Model::Moves(vec![(3, "a".into()), (7, "b".into())]));
        let before = life_of(&acts);
        let target = target % acts.len();
        // Only an act that is in force and no amendment is taken back here; it is then as if it had never been.
        prop_assume!(matches!(acts[target], Model::Moves(_)) && in_force(&acts, acts.len(), target));
        let known_before = acts.len();
        let annulment = acts.len();
        acts.push(Model::Annuls(target));
        let annulled = life_of(&acts);
        acts.push(Model::Annuls(annulment));
        let reinstated = life_of(&acts);
        let at = At::day(day_zero().plus_days(i32::from(as_of)).unwrap());
        prop_assert!(annulled.person(&at) == before.without(act_id(target)).person(&at));
        prop_assert!(reinstated.person(&at) == before.person(&at));
        let earlier = At { known_at: known_at(known_before), ..at };
        prop_assert!(reinstated.person(&earlier) == before.person(&at));
    }
}

#[test]
fn records_are_kept_in_order_and_once() {
    let life = life_of(&[Model::Moves(vec![(1, "a".into()), (2, "b".into())])]);
    let mut shuffled = Life::default();
    for index in [2, 0, 1, 0, 2] {
        shuffled.apply(life.records()[index].clone());
    }
    assert!(shuffled == life);
    assert_eq!(shuffled.version(), 3);
}

#[test]
fn a_person_is_known_from_birth_and_not_before() {
    let life = life_of(&[]);
    assert!(life.person(&At::day(day("1369-12-29"))).is_none());
    // Registration says who a person is, not when they began to be.
    assert!(life.person(&At::day(day("1370-01-01"))).is_some());
    let unknown = At {
        known_at: Timestamp::from_micros(-1),
        ..At::END
    };
    assert!(life.person(&unknown).is_none());
    assert!(Life::default().person(&At::END).is_none());
    assert!(life.household(&At::END).is_none());
}
