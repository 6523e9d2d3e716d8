//! What is told about a removal: classes and days to those who carry it out, the decisions to the office and the person.

use sabt_chain::LedgerName;
use sabt_cli::cast::{ASYLUM_UNIT, BORDER_POLICE, POLICE, REGISTRAR};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1::{self as api, RemovalVerdict};
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use tonic_types::StatusExt as _;

use super::{World, appeal, protection, recovery, service, stay, suspension};
use crate::support;

impl World {
    /// So many records have to be folded.
    fn recorded(&self) -> u64 {
        self.registry.size(LedgerName::Events)
    }

    async fn verify(&self, person: &str, on: &str) -> api::VerifyRemovalResponse {
        let of_player = self
            .clients
            .iter()
            .find(|(player, ..)| *player == BORDER_POLICE);
        let mut persons = of_player.unwrap().1.persons();
        let mut asked = request(person, on);
        asked.at.as_mut().unwrap().min_position = self.recorded();
        let answer = persons.verify_removal(asked).await.unwrap();
        answer.into_inner()
    }

    async fn classes(&self, person: &str, on: &str) -> Vec<String> {
        let answer = self.verify(person, on).await;
        let none = answer.obstacles.is_empty();
        assert_eq!(answer.verdict() == RemovalVerdict::NotYet, !none);
        answer.obstacles
    }

    async fn record(&self, person: &str) -> api::Person {
        let of_player = self
            .clients
            .iter()
            .find(|(player, ..)| *player == REGISTRAR);
        let request = api::GetPersonRequest {
            purpose: Some(api::Purpose {
                code: "REGISTRATION".to_owned(),
                legal_basis: "law:art. 4(8)".to_owned(),
                ..api::Purpose::default()
            }),
            at: Some(api::AsOf {
                min_position: self.recorded(),
                ..api::AsOf::default()
            }),
            person: person.to_owned(),
        };
        let mut persons = of_player.unwrap().1.persons();
        let answer = persons.get_person(request).await.unwrap().into_inner();
        answer.person.unwrap()
    }
}

fn request(person: &str, on: &str) -> api::VerifyRemovalRequest {
    api::VerifyRemovalRequest {
        purpose: Some(api::Purpose {
            code: "BORDER_CONTROL".to_owned(),
            legal_basis: "law:art. 12".to_owned(),
            ..api::Purpose::default()
        }),
        at: Some(api::AsOf {
            as_of: Some(support::jalali(on)),
            ..api::AsOf::default()
        }),
        person: person.to_owned(),
        order_number: "E-1".to_owned(),
    }
}

fn release(person: &str, holding: &[u8]) -> Body {
    Body::EndHolding(event::EndHolding {
        person: person.to_owned(),
        holding_act_id: holding.to_vec(),
        ending: event::HoldingEnding::Released.into(),
    })
}

/// Every class shows while it stands, and never what it is.
#[tokio::test(flavor = "multi_thread")]
async fn who_carries_an_order_out_is_told_classes_alone() {
    let world = World::start().await;
    let person = world.person().await;
    let answer = world.verify(&person, "1404-01-01").await;
    assert_eq!(answer.verdict(), RemovalVerdict::NoOrder);
    let ordered = world
        .ok("1404-01-01", support::expulsion(&person, "E-1"))
        .await
        .act_id;
    let classes = world.classes(&person, "1404-01-01").await;
    assert_eq!(classes, ["NOT_SERVED"]);
    let served = service(&person, &ordered, "1404-01-02");
    world.ok("1404-01-02", served).await;
    assert_eq!(world.classes(&person, "1404-01-09").await, ["APPEAL"]);
    let answer = world.verify(&person, "1404-01-10").await;
    assert_eq!(answer.verdict(), RemovalVerdict::NothingRecorded);
    let suspended = world.ok("1404-01-12", suspension(&person)).await.act_id;
    assert_eq!(world.classes(&person, "1404-01-12").await, ["SUSPENDED"]);
    world.ok("1404-01-13", support::annulment(&suspended)).await;
    let lodged = world
        .ok("1404-01-14", appeal(&person, &ordered, "A-1"))
        .await;
    assert_eq!(world.classes(&person, "1404-02-01").await, ["APPEAL"]);
    world
        .ok("1404-02-01", support::annulment(&lodged.act_id))
        .await;

    // A protection, and then a stay in its place: byte for byte the same answer.
    let protected = world.ok("1404-02-02", protection(&person)).await.act_id;
    let mut of_protection = world.verify(&person, "1404-02-05").await;
    assert_eq!(of_protection.obstacles, ["BARRED"]);
    let recovered = recovery(&person, &protected);
    world.ok("1404-02-03", recovered).await;
    let ground = event::StayGround::AsylumProcedure;
    let placed = world.submit(ASYLUM_UNIT, "1404-02-04", stay(&person, ground));
    placed.await.unwrap();
    let mut of_stay = world.verify(&person, "1404-02-05").await;
    for answer in [&mut of_protection, &mut of_stay] {
        let info = answer.info.take().unwrap();
        assert!(info.disclosure.is_some());
    }
    assert_eq!(of_protection, of_stay);
}

