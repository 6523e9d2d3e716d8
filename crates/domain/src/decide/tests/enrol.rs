use crate::access::{Matrix, Role};
use crate::act::*;
use crate::deferral::Deferral;
use crate::governance::{Author, Moment};
use crate::law::ProvinceCode;
use crate::refusal::Reason;
use crate::testing::*;
use crate::time::Timestamp;

fn as_governance(registry: &mut Registry) {
    registry.author = Author::governance();
    registry.office = code("REGISTRY");
}

fn key(agency: &str, seed: u8) -> EnrolKey {
    EnrolKey {
        agency: code(agency),
        public_key: PublicKey([seed; 32]),
        office: None,
        not_after: None,
        supervisor: None,
        emergency_officer: None,
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of refusals")]
fn enrolment_is_for_governance_and_happens_once() {
    let mut registry = Registry::new();
    let refused = registry.refused("1400-01-01", enrol_agency("POLICE", Role::Police));
    assert_eq!(refused, Reason::RoleNotAllowed);
    as_governance(&mut registry);
    let cases: Vec<(ActBody, Reason)> = vec![
        (founding().into(), Reason::AlreadyFounded),
        (
            enrol_agency("BAFIA", Role::Police).into(),
            Reason::AlreadyEnrolled,
        ),
        (
            enrol_agency("GOVERNANCE", Role::Governance).into(),
            Reason::AlreadyEnrolled,
        ),
        (
            enrol_office("THR-01", "BAFIA", ProvinceCode::Tehran).into(),
            Reason::AlreadyEnrolled,
        ),
        (
            enrol_office("X-01", "NOBODY", ProvinceCode::Tehran).into(),
            Reason::UnknownAgency,
        ),
        (key("NOBODY", 2).into(), Reason::UnknownAgency),
        (
            EnrolKey {
                supervisor: Some(code("K1")),
                emergency_officer: Some(code("K2")),
                ..key("BAFIA", 2)
            }
            .into(),
            Reason::InvalidField,
        ),
        (
            EnrolKey {
                office: Some(code("DOG-01")),
                ..key("BAFIA", 2)
            }
            .into(),
            Reason::OfficeNotAllowed,
        ),
        (
            EnrolKey {
                office: Some(code("X-01")),
                ..key("BAFIA", 2)
            }
            .into(),
            Reason::UnknownOffice,
        ),
        (
            EnrolKey {
                not_after: Some(Timestamp::from_micros(1)),
                ..key("BAFIA", 2)
            }
            .into(),
            Reason::TermReversed,
        ),
        (
            RevokeAgency {
                agency: code("NOBODY"),
                reason: "x".into(),
            }
            .into(),
            Reason::UnknownAgency,
        ),
        (
            RevokeKey {
                key_id: KeyId([9; 8]),
                reason: "x".into(),
            }
            .into(),
            Reason::UnknownKey,
        ),
        (
            AdoptPolicy {
                edition: "none".into(),
                digest: [0; 32],
            }
            .into(),
            Reason::PolicyUnknown,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-01-01", body), reason);
    }
}

fn policy(matrix: &Matrix) -> AdoptPolicy {
    AdoptPolicy {
        edition: matrix.edition().into(),
        digest: *matrix.digest(),
    }
}

#[test]
fn the_policy_adopted_last_is_in_force_and_none_comes_back() {
    let mut registry = Registry::new();
    as_governance(&mut registry);
    let nothing = registry.enrolment.matrix().unwrap_err();
    assert_eq!(nothing.reason(), Reason::PolicyUnknown);
    let (first, newest) = (Matrix::first_edition(), Matrix::newest());
    let altered = AdoptPolicy {
        digest: [3; 32],
        ..policy(newest)
    };
    assert_eq!(
        registry.refused("1400-01-01", altered),
        Reason::PolicyUnknown
    );
    registry.ok("1400-01-01", policy(first));
    assert_eq!(registry.enrolment.matrix().unwrap(), first);
    registry.ok("1400-01-02", policy(newest));
    assert_eq!(registry.enrolment.matrix().unwrap(), newest);
    assert_eq!(
        registry.refused("1400-01-03", policy(first)),
        Reason::PolicySuperseded
    );
    // To adopt it once more changes nothing.
    registry.ok("1400-01-03", policy(newest));
    assert_eq!(registry.enrolment.matrix().unwrap(), newest);
}

#[test]
fn keys_and_agencies_are_revoked() {
    let mut registry = Registry::new();
    as_governance(&mut registry);
    registry.ok("1400-01-01", key("BAFIA", 2));
    assert_eq!(
        registry.refused("1400-01-01", key("BORDER", 2)),
        Reason::AlreadyEnrolled
    );
    let id = PublicKey([2; 32]).id();
    let now = registry.now();
    let author = registry.enrolment.author(&id, now).unwrap();
    assert_eq!(author.agency, code("BAFIA"));
    let enrolled_at = registry.position;
    registry.ok(
        "1400-01-02",
        RevokeKey {
            key_id: id,
            reason: "lost".into(),
        },
    );
    let again = RevokeKey {
        key_id: id,
        reason: "lost".into(),
    };
    assert_eq!(registry.refused("1400-01-03", again), Reason::RevokedKey);
    assert_eq!(
        registry.refused("1400-01-03", key("BAFIA", 2)),
        Reason::AlreadyEnrolled
    );
    let refusal = registry.enrolment.author(&id, now).unwrap_err();
    assert_eq!(refusal.reason(), Reason::RevokedKey);
    // What was signed before stays signed.
    let at = |position| Moment { position, at: now };
    assert!(registry.enrolment.key_at(&id, at(enrolled_at)).is_some());
    assert!(
        registry
            .enrolment
            .key_at(&id, at(enrolled_at + 1))
            .is_none()
    );
    registry.ok("1400-02-01", key("BORDER", 3));
    registry.ok(
        "1400-02-02",
        RevokeAgency {
            agency: code("BORDER"),
            reason: "x".into(),
        },
    );
    let id = PublicKey([3; 32]).id();
    let refusal = registry.enrolment.author(&id, now).unwrap_err();
    assert_eq!(refusal.reason(), Reason::RevokedAgency);
    registry.ok("1400-02-03", enrol_agency("BORDER", Role::BorderPolice));
    assert!(registry.enrolment.author(&id, now).is_ok());
}

#[test]
fn somebody_can_always_govern() {
    let mut registry = Registry::new();
    as_governance(&mut registry);
    let first = RevokeKey {
        key_id: PublicKey([1; 32]).id(),
        reason: "rotation".into(),
    };
    assert_eq!(
        registry.refused("1400-01-01", first.clone()),
        Reason::EnrolmentInUse
    );
    registry.ok("1400-01-01", enrol_agency("BOARD", Role::Governance));
    registry.ok("1400-01-01", key("BOARD", 4));
    registry.ok("1400-01-02", first);
    let last = RevokeKey {
        key_id: PublicKey([4; 32]).id(),
        reason: "x".into(),
    };
    assert_eq!(registry.refused("1400-01-03", last), Reason::EnrolmentInUse);
    let agency = RevokeAgency {
        agency: code("BOARD"),
        reason: "x".into(),
    };
    assert_eq!(
        registry.refused("1400-01-03", agency),
        Reason::EnrolmentInUse
    );
}

#[test]
fn a_log_key_gives_way_to_another_of_its_log() {
    let mut registry = Registry::new();
    let first = founding().events_log_key;
    let rotation = rotate_log_key(&first, "BBBB");
    assert_eq!(
        registry.refused("1400-01-01", rotation.clone()),
        Reason::RoleNotAllowed
    );
    as_governance(&mut registry);
    let other_log = rotate_log_key(&founding().disclosures_log_key, "BBBB");
    let now = registry.now();
    let cases = [
        (
            rotate_log_key("registry.example/events+99999999+AAAA", "BBBB"),
            Reason::UnknownKey,
        ),
        (
            RotateLogKey {
                new_log_key: first.clone(),
                ..rotation.clone()
            },
            Reason::AlreadyEnrolled,
        ),
        (
            RotateLogKey {
                new_log_key: other_log.new_log_key.clone(),
                ..rotation.clone()
            },
            Reason::InvalidField,
        ),
        (
            RotateLogKey {
                retire_at: now,
                ..rotation.clone()
            },
            Reason::TermReversed,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-01-01", body), reason);
    }
    registry.ok("1400-01-01", rotation.clone());
    // The same once more, from the key that retires, and back to it.
    let again = rotate_log_key(&first, "CCCC");
    assert_eq!(registry.refused("1400-01-02", again), Reason::RevokedKey);
    let back = RotateLogKey {
        old_log_key: rotation.new_log_key.clone(),
        new_log_key: first,
        ..rotation.clone()
    };
    assert_eq!(
        registry.refused("1400-01-02", back),
        Reason::AlreadyEnrolled
    );
    // Each log has keys of its own, and a new key may give way in its turn.
    registry.ok("1400-01-02", other_log);
    let third = rotate_log_key(&rotation.new_log_key, "DDDD");
    registry.ok(
        "1400-01-03",
        RotateLogKey {
            new_log_key: third.new_log_key.replace("00000001", "00000002"),
            ..third
        },
    );
    assert_eq!(registry.enrolment.log_keys().count(), 5);
}

#[test]
fn the_founding_key_signs_the_founding() {
    let registry = Registry::new();
    let id = PublicKey([1; 32]).id();
    let founding = registry.enrolment.founding().unwrap().at;
    assert!(registry.enrolment.key_at(&id, founding).is_some());
    assert_eq!(registry.enrolment.agencies().count(), 4);
    assert_eq!(registry.enrolment.offices().count(), 5);
}

fn longer(disclosure: u64, until: Timestamp) -> ExtendDeferral {
    ExtendDeferral {
        disclosure,
        until,
        court: "Tehran 4".into(),
        order_number: "1405/77".into(),
    }
}

#[test]
fn an_order_of_a_court_extends_a_deferral_that_still_runs() {
    let mut registry = Registry::new();
    let (now, day) = (registry.now(), 86_400);
    let at = |days: i64| now.plus_seconds(days * day).unwrap();
    for (position, from, to) in [(5, -10, 10), (6, -90, 0), (7, -300, -250)] {
        let deferral = Deferral::stated(at(from), at(to).micros()).unwrap();
        registry.deferrals.insert(position, deferral);
    }
    // Neither those who ask, nor the executive, but the one who answers for the rights of the person.
    assert_eq!(
        registry.refused("1400-01-01", longer(5, at(20))),
        Reason::RoleNotAllowed
    );
    as_governance(&mut registry);
    assert_eq!(
        registry.refused("1400-01-01", longer(5, at(20))),
        Reason::RoleNotAllowed
    );
    registry.ok(
        "1400-01-01",
        enrol_agency("DPO", Role::DataProtectionOfficer),
    );
    registry.author = Author {
        agency: code("DPO"),
        office: None,
        roles: [Role::DataProtectionOfficer].into(),
        supervisor: None,
        emergency_officer: None,
    };
    let nameless = ExtendDeferral {
        order_number: " ".into(),
        ..longer(5, at(20))
    };
    let cases = [
        (longer(4, at(20)), Reason::NotDeferred),
        (longer(6, at(20)), Reason::DeferralLapsed),
        (longer(7, at(20)), Reason::DeferralLapsed),
        (longer(5, at(10)), Reason::InvalidField),
        (longer(5, at(101)), Reason::DeferralTooLong),
        (nameless, Reason::InvalidField),
    ];
    for (order, reason) in cases {
        assert_eq!(registry.refused("1400-01-02", order), reason);
    }
    registry.ok("1400-01-02", longer(5, at(20)));
    // The next order starts from where this one ended.
    assert_eq!(
        registry.refused("1400-01-03", longer(5, at(20))),
        Reason::InvalidField
    );
    registry.ok("1400-01-03", longer(5, at(110)));
    assert_eq!(registry.enrolment.extensions(5).len(), 2);
    assert!(registry.enrolment.extensions(6).is_empty());
}
