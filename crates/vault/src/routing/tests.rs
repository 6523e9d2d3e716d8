//! Subject tags.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{ForeignTag, RoutingKey};
use crate::ordinal::SubjectOrdinal;
use crate::secret::SecretKey;

const EVENTS: &str = "registry.example/events";
const DISCLOSURES: &str = "registry.example/disclosures";

proptest! {
    #[test]
    fn opens_to_what_it_was_made_of(position: u64, ordinal in 0..SubjectOrdinal::COUNT) {
        let subject = SubjectOrdinal::new(ordinal).unwrap();
        let tag = key(EVENTS).tag(position, subject);
        prop_assert_eq!(key(EVENTS).open(&tag), Some((position, subject)));
        prop_assert_eq!(key(EVENTS).subject(position, &tag), Ok(subject));
        let elsewhere = position ^ 1;
        prop_assert_eq!(
            key(EVENTS).subject(elsewhere, &tag),
            Err(ForeignTag { position: elsewhere })
        );
    }

    #[test]
    fn foreign_tags_are_refused(position: u64, tag: [u8; 16]) {
        prop_assert_eq!(key(EVENTS).subject(position, &tag), Err(ForeignTag { position }));
    }
}

#[test]
fn one_subject_never_has_the_same_tag_twice() {
    let subject = SubjectOrdinal::new(5).unwrap();
    let tags: BTreeSet<_> = (0..1_000)
        .flat_map(|position| [EVENTS, DISCLOSURES].map(|origin| key(origin).tag(position, subject)))
        .collect();
    assert_eq!(tags.len(), 2_000);
}

#[test]
fn the_stored_form_never_changes() {
    let tag = key(EVENTS).tag(7, SubjectOrdinal::new(5).unwrap());
    assert_eq!(hex::encode(tag), "5b19d413490a1f817dceb7d04c2b6cba");
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", key(EVENTS)), "RoutingKey(redacted)");
}

fn key(origin: &str) -> RoutingKey {
    RoutingKey::derive(&SecretKey::copied_from(&[1; 32]), origin)
}
