use crate::access::{Matrix, Permit};
use crate::act::{EnrolKey, RevokeAgency, RevokeGrant, RevokeKey};
use crate::governance::Author;
use crate::testing::{Registry, code};

use super::*;

fn matrix() -> &'static Matrix {
    Matrix::newest()
}
const ORIGIN: &str = "registry.example/events";
const HOUR: i64 = 3_600_000_000;

fn key(seed: u8) -> PublicKey {
    PublicKey([seed; 32])
}

/// The key of a supervisor of border police, B3000.
const SUPERVISOR: u8 = 40;
/// A key of border police that signs acts alone.
const OFFICE: u8 = 41;
/// The key of a supervisor of the directorate, K1000.
const ELSEWHERE: u8 = 42;

/// The key with which B3001 signs their own emergency grants, and that of a colleague.
const OWN: u8 = 43;
const COLLEAGUE: u8 = 44;

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.author = Author::governance();
    for (seed, agency, supervisor, own) in [
        (SUPERVISOR, "BORDER", Some("B3000"), None),
        (OFFICE, "BORDER", None, None),
        (ELSEWHERE, "BAFIA", Some("K1000"), None),
        (OWN, "BORDER", None, Some("B3001")),
        (COLLEAGUE, "BORDER", None, Some("B3002")),
    ] {
        registry.ok(
            "1400-01-01",
            EnrolKey {
                agency: code(agency),
                public_key: key(seed),
                office: None,
                not_after: None,
                supervisor: supervisor.map(code),
                emergency_officer: own.map(code),
            },
        );
    }
    registry
}

fn asker(role: Role, agency: &str, officer: &str) -> Asker {
    Asker {
        agency: agency.to_owned(),
        officer: officer.to_owned(),
        roles: [role].into(),
        state: "IRN".to_owned(),
        rights: BTreeSet::new(),
    }
}

fn officer() -> Asker {
    asker(Role::BorderPolice, "BORDER", "B3001")
}

fn person(serial: u64) -> PersonNumber {
    PersonNumber::from_serial(crate::number::SERIAL_MIN + serial).unwrap()
}

fn grant(now: Timestamp) -> Grant {
    Grant {
        id: GrantId([7; 16]),
        origin: ORIGIN.to_owned(),
        agency: code("BORDER"),
        officer: code("B3001"),
        purpose: Purpose::BorderControl,
        legal_basis: "law:art. 15".to_owned(),
        case_reference: "C-1".to_owned(),
        groups: [FieldGroup::Identity].into(),
        persons: [person(1)].into(),
        not_before: Timestamp::from_micros(now.micros() - HOUR),
        not_after: Timestamp::from_micros(now.micros() + HOUR),
        issuer: key(SUPERVISOR).id(),
    }
}

fn read(registry: &Registry, grant: &Grant) -> Result<AuthenticGrant, Refusal> {
    AuthenticGrant::read(&grant.encode(), ORIGIN, &registry.enrolment, |_| true)
}

fn in_force(registry: &Registry, grant: &Grant, asker: &Asker) -> Result<GrantInForce, Refusal> {
    read(registry, grant)?.for_asker(asker, &registry.enrolment, registry.now())
}

fn border(asker: &Asker) -> Permit {
    matrix()
        .permit(asker, "BORDER_CONTROL", "law:art. 15", "C-1")
        .unwrap()
}

fn permit(registry: &Registry, grant: &Grant) -> Result<Permit, Refusal> {
    border(&officer()).under(&in_force(registry, grant, &officer())?)
}

