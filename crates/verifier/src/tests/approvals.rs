use prost::Message as _;
use sabt_chain::authorship::AuthorSigningKey;
use sabt_chain::{Kind, Part, Position};
use sabt_proto::event::v1 as proto;

use super::altered::{all, check_event_fault};
use super::support::{Draft, Registry, enrol_agency, enrol_key, revoke_key};
use crate::class::FaultClass;

/// The officers of a registry, and one of an office that only registers.
struct Officers {
    dpo: AuthorSigningKey,
    ministry: AuthorSigningKey,
    unit: AuthorSigningKey,
    office: AuthorSigningKey,
}

fn registry() -> (Registry, Officers) {
    let mut registry = Registry::complete();
    let key = |seed| AuthorSigningKey::from_seed([seed; 32]);
    let officers = Officers {
        dpo: key(101),
        ministry: key(102),
        unit: key(104),
        office: key(103),
    };
    registry.govern(enrol_agency("DPO", proto::Role::DataProtectionOfficer));
    registry.govern(enrol_agency("MOI", proto::Role::Governance));
    registry.govern(enrol_agency("ASYLUM", proto::Role::AsylumUnit));
    registry.govern(enrol_agency("OFFICE", proto::Role::Registrar));
    for (agency, key) in [
        ("DPO", &officers.dpo),
        ("MOI", &officers.ministry),
        ("ASYLUM", &officers.unit),
        ("OFFICE", &officers.office),
    ] {
        registry.govern(enrol_key(agency, key, 0));
    }
    (registry, officers)
}

/// An order over the record at position 4, unsigned.
fn order(
    registry: &Registry,
    first: &AuthorSigningKey,
    second: &AuthorSigningKey,
) -> proto::Erasure {
    let ids = [first, second].map(|key| key.public().id().as_bytes().to_vec());
    proto::Erasure {
        positions: vec![4],
        legal_basis: "judgment 12/1405".to_owned(),
        approvers: vec!["DPO/D5001".to_owned(), "MOI/G6001".to_owned()],
        origin: registry.events.chain.origin().as_str().to_owned(),
        subject: vec![3; 32],
        not_after: i64::MAX,
        ground: proto::ErasureGround::CourtOrder.into(),
        permit_number: "P-12".to_owned(),
        approver_keys: ids.to_vec(),
        ..proto::Erasure::default()
    }
}

/// Completes, signs and records an order, and destroys the payload it names.
fn record(
    registry: &mut Registry,
    mut erasure: proto::Erasure,
    signers: [&AuthorSigningKey; 2],
    by: &AuthorSigningKey,
    change: impl FnOnce(&mut proto::Erasure),
) -> Position {
    let act_id = registry.act_id();
    let origin = registry.events.chain.origin().clone();
    erasure.order_id = act_id.as_bytes().to_vec();
    let order = erasure.encode_to_vec();
    let signatures = signers.map(|key| key.sign_erasure(&origin, &order).as_bytes().to_vec());
    erasure.signatures = signatures.to_vec();
    change(&mut erasure);
    let payload = erasure.encode_to_vec();
    registry.events.destroy(Position::new(4));
    registry.events.append(vec![Draft {
        kind: Kind::Erasure,
        act_id,
        part: Part::ONLY,
        authorship: Some(by.sign_erasure_record(&origin, act_id, &payload)),
        payload,
    }])
}

#[test]
fn an_order_of_two_officers_is_sound() {
    let (mut registry, Officers { dpo, ministry, .. }) = registry();
    let erasure = order(&registry, &dpo, &ministry);
    record(&mut registry, erasure, [&dpo, &ministry], &dpo, |_| {});
    let report = registry.verify();
    assert!(report.is_sound(), "{report}");
}

#[test]
fn the_governance_authority_itself_approves() {
    let (mut registry, Officers { dpo, .. }) = registry();
    let governance = registry.governance.clone();
    let mut erasure = order(&registry, &dpo, &governance);
    erasure.approvers[1] = "GOVERNANCE/G1".to_owned();
    record(&mut registry, erasure, [&dpo, &governance], &dpo, |_| {});
    let report = registry.verify();
    assert!(report.is_sound(), "{report}");
}

