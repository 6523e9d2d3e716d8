//! The work list of an office: its open cases alone, the one that has waited longest first, on both axes of time; everybody
//! whom a listed case concerns finds that among who looked.

use sabt_chain::LedgerName;
use sabt_cli::cast::{ASYLUM_UNIT, DATA_PROTECTION, POLICE, REGISTRAR};
use sabt_cli::client::Client;
use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::advance_case::Step;
use sabt_proto::event::v1::{self as event, Act};
use tonic::{Code, Status};

use crate::support::{self, BORDER, KHORASAN, NOW, TEHRAN, TestRegistry, UNIT};

const HOUR: i64 = 3_600_000_000;
/// A movement pass, of which a photograph, a fee and more are steps.
const PASS: &str = "12012154101";
/// Nationality, of which the commission and other authorities are asked.
const CONSULTED: &str = "10012154102";

struct World {
    registry: TestRegistry,
    office: Client,
    hours: i64,
}

impl World {
    async fn start() -> Self {
        let registry = TestRegistry::start().await;
        let office = registry.client(REGISTRAR).await;
        Self {
            registry,
            office,
            hours: 0,
        }
    }

    /// An hour passes; returns the time before.
    fn hour(&mut self) -> i64 {
        let before = NOW + self.hours * HOUR;
        self.hours += 1;
        self.registry.clock().set(NOW + self.hours * HOUR);
        before
    }

    async fn record(&self, office: &str, on: &str, body: Body) -> api::Receipt {
        let act = support::by_office(office, support::act(on, body));
        self.submit(&act).await
    }

    async fn submit(&self, act: &Act) -> api::Receipt {
        let author = self.registry.author(REGISTRAR.name);
        let receipt = self.registry.submit(&self.office, &author, act).await;
        receipt.unwrap()
    }

    async fn somebody(&self) -> String {
        let body = support::register(event::Sex::Female, "1370-01-01");
        let receipt = self.record(TEHRAN, "1399-01-01", Body::RegisterPerson(body));
        receipt.await.numbers[0].clone()
    }

    async fn open(&self, office: &str, on: &str, service: &str, person: &str) -> String {
        let request = support::request_service(service, person);
        let receipt = self.record(office, on, Body::RequestService(request)).await;
        receipt.numbers[0].clone()
    }

    async fn step(&self, on: &str, case: &str, step: Step) -> api::Receipt {
        let advance = event::AdvanceCase {
            case: case.to_owned(),
            step: Some(step),
        };
        self.record(TEHRAN, on, Body::AdvanceCase(advance)).await
    }

    fn at(&self) -> api::AsOf {
        api::AsOf {
            min_position: self.registry.size(LedgerName::Events),
            ..api::AsOf::default()
        }
    }

    async fn page(
        &self,
        office: &str,
        at: api::AsOf,
        after: Vec<u8>,
    ) -> Result<api::ListOfficeCasesResponse, Status> {
        ask(&self.office, office, at, after).await
    }

    /// Numbers of the open cases of an office, page after page.
    async fn listed(&self, office: &str, at: api::AsOf) -> Vec<String> {
        let mut numbers = Vec::new();
        let mut after = Vec::new();
        loop {
            let page = self.page(office, at, after).await.unwrap();
            assert!(page.cases.len() <= sabt_views::query::OFFICE_CASES_LISTED_MAX);
            numbers.extend(page.cases.into_iter().map(|case| case.number));
            after = page.next;
            if after.is_empty() {
                return numbers;
            }
        }
    }
}

async fn ask(
    client: &Client,
    office: &str,
    at: api::AsOf,
    after: Vec<u8>,
) -> Result<api::ListOfficeCasesResponse, Status> {
    let request = api::ListOfficeCasesRequest {
        purpose: Some(purpose(Purpose::Registration)),
        at: Some(at),
        office: office.to_owned(),
        after,
    };
    let answer = client.persons().list_office_cases(request).await?;
    Ok(answer.into_inner())
}

fn purpose(code: Purpose) -> api::Purpose {
    api::Purpose {
        code: code.code().to_owned(),
        legal_basis: "duty:5".to_owned(),
        ..api::Purpose::default()
    }
}

fn photograph() -> Step {
    Step::EvidenceAttached(event::Evidence {
        kind: event::EvidenceKind::Photo.into(),
        original: true,
        checked_by: "K1001".to_owned(),
        ..event::Evidence::default()
    })
}

