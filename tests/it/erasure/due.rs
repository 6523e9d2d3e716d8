//! What is due of everybody, page by page, and households that are left without anybody.

use std::collections::BTreeMap;
use std::path::Path;

use sabt_chain::LedgerName;
use sabt_cli::args::{EraseArgs, EraseCommand, EraseDueArgs, EraseProposeArgs, GroundArg};
use sabt_cli::cast::{AUDITOR, DATA_PROTECTION, REGISTRAR};
use sabt_cli::commands::{erase, status};
use sabt_domain::erasure::Target;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;

use super::scan::Needles;
use super::world::{Office, stated};
use super::{assert_nothing_found, assert_sound, connect, office, silent, started};
use crate::support::{self, NOW, TestRegistry, approved, order, order_over};
use crate::synthetic::refusal_reason;

/// Somebody who left for good on this day, and has not come back.
async fn departed(desk: &Office, on: &str) -> String {
    let person = desk.somebody().await;
    let exit = Body::RecordExit(event::RecordExit {
        person: person.clone(),
        border_point: "DOGHAROUN".to_owned(),
        kind: event::ExitKind::Final.into(),
        document: None,
    });
    desk.submit(on, exit).await.unwrap();
    person
}

/// Everything that is due, in pages for which so many are looked at.
async fn everything(desk: &Office, looked_at: u32, field_group: &str) -> Vec<api::RetentionDue> {
    let mut due = Vec::new();
    let mut after = Vec::new();
    loop {
        let page = api::ListRetentionsDueRequest {
            field_group: field_group.to_owned(),
            after,
            looked_at,
            ..api::ListRetentionsDueRequest::default()
        };
        let page = desk.due(page).await.unwrap();
        due.extend(page.due);
        after = page.next;
        if after.is_empty() {
            due.sort_by(|one, other| one.person.cmp(&other.person));
            return due;
        }
    }
}

fn erasable(due: &[api::RetentionDue]) -> BTreeMap<&str, bool> {
    let persons = due.iter().filter(|one| !one.person.is_empty());
    persons
        .map(|one| (one.person.as_str(), one.erasable))
        .collect()
}

