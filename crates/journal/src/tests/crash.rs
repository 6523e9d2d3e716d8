//! A failure at every single step that changes the disk.

use super::world::World;
use crate::backend::Backend;
use crate::error::AppendError;
use crate::storage::memory::{Crash, Fault, MemoryDisk};

const CRASHES: [Crash; 4] = [
    Crash::LoseUnsynced,
    Crash::KeepUnsynced,
    Crash::Random(1),
    Crash::Random(2),
];

/// How many steps the whole script takes.
fn steps() -> u64 {
    let mut world = World::new(MemoryDisk::new());
    world.script();
    assert_eq!(world.model.frames().len(), 10, "the script runs to its end");
    world.disk.steps()
}

#[test]
fn a_failure_at_any_step_loses_nothing_acknowledged() {
    for step in 0..steps() {
        for fault in [Fault::PowerCut, Fault::Error, Fault::DoneButError] {
            for crash in CRASHES {
                let disk = MemoryDisk::new();
                disk.fail_at(step, fault);
                let mut world = World::new(disk);
                world.script();
                world.crash(crash);
                world
                    .start()
                    .unwrap_or_else(|error| panic!("{step} {fault:?} {crash:?}: {error:?}"));
                assert!(world.append(&[2], 500), "{step} {fault:?} {crash:?}");
                assert!(world.append(&[1], 2_000), "{step} {fault:?} {crash:?}");
                world.check();
                world.start().unwrap();
            }
        }
    }
}

#[test]
fn recovery_itself_may_be_cut_short() {
    let mut cut_short = 0;
    for step in (0..steps()).step_by(2) {
        for fault in [Fault::PowerCut, Fault::Error] {
            for recovery_step in 0.. {
                let disk = MemoryDisk::new();
                disk.fail_at(step, Fault::PowerCut);
                let mut world = World::new(disk);
                world.script();
                world.crash(Crash::Random(step));
                world.disk.fail_at(recovery_step, fault);
                if world.start().is_ok() {
                    let steps = world.disk.steps();
                    assert!(
                        steps <= recovery_step,
                        "an error was passed over: {step} {recovery_step}"
                    );
                    break;
                }
                cut_short += 1;
                world.crash(Crash::Random(recovery_step));
                world.start().unwrap();
                assert!(world.append(&[1], 300), "{step} {fault:?} {recovery_step}");
                world.check();
            }
        }
    }
    assert!(100 < cut_short, "{cut_short}");
}

#[test]
fn the_first_error_latches_and_a_sync_is_never_retried() {
    let mut world = World::new(MemoryDisk::new());
    world.start().unwrap();
    assert!(world.append(&[1], 100));
    // The write is the next step, its sync the one after.
    world.disk.fail_at(world.disk.steps() + 1, Fault::Error);
    let next = world.model.frame(world.epoch(), &[1], 100);
    let head = world.model.head();
    let unknown = world.journal().append(world.epoch(), &head, &next.bytes);
    assert!(
        matches!(unknown, Err(AppendError::Unknown { .. })),
        "{unknown:?}"
    );
    let steps = world.disk.steps();
    let refused = world.journal().append(world.epoch(), &head, &next.bytes);
    assert!(
        matches!(refused, Err(AppendError::Latched { .. })),
        "{refused:?}"
    );
    world.journal().erase(world.epoch(), &[]).unwrap_err();
    world
        .journal()
        .open_epoch(&crate::Owner::new("again").unwrap())
        .unwrap_err();
    assert_eq!(
        world.disk.steps(),
        steps,
        "nothing more is asked of the disk"
    );
    world.check();
    // Restarted on the running machine, memory still shows the frame that the medium lost.
    world.start().unwrap();
    assert!(world.append(&[1], 100));
}

#[test]
fn a_failing_spare_latches_too() {
    let mut world = World::new(MemoryDisk::new());
    world.start().unwrap();
    // Two frames fill the segment; the third asks for the spare, whose second step fails.
    assert!(world.append(&[1], 3_000));
    assert!(world.append(&[1], 3_000));
    world.disk.fail_at(world.disk.steps() + 1, Fault::Error);
    for _ in 0..2 {
        let next = world.model.frame(world.epoch(), &[1], 3_000);
        let head = world.model.head();
        let refused = world.journal().append(world.epoch(), &head, &next.bytes);
        assert!(
            matches!(refused, Err(AppendError::Latched { .. })),
            "{refused:?}"
        );
    }
    world.check();
    world.start().unwrap();
    assert!(world.append(&[1], 3_000));
    world.check();
}