fn withdrawn() -> Step {
    Step::CaseClosed(event::CaseClosure {
        outcome: event::CaseOutcome::Withdrawn.into(),
        declaration_reference: "D-1".to_owned(),
    })
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "the work of an office from its first case to its last"
)]
async fn the_work_of_an_office_is_what_waits_for_it() {
    let mut world = World::start().await;
    let person = world.somebody().await;
    let empty = world.hour();
    let first = world.open(TEHRAN, "1404-01-10", PASS, &person).await;
    let second = world.open(TEHRAN, "1404-01-11", PASS, &person).await;
    let elsewhere = world.open(KHORASAN, "1404-01-12", PASS, &person).await;
    assert_eq!(
        world.listed(TEHRAN, world.at()).await,
        [first.clone(), second.clone()]
    );
    assert_eq!(world.listed(KHORASAN, world.at()).await, [elsewhere]);
    let opened = world.hour();

    // A step moves a case behind those that wait longer; the list says which it was and when.
    let shown = world.step("1404-01-13", &first, photograph()).await;
    let page = world.page(TEHRAN, world.at(), Vec::new()).await.unwrap();
    let told: Vec<_> = page.cases.iter().map(|case| case.number.clone()).collect();
    assert_eq!(told, [second.clone(), first.clone()]);
    assert_eq!(page.cases[0].last_step, "");
    assert_eq!(
        page.cases[0].last_step_on,
        Some(support::jalali("1404-01-11"))
    );
    assert_eq!(page.cases[1].last_step, "EVIDENCE_ATTACHED");
    assert_eq!(
        page.cases[1].last_step_on,
        Some(support::jalali("1404-01-13"))
    );
    assert_eq!(page.cases[1].service, PASS);
    assert_eq!(page.cases[1].state, "OPEN");
    // Nobody is named.
    let text = format!("{:?}", page.cases);
    assert!(!text.contains(&person), "{text}");

    // What is closed is no work any more, and is again when that is taken back.
    let closed = world.step("1404-01-14", &second, withdrawn()).await;
    assert_eq!(
        world.listed(TEHRAN, world.at()).await,
        std::slice::from_ref(&first)
    );
    let known = world.hour();
    let annulled = support::annulment(&closed.act_id);
    world.record(TEHRAN, "1404-01-15", annulled).await;
    assert_eq!(
        world.listed(TEHRAN, world.at()).await,
        [first.clone(), second.clone()]
    );
    let annulled = support::annulment(&shown.act_id);
    world.record(TEHRAN, "1404-01-16", annulled).await;
    let both = [second.clone(), first.clone()];
    assert_eq!(world.listed(TEHRAN, world.at()).await, both);

    // On an earlier day, and as it was known earlier.
    let then = |as_of: &str, known_at: i64| api::AsOf {
        as_of: Some(support::jalali(as_of)),
        known_at,
        ..world.at()
    };
    assert!(
        world
            .listed(TEHRAN, then("1404-01-16", empty))
            .await
            .is_empty()
    );
    assert!(world.listed(TEHRAN, then("1404-01-09", 0)).await.is_empty());
    let early = world.listed(TEHRAN, then("1404-01-10", 0)).await;
    assert_eq!(early, std::slice::from_ref(&first));
    let early = world.listed(TEHRAN, then("1404-01-16", opened)).await;
    assert_eq!(early, [first.clone(), second.clone()]);
    let early = world.listed(TEHRAN, then("1404-01-16", known)).await;
    assert_eq!(early, std::slice::from_ref(&first));
    // Today by its name is today.
    assert_eq!(world.listed(TEHRAN, then("1405-06-24", 0)).await, both);

    // Of another office nobody is told, nor by another role.
    let refused = world
        .page(BORDER, world.at(), Vec::new())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    for player in [POLICE, ASYLUM_UNIT] {
        let client = world.registry.client(player).await;
        let refused = ask(&client, TEHRAN, world.at(), Vec::new())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }

    // The views read anew say the same.
    let before = world.registry.snapshot().views;
    let World {
        registry, office, ..
    } = world;
    drop(office);
    let clock = registry.clock().clone();
    let directory = registry.stop().await;
    std::fs::remove_dir_all(directory.path().join("views")).unwrap();
    let registry = TestRegistry::serve(directory, clock).await;
    assert_eq!(registry.snapshot().views, before);
    let office = registry.client(REGISTRAR).await;
    let page = ask(&office, TEHRAN, api::AsOf::default(), Vec::new()).await;
    let numbers = page.unwrap().cases.into_iter().map(|case| case.number);
    assert!(numbers.eq(both));
    drop(office);
    registry.stop().await;
}