async fn erase_person(registry: &TestRegistry, desk: &Office, person: &str) {
    let positions = desk.retention(person).await.unwrap().positions;
    let (order, case) = order(registry.dir(), person, &positions, NOW);
    let request = approved(registry.dir(), &order, &case);
    desk.erase(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one list, looked at from every side")]
async fn what_is_due_of_everybody_is_listed_page_by_page() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let here = desk.somebody().await;
    // Three years ago: the address may not be kept, who they are may.
    let gone = departed(&desk, "1402-01-05").await;
    let long_gone = departed(&desk, "1402-01-04").await;
    let died = desk.somebody().await;
    let death = Body::RegisterDeath(support::death(&died));
    desk.submit("1402-02-01", death).await.unwrap();

    let whole = everything(&desk, 0, "").await;
    let listed = erasable(&whole);
    // Here nothing has begun; whoever died has a vital event, which is kept.
    assert!(!listed.contains_key(here.as_str()));
    assert_eq!(listed.get(died.as_str()), Some(&false));
    assert_eq!(listed.get(gone.as_str()), Some(&false));
    assert_eq!(listed.get(long_gone.as_str()), Some(&false));
    for one in &whole {
        assert!(!one.retentions.is_empty());
        for row in &one.retentions {
            assert!(["WARNED", "ENDED"].contains(&row.state.as_str()), "{row:?}");
            assert!(row.ends_on.is_some() && !row.rule.is_empty());
        }
    }
    // Whatever the pages, each is listed once, and a group alone tells its own clock alone.
    for looked_at in [1, 2, 1_000] {
        assert_eq!(everything(&desk, looked_at, "").await, whole);
    }
    let presence = everything(&desk, 2, "PRESENCE").await;
    assert!(erasable(&presence).contains_key(gone.as_str()));
    let groups = presence.iter().flat_map(|one| &one.retentions);
    assert!(groups.into_iter().all(|row| row.field_group == "PRESENCE"));
    // On a day on which the last clock has run out, whoever has no vital event may be erased.
    let later = api::AsOf {
        as_of: Some(support::jalali("1413-01-05")),
        ..desk.now()
    };
    let request = api::ListRetentionsDueRequest {
        purpose: Some(stated("ERASURE")),
        at: Some(later),
        ..api::ListRetentionsDueRequest::default()
    };
    let answer = desk.dpo.persons().list_retentions_due(request).await;
    let due = answer.unwrap().into_inner().due;
    let listed = erasable(&due);
    assert_eq!(listed.get(gone.as_str()), Some(&true));
    assert_eq!(listed.get(died.as_str()), Some(&false));

    // Whoever is listed can see it; whoever is not, was not told of.
    let looked = async |person: &str| {
        // An answer is given before the views know of it.
        support::until("every answer in the views", async || {
            let known = registry.registry().views().marks().disclosures.size.get();
            (registry.size(LedgerName::Disclosures) == known).then_some(())
        })
        .await;
        desk.who_looked(person).await.unwrap()
    };
    let counts = [looked(&here).await, looked(&gone).await];
    everything(&desk, 0, "").await;
    assert_eq!(
        looked(&here).await,
        counts[0] + 1,
        "only that who looked was asked"
    );
    assert_eq!(looked(&gone).await, counts[1] + 2);

    // A page begins where one ended, and nobody but the data-protection officer reads it.
    for after in [vec![7; 16], vec![7; 3]] {
        let page = api::ListRetentionsDueRequest {
            after,
            ..api::ListRetentionsDueRequest::default()
        };
        let refused = desk.due(page).await.unwrap_err();
        assert_eq!(refusal_reason(&refused).as_deref(), Some("INVALID_FIELD"));
    }
    let page = api::ListRetentionsDueRequest {
        field_group: "ASYLUM_CLAIM".to_owned(),
        ..api::ListRetentionsDueRequest::default()
    };
    let refused = desk.due(page).await.unwrap_err();
    assert_eq!(refusal_reason(&refused).as_deref(), Some("INVALID_FIELD"));
    let request = api::ListRetentionsDueRequest {
        purpose: Some(stated("ERASURE")),
        ..api::ListRetentionsDueRequest::default()
    };
    let refused = desk.client.persons().list_retentions_due(request).await;
    let reason = refusal_reason(&refused.unwrap_err());
    assert_eq!(reason.as_deref(), Some("PURPOSE_NOT_ALLOWED"));
    registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_without_anybody_is_erased_by_an_order_of_its_own() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let family = desk.family().await;
    let household: Target = Target::Household(family.household.parse().unwrap());
    let over = async |registry: &TestRegistry| {
        let answer = desk.household_retention(&family.household).await.unwrap();
        let positions = answer.positions;
        let dir = registry.dir();
        let (order, case) = order_over(household, DATA_PROTECTION, dir, &positions, NOW);
        (approved(dir, &order, &case), answer.retentions)
    };
    // Two belong to it.
    assert!(
        desk.retention(&family.wife)
            .await
            .unwrap()
            .households
            .is_empty()
    );
    let (request, rows) = over(&registry).await;
    assert!(rows.iter().all(|row| row.state == "NOT_STARTED"));
    let refused = desk.erase(request).await.unwrap_err();
    assert_eq!(refusal_reason(&refused).as_deref(), Some("ORDER_NOT_DUE"));
    erase_person(&registry, &desk, &family.husband).await;
    // One: whoever erases her is told that the household is left.
    let last = desk.retention(&family.wife).await.unwrap();
    assert_eq!(last.households, std::slice::from_ref(&family.household));
    erase_person(&registry, &desk, &family.wife).await;
    let (request, rows) = over(&registry).await;
    assert!(rows.iter().all(|row| row.state == "ENDED"));
    let due = everything(&desk, 0, "").await;
    let [left] = due.as_slice() else {
        panic!("{due:?}");
    };
    assert_eq!(
        (left.household.as_str(), left.erasable),
        (family.household.as_str(), true)
    );
    let erased = desk.erase(request.clone()).await.unwrap();
    assert!(0 < erased.erased);
    assert!(desk.erase(request).await.unwrap().receipt.unwrap().repeated);
    let gone = desk
        .household_retention(&family.household)
        .await
        .unwrap_err();
    assert_eq!(refusal_reason(&gone).as_deref(), Some("UNKNOWN_HOUSEHOLD"));
    assert!(everything(&desk, 0, "").await.is_empty());
    // The registry says how many orders were carried out, and nothing of whom.
    let client = registry.client(AUDITOR).await;
    let told = client
        .operations()
        .get_status(api::GetStatusRequest {})
        .await;
    assert_eq!(told.unwrap().into_inner().erasures, 3);
    drop(client);

    // Nothing is left of where they lived.
    let mut needles = Needles::default();
    super::texts(&mut needles, &family.husband);
    needles.add("code of the household", family.household.as_bytes());
    let directory = registry.stop().await;
    assert_nothing_found(&needles, directory.path());
    super::assert_views_are_a_rebuild(directory.path());
    assert_sound(directory.path());
}

/// The orders of a directory as the status tells them, so many of which wait.
fn standing(waiting: u64) -> serde_json::Value {
    serde_json::json!({
        "waits_for_approval": waiting, "approved": 0, "expired": 0, "more": false,
    })
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "one story, from the first list to the order"
)]
async fn the_command_line_lists_what_is_due_and_how_orders_stand() {
    let registry = started(Clock::system()).await;
    let desk = office(&registry).await;
    let gone = departed(&desk, "1402-01-04").await;
    desk.person(&gone).await.unwrap();
    let asked = |group: Option<&str>| EraseDueArgs {
        number: None,
        household: None,
        service_case: None,
        claims: false,
        group: group.map(str::to_owned),
        after: None,
        pages: 1,
        case: "E-7".to_owned(),
        connect: connect(&registry, DATA_PROTECTION),
    };
    let due = |group| EraseCommand::Due(asked(group));
    let run = async |command: EraseCommand| {
        let (mut out, text) = read_back();
        let done = Box::pin(erase::run(&EraseArgs { command }, &mut out)).await;
        drop(out);
        done.map(|()| text())
    };
    let told = run(due(None)).await.unwrap();
    assert!(told.contains(&gone) && told.contains("PRESENCE"), "{told}");
    let told = run(due(Some("presence"))).await.unwrap();
    assert!(told.contains(&gone) && !told.contains("IDENTITY"), "{told}");
    let refused = run(due(Some("nothing"))).await.unwrap_err();
    assert!(refused.to_string().contains("no field group"), "{refused}");

    let counts = async |dir: &Path| {
        let (mut out, text) = read_back();
        let mut connect = connect(&registry, AUDITOR);
        connect.dir = dir.to_owned();
        Box::pin(status::run(&connect, &mut out)).await.unwrap();
        drop(out);
        let told: serde_json::Value = serde_json::from_str(text().trim()).unwrap();
        told["orders_of_erasure"].clone()
    };
    assert_eq!(counts(registry.dir()).await, standing(0));
    let propose = EraseProposeArgs {
        number: Some(gone.clone()),
        household: None,
        service_case: None,
        claim: None,
        biometric: None,
        ground: GroundArg::CourtOrder,
        legal_basis: "judgment 12/1405".to_owned(),
        permit: "P-12".to_owned(),
        case: "E-7".to_owned(),
        approver: "G6001".to_owned(),
        approver_agency: "GOVERNANCE".to_owned(),
        approver_key: None,
        officer: None,
        agency: None,
        days: 7,
        author: None,
        connect: connect(&registry, DATA_PROTECTION),
    };
    run(EraseCommand::Propose(propose)).await.unwrap();
    assert_eq!(counts(registry.dir()).await, standing(1));
    let mut silent = silent();
    let asked_by_office = EraseCommand::Due(EraseDueArgs {
        connect: connect(&registry, REGISTRAR),
        ..asked(None)
    });
    let command = EraseArgs {
        command: asked_by_office,
    };
    Box::pin(erase::run(&command, &mut silent))
        .await
        .unwrap_err();
    registry.stop().await;
}

/// Output as JSON, and what was written to it.
fn read_back() -> (sabt_cli::out::Out, impl FnOnce() -> String) {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let written = Arc::new(Mutex::new(Vec::new()));
    let out = sabt_cli::out::Out::to(Box::new(Shared(Arc::clone(&written))), true);
    let text = move || String::from_utf8(written.lock().unwrap().clone()).unwrap();
    (out, text)
}
