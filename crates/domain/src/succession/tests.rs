use sabt_proto::event::v1::{Anchor, Succession};

use super::Carried;

fn anchor(carried: u64) -> Anchor {
    Anchor {
        checkpoint: String::new(),
        succession: Some(Succession {
            registry: "old.example".to_owned(),
            carried,
            known: carried,
        }),
    }
}

#[test]
fn a_ledger_that_succeeds_none_shifts_nothing() {
    let mut carried = Carried::default();
    assert!(!carried.take(0, &Anchor::default()));
    assert_eq!(carried.shift(0), 0);
    assert_eq!(carried.shift(7), 0);
}

#[test]
fn carried_records_speak_of_the_old_ledger() {
    let mut carried = Carried::default();
    assert!(carried.take(0, &anchor(10)));
    assert_eq!(carried.shift(0), 0, "it speaks of the old ledger by name");
    assert_eq!(carried.shift(1), 1);
    assert_eq!(carried.shift(10), 1);
    assert_eq!(carried.shift(11), 0);
}

#[test]
fn layers_nest() {
    let mut carried = Carried::default();
    assert!(carried.take(0, &anchor(10)));
    // Record 0 of the succeeded ledger, which had carried four itself.
    assert!(carried.take(1, &anchor(4)));
    assert!(!carried.take(2, &Anchor::default()));
    let shifts: Vec<u64> = (0..13).map(|position| carried.shift(position)).collect();
    assert_eq!(shifts, [0, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 0, 0]);
    assert_eq!(Carried::of_layers(carried.layers().to_vec()), carried);
}

#[test]
fn an_anchor_elsewhere_begins_no_layer() {
    let mut carried = Carried::default();
    assert!(!carried.take(5, &anchor(2)));
    assert!(carried.take(0, &anchor(3)));
    assert!(!carried.take(2, &anchor(1)), "a record between");
    assert!(!carried.take(1, &anchor(3)), "as large as what holds it");
}
