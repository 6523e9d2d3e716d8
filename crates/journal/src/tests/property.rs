//! Random histories against the model.

use proptest::prelude::*;

use super::world::World;
use crate::storage::memory::{Crash, Fault, MemoryDisk};

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u8>, u32),
    Erase(Vec<u64>),
    Reopen,
    Crash(u64),
    FailAfter(u64, u8),
    Capacity(u64),
    NoCapacity,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (prop::collection::vec(1_u8..5, 1..4), 1_u32..550).prop_map(|(acts, bytes)| Step::Append(acts, bytes)),
        2 => prop::collection::vec(0_u64..60, 1..6).prop_map(Step::Erase),
        1 => Just(Step::Reopen),
        2 => any::<u64>().prop_map(Step::Crash),
        1 => (0_u64..20, 0_u8..3).prop_map(|(steps, fault)| Step::FailAfter(steps, fault)),
        1 => (0_u64..40_000).prop_map(Step::Capacity),
        1 => Just(Step::NoCapacity),
    ]
}

fn run(steps: Vec<Step>) {
    let mut world = World::new(MemoryDisk::new());
    world.start().unwrap();
    let mut seed = 0;
    for step in steps {
        match step {
            Step::Append(acts, bytes) => {
                world.append(&acts, bytes);
            }
            Step::Erase(positions) => {
                world.erase(&positions);
            }
            Step::Reopen => {
                // The process stops and starts on the running machine; a failed disk needs a new start first.
                if world.start().is_err() {
                    world.crash(Crash::Random(seed));
                    world.start().unwrap();
                }
            }
            Step::Crash(chosen) => {
                seed = chosen;
                world.crash(Crash::Random(seed));
                world.disk.set_capacity(None);
                world.start().unwrap();
            }
            Step::FailAfter(steps, fault) => {
                let fault =
                    [Fault::Error, Fault::DoneButError, Fault::PowerCut][usize::from(fault)];
                world.disk.fail_at(world.disk.steps() + steps, fault);
            }
            Step::Capacity(more) => world
                .disk
                .set_capacity(Some(world.disk.used_bytes() + more)),
            Step::NoCapacity => world.disk.set_capacity(None),
        }
    }
    world.crash(Crash::Random(seed));
    world.start().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_history_is_what_was_acknowledged(steps in prop::collection::vec(step(), 1..60)) {
        run(steps);
    }
}
