//! Claims to asylum: the unit alone is told until when, and orders their erasure.

use sabt_cli::cast::{ASYLUM_UNIT, DATA_PROTECTION};
use sabt_cli::client::Client;
use sabt_domain::erasure::{ErasureGround, Target};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;
use sabt_vault::numbers::NumberKind;
use sabt_vault::slots::SlotState;

use super::scan::Needles;
use super::world::stated;
use super::{
    assert_nothing_found, assert_sound, assert_views_are_a_rebuild, office, started, vault_of,
};
use crate::support::{self, NOW, TestRegistry, UNIT, approved, approved_by, order, order_over};
use crate::synthetic::refusal_reason;

async fn record(registry: &TestRegistry, unit: &Client, on: &str, body: Body) -> api::Receipt {
    let author = registry.author(ASYLUM_UNIT.name);
    let act = support::by_office(UNIT, support::act(on, body));
    let receipt = registry.submit(unit, &author, &act).await.unwrap();
    let wanted = receipt.position + u64::from(receipt.parts);
    assert!(
        registry
            .registry()
            .wait_for(wanted, support::PATIENCE)
            .await
    );
    receipt
}

async fn due(client: &Client, person: &str) -> Result<Vec<api::ClaimRetention>, tonic::Status> {
    let request = api::GetClaimRetentionRequest {
        purpose: Some(stated("ERASURE")),
        at: None,
        person: person.to_owned(),
    };
    let answer = client.persons().get_claim_retention(request).await?;
    Ok(answer.into_inner().claims)
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "two claims, from lodging to erasure")]
async fn the_unit_erases_claims_whose_time_is_up_and_nobody_else_learns_of_it() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let unit = registry.client(ASYLUM_UNIT).await;
    let person = desk.somebody().await;
    let before = desk.person(&person).await.unwrap();
    let ended = record(&registry, &unit, "1404-01-01", support::lodge(&person)).await;
    let ended = ended.numbers[0].clone();
    record(&registry, &unit, "1404-03-01", support::withdraw(&ended)).await;
    let pending = record(&registry, &unit, "1405-01-01", support::lodge(&person)).await;
    let pending = pending.numbers[0].clone();

    // Half a year after its end, one may not be kept any more.
    let claims = due(&unit, &person).await.unwrap();
    let state = |number: &str| {
        let claim = claims.iter().find(|claim| claim.number == number).unwrap();
        (
            claim.retention.as_ref().unwrap().state.clone(),
            claim.positions.clone(),
        )
    };
    let (first, second) = (state(&ended), state(&pending));
    assert_eq!((first.0.as_str(), first.1.len()), ("ENDED", 2));
    assert_eq!((second.0.as_str(), second.1.len()), ("NOT_STARTED", 1));
    let refused = due(&desk.dpo, &person).await.unwrap_err();
    assert_eq!(
        refusal_reason(&refused).as_deref(),
        Some("METHOD_NOT_ALLOWED")
    );

    let target = |number: &str| Target::Claim(number.parse().unwrap());
    let dir = registry.dir().to_owned();
    let ordered = |number: &str, positions: &[u64], ground| {
        let (mut order, case) = order_over(target(number), ASYLUM_UNIT, &dir, positions, NOW);
        order.ground = ground;
        approved_by(ASYLUM_UNIT, &dir, &order, &case)
    };
    let hand_in = async |request: api::EraseRequest| {
        let answer = unit.registry().erase(request).await;
        answer.map(tonic::Response::into_inner)
    };
    // The data-protection officer orders none, and learns nothing by trying: whether there is one or not, the order fails
    // by its approver.
    for number in [ended.as_str(), "100000000000"] {
        let Ok(claim) = number.parse() else { continue };
        let target = Target::Claim(claim);
        let (order, case) = order_over(target, DATA_PROTECTION, &dir, &first.1, NOW);
        let refused = desk.erase(approved(&dir, &order, &case)).await.unwrap_err();
        assert_eq!(
            refusal_reason(&refused).as_deref(),
            Some("ORDER_APPROVER_NOT_ALLOWED")
        );
    }
    // The unit orders nothing else.
    let positions = desk.retention(&person).await.unwrap().positions;
    let of_person = Target::Person(person.parse().unwrap());
    let (order_of_person, case) = order_over(of_person, ASYLUM_UNIT, &dir, &positions, NOW);
    let request = approved_by(ASYLUM_UNIT, &dir, &order_of_person, &case);
    let refused = hand_in(request).await.unwrap_err();
    assert_eq!(
        refusal_reason(&refused).as_deref(),
        Some("ORDER_APPROVER_NOT_ALLOWED")
    );
    // What is pending stays.
    let request = ordered(&pending, &second.1, ErasureGround::RetentionEnded);
    let refused = hand_in(request).await.unwrap_err();
    assert_eq!(refusal_reason(&refused).as_deref(), Some("ORDER_NOT_DUE"));

    let request = ordered(&ended, &first.1, ErasureGround::RetentionEnded);
    assert_eq!(hand_in(request.clone()).await.unwrap().erased, 2);
    assert!(hand_in(request).await.unwrap().receipt.unwrap().repeated);
    let left = due(&unit, &person).await.unwrap();
    assert_eq!(
        left.iter().map(|claim| &claim.number).collect::<Vec<_>>(),
        [&pending]
    );
    assert_eq!(desk.person(&person).await.unwrap(), before);

    // The person is erased while a claim stands: that is no ground to refuse it, and the claim may not be kept then.
    let positions = desk.retention(&person).await.unwrap().positions;
    let (of_dpo, case) = order(&dir, &person, &positions, NOW);
    desk.erase(approved(&dir, &of_dpo, &case)).await.unwrap();
    let left = due(&unit, &person).await.unwrap();
    assert_eq!(left[0].retention.as_ref().unwrap().state, "ENDED");
    let request = ordered(&pending, &left[0].positions, ErasureGround::RetentionEnded);
    hand_in(request).await.unwrap();
    let unknown = due(&unit, &person).await.unwrap_err();
    assert_eq!(refusal_reason(&unknown).as_deref(), Some("UNKNOWN_PERSON"));
    drop(unit);

    let mut needles = Needles::default();
    for number in [&person, &ended, &pending] {
        needles.add("number", number.as_bytes());
    }
    let directory = registry.stop().await;
    assert_nothing_found(&needles, directory.path());
    assert_views_are_a_rebuild(directory.path());
    assert_sound(directory.path());
    let (vault, _) = vault_of(directory.path(), &person);
    for number in [ended, pending] {
        let serial = number
            .parse::<sabt_domain::number::ClaimNumber>()
            .unwrap()
            .serial();
        let ordinal = vault.numbering().ordinal(NumberKind::AsylumClaim, serial);
        assert_eq!(vault.state(ordinal.unwrap()).unwrap(), SlotState::Destroyed);
    }
}
