//! As of which day, known at which time, and not before which position.

use sabt_cli::cast::REGISTRAR;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Date;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Sex};
use tokio_stream::iter;
use tonic::Code;

use super::{Town, get_person};
use crate::support::{self, NOW};

/// An hour.
const HOUR: i64 = 3_600_000_000;

async fn province(town: &Town, as_of: Option<Date>, known_at: i64) -> String {
    let at = api::AsOf {
        as_of,
        known_at,
        min_position: 0,
    };
    let request = get_person(REGISTRAR, &town.woman, Some(at));
    let answer = town
        .office
        .persons()
        .get_person(request)
        .await
        .unwrap()
        .into_inner();
    town.check_receipt(answer.info.as_ref());
    answer.person.unwrap().address.unwrap().province
}

#[tokio::test(flavor = "multi_thread")]
async fn what_held_and_what_was_known_are_two_questions() {
    let town = Town::build().await;
    town.registry.clock().set(NOW + HOUR);
    let moved = event::ChangeAddress {
        subject: town.woman.clone(),
        address: Some(support::address("IR-09")),
    };
    // The move was two years ago, and is recorded only now.
    town.record("1403-06-01", Body::ChangeAddress(moved)).await;
    assert_eq!(province(&town, None, 0).await, "IR-09");
    for (as_of, held, known_before) in [
        (support::jalali("1403-06-01"), "IR-09", "IR-23"),
        (support::jalali("1403-05-31"), "IR-23", "IR-23"),
        (support::gregorian("2024-08-22"), "IR-09", "IR-23"),
        (support::gregorian("2024-08-21"), "IR-23", "IR-23"),
    ] {
        assert_eq!(province(&town, Some(as_of), 0).await, held, "{as_of:?}");
        let before = province(&town, Some(as_of), NOW + HOUR - 1).await;
        assert_eq!(before, known_before, "{as_of:?}");
    }

    // Before the registration was known there was nobody.
    let at = api::AsOf {
        known_at: NOW - 1,
        ..api::AsOf::default()
    };
    let request = get_person(REGISTRAR, &town.woman, Some(at));
    let status = town.office.persons().get_person(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wrote_reads_what_was_written() {
    let town = Town::build().await;
    for _round in 0..20 {
        let body = Body::RegisterPerson(support::register(Sex::Female, "1380-01-01"));
        let act = support::act("1404-01-01", body);
        let receipt = town
            .registry
            .submit(&town.office, &town.author, &act)
            .await
            .unwrap();
        let at = api::AsOf {
            min_position: receipt.position + u64::from(receipt.parts),
            ..api::AsOf::default()
        };
        let request = get_person(REGISTRAR, &receipt.numbers[0], Some(at));
        let answer = town
            .office
            .persons()
            .get_person(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(answer.person.unwrap().number, receipt.numbers[0]);
        assert!(at.min_position <= answer.info.unwrap().position);
    }

    // What has not been written yet is waited for, but not for ever; then the answer says that it is behind.
    let at = api::AsOf {
        min_position: 1_000_000,
        ..api::AsOf::default()
    };
    let request = get_person(REGISTRAR, &town.woman, Some(at));
    let answer = town
        .office
        .persons()
        .get_person(request)
        .await
        .unwrap()
        .into_inner();
    assert!(answer.info.unwrap().stale);
    assert_eq!(answer.person.unwrap().number, town.woman);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_sent_again_gets_its_receipt_again() {
    let town = Town::build().await;
    let body = Body::RegisterPerson(support::register(Sex::Female, "1380-01-01"));
    let signed = town.author.sign(&support::act("1404-01-01", body)).unwrap();
    let request = || api::SubmitActRequest {
        signed_act: Some(signed.clone()),
    };
    let submit = async || {
        let response = town.office.registry().submit_act(request()).await.unwrap();
        response.into_inner().receipt.unwrap()
    };
    let first = submit().await;
    assert!(!first.repeated);
    let before = town.registry.snapshot();
    let again = submit().await;
    let expected = api::Receipt {
        repeated: true,
        ..first
    };
    assert_eq!(again, expected);
    assert_eq!(town.registry.snapshot().events, before.events);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_a_stream_does_not_end_it() {
    use api::submit_acts_response::Result as Outcome;

    let town = Town::build().await;
    let before = town.registry.snapshot();
    let registration = |born: &str| {
        let body = Body::RegisterPerson(support::register(Sex::Female, born));
        town.author.sign(&support::act("1404-01-01", body)).unwrap()
    };
    let unreadable = api::SignedAct {
        act: vec![0xff],
        ..registration("1380-01-01")
    };
    let acts = [
        registration("1380-01-01"),
        registration("1404-05-05"),
        unreadable,
        registration("1381-01-01"),
    ];
    let requests = acts.map(|signed| api::SubmitActRequest {
        signed_act: Some(signed),
    });
    let mut registry = town.office.registry();
    let mut stream = registry
        .submit_acts(iter(requests))
        .await
        .unwrap()
        .into_inner();
    let mut outcomes = Vec::new();
    while let Some(response) = stream.message().await.unwrap() {
        assert_eq!(response.index, outcomes.len() as u64);
        outcomes.push(match response.result.unwrap() {
            Outcome::Receipt(receipt) => format!("{} part", receipt.parts),
            Outcome::Refusal(refusal) => {
                assert!(!refusal.rule.is_empty() && !refusal.remedy.is_empty());
                format!("{} {}", refusal.code, refusal.reason)
            }
        });
    }
    let precondition = format!("{} BEFORE_BIRTH", i32::from(Code::FailedPrecondition));
    let malformed = format!("{} MALFORMED_ACT", i32::from(Code::InvalidArgument));
    assert_eq!(outcomes, ["1 part", &precondition, &malformed, "1 part"]);
    let after = town.registry.snapshot();
    assert_eq!(after.events, before.events + 2);
    assert_eq!(after.disclosures, before.disclosures + 2);
    drop((stream, registry));
    town.close().await;
}
