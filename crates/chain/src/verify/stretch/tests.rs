use super::*;
use crate::frame::Frame;
use crate::testing::{Ledger, chain};

/// The records of frames of one ledger, examined; with each, whether it is the last of its frame.
fn examined(frames: &[Vec<u8>]) -> Vec<(Examined, bool)> {
    let mut records = Vec::new();
    for bytes in frames {
        let frame = Frame::parse(bytes).unwrap();
        let of_frame: Vec<_> = frame
            .records()
            .map(|record| Examined::of(&chain(), &record))
            .collect();
        let last = of_frame.len() - 1;
        let of_frame = of_frame.into_iter().enumerate();
        records.extend(of_frame.map(|(index, record)| (record, index == last)));
    }
    records
}

fn frames() -> Vec<Vec<u8>> {
    let mut ledger = Ledger::new();
    vec![
        ledger.frame(&[1, 3]),
        ledger.frame(&[2]),
        ledger.frame(&[4, 1, 1]),
        ledger.frame(&[1]),
    ]
}

/// A stretch of records without frames.
fn stretch(records: &[(Examined, bool)]) -> Result<Stretch, Broken> {
    let mut stretch = Stretch::starting_with(&records[0].0)?;
    for (record, _) in &records[1..] {
        stretch.push(record)?;
    }
    Ok(stretch)
}

/// The verifier after these records, one by one.
fn one_by_one(records: &[(Examined, bool)]) -> LedgerVerifier {
    let mut verifier = LedgerVerifier::new(chain());
    for (record, _) in records {
        verifier.record(record, &mut |finding| panic!("{finding:?}"));
    }
    verifier
}

#[test]
fn a_stretch_is_the_same_as_its_records_wherever_it_starts_and_ends() {
    let records = examined(&frames());
    for first in 0..records.len() {
        for end in first + 1..=records.len() {
            let mut verifier = one_by_one(&records[..first]);
            let part = stretch(&records[first..end]).unwrap();
            assert_eq!(part.count(), (end - first) as u64);
            assert!(verifier.extend(&part, &mut |_, _| ()), "{first}..{end}");
            let expected = one_by_one(&records[..end]);
            assert_eq!(verifier.state(), expected.state());
            assert_eq!(verifier.acts, expected.acts);
            assert_eq!(verifier.next_position, expected.next_position);
        }
    }
}

#[test]
fn roots_are_told_at_every_cut() {
    let records = examined(&frames());
    let mut part = Stretch::starting_with(&records[0].0).unwrap();
    part.cut();
    for (record, _) in &records[1..5] {
        part.push(record).unwrap();
    }
    part.cut();
    part.cut();
    let mut seen = Vec::new();
    let mut verifier = LedgerVerifier::new(chain());
    assert!(verifier.extend(&part, &mut |tree, time| seen.push((
        tree.size(),
        tree.root(),
        time
    ))));
    for (size, root, time) in &seen {
        let size = usize::try_from(size.get()).unwrap();
        let verifier = one_by_one(&records[..size]);
        assert_eq!(*root, verifier.state().root());
        assert_eq!(Some(*time), verifier.state().recorded_at);
    }
    let sizes: Vec<u64> = seen.iter().map(|(size, ..)| size.get()).collect();
    assert_eq!(sizes, [1, 5, 5]);
}

#[test]
fn records_that_do_not_hold_together_are_broken() {
    let records = examined(&frames());
    let alter = |change: fn(&mut Examined)| {
        let mut altered = records.clone();
        change(&mut altered[1].0);
        stretch(&altered).map(|_| ())
    };
    assert_eq!(alter(|_| ()), Ok(()));
    let zero = |record: &mut Examined| record.previous = Link::from_bytes([0; 32]);
    assert_eq!(alter(zero), Err(Broken));
    assert_eq!(
        alter(|record| record.position = Position::new(2)),
        Err(Broken)
    );
    assert_eq!(
        alter(|record| record.recorded_at = Timestamp::from_micros(0)),
        Err(Broken)
    );
    assert_eq!(
        alter(|record| record.part = Part::new(1, 3).unwrap()),
        Err(Broken)
    );
}

#[test]
fn a_stretch_elsewhere_does_not_follow_and_changes_nothing() {
    let records = examined(&frames());
    let third = stretch(&records[3..4]).unwrap();
    let mut verifier = one_by_one(&records[..2]);
    let before = verifier.state().clone();
    assert!(!verifier.extend(&third, &mut |_, _| panic!("no cut")));
    assert_eq!(verifier.state(), &before);
    // In place, but after another record.
    let mut other = records[2];
    other.0.previous = Link::from_bytes([0; 32]);
    assert!(!verifier.extend(&stretch(&[other]).unwrap(), &mut |_, _| ()));
    // In place, but in the midst of another act.
    let mut other = records[2];
    other.0.act_id = ActId::from_bytes([0xee; 16]);
    assert!(!verifier.extend(&stretch(&[other]).unwrap(), &mut |_, _| ()));
    let mut other = records[2];
    other.0.part = Part::ONLY;
    assert!(!verifier.extend(&stretch(&[other]).unwrap(), &mut |_, _| ()));
    // In place, but earlier.
    let mut other = records[2];
    other.0.recorded_at = Timestamp::from_micros(0);
    assert!(!verifier.extend(&stretch(&[other]).unwrap(), &mut |_, _| ()));
    assert!(verifier.extend(&stretch(&records[2..4]).unwrap(), &mut |_, _| ()));
}

#[test]
fn frames_hold_whole_acts_and_epochs_do_not_go_back() {
    let records = examined(&frames());
    let mut part = stretch(&records[..4]).unwrap();
    assert_eq!(part.end_frame(Epoch::new(2)), Ok(()));
    assert_eq!(part.end_frame(Epoch::new(1)), Err(Broken));
    assert_eq!(part.epochs(), Some((Epoch::new(2), Epoch::new(2))));
    // Within an act; and after the start of one.
    assert_eq!(
        stretch(&records[..2]).unwrap().end_frame(Epoch::ZERO),
        Err(Broken)
    );
    assert_eq!(
        stretch(&records[2..4]).unwrap().end_frame(Epoch::ZERO),
        Err(Broken)
    );
    let mut verifier = LedgerVerifier::resume(chain(), one_by_one(&[]).into_state(), Epoch::new(3));
    assert!(!verifier.extend(&part, &mut |_, _| ()));
}
