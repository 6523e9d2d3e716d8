use super::*;
use crate::testing::{Registry, code};

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
