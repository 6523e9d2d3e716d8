use std::io::Cursor;

use super::*;
use crate::tests::support::Registry;

/// Gives a byte string, then zeros up to a length, then another byte string.
fn with_zeros(head: &[u8], zeros: usize, tail: &[u8]) -> Vec<u8> {
    let mut bytes = head.to_vec();
    bytes.resize(head.len() + zeros, 0);
    bytes.extend_from_slice(tail);
    bytes
}

fn walk(bytes: &[u8]) -> Vec<Stretch> {
    let mut walk = FrameWalk::new(Cursor::new(bytes), Arc::from("file"), 4096);
    std::iter::from_fn(|| walk.next_stretch().unwrap()).collect()
}

#[test]
fn sound_frames_are_cut_into_runs_that_follow_each_other() {
    let mut registry = Registry::founded();
    for _ in 0..120 {
        registry.event(&[65_536]);
    }
    let frames = &registry.events.frames;
    let bytes: Vec<u8> = frames
        .iter()
        .flat_map(|frame| frame.bytes.clone())
        .collect();
    let stretches = walk(&with_zeros(&bytes, 100_000, &[]));
    assert!(3 < stretches.len());
    let mut joined = Vec::new();
    for stretch in stretches {
        let Stretch::Run(run) = stretch else {
            panic!("no damage")
        };
        assert_eq!(run.offset, 4096 + joined.len() as u64);
        joined.extend(run.bytes);
    }
    assert_eq!(joined, bytes);
}

#[test]
fn damage_ends_at_the_next_sound_frame_however_far() {
    let registry = Registry::complete();
    let [a, b] = [
        &registry.events.frames[0].bytes,
        &registry.events.frames[1].bytes,
    ];
    for zeros in [
        8,
        4096,
        WINDOW_LOW_BYTES - 8,
        WINDOW_BYTES,
        WINDOW_BYTES + 40_000_000,
    ] {
        let stretches = walk(&with_zeros(a, zeros, b));
        let [Stretch::Run(_), Stretch::Damage(damage), Stretch::Run(last)] = stretches.as_slice()
        else {
            panic!("{zeros}: {}", stretches.len());
        };
        assert_eq!(damage.offset, 4096 + a.len() as u64);
        assert_eq!(damage.bytes.len(), zeros.min(FRAME_BYTES_MAX));
        assert!(damage.next.is_some());
        assert_eq!(last.offset, damage.offset + zeros as u64);
        assert_eq!(last.bytes, *b);
    }
}

#[test]
fn zeros_to_the_end_are_the_end_and_anything_else_is_damage() {
    let registry = Registry::complete();
    let a = &registry.events.frames[0].bytes;
    assert_eq!(walk(&[]).len(), 0);
    assert_eq!(walk(&[0; 5]).len(), 0);
    assert_eq!(walk(&with_zeros(a, WINDOW_BYTES + 3, &[])).len(), 1);
    let stretches = walk(&with_zeros(a, 40_000_000, &[1]));
    let [Stretch::Run(_), Stretch::Damage(damage)] = stretches.as_slice() else {
        panic!("a run and damage");
    };
    assert!(damage.next.is_none());
}

/// The same stretches, hopping: what is not looked at while hopping is found to be sound by whoever takes the runs.
fn hop(bytes: &[u8]) -> Vec<Stretch> {
    let file = Arc::from("file");
    let mut walk = FrameWalk::at_pace(Cursor::new(bytes), file, 4096, Pace::Hop, Bounds::NONE);
    std::iter::from_fn(|| walk.next_stretch().unwrap()).collect()
}

#[test]
fn hopping_comes_upon_the_same_frames_and_the_same_damage() {
    let registry = Registry::complete();
    let [a, b] = [
        &registry.events.frames[0].bytes,
        &registry.events.frames[1].bytes,
    ];
    for tail in [0, 1, 71, 72, 5_000_000, 40_000_000] {
        for bytes in [
            with_zeros(a, tail, &[]),
            with_zeros(a, tail, b),
            with_zeros(a, tail, &[1]),
            with_zeros(&[], tail, &[]),
            with_zeros(&[9, 9, 9], tail, a),
        ] {
            let (hopped, parsed) = (hop(&bytes), walk(&bytes));
            // Frames that follow each other are one run or two.
            let joined = |stretches: &[Stretch]| {
                let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
                let mut damages = Vec::new();
                for stretch in stretches {
                    match stretch {
                        Stretch::Damage(damage) => {
                            damages.push((damage.offset, damage.bytes.len(), damage.next));
                        }
                        Stretch::Run(run) => match runs.last_mut() {
                            Some((offset, bytes)) if *offset + bytes.len() as u64 == run.offset => {
                                bytes.extend_from_slice(&run.bytes);
                            }
                            Some(_) | None => runs.push((run.offset, run.bytes.clone())),
                        },
                    }
                }
                (runs, damages)
            };
            assert_eq!(joined(&hopped), joined(&parsed), "{tail} zeros");
        }
    }
}

#[test]
fn runs_start_and_end_where_it_is_asked_for() {
    let registry = Registry::complete();
    let frames = registry.events.frames.iter();
    let bytes: Vec<u8> = frames.flat_map(|frame| frame.bytes.clone()).collect();
    let before = |index: usize| registry.events.frames[index].before.size();
    let bounds = Bounds {
        from: before(3),
        cut: Some(before(5)),
    };
    let mut walk = FrameWalk::at_pace(
        Cursor::new(&*bytes),
        Arc::from("file"),
        0,
        Pace::Hop,
        bounds,
    );
    let Some(Stretch::Run(first)) = walk.next_stretch().unwrap() else {
        panic!("a run");
    };
    let length = |range: std::ops::Range<usize>| {
        let frames = registry.events.frames[range].iter();
        frames.map(|frame| frame.bytes.len()).sum::<usize>()
    };
    assert_eq!(first.bytes.len(), length(0..5));
    let Some(Stretch::Run(second)) = walk.next_stretch().unwrap() else {
        panic!("a run");
    };
    assert_eq!(second.offset, length(0..5) as u64);
    assert!(walk.next_stretch().unwrap().is_none());
    // What ends before is left out.
    let bounds = Bounds {
        from: before(5),
        cut: Some(before(5)),
    };
    let mut walk = FrameWalk::at_pace(
        Cursor::new(&*bytes),
        Arc::from("file"),
        0,
        Pace::Hop,
        bounds,
    );
    let Some(Stretch::Run(run)) = walk.next_stretch().unwrap() else {
        panic!("a run");
    };
    assert_eq!(run.offset, second.offset);
}