#[test]
fn what_two_officers_did_not_sign_is_a_fault() {
    type Change = fn(&mut proto::Erasure);
    let changes: [Change; 12] = [
        |erasure| erasure.legal_basis = "another".to_owned(),
        |erasure| erasure.permit_number = "P-13".to_owned(),
        |erasure| erasure.subject = vec![4; 32],
        |erasure| erasure.order_id = vec![9; 16],
        |erasure| erasure.origin = "other.example/events".to_owned(),
        |erasure| erasure.not_after = 1,
        |erasure| erasure.signatures.swap(0, 1),
        |erasure| erasure.signatures[1] = vec![0; 64],
        |erasure| erasure.approver_keys.swap(0, 1),
        |erasure| erasure.approvers[1] = "DPO/D5002".to_owned(),
        |erasure| erasure.approvers[0] = "MOI/G6000".to_owned(),
        |erasure| {
            erasure.signatures.pop();
        },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let (mut registry, Officers { dpo, ministry, .. }) = registry();
        let erasure = order(&registry, &dpo, &ministry);
        record(&mut registry, erasure, [&dpo, &ministry], &dpo, change);
        let report = registry.verify();
        let mut found = all(&report).into_iter();
        let found = found.any(|(_, _, class)| class == FaultClass::ErasureRecord);
        assert!(found, "change {index}: {report}");
    }
}

#[test]
fn one_officer_or_one_in_another_role_is_not_enough() {
    let (mut registry, Officers { dpo, office, .. }) = registry();
    // One key under two names.
    let erasure = order(&registry, &dpo, &dpo);
    let position = record(&mut registry, erasure, [&dpo, &dpo], &dpo, |_| {});
    check_event_fault(&registry, position, FaultClass::ErasureRecord);
    // An office that may not sign erasures, in the place of either.
    for place in 0..2 {
        let (mut registry, Officers { ministry, .. }) = self::registry();
        let mut signers = [&dpo, &ministry];
        signers[place] = &office;
        let mut erasure = order(&registry, signers[0], signers[1]);
        erasure.approvers[place] = "OFFICE/K1001".to_owned();
        let position = record(&mut registry, erasure, signers, &dpo, |_| {});
        check_event_fault(&registry, position, FaultClass::KeyUnknown);
    }
    // An office that hands in what others have signed.
    let (mut registry, Officers { ministry, .. }) = self::registry();
    let erasure = order(&registry, &dpo, &ministry);
    let position = record(&mut registry, erasure, [&dpo, &ministry], &office, |_| {});
    check_event_fault(&registry, position, FaultClass::KeyUnknown);
    // A key that was revoked before.
    let (mut registry, Officers { ministry, .. }) = self::registry();
    registry.govern(revoke_key(&ministry));
    let erasure = order(&registry, &dpo, &ministry);
    record(&mut registry, erasure, [&dpo, &ministry], &dpo, |_| {});
    assert!(!registry.verify().is_sound());
}

#[test]
fn the_asylum_unit_orders_and_does_not_approve() {
    let of = |first: &str, second: &str, change: fn(&Officers) -> [&AuthorSigningKey; 2]| {
        let (mut registry, officers) = registry();
        let signers = change(&officers);
        let mut erasure = order(&registry, signers[0], signers[1]);
        erasure.approvers = vec![first.to_owned(), second.to_owned()];
        let position = record(&mut registry, erasure, signers, signers[0], |_| {});
        (registry, position)
    };
    let (registry, _) = of("ASYLUM/U8001", "MOI/G6001", |who| {
        [&who.unit, &who.ministry]
    });
    let report = registry.verify();
    assert!(report.is_sound(), "{report}");
    let (registry, position) = of("DPO/D5001", "ASYLUM/U8001", |who| [&who.dpo, &who.unit]);
    check_event_fault(&registry, position, FaultClass::ErasureRecord);
    let (registry, position) = of("ASYLUM/U8001", "ASYLUM/U8002", |who| [&who.unit, &who.unit]);
    check_event_fault(&registry, position, FaultClass::ErasureRecord);
}
