use sabt_chain::authorship::AuthorSigningKey;
use sabt_domain::access::{FieldGroup, Grant, GrantId, Purpose};
use sabt_domain::act::{ActId, EnrolKey, KeyId, PublicKey};
use sabt_domain::event::{Event, EventBody, Recorded};

use super::*;

const NOW: i64 = 1_789_459_200_000_000;

fn origin() -> Origin {
    Origin::new("grants.sabt.example", LedgerName::Events).unwrap()
}

fn supervisor() -> AuthorSigningKey {
    AuthorSigningKey::from_seed([7; 32])
}

fn signed(number: u16) -> SignedGrant {
    let key = supervisor();
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    let grant = Grant {
        id: GrantId(id),
        origin: origin().as_str().to_owned(),
        agency: "BORDER".parse().unwrap(),
        officer: "B3001".parse().unwrap(),
        purpose: Purpose::BorderControl,
        legal_basis: "law:art. 15".to_owned(),
        case_reference: "SHIFT-1".to_owned(),
        groups: [FieldGroup::Identity].into(),
        persons: [].into(),
        not_before: Timestamp::from_micros(NOW),
        not_after: Timestamp::from_micros(NOW + 1),
        issuer: KeyId(key.public().id().to_bytes()),
    }
    .encode();
    SignedGrant {
        signature: key.sign_grant(&origin(), &grant).as_bytes().to_vec(),
        grant,
    }
}

fn enrolment() -> Enrolment {
    let mut enrolment = Enrolment::default();
    let body = EventBody::KeyEnrolled(EnrolKey {
        agency: "BORDER".parse().unwrap(),
        public_key: PublicKey(*supervisor().public().as_bytes()),
        office: None,
        not_after: None,
        supervisor: Some("B3000".parse().unwrap()),
        emergency_officer: None,
    });
    let now = Timestamp::from_micros(NOW);
    enrolment.apply(&Recorded {
        position: 1,
        act_id: ActId([1; 16]),
        part: 0,
        recorded_at: now,
        event: Event {
            occurred_on: now
                .day_in_tehran()
                .date_in(sabt_domain::time::Calendar::Gregorian)
                .unwrap(),
            office_recorded_at: now,
            office: "MOI".parse().unwrap(),
            legal_basis: "design:4".to_owned(),
            law_edition: "1".to_owned(),
            body,
        },
    });
    enrolment
}

#[test]
fn what_was_verified_is_kept_up_to_the_limit() {
    let (grants, enrolment) = (Grants::default(), enrolment());
    let first = grants.authentic(&signed(0), &origin(), &enrolment).unwrap();
    assert_eq!(first.grant().case_reference, "SHIFT-1");
    // Known by its bytes: an enrolment that knows no key is not asked.
    let nobody = Enrolment::default();
    assert!(grants.authentic(&signed(0), &origin(), &nobody).unwrap() == first);
    let number = u16::try_from(GRANTS_CACHED_MAX).unwrap();
    for number in 1..=number {
        grants
            .authentic(&signed(number), &origin(), &enrolment)
            .unwrap();
    }
    assert_eq!(grants.0.len(), GRANTS_CACHED_MAX);
    assert!(grants.authentic(&signed(0), &origin(), &nobody).is_err());
}

#[test]
fn a_changed_grant_or_signature_is_not_taken_for_a_known_one() {
    let (grants, enrolment) = (Grants::default(), enrolment());
    let genuine = signed(0);
    grants.authentic(&genuine, &origin(), &enrolment).unwrap();
    for bit in 0..genuine.signature.len() * 8 {
        let mut changed = genuine.clone();
        changed.signature[bit / 8] ^= 1 << (bit % 8);
        assert!(grants.authentic(&changed, &origin(), &enrolment).is_err());
    }
    for bit in 0..genuine.grant.len() * 8 {
        let mut changed = genuine.clone();
        changed.grant[bit / 8] ^= 1 << (bit % 8);
        assert!(grants.authentic(&changed, &origin(), &enrolment).is_err());
    }
    let mut short = genuine;
    short.signature.pop();
    let refusal = grants.authentic(&short, &origin(), &enrolment).unwrap_err();
    assert_eq!(refusal.violations()[0].path, "purpose.grant.signature");
    assert_eq!(grants.0.len(), 1);
}