#[test]
fn a_permit_under_a_grant_is_what_both_give() {
    let registry = registry();
    let grant = grant(registry.now());
    let permit = permit(&registry, &grant).unwrap();
    assert_eq!(permit.grant_id(), Some(grant.id));
    assert_eq!(permit.groups().collect::<Vec<_>>(), [FieldGroup::Identity]);
    // The matrix gives presence and verdicts too, the grant does not.
    assert!(border(&officer()).allows(FieldGroup::Presence));
    assert!(!permit.allows(FieldGroup::Presence));
    assert!(permit.withheld().any(|group| group == FieldGroup::Presence));
    assert_eq!(permit.require_about(Method::GetPerson, person(1)), Ok(()));
    let beyond = permit.require_about(Method::GetPerson, person(2));
    assert_eq!(beyond.unwrap_err().reason(), Reason::GrantOutOfScope);
    for (method, reason) in [
        // Not in the matrix.
        (Method::GetHistory, Reason::MethodNotAllowed),
        (Method::Follow, Reason::MethodNotAllowed),
        // Not about a person whom the grant names.
        (Method::FindPerson, Reason::GrantOutOfScope),
        (Method::VerifyDocument, Reason::GrantOutOfScope),
    ] {
        assert_eq!(permit.require(method).unwrap_err().reason(), reason);
    }
}

#[test]
fn records_open_to_the_border_only_under_a_grant() {
    let permit = border(&officer());
    for method in [Method::GetPerson, Method::FindPerson] {
        let refusal = permit.require(method).unwrap_err();
        assert_eq!(refusal.reason(), Reason::GrantRequired);
        assert!(!permit.allows_method(method));
    }
    for method in [Method::VerifyStay, Method::VerifyDocument] {
        assert_eq!(permit.require(method), Ok(()));
    }
}

#[test]
fn a_shift_at_the_border_may_meet_whoever_comes() {
    let registry = registry();
    let shift = Grant {
        persons: BTreeSet::new(),
        ..grant(registry.now())
    };
    let permit = permit(&registry, &shift).unwrap();
    assert_eq!(permit.require(Method::FindPerson), Ok(()));
    assert_eq!(permit.require_about(Method::GetPerson, person(9)), Ok(()));
    assert!(permit.covers(person(9)));
}

#[test]
fn the_register_of_iranians_names_whom_it_opens() {
    let mut registry = Registry::new();
    registry.author = Author::governance();
    registry.ok(
        "1400-01-01",
        crate::testing::enrol_agency("CIVIL", Role::CivilRegistry),
    );
    registry.ok(
        "1400-01-01",
        EnrolKey {
            agency: code("CIVIL"),
            public_key: key(SUPERVISOR),
            office: None,
            not_after: None,
            supervisor: Some(code("S7000")),
            emergency_officer: None,
        },
    );
    let job = asker(Role::CivilRegistry, "CIVIL", "SYNC-1");
    let named = Grant {
        agency: code("CIVIL"),
        officer: code("SYNC-1"),
        purpose: Purpose::CivilRegistrationSync,
        ..grant(registry.now())
    };
    let unnamed = Grant {
        persons: BTreeSet::new(),
        ..named.clone()
    };
    let permit = || {
        matrix()
            .permit(&job, "CIVIL_REGISTRATION_SYNC", "law:art. 15", "C-1")
            .unwrap()
    };
    // The feed rests on the standing legal basis; under a grant, which ends, it is not opened.
    assert_eq!(permit().require(Method::Follow), Ok(()));
    let refusal = permit().require(Method::GetPerson).unwrap_err();
    assert_eq!(refusal.reason(), Reason::GrantRequired);
    let narrowed = permit().under(&in_force(&registry, &named, &job).unwrap());
    let narrowed = narrowed.unwrap();
    assert_eq!(narrowed.require_about(Method::GetPerson, person(1)), Ok(()));
    let refusal = narrowed.require(Method::Follow).unwrap_err();
    assert_eq!(refusal.reason(), Reason::GrantOutOfScope);
    let wide = permit().under(&in_force(&registry, &unnamed, &job).unwrap());
    let refusal = wide.unwrap().require(Method::GetPerson).unwrap_err();
    assert_eq!(refusal.reason(), Reason::GrantTooWide);
}

