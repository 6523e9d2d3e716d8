use super::residence::grant;
use crate::act::*;
use crate::event::EventBody;
use crate::fact::*;
use crate::law::PersonStatus as S;
use crate::number::{ClaimNumber, PersonNumber};
use crate::refusal::Reason;
use crate::testing::*;

const UNIT: &str = "THR-97";
const REGISTRAR: &str = "THR-01";
const BORDER: &str = "DOG-01";

fn claimed() -> (Registry, PersonNumber, Outcome) {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    registry.as_office(UNIT);
    let lodged = registry.ok("1400-01-01", lodge_claim(person));
    (registry, person, lodged)
}

fn interview(claim: ClaimNumber) -> RecordAsylumInterview {
    RecordAsylumInterview {
        claim,
        interview_reference: "I-2".into(),
        shelter_address: None,
    }
}

#[test]
fn a_claim_leaves_the_life_of_the_person_as_it_was() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    let before = registry.life(person).clone();
    registry.as_office(UNIT);
    let claim = registry.ok("1400-01-01", lodge_claim(person)).claims[0];
    registry.ok("1400-02-01", interview(claim));
    registry.ok("1400-03-01", refuse_claim(claim, "1400-03-01"));
    // Nothing keeps the person from asking again, and from withdrawing that.
    let again = registry.ok("1400-04-01", lodge_claim(person)).claims[0];
    registry.ok(
        "1400-05-01",
        DecideAsylumClaim {
            declaration_reference: "D-1".into(),
            ..decide_claim(again, AsylumOutcome::Withdrawn)
        },
    );
    assert!(*registry.life(person) == before);
    assert_eq!(registry.life(claim).version(), 3);
    assert!(claim != again && person.to_string() != claim.to_string());
}

#[test]
fn only_the_asylum_unit_records_claims_and_everybody_else_is_told_so_before_anything_is_read() {
    let (mut registry, person, lodged) = claimed();
    let claim = lodged.claims[0];
    let nobody = ClaimNumber::from_serial(99_000_000_000).unwrap();
    registry.loaded_claims = 0;
    for office in [REGISTRAR, BORDER] {
        registry.as_office(office);
        for claim in [claim, nobody] {
            for body in [
                ActBody::from(lodge_claim(person)),
                interview(claim).into(),
                grant_claim(claim).into(),
            ] {
                let act = registry.act("1400-02-01", body);
                let refusal = registry.submit(&act).err().unwrap();
                assert_eq!(refusal.reason(), Reason::RoleNotAllowed);
                assert_eq!(refusal.metadata()["roles_allowed"], "ASYLUM_UNIT");
            }
        }
    }
    assert_eq!(registry.loaded_claims, 0);
    registry.as_office(UNIT);
    for body in [
        ActBody::from(register_person("1370-01-01", Sex::Male)),
        grant(person, S::Refugee).into(),
        death(person).into(),
    ] {
        assert_eq!(registry.refused("1400-02-01", body), Reason::RoleNotAllowed);
    }
}

#[test]
fn for_others_there_is_no_claim_to_amend_or_to_compare_a_version_with() {
    let (mut registry, person, lodged) = claimed();
    let nobody = ClaimNumber::from_serial(99_000_000_000).unwrap();
    registry.loaded_claims = 0;
    for office in [REGISTRAR, BORDER] {
        registry.as_office(office);
        let mut told = Vec::new();
        for target in [lodged.id, ActId([9; 16])] {
            let annul = AnnulAct {
                target,
                reason: "x".into(),
            };
            let act = registry.act("1400-02-01", annul);
            told.push(registry.submit(&act).err().unwrap());
            let mut replacement = registry.act("1400-01-01", lodge_claim(person));
            replacement.id = ActId([0; 16]);
            let correct = CorrectAct {
                target,
                replacement: Box::new(replacement),
                reason: "x".into(),
            };
            let act = registry.act("1400-02-01", correct);
            told.push(registry.submit(&act).err().unwrap());
        }
        assert!(told.iter().all(|refusal| refusal == &told[0]));
        assert_eq!(told[0].reason(), Reason::TargetUnknown);
        let mut compared = Vec::new();
        for claim in [lodged.claims[0], nobody] {
            for version in [0, 1] {
                let mut act = registry.act("1400-02-01", register_person("1370-01-01", Sex::Male));
                act.expected = vec![ExpectedVersion {
                    subject: claim.into(),
                    version,
                }];
                compared.push(registry.submit(&act).map(|_| ()).map_err(|r| r.reason()));
            }
        }
        let conflict = Err(Reason::VersionConflict);
        assert_eq!(compared, [Ok(()), conflict, Ok(()), conflict]);
    }
    assert_eq!(registry.loaded_claims, 0);
    registry.as_office(UNIT);
    let mut act = registry.act("1400-02-01", interview(lodged.claims[0]));
    act.expected = vec![ExpectedVersion {
        subject: lodged.claims[0].into(),
        version: 2,
    }];
    assert_eq!(registry.refused_act(&act), Reason::VersionConflict);
}

#[test]
fn asking_for_asylum_is_no_status_any_more_for_anybody() {
    let (mut registry, claimant, _) = claimed();
    registry.as_office(REGISTRAR);
    let other = registry.register("1370-01-01", Sex::Female);
    let held = EventBody::StatusGranted(grant(other, S::AsylumSeeker));
    let unknown = PersonNumber::from_serial(99_000_000_000).unwrap();
    registry.recorded_before("1400-01-01", other, held);
    let mut told = Vec::new();
    for person in [claimant, other, unknown] {
        let change = |from, to| ChangeStatus {
            person,
            from,
            to,
            decided_by: String::new(),
            decision: None,
        };
        for body in [
            ActBody::from(grant(person, S::AsylumSeeker)),
            change(S::AsylumSeeker, S::Refugee).into(),
            change(S::VisaHolder, S::AsylumSeeker).into(),
        ] {
            let act = registry.act("1400-02-01", body);
            told.push(registry.submit(&act).err().unwrap());
        }
    }
    assert!(told.iter().all(|refusal| refusal == &told[0]));
    assert_eq!(told[0].reason(), Reason::AsylumUnitOnly);
    assert!(told[0].remedy().contains("asylum unit"));
}

