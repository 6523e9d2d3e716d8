use sabt_vault::ordinal::SubjectOrdinal;

use super::{index_key, index_subject, life_key, life_position, position_key, position_of};

#[test]
fn keys_sort_by_subject_then_position() {
    let subject = |ordinal| SubjectOrdinal::new(ordinal).unwrap();
    let keys = [
        life_key(subject(1), u64::MAX),
        life_key(subject(2), 0),
        life_key(subject(2), 255),
        life_key(subject(2), 256),
        life_key(subject(256), 0),
    ];
    assert!(keys.is_sorted());
    assert_eq!(life_position(&keys[3]), Some(256));
    assert_eq!(life_position(&keys[3][1..]), None);
}

#[test]
fn index_keys_lead_back_to_their_subject() {
    let subject = SubjectOrdinal::new(77).unwrap();
    let key = index_key(&[9; 16], subject, 5);
    assert_eq!(index_subject(&key), Some(subject));
    assert_eq!(index_subject(&key[1..]), None);
    assert_eq!(index_subject(&[0xff; 32]), None);
    assert_eq!(position_of(&position_key(5)), Some(5));
    assert_eq!(position_of(b"short"), None);
}