#[test]
fn no_role_of_an_enforcement_or_outside_agency_opens_a_record_alone() {
    for role in Role::ALL {
        for method in Method::ALL {
            let rule = role.grant_rule(*method);
            let opens = method.needs_permit()
                && !matches!(
                    method,
                    Method::VerifyDocument
                        | Method::VerifyStay
                        | Method::VerifyRight
                        | Method::VerifyRemoval
                        | Method::Follow
                        // They tell that something was corrected; its content is told as a record is opened.
                        | Method::ListCorrections
                        | Method::AcknowledgeCorrection
                        | Method::ListOpenCorrections
                        // It tells of nobody.
                        | Method::GetStatistics
                        // It is about nobody.
                        | Method::GetCampaign
                        | Method::GetSite
                        | Method::ListSites
                        // They are about officers.
                        | Method::ListLookupFlags
                        | Method::ListGrantUses
                        | Method::ListDrawnLookups
                        // No row opens it to them.
                        | Method::CheckAct
                );
            let outside = matches!(
                role,
                Role::Police | Role::BorderPolice | Role::CivilRegistry | Role::ImmigrationPolice
            );
            assert_eq!(
                rule != GrantRule::NotNeeded,
                opens && outside,
                "{role:?} {method:?}"
            );
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of refusals")]
fn each_way_of_failing_has_a_reason_of_its_own() {
    let registry = registry();
    let now = registry.now();
    let good = grant(now);
    let at = |offset: i64| Timestamp::from_micros(now.micros() + offset);
    let cases = [
        (
            Grant {
                origin: "elsewhere/events".to_owned(),
                ..good.clone()
            },
            Reason::GrantOfOtherRegistry,
        ),
        (
            Grant {
                issuer: key(99).id(),
                ..good.clone()
            },
            Reason::UnknownKey,
        ),
        (
            Grant {
                issuer: key(OFFICE).id(),
                ..good.clone()
            },
            Reason::GrantNotBySupervisor,
        ),
        (
            Grant {
                issuer: key(ELSEWHERE).id(),
                ..good.clone()
            },
            Reason::GrantOfOtherAgency,
        ),
        (
            Grant {
                issuer: key(ELSEWHERE).id(),
                agency: code("BAFIA"),
                ..good.clone()
            },
            Reason::GrantOfOtherAgency,
        ),
        (
            Grant {
                officer: code("B3000"),
                ..good.clone()
            },
            Reason::GrantSelfIssued,
        ),
        (
            Grant {
                officer: code("B3002"),
                ..good.clone()
            },
            Reason::GrantOfOtherOfficer,
        ),
        (
            Grant {
                not_after: at(GRANT_VALIDITY_MAX_MICROS - HOUR + 1),
                ..good.clone()
            },
            Reason::GrantTooLong,
        ),
        (
            Grant {
                not_before: at(1),
                ..good.clone()
            },
            Reason::GrantNotYetValid,
        ),
        (
            Grant {
                not_after: at(-1),
                ..good.clone()
            },
            Reason::GrantExpired,
        ),
        (
            Grant {
                purpose: Purpose::StayCheck,
                ..good.clone()
            },
            Reason::GrantOfOtherPurpose,
        ),
        (
            Grant {
                legal_basis: "law:art. 7".to_owned(),
                ..good.clone()
            },
            Reason::GrantOfOtherPurpose,
        ),
        (
            Grant {
                case_reference: "C-2".to_owned(),
                ..good.clone()
            },
            Reason::GrantOfOtherPurpose,
        ),
        (
            Grant {
                groups: [FieldGroup::Address].into(),
                ..good.clone()
            },
            Reason::GrantTooWide,
        ),
        (
            Grant {
                groups: [FieldGroup::AsylumClaim].into(),
                ..good.clone()
            },
            Reason::GrantTooWide,
        ),
    ];
    for (grant, reason) in cases {
        assert_eq!(permit(&registry, &grant).unwrap_err().reason(), reason);
    }
    // The bounds themselves hold.
    for grant in [
        Grant {
            not_after: at(GRANT_VALIDITY_MAX_MICROS - HOUR),
            ..good.clone()
        },
        Grant {
            not_before: now,
            ..good.clone()
        },
        Grant {
            not_after: now,
            ..good
        },
    ] {
        assert!(permit(&registry, &grant).is_ok());
    }
}

#[test]
fn a_signature_that_does_not_fit_is_a_forgery() {
    let registry = registry();
    let bytes = grant(registry.now()).encode();
    let forged = AuthenticGrant::read(&bytes, ORIGIN, &registry.enrolment, |public| {
        *public != key(SUPERVISOR)
    });
    assert_eq!(forged.unwrap_err().reason(), Reason::GrantForged);
}

#[test]
fn a_grant_that_was_checked_for_one_officer_is_none_for_another() {
    let registry = registry();
    let held = in_force(&registry, &grant(registry.now()), &officer()).unwrap();
    let other = asker(Role::BorderPolice, "BORDER", "B3002");
    let refusal = border(&other).under(&held).unwrap_err();
    assert_eq!(refusal.reason(), Reason::GrantOfOtherOfficer);
}

#[test]
fn revocation_takes_effect_on_the_grant_the_key_and_the_agency() {
    let mut revoked = registry();
    let grant = grant(revoked.now());
    let authentic = read(&revoked, &grant).unwrap();
    let reason = |registry: &Registry| {
        authentic
            .for_asker(&officer(), &registry.enrolment, registry.now())
            .map_err(|refusal| refusal.reason())
            .err()
    };
    assert_eq!(reason(&revoked), None);
    // Another agency's revocation of the same identifier is about another grant.
    revoked.author.roles = [Role::DataProtectionOfficer].into();
    let revocation = RevokeGrant {
        agency: code("BAFIA"),
        grant_id: grant.id,
    };
    revoked.ok("1400-02-01", revocation.clone());
    assert_eq!(reason(&revoked), None);
    let own = RevokeGrant {
        agency: code("BORDER"),
        ..revocation
    };
    revoked.ok("1400-02-02", own);
    assert_eq!(reason(&revoked), Some(Reason::GrantRevoked));

    let mut without_key = registry();
    let key_id = key(SUPERVISOR).id();
    without_key.ok(
        "1400-02-01",
        RevokeKey {
            key_id,
            reason: "lost".into(),
        },
    );
    assert_eq!(reason(&without_key), Some(Reason::RevokedKey));

    let mut without_agency = registry();
    let agency = code("BORDER");
    without_agency.ok(
        "1400-02-01",
        RevokeAgency {
            agency,
            reason: "dissolved".into(),
        },
    );
    assert_eq!(reason(&without_agency), Some(Reason::RevokedAgency));
}

#[test]
fn a_revocation_is_signed_by_a_supervisor_of_the_agency_or_the_protection_officer() {
    let mut registry = registry();
    let revocation = RevokeGrant {
        agency: code("BORDER"),
        grant_id: GrantId([7; 16]),
    };
    let author = |registry: &Registry, seed| {
        registry
            .enrolment
            .author(&key(seed).id(), registry.now())
            .unwrap()
    };
    for seed in [OFFICE, ELSEWHERE] {
        registry.author = author(&registry, seed);
        let refused = registry.refused("1400-01-01", revocation.clone());
        assert_eq!(refused, Reason::RoleNotAllowed);
    }
    registry.author = Author::governance();
    let refused = registry.refused("1400-01-01", revocation.clone());
    assert_eq!(refused, Reason::RoleNotAllowed);
    registry.author = author(&registry, SUPERVISOR);
    // What stands in the clear names no case.
    let mut act = registry.act("1400-01-01", revocation.clone());
    act.case_reference = "C-1".to_owned();
    let refusal = registry.submit(&act).map(drop).unwrap_err();
    assert_eq!(refusal.violations()[0].path, "case_reference");
    registry.ok("1400-01-01", revocation.clone());
    let again = registry.refused("1400-01-02", revocation);
    assert_eq!(again, Reason::GrantRevoked);
}

#[test]
fn grants_read_back_and_nothing_is_passed_over() {
    let good = grant(registry().now());
    let bytes = good.encode();
    assert!(Grant::decode(&bytes).unwrap() == good);
    let mut unknown_field = bytes.clone();
    unknown_field.extend([0xf8, 0x07, 0x01]);
    let mut truncated = bytes.clone();
    truncated.pop();
    let mut long = bytes;
    long.resize(crate::fact::limits::GRANT_BYTES_MAX + 1, 0);
    for bytes in [unknown_field, truncated, long] {
        let refusal = Grant::decode(&bytes).unwrap_err();
        assert_eq!(refusal.reason(), Reason::MalformedGrant);
    }
    let empty = Grant::decode(&[]).unwrap_err();
    let paths: Vec<_> = empty
        .violations()
        .iter()
        .map(|one| one.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "purpose.grant.grant_id",
            "purpose.grant.origin",
            "purpose.grant.agency",
            "purpose.grant.officer",
            "purpose.grant.purpose",
            "purpose.grant.legal_basis",
            "purpose.grant.case_reference",
            "purpose.grant.field_groups",
            "purpose.grant.not_before",
            "purpose.grant.not_after",
            "purpose.grant.issuer_key_id",
        ]
    );
    let reversed = Grant {
        not_after: Timestamp::from_micros(good.not_before.micros() - 1),
        ..good.clone()
    };
    let crowd = Grant {
        persons: (0..65).map(person).collect(),
        ..good
    };
    for (grant, path) in [
        (reversed, "purpose.grant.not_after"),
        (crowd, "purpose.grant.persons"),
    ] {
        let refusal = Grant::decode(&grant.encode()).unwrap_err();
        assert_eq!(refusal.violations()[0].path, path);
    }
}

const DANGER: &str = "statute:1354";

fn emergency(now: Timestamp) -> Grant {
    Grant {
        purpose: Purpose::VitalEmergency,
        legal_basis: DANGER.to_owned(),
        groups: [FieldGroup::Identity, FieldGroup::Family].into(),
        not_before: now,
        not_after: Timestamp::from_micros(now.micros() + EMERGENCY_VALIDITY_MAX_MICROS),
        issuer: key(OWN).id(),
        ..grant(now)
    }
}

fn in_danger() -> Permit {
    matrix()
        .permit(&officer(), "VITAL_EMERGENCY", DANGER, "C-1")
        .unwrap()
}

#[test]
fn in_an_emergency_an_officer_signs_for_one_person() {
    let registry = registry();
    let own = emergency(registry.now());
    let permit = in_danger()
        .under(&in_force(&registry, &own, &officer()).unwrap())
        .unwrap();
    for method in [Method::GetPerson, Method::GetFamily] {
        assert_eq!(permit.require_about(method, person(1)), Ok(()));
        let second = permit.require_about(method, person(2)).unwrap_err();
        assert_eq!(second.reason(), Reason::GrantOutOfScope);
    }
    let groups: Vec<_> = permit.groups().collect();
    assert_eq!(groups, [FieldGroup::Identity, FieldGroup::Family]);
    for method in [Method::FindPerson, Method::GetHistory, Method::Follow] {
        assert!(permit.require(method).is_err());
    }
    // Without the grant the purpose opens nothing.
    let alone = in_danger().require(Method::GetPerson).unwrap_err();
    assert_eq!(alone.reason(), Reason::GrantRequired);
    // It is never deferred, whatever a row says.
    let request = crate::access::DeferralRequest {
        until: own.not_after,
        reason: "secret".to_owned(),
        order_reference: "1405/1".to_owned(),
    };
    let row = crate::access::deferral::Deferrable {
        role: Role::BorderPolice,
        purpose: Purpose::VitalEmergency,
        days_max: 90,
    };
    let deferred = permit.deferred_by(&[row], request, registry.now());
    assert_eq!(deferred.unwrap_err().reason(), Reason::DeferralNotAllowed);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of refusals")]
fn each_way_of_misusing_an_emergency_fails() {
    let mut registry = registry();
    let now = registry.now();
    let good = emergency(now);
    let at = |offset: i64| Timestamp::from_micros(now.micros() + offset);
    let cases = [
        // A second person, or nobody in particular.
        (
            Grant {
                persons: [person(1), person(2)].into(),
                ..good.clone()
            },
            Reason::GrantTooWide,
        ),
        (
            Grant {
                persons: BTreeSet::new(),
                ..good.clone()
            },
            Reason::GrantTooWide,
        ),
        (
            Grant {
                not_after: at(EMERGENCY_VALIDITY_MAX_MICROS + 1),
                ..good.clone()
            },
            Reason::GrantTooLong,
        ),
        (
            Grant {
                not_before: at(-EMERGENCY_VALIDITY_MAX_MICROS),
                not_after: at(-1),
                ..good.clone()
            },
            Reason::GrantExpired,
        ),
        (
            Grant {
                purpose: Purpose::BorderControl,
                ..good.clone()
            },
            Reason::GrantNotBySupervisor,
        ),
        // Signed by a colleague, by the office, by a supervisor, for a colleague.
        (
            Grant {
                issuer: key(COLLEAGUE).id(),
                ..good.clone()
            },
            Reason::GrantNotOwn,
        ),
        (
            Grant {
                issuer: key(OFFICE).id(),
                ..good.clone()
            },
            Reason::GrantNotOwn,
        ),
        (
            Grant {
                issuer: key(SUPERVISOR).id(),
                ..good.clone()
            },
            Reason::GrantNotOwn,
        ),
        (
            Grant {
                issuer: key(ELSEWHERE).id(),
                ..good.clone()
            },
            Reason::GrantOfOtherAgency,
        ),
        (
            Grant {
                officer: code("B3002"),
                issuer: key(COLLEAGUE).id(),
                ..good.clone()
            },
            Reason::GrantOfOtherOfficer,
        ),
        (
            Grant {
                origin: "elsewhere/events".to_owned(),
                ..good.clone()
            },
            Reason::GrantOfOtherRegistry,
        ),
        (
            Grant {
                case_reference: "C-2".to_owned(),
                ..good.clone()
            },
            Reason::GrantOfOtherPurpose,
        ),
    ];
    let try_with = |registry: &Registry, grant: &Grant| {
        in_force(registry, grant, &officer()).and_then(|held| in_danger().under(&held))
    };
    for (grant, reason) in cases {
        let refusal = try_with(&registry, &grant).unwrap_err();
        assert_eq!(refusal.reason(), reason);
    }
    for group in FieldGroup::ALL {
        let wider = Grant {
            groups: [FieldGroup::Identity, *group].into(),
            ..good.clone()
        };
        let allowed = EMERGENCY_GROUPS.contains(*group);
        assert_eq!(try_with(&registry, &wider).is_ok(), allowed, "{group:?}");
    }
    let forged = AuthenticGrant::read(&good.encode(), ORIGIN, &registry.enrolment, |_| false);
    assert_eq!(forged.unwrap_err().reason(), Reason::GrantForged);
    let revocation = RevokeKey {
        key_id: key(OWN).id(),
        reason: "lost".to_owned(),
    };
    registry.ok("1400-01-02", revocation);
    let refusal = try_with(&registry, &good).unwrap_err();
    assert_eq!(refusal.reason(), Reason::RevokedKey);
}