#[test]
fn a_grant_makes_a_refugee_in_the_same_act() {
    let (mut registry, person, lodged) = claimed();
    let claim = lodged.claims[0];
    let granted = registry.ok("1400-06-01", grant_claim(claim));
    assert_eq!(granted.decided.len(), 2);
    assert!(registry.person(person).holds(S::Refugee));
    assert_eq!(
        registry.refused("1400-07-01", interview(claim)),
        Reason::ClaimDecided
    );
    // It can be taken back, with all that it did.
    registry.ok(
        "1400-08-01",
        AnnulAct {
            target: granted.id,
            reason: "x".into(),
        },
    );
    assert!(!registry.person(person).holds(S::Refugee));
    registry.ok("1400-09-01", interview(claim));
    // And the lodging cannot be taken back while an interview rests on it.
    let annul = AnnulAct {
        target: lodged.id,
        reason: "x".into(),
    };
    assert_eq!(
        registry.refused("1400-09-02", annul),
        Reason::DependentActsStand
    );
}

#[test]
fn a_grant_ends_what_was_once_a_status_and_adds_nothing_to_refuge_held() {
    let (mut registry, person, lodged) = claimed();
    let held = EventBody::StatusGranted(grant(person, S::AsylumSeeker));
    registry.recorded_before("1399-01-01", person, held);
    registry.ok("1400-06-01", grant_claim(lodged.claims[0]));
    let now: Vec<_> = registry.person(person).current_statuses().collect();
    assert_eq!(now, [S::Refugee]);

    registry.as_office(REGISTRAR);
    let member = registry.register("1370-01-01", Sex::Female);
    registry.ok("1399-01-01", grant(member, S::Refugee));
    registry.as_office(UNIT);
    let claim = registry.ok("1400-01-01", lodge_claim(member)).claims[0];
    let granted = registry.ok("1400-02-01", grant_claim(claim));
    assert_eq!(granted.decided.len(), 1);
}

#[test]
fn a_correction_keeps_the_number_of_the_claim() {
    let (mut registry, person, lodged) = claimed();
    let claim = lodged.claims[0];
    let mut replacement = registry.act(
        "1400-01-02",
        LodgeAsylumClaim {
            grounds: vec![AsylumGround::Political],
            ..lodge_claim(person)
        },
    );
    replacement.id = ActId([0; 16]);
    registry.ok(
        "1400-02-01",
        CorrectAct {
            target: lodged.id,
            replacement: Box::new(replacement),
            reason: "misread".into(),
        },
    );
    let corrected = registry.life(claim).claim(&as_of("1400-03-01")).unwrap();
    assert_eq!(corrected.number, claim);
    assert_eq!(corrected.grounds, [AsylumGround::Political]);
}

#[test]
fn what_a_claim_and_its_end_need() {
    let (mut registry, person, lodged) = claimed();
    let claim = lodged.claims[0];
    assert_eq!(
        registry.refused("1400-02-01", lodge_claim(person)),
        Reason::ClaimPending
    );
    let nobody = PersonNumber::from_serial(99_000_000_000).unwrap();
    assert_eq!(
        registry.refused("1400-02-01", lodge_claim(nobody)),
        Reason::UnknownPerson
    );
    let unknown = ClaimNumber::from_serial(99_000_000_000).unwrap();
    assert_eq!(
        registry.refused("1400-02-01", interview(unknown)),
        Reason::UnknownClaim
    );
    assert_eq!(
        registry.refused("1399-12-01", interview(claim)),
        Reason::OutOfSequence
    );
    let without = |change: fn(&mut AdverseDecision)| {
        let mut refused = refuse_claim(claim, "1400-03-01");
        change(refused.decision.as_mut().unwrap());
        refused
    };
    let cases = [
        (
            decide_claim(claim, AsylumOutcome::Granted),
            Reason::DeciderMissing,
        ),
        (
            decide_claim(claim, AsylumOutcome::Refused),
            Reason::DeciderMissing,
        ),
        (without(|d| d.ground.clear()), Reason::GroundMissing),
        (without(|d| d.served_on = None), Reason::MissingNotice),
        (
            without(|d| d.appeal_body.clear()),
            Reason::AppealBodyMissing,
        ),
        (refuse_claim(claim, "1400-03-02"), Reason::MissingNotice),
        (
            decide_claim(claim, AsylumOutcome::Withdrawn),
            Reason::ConsentMissing,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-03-01", body), reason);
    }
    // Lodged with no ground, or one twice.
    for grounds in [vec![], vec![AsylumGround::Racial; 2]] {
        let body = LodgeAsylumClaim {
            grounds,
            ..lodge_claim(person)
        };
        assert_eq!(registry.refused("1400-02-01", body), Reason::InvalidField);
    }
}

#[test]
fn the_dead_are_not_made_refugees_and_their_claims_can_still_end() {
    let (mut registry, person, lodged) = claimed();
    registry.as_office(REGISTRAR);
    registry.ok("1400-02-01", death(person));
    registry.as_office(UNIT);
    let claim = lodged.claims[0];
    assert_eq!(
        registry.refused("1400-03-01", grant_claim(claim)),
        Reason::PersonDeceased
    );
    registry.ok("1400-03-01", refuse_claim(claim, "1400-03-01"));
}