/// The holding's last day is told to those who hold, also when it has passed; the reasons are not.
#[tokio::test(flavor = "multi_thread")]
async fn a_holding_has_a_clock_that_those_who_hold_can_see() {
    let world = World::start().await;
    let person = world.person().await;
    let held = world
        .ok("1404-02-01", support::holding(&person, "H-1"))
        .await
        .act_id;
    let second = support::holding(&person, "H-2");
    world
        .refused(REGISTRAR, "1404-02-02", second, Reason::HoldingStands)
        .await;
    for on in ["1404-02-02", "1404-06-01"] {
        let answer = world.verify(&person, on).await;
        assert_eq!(answer.held_until, Some(support::jalali("1404-03-01")));
    }
    let record = world.record(&person).await.removal.unwrap();
    assert_eq!(record.holdings.len(), 1);
    assert_eq!(
        record.holdings[0].until,
        Some(support::jalali("1404-03-01"))
    );
    world.ok("1404-02-20", release(&person, &held)).await;
    let twice = release(&person, &held);
    world
        .refused(REGISTRAR, "1404-02-21", twice, Reason::HoldingUnknown)
        .await;
    let answer = world.verify(&person, "1404-06-01").await;
    assert_eq!(answer.held_until, None);
}

/// The office sees the order, the decision with its clock and the protection; nobody sees a stay there.
#[tokio::test(flavor = "multi_thread")]
async fn the_record_shows_orders_and_protections_and_no_stay() {
    let world = World::start().await;
    let (person, ordered) = world.ordered().await;
    world.ok("1404-02-02", protection(&person)).await;
    let before = world.record(&person).await;
    let removal = before.removal.clone().unwrap();
    assert_eq!(removal.orders[0].number, "E-1");
    assert_eq!(removal.orders[0].act_id, ordered);
    let decision = &removal.decisions[0];
    assert_eq!(decision.takes, "EXPULSION");
    assert_eq!(decision.appeal_until, Some(support::jalali("1404-01-09")));
    assert!(decision.in_effect && decision.appeal.is_none());
    assert!(removal.protections[0].stands);
    let ground = event::StayGround::AsylumProcedure;
    let placed = world.submit(ASYLUM_UNIT, "1404-02-04", stay(&person, ground));
    placed.await.unwrap();
    assert_eq!(world.record(&person).await, before);
}

/// Nobody asks whose work it is not.
#[tokio::test(flavor = "multi_thread")]
async fn others_do_not_ask_whether_an_order_may_be_carried_out() {
    let world = World::start().await;
    let (person, _) = world.ordered().await;
    let police = world.registry.client(POLICE).await;
    let mut asked = request(&person, "1404-03-01");
    asked.purpose.as_mut().unwrap().code = "STAY_CHECK".to_owned();
    let refused = police.persons().verify_removal(asked).await.unwrap_err();
    let details = refused.get_error_details();
    let reason = &details.error_info().unwrap().reason;
    assert_eq!(reason, Reason::MethodNotAllowed.code());
    let mut unnamed = request(&person, "1404-03-01");
    unnamed.order_number.clear();
    let border = world.registry.client(BORDER_POLICE).await;
    let refused = border.persons().verify_removal(unnamed).await.unwrap_err();
    let details = refused.get_error_details();
    let reason = &details.error_info().unwrap().reason;
    assert_eq!(reason, Reason::InvalidField.code());
}
