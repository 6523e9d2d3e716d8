//! Orders that do not stand: each is refused for its own reason, recorded, and erases nothing.

use std::path::Path;

use sabt_chain::LedgerName;
use sabt_cli::cast::{AUDITOR, DATA_PROTECTION, GOVERNANCE, REGISTRAR};
use sabt_cli::erasures;
use sabt_cli::keys::Keys;
use sabt_domain::erasure::{Approver, Case, ErasureGround, Order};
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_server::clock::Clock;

use super::world;
use super::{office, started};
use crate::support::{NOW, REGISTRY, WEEK, approved, order};
use crate::synthetic::refusal_reason;

/// What is changed of an order before it is signed.
type Change = fn(&mut Order);

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "a list of everything that is refused"
)]
async fn an_order_that_does_not_stand_erases_nothing() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let family = desk.family().await;
    let retention = desk.retention(&family.husband).await.unwrap();
    let others = desk.retention(&family.wife).await.unwrap();
    let dir = registry.dir().to_owned();
    let (sound, case) = order(&dir, &family.husband, &retention.positions, NOW);
    let before = registry.snapshot();
    let refused = std::cell::Cell::new(0);
    let check = async |request: api::EraseRequest, expected: &str| {
        let status = desk.erase(request).await.unwrap_err();
        let reason = refusal_reason(&status);
        assert_eq!(reason.as_deref(), Some(expected), "{status}");
        refused.set(refused.get() + 1);
    };

    // What the order says.
    let changes: [(Change, &str); 9] = [
        (
            |order| order.origin = "other.example/events".to_owned(),
            "ORDER_OF_OTHER_REGISTRY",
        ),
        (
            |order| order.not_after = Timestamp::from_micros(NOW - 1),
            "ORDER_EXPIRED",
        ),
        (
            |order| order.not_after = Timestamp::from_micros(NOW + 5 * WEEK),
            "ORDER_TOO_LONG",
        ),
        (
            |order| order.approvers[1].agency = "MOI".parse().unwrap(),
            "ORDER_APPROVER_NOT_ALLOWED",
        ),
        (
            |order| order.approvers[0].agency = "BAFIA".parse().unwrap(),
            "ORDER_APPROVER_NOT_ALLOWED",
        ),
        (
            |order| order.approvers[1].officer = "D5001".parse().unwrap(),
            "ORDER_APPROVERS_SAME",
        ),
        (
            |order| order.positions.push(u64::MAX >> 1),
            "ORDER_OUTDATED",
        ),
        (|order| order.positions.truncate(1), "ORDER_OUTDATED"),
        (
            |order| order.ground = ErasureGround::RetentionEnded,
            "ORDER_NOT_DUE",
        ),
    ];
    for (change, expected) in changes {
        let mut order = sound.clone();
        change(&mut order);
        check(signed_as_it_is(&dir, &order, &case), expected).await;
    }
    // Somebody else's records under this person's name.
    let mixed = Order {
        positions: others.positions.clone(),
        ..sound.clone()
    };
    check(approved(&dir, &mixed, &case), "ORDER_OUTDATED").await;

    // Who signed it.
    let keys = Keys::of(&dir);
    let registrar = keys.author(REGISTRAR.name).unwrap();
    let office_key = sabt_domain::act::KeyId(registrar.public().id().to_bytes());
    let by_office = Order {
        approvers: [
            sound.approvers[0].clone(),
            Approver {
                agency: "BAFIA".parse().unwrap(),
                officer: "K1001".parse().unwrap(),
                key: office_key,
            },
        ],
        ..sound.clone()
    };
    let mut signed = erasures::propose(by_office.clone(), &case).unwrap();
    for name in [DATA_PROTECTION.name, REGISTRAR.name] {
        erasures::sign(&mut signed, &by_office, &keys.author(name).unwrap()).unwrap();
    }
    let dpo = keys.author(DATA_PROTECTION.name).unwrap();
    let request = erasures::request(signed, &by_office, &dpo).unwrap();
    check(request, "ORDER_APPROVER_NOT_ALLOWED").await;

    let good = approved(&dir, &sound, &case);
    let with = |change: &dyn Fn(&mut api::EraseRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    check(with(&|request| request.order = None), "INVALID_FIELD").await;
    check(
        with(&|request| request.order.as_mut().unwrap().signatures[1].clear()),
        "ORDER_NOT_APPROVED",
    )
    .await;
    check(
        with(&|request| request.order.as_mut().unwrap().signatures.swap(0, 1)),
        "ORDER_FORGED",
    )
    .await;
    check(
        with(&|request| request.order.as_mut().unwrap().order.push(1)),
        "MALFORMED_ORDER",
    )
    .await;
    check(
        with(&|request| request.order.as_mut().unwrap().nonce = vec![1; 32]),
        "ORDER_OF_OTHER_PERSON",
    )
    .await;
    check(
        with(&|request| request.signature = vec![1; 64]),
        "BAD_SIGNATURE",
    )
    .await;
    check(
        with(&|request| request.key_id = office_key.0.to_vec()),
        "ORDER_NOT_BY_APPROVER",
    )
    .await;
    // The governance authority approves; with the data-protection officer's certificate it hands nothing in.
    let governance = keys.author(GOVERNANCE.name).unwrap();
    let signed = good.order.clone().unwrap();
    let by_governance = erasures::request(signed, &sound, &governance).unwrap();
    check(by_governance, "ROLE_NOT_ALLOWED").await;
    // Nobody else may call it at all.
    for player in [REGISTRAR, GOVERNANCE, AUDITOR] {
        let client = registry.client(player).await;
        let status = client.registry().erase(good.clone()).await.unwrap_err();
        assert_eq!(
            refusal_reason(&status).as_deref(),
            Some("METHOD_NOT_ALLOWED"),
            "{status}"
        );
        refused.set(refused.get() + 1);
    }
    let after = registry.snapshot();
    assert_eq!((after.events, after.views), (before.events, before.views));
    assert_eq!(
        after.disclosures,
        before.disclosures + refused.get(),
        "every refusal is recorded"
    );

    // A record that comes meanwhile makes the order void; and an order is carried out once.
    desk.submit("1403-01-01", world::moved(&family.husband))
        .await
        .unwrap();
    check(good, "ORDER_OUTDATED").await;
    let retention = desk.retention(&family.husband).await.unwrap();
    let (order, case) = order(&dir, &family.husband, &retention.positions, NOW);
    desk.erase(approved(&dir, &order, &case)).await.unwrap();
    // The id is taken: another order under it, and an act.
    check(approved(&dir, &order, &case), "ACT_ID_REUSED").await;
    let other = Order {
        id: sabt_domain::act::ActId(*uuid::Uuid::now_v7().as_bytes()),
        ..order
    };
    check(approved(&dir, &other, &case), "SUBJECT_ERASED").await;
    drop(registry.stop().await);
}

/// Signed by both keys whatever the order says.
fn signed_as_it_is(dir: &Path, order: &Order, case: &Case) -> api::EraseRequest {
    let keys = Keys::of(dir);
    let mut signed = erasures::propose(order.clone(), case).unwrap();
    let origin = sabt_chain::Origin::new(REGISTRY, LedgerName::Events).unwrap();
    let officers = [DATA_PROTECTION.name, GOVERNANCE.name].map(|name| keys.author(name).unwrap());
    let signatures = officers.each_ref().map(|key| {
        let signature = key.sign_erasure(&origin, &signed.order);
        signature.as_bytes().to_vec()
    });
    signed.signatures = signatures.to_vec();
    erasures::request(signed, order, &officers[0]).unwrap()
}
