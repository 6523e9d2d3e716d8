//! How often grants were used, as the issuer's list shows it.

use sabt_chain::LedgerName;
use sabt_cli::args::{ConnectArgs, GrantArgs, GrantCommand, GrantListArgs};
use sabt_cli::cast::{BORDER_POLICE, BORDER_SUPERVISOR, CIVIL_REGISTRY, CIVIL_SUPERVISOR, Player};
use sabt_cli::commands::grant;
use sabt_cli::grants;
use sabt_cli::out::Out;
use sabt_domain::access::{FieldGroup, Grant};
use sabt_domain::act::KeyId;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use serde_json::Value;

use super::{Paper, REGISTRY, Town, support, under};

async fn list(town: &Town, player: Option<Player>, json: bool) -> String {
    let paper = Paper::default();
    let mut out = Out::to(Box::new(paper.clone()), json);
    let args = GrantListArgs {
        connect: ConnectArgs {
            dir: town.registry.dir().to_owned(),
            server: Some(town.registry.server()),
            registry: Some(REGISTRY.to_owned()),
            caller: player.map(|player| player.name.to_owned()),
        },
    };
    let command = GrantCommand::List(args);
    grant::run(&GrantArgs { command }, &mut out).await.unwrap();
    out.flush().unwrap();
    let written = paper.0.lock().unwrap();
    String::from_utf8(written.clone()).unwrap()
}

/// Answers under each grant, as they are told to machines.
async fn answers(town: &Town, player: Option<Player>) -> Vec<(String, Option<u64>)> {
    let told = list(town, player, true).await;
    let lines = told.lines().map(|line| serde_json::from_str(line).unwrap());
    let answers = lines.map(|line: Value| {
        let id = line["grant_id"].as_str().unwrap().to_owned();
        (id, line["answers"].as_u64())
    });
    answers.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_sees_how_often_each_grant_was_used_and_about_nobody() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    let used = town.registry.border_grant(&[&town.child]);
    let unused = town.registry.border_grant(&[&town.other]);
    let key = town.registry.key(CIVIL_SUPERVISOR);
    let of_others = Grant {
        agency: CIVIL_REGISTRY.agency.parse().unwrap(),
        officer: CIVIL_REGISTRY.officer.parse().unwrap(),
        purpose: CIVIL_REGISTRY.purpose,
        groups: [FieldGroup::Identity].into(),
        issuer: KeyId(key.public().id().to_bytes()),
        ..town.registry.border_grant(&[&town.mother])
    };
    let dir = town.registry.dir();
    // In the order of their identifiers, so that the newest is the border's.
    let sign = |grant: &Grant, key| grants::sign(key, REGISTRY, grant).unwrap();
    let of_border = town.registry.key(BORDER_SUPERVISOR);
    for (grant, key) in [
        (&of_others, &key),
        (&used, &of_border),
        (&unused, &of_border),
    ] {
        grants::keep(dir, &grant.id, &sign(grant, key)).unwrap();
    }

    let purpose = || under(&used, sign(&used, &of_border));
    for _ in 0..2 {
        let told = town.open(&border, purpose(), &town.child).await;
        assert!(told.unwrap().person.is_some());
    }
    // A refusal under it is no answer.
    let told = town.open(&border, purpose(), &town.mother).await;
    assert_eq!(told.map(drop), Err(Reason::GrantOutOfScope));
    let civil = town.registry.client(CIVIL_REGISTRY).await;
    let told = town.open(
        &civil,
        under(&of_others, sign(&of_others, &key)),
        &town.mother,
    );
    assert!(told.await.unwrap().person.is_some());
    let size = town.registry.size(LedgerName::Disclosures);
    support::until("the look-ups are folded", async || {
        let views = town.registry.registry().views();
        (size <= views.marks().disclosures.size.get()).then_some(())
    })
    .await;

    let [others, first, second] = [&of_others, &used, &unused].map(|grant| grant.id.to_string());
    let told: std::collections::BTreeMap<_, _> = answers(&town, Some(BORDER_SUPERVISOR))
        .await
        .into_iter()
        .collect();
    assert_eq!(told[&first], Some(2));
    assert_eq!(told[&second], Some(0));
    assert_eq!(told[&others], None);
    let told: std::collections::BTreeMap<_, _> = answers(&town, Some(CIVIL_SUPERVISOR))
        .await
        .into_iter()
        .collect();
    assert_eq!((told[&first], told[&others]), (None, Some(1)));
    let shown = list(&town, Some(BORDER_SUPERVISOR), false).await;
    assert!(shown.contains("grants of other agencies"), "{shown}");

    // What the registry tells names grants and counts, and nobody.
    let request = api::ListGrantUsesRequest {
        purpose: Some(super::stated(sabt_domain::access::Purpose::Supervision)),
        ..api::ListGrantUsesRequest::default()
    };
    let answer = border.audit().list_grant_uses(request).await.unwrap();
    let answer = format!("{:?}", answer.into_inner().uses);
    for number in [&town.child, &town.mother, &town.other] {
        assert!(!answer.contains(number.as_str()));
    }
    drop((border, civil));
    town.registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_are_listed_where_the_registry_cannot_be_asked() {
    let town = Town::build().await;
    let grant = town.registry.border_grant(&[&town.child]);
    let signed = town.registry.issue(&grant);
    grants::keep(town.registry.dir(), &grant.id, &signed).unwrap();
    let paper = Paper::default();
    let mut out = Out::to(Box::new(paper.clone()), false);
    let args = GrantListArgs {
        connect: ConnectArgs {
            dir: town.registry.dir().to_owned(),
            server: Some(town.registry.server()),
            registry: Some(REGISTRY.to_owned()),
            caller: Some("nobody".to_owned()),
        },
    };
    let command = GrantCommand::List(args);
    grant::run(&GrantArgs { command }, &mut out).await.unwrap();
    out.flush().unwrap();
    let shown = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    assert!(shown.contains(&grant.id.to_string()[..8]), "{shown}");
    assert!(shown.contains("is not known"), "{shown}");
    town.registry.stop().await;
}
