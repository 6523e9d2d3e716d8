use crate::access::Role;
use crate::act::*;
use crate::decide::author::roles_for;
use crate::fact::*;
use crate::law::Right;
use crate::refusal::Reason;
use crate::testing::*;

#[test]
fn border_police_record_crossings_and_register() {
    let mut registry = Registry::new();
    registry.as_office("DOG-01");
    let person = registry
        .ok("1400-01-01", register_person("1370-01-01", Sex::Male))
        .persons[0];
    assert_eq!(
        registry.refused("1400-01-01", death(person)),
        Reason::RoleNotAllowed
    );
    let outcome = registry.ok(
        "1400-01-01",
        RecordEntry {
            person,
            border_point: "DOGHAROUN".into(),
            kind: EntryKind::WithVisa,
            document: None,
        },
    );
    registry.ok(
        "1400-01-02",
        AnnulAct {
            target: outcome.id,
            reason: "a slip".into(),
        },
    );
    // An amendment is for those who may submit its target.
    registry.as_office("THR-01");
    let target = registry.ok("1400-01-02", death(person)).id;
    registry.as_office("DOG-01");
    let annul = AnnulAct {
        target,
        reason: "a slip".into(),
    };
    assert_eq!(
        registry.refused("1400-01-03", annul),
        Reason::RoleNotAllowed
    );
}

#[test]
fn offices_act_for_their_agency_and_keys_for_their_office() {
    let mut registry = Registry::new();
    let body = || register_person("1370-01-01", Sex::Male);
    registry.office = code("NOWHERE");
    assert_eq!(
        registry.refused("1400-01-01", body()),
        Reason::UnknownOffice
    );
    registry.office = code("DOG-01");
    assert_eq!(
        registry.refused("1400-01-01", body()),
        Reason::OfficeNotAllowed
    );
    registry.office = code("RKH-01");
    registry.author.office = Some(code("THR-01"));
    assert_eq!(
        registry.refused("1400-01-01", body()),
        Reason::OfficeNotAllowed
    );
    registry.author.office = Some(code("RKH-01"));
    registry.ok("1400-01-01", body());
    registry.author.agency = code("STRANGERS");
    assert_eq!(
        registry.refused("1400-01-01", body()),
        Reason::UnknownAgency
    );
}

#[test]
fn nothing_comes_before_the_founding() {
    let mut registry = Registry::empty();
    registry.author.roles.insert(Role::Registrar);
    let body = register_person("1370-01-01", Sex::Male);
    assert_eq!(registry.refused("1400-01-01", body), Reason::NotFounded);
    let body = enrol_agency("BAFIA", Role::Registrar);
    assert_eq!(registry.refused("1400-01-01", body), Reason::NotFounded);
}

#[test]
fn an_identifier_is_used_once_and_versions_are_compared() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let mut act = registry.act("1400-01-01", death(person));
    act.expected = vec![ExpectedVersion {
        subject: person.into(),
        version: 2,
    }];
    assert_eq!(registry.refused_act(&act), Reason::VersionConflict);
    let refusal = registry.submit(&act).err().unwrap();
    assert_eq!(refusal.metadata()["current_version"], "1");
    act.expected[0].version = 1;
    assert!(registry.submit(&act).is_ok());
}

#[test]
fn every_kind_of_act_has_a_role() {
    for kind in ActKind::ALL {
        let governance = roles_for(*kind) == [Role::Governance];
        // A court's order to withhold an entry for longer is entered by the data-protection officer alone; a grant is
        // revoked by those who supervise, not by those who govern.
        let order = roles_for(*kind) == [Role::DataProtectionOfficer];
        let of_protection = [ActKind::ExtendDeferral, ActKind::RevokeGrant];
        assert_eq!(order, of_protection.contains(kind));
        // A look-up is justified by the agency that looked.
        let answers = *kind == ActKind::JustifyLookup;
        assert_eq!(
            governance || order || answers,
            kind.is_governance(),
            "{kind:?}"
        );
    }
}

#[test]
fn the_asylum_unit_has_no_other_role_and_answers_to_no_other_state() {
    let mut registry = Registry::new();
    registry.author = crate::governance::Author::governance();
    registry.office = code("REGISTRY");
    let enrol = |roles: &[Role], state: &str| EnrolAgency {
        roles: roles.to_vec(),
        state: code(state),
        ..enrol_agency("UNIT-2", Role::AsylumUnit)
    };
    for (roles, state) in [
        (&[Role::AsylumUnit, Role::Registrar][..], "IRN"),
        (&[Role::AsylumUnit][..], "AFG"),
    ] {
        let refused = registry.refused("1399-01-01", enrol(roles, state));
        assert_eq!(refused, Reason::InvalidField);
    }
    registry.ok("1399-01-01", enrol(&[Role::AsylumUnit], "IRN"));
}

#[test]
fn rights_are_asked_about_by_public_services_of_this_state() {
    let mut registry = Registry::new();
    registry.author = crate::governance::Author::governance();
    registry.office = code("REGISTRY");
    let enrol = |role, state: &str| EnrolAgency {
        state: code(state),
        rights: vec![Right::Education],
        ..enrol_agency("SCHOOLS", role)
    };
    for (role, state) in [(Role::Registrar, "IRN"), (Role::PublicService, "AFG")] {
        let refused = registry.refused("1399-01-01", enrol(role, state));
        assert_eq!(refused, Reason::InvalidField);
    }
    registry.ok("1399-01-01", enrol(Role::PublicService, "IRN"));
    let agency = registry.enrolment.agency(&code("SCHOOLS")).unwrap();
    assert_eq!(agency.rights, [Right::Education].into());
}
