use super::*;
use crate::testing::{Registry, code, founding, rotate_log_key};

#[test]
fn terms_cover_what_comes_between() {
    let moment = |position| Moment {
        position,
        at: Timestamp::from_micros(0),
    };
    let open = Term {
        from: moment(3),
        revoked: None,
    };
    let closed = Term {
        from: moment(3),
        revoked: Some(moment(7)),
    };
    let covered = |term: Term| {
        (0..10)
            .filter(|position| term.covers(*position))
            .collect::<Vec<_>>()
    };
    assert_eq!(covered(open), [4, 5, 6, 7, 8, 9]);
    // The record that revokes may itself be signed by what it revokes.
    assert_eq!(covered(closed), [4, 5, 6, 7]);
}

#[test]
fn an_agency_is_found_as_it_stood() {
    let registry = Registry::new();
    let bafia: AgencyCode = code("BAFIA");
    let agency = registry.enrolment.agency(&bafia).unwrap();
    let enrolled_at = agency.term.from.position;
    assert!(registry.enrolment.agency_at(&bafia, enrolled_at).is_none());
    assert!(registry.enrolment.agency_at(&bafia, enrolled_at + 1) == Some(agency));
    assert!(registry.enrolment.policy().is_none() && registry.enrolment.policy_at(9).is_none());
}

#[test]
fn both_keys_of_a_log_sign_until_the_old_one_retires() {
    let mut registry = Registry::new();
    let (events, disclosures) = ("registry.example/events", "registry.example/disclosures");
    let first = founding().events_log_key;
    let rotation = rotate_log_key(&first, "BBBB");
    let (second, retire_at) = (rotation.new_log_key.clone(), rotation.retire_at);
    let signing = |registry: &Registry, origin: &str, now| -> Vec<String> {
        let keys = registry.enrolment.log_keys_at(origin, now);
        keys.map(|key| key.vkey.clone()).collect()
    };
    let now = registry.now();
    assert_eq!(
        signing(&registry, events, now),
        std::slice::from_ref(&first)
    );

    registry.author = Author::governance();
    registry.office = code("REGISTRY");
    registry.ok("1400-01-01", rotation);
    let last = Timestamp::from_micros(retire_at.micros() - 1);
    let both = [first.clone(), second.clone()];
    assert_eq!(signing(&registry, events, now), both);
    assert_eq!(signing(&registry, events, last), both);
    assert_eq!(
        signing(&registry, events, retire_at),
        std::slice::from_ref(&second)
    );
    assert_eq!(
        signing(&registry, disclosures, retire_at),
        [founding().disclosures_log_key]
    );
    assert!(signing(&registry, "registry.example", now).is_empty());

    let known: Vec<&LogKey> = registry.enrolment.log_keys().collect();
    assert_eq!(known.len(), 3);
    assert_eq!(known[0].retires, Some(retire_at));
    assert_eq!((&known[2].vkey, known[2].retires), (&second, None));
    assert_eq!(
        registry.enrolment.newest_log_key(&first),
        Some(second.as_str())
    );
}

#[test]
fn a_rotation_of_a_key_that_does_not_sign_changes_nothing() {
    let mut registry = Registry::new();
    let before = registry.enrolment.clone();
    let rotation = rotate_log_key("registry.example/events+99999999+AAAA", "BBBB");
    let stray = Moment {
        position: 99,
        at: registry.now(),
    };
    registry.enrolment.rotate_log_key(&rotation, stray);
    assert_eq!(registry.enrolment, before);
}
