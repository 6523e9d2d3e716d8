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
    let mut walk = FrameWalk::new(bytes, Arc::from("file"), 4096);
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