/// What a case waits for is told with the end of its time: opinions of the commission, and replies.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_case_waits_for_is_told_with_its_time() {
    let mut world = World::start().await;
    let person = world.somebody().await;
    let case = world.open(TEHRAN, "1405-06-20", CONSULTED, &person).await;
    let sent = NOW - HOUR;
    let consulted = Step::CommissionConsulted(event::Consultation {
        members: vec![event::CommissionMember::Labour.into()],
        sent_at: sent,
    });
    world.step("1405-06-20", &case, consulted).await;
    let inquiry = Step::InquirySent(event::Inquiry {
        inquiry: "7".to_owned(),
        authority: "civil registration".to_owned(),
        question: "whether the papers are genuine".to_owned(),
        due_on: Some(support::jalali("1405-06-22")),
    });
    world.step("1405-06-20", &case, inquiry).await;
    let due = async |at: api::AsOf| {
        let page = world.page(TEHRAN, at, Vec::new()).await.unwrap();
        let due = page.cases[0].due.clone();
        let of: Vec<_> = due.iter().map(|due| due.kind.clone()).collect();
        assert_eq!(of, ["OPINION", "REPLY"]);
        assert_eq!(due[0].of, "LABOUR");
        assert_eq!(due[0].due_at, sent + 24 * HOUR);
        assert_eq!(due[1].of, "7");
        assert_eq!(due[1].due_on, Some(support::jalali("1405-06-22")));
        [due[0].overdue, due[1].overdue]
    };
    let on = |day: &str| api::AsOf {
        as_of: Some(support::jalali(day)),
        ..world.at()
    };
    assert_eq!(due(on("1405-06-22")).await, [false, false]);
    assert_eq!(due(on("1405-06-23")).await, [false, true]);
    for _hour in 0..25 {
        world.hour();
    }
    let page = world.page(TEHRAN, world.at(), Vec::new()).await.unwrap();
    assert!(page.cases[0].due[0].overdue);
    world.registry.stop().await;
}

/// Pages go on where the one before ended; everybody whom a listed case concerns finds the list among who looked, once for
/// each page, and nobody else does.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_whom_a_listed_case_concerns_finds_that_among_who_looked() {
    const CASES: usize = 60;
    let world = World::start().await;
    let (concerned, other) = (world.somebody().await, world.somebody().await);
    let mut cases = Vec::new();
    for nth in 0..CASES {
        let person = if nth == 0 {
            concerned.clone()
        } else {
            world.somebody().await
        };
        cases.push(world.open(TEHRAN, "1404-02-01", PASS, &person).await);
    }
    let first = world.page(TEHRAN, world.at(), Vec::new()).await.unwrap();
    assert_eq!(first.cases.len(), 50);
    assert!(!first.next.is_empty());
    assert_eq!(world.listed(TEHRAN, world.at()).await, cases);
    let looked = async |person: &str| {
        let protection = world.registry.client(DATA_PROTECTION).await;
        let request = api::ListDisclosuresRequest {
            purpose: Some(api::Purpose {
                case_reference: "1405/1".to_owned(),
                ..purpose(Purpose::SubjectAccess)
            }),
            person: person.to_owned(),
            ..api::ListDisclosuresRequest::default()
        };
        let answer = protection.audit().list_disclosures(request).await.unwrap();
        let answer = answer.into_inner();
        let listed = answer.entries.iter().filter(|entry| {
            let disclosure = entry.disclosure.as_ref();
            disclosure.is_some_and(|disclosure| {
                disclosure.method == "sabt.api.v1.Persons/ListOfficeCases"
            })
        });
        listed.count()
    };
    assert_eq!(looked(&concerned).await, 2);
    assert_eq!(looked(&other).await, 0);
    world.registry.stop().await;
}

/// A claim to asylum of somebody whom a case concerns changes nothing of the list.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_to_asylum_shows_in_no_work_list() {
    let world = World::start().await;
    let person = world.somebody().await;
    let case = world.open(TEHRAN, "1404-02-01", PASS, &person).await;
    let told = async || {
        let page = world.page(TEHRAN, world.at(), Vec::new()).await.unwrap();
        (page.cases, page.next)
    };
    let before = told().await;
    let unit = world.registry.client(ASYLUM_UNIT).await;
    let author = world.registry.author(ASYLUM_UNIT.name);
    let lodging = support::by_office(UNIT, support::act("1404-03-01", support::lodge(&person)));
    world
        .registry
        .submit(&unit, &author, &lodging)
        .await
        .unwrap();
    assert_eq!(told().await, before);
    assert_eq!(before.0[0].number, case);
    drop(unit);
    world.registry.stop().await;
}
