//! Two registries that differ in nothing but whose claims to asylum they hold.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sabt_chain::LedgerName;
use sabt_cli::cast::{ASYLUM_UNIT, Player, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::sign::Author;
use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::submit_acts_response::Result as Outcome;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Sex};
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use tempfile::TempDir;
use tokio_stream::StreamExt as _;

use super::purpose;
use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry, UNIT};

/// Pairs of lives.
pub(super) const PAIRS: usize = 1_000;

/// Kinds of lives.
const SHAPES: usize = 9;

/// Pairs of which the asylum unit has also opened the records.
const LOOKED_AT: usize = 40;

/// Which of the two registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The people asked about have lodged the claims.
    With,
    /// Others have.
    Without,
}

/// The registries, and whom they know.
pub(super) struct Twins {
    /// With claims of [`Self::people`], and without.
    pub(super) registries: [TestRegistry; 2],
    /// Numbers of those who are asked about.
    pub(super) people: Vec<String>,
    /// Numbers of those who lodged the claims in the other registry.
    pub(super) others: Vec<String>,
    /// Households of some of the people.
    pub(super) households: Vec<Option<String>>,
    /// A service case of each of the people.
    pub(super) cases: Vec<String>,
    /// Acts that lodged the claims, and the numbers of these: the same in both registries.
    pub(super) lodgings: Vec<Vec<u8>>,
    pub(super) claims: Vec<String>,
}

impl Twins {
    pub(super) async fn build() -> Self {
        let directory = TempDir::new().unwrap();
        support::establish(directory.path(), REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
        let_ask(directory.path());
        let other = TempDir::new().unwrap();
        copy(directory.path(), other.path());
        let registries = [
            TestRegistry::serve(directory, Clock::fixed(NOW)).await,
            TestRegistry::serve(other, Clock::fixed(NOW)).await,
        ];
        let mut twins = Self {
            registries,
            people: Vec::new(),
            others: Vec::new(),
            households: vec![None; PAIRS],
            cases: Vec::new(),
            lodgings: Vec::new(),
            claims: Vec::new(),
        };
        twins.register().await;
        twins.live().await;
        twins.lodge().await;
        twins
    }

    pub(super) fn registry(&self, side: Side) -> &TestRegistry {
        &self.registries[side as usize]
    }

    /// Returns when the views of both registries have folded every record.
    pub(super) async fn settle(&self) {
        for registry in &self.registries {
            support::until("the disclosures in the views", async || {
                let marks = registry.registry().views().marks();
                let folded = marks.disclosures.size.get();
                (folded == registry.size(LedgerName::Disclosures)).then_some(())
            })
            .await;
        }
    }

    pub(super) async fn client(&self, side: Side, player: Player) -> Client {
        self.registry(side).client(player).await
    }

    /// Signs with the key of one of the cast, which is the same in both registries.
    fn author(&self, player: Player) -> Author {
        self.registries[0].author(player.name)
    }

    /// Submits acts to both registries, each its own, and compares the receipts.
    async fn submit(&self, player: Player, acts: [Vec<Act>; 2]) -> Vec<api::Receipt> {
        let author = self.author(player);
        let mut receipts = Vec::new();
        for (side, acts) in [Side::With, Side::Without].into_iter().zip(acts) {
            let client = self.client(side, player).await;
            let signed: Vec<_> = acts
                .iter()
                .map(|act| api::SubmitActRequest {
                    signed_act: Some(author.sign(act).unwrap()),
                })
                .collect();
            receipts.push(bulk(&client, signed).await);
        }
        let [with, without] = receipts.try_into().unwrap();
        for (with, without) in with.iter().zip(&without) {
            assert_eq!(with.numbers, without.numbers);
            assert_eq!(
                (with.position, with.parts),
                (without.position, without.parts)
            );
        }
        with
    }

    /// The same acts to both.
    async fn submit_same(&self, acts: Vec<Act>) -> Vec<api::Receipt> {
        self.submit(REGISTRAR, [acts.clone(), acts]).await
    }

    async fn register(&mut self) {
        let registration = |index: usize| {
            let sex = Sex::Female;
            let body = if index / 2 % SHAPES == 1 {
                support::register_with(sex, "1370-01-01", &format!("P-{index:05}"))
            } else {
                support::register(sex, "1370-01-01")
            };
            support::act("1398-01-01", Body::RegisterPerson(body))
        };
        let receipts = self
            .submit_same((0..2 * PAIRS).map(registration).collect())
            .await;
        for pair in receipts.chunks(2) {
            self.people.push(pair[0].numbers[0].clone());
            self.others.push(pair[1].numbers[0].clone());
        }
        let request = |person: &String| {
            let body = support::request_service("12012154101", person);
            support::act("1398-01-02", Body::RequestService(body))
        };
        let requests = self.people.iter().map(request).collect();
        let receipts = self.submit_same(requests).await.into_iter();
        self.cases = receipts.map(|receipt| receipt.numbers[0].clone()).collect();
    }

    /// What happens in the lives of those who are asked about.
    async fn live(&mut self) {
        let mut acts = Vec::new();
        let mut forming = Vec::new();
        for pair in 0..PAIRS {
            let Some((on, body)) = event_of(&self.people[pair], pair) else {
                continue;
            };
            if matches!(body, Body::FormHousehold(_)) {
                forming.push((pair, acts.len()));
            }
            acts.push(support::act(on, body));
        }
        let receipts = self.submit_same(acts).await;
        for (pair, index) in forming {
            self.households[pair] = Some(receipts[index].numbers[0].clone());
        }
    }

    /// The claims, and what becomes of them: pending, refused, withdrawn.
    async fn lodge(&mut self) {
        let of_unit = |on: &str, body| support::by_office(UNIT, support::act(on, body));
        let lodgings: Vec<_> = self
            .people
            .iter()
            .zip(&self.others)
            .map(|(person, other)| {
                let with = of_unit("1404-01-01", support::lodge(person));
                let mut without = of_unit("1404-01-01", support::lodge(other));
                without.act_id.clone_from(&with.act_id);
                (with, without)
            })
            .collect();
        let (with, without): (Vec<_>, Vec<_>) = lodgings.into_iter().unzip();
        self.lodgings = with.iter().map(|act| act.act_id.clone()).collect();
        let receipts = self.submit(ASYLUM_UNIT, [with, without]).await;
        self.claims = receipts
            .into_iter()
            .map(|receipt| receipt.numbers[0].clone())
            .collect();
        let ends: Vec<_> = self
            .claims
            .iter()
            .enumerate()
            .map(|(index, claim)| match index % 3 {
                0 => of_unit("1404-02-01", support::interview(claim)),
                1 => of_unit("1404-03-01", support::refuse(claim, "1404-03-01")),
                _ => of_unit("1404-03-01", support::withdraw(claim)),
            })
            .collect();
        self.submit(ASYLUM_UNIT, [ends.clone(), ends]).await;
        for (side, people) in [(Side::With, &self.people), (Side::Without, &self.others)] {
            let unit = self.client(side, ASYLUM_UNIT).await;
            for person in people.iter().take(LOOKED_AT) {
                assert_eq!(super::claims(&unit, person).await.len(), 1);
                let request = api::GetPersonRequest {
                    purpose: Some(purpose(Purpose::AsylumProcedure)),
                    at: None,
                    person: person.clone(),
                };
                unit.persons().get_person(request).await.unwrap();
            }
        }
    }
}

/// What happened to a person of a pair, if anything did.
fn event_of(person: &str, pair: usize) -> Option<(&'static str, Body)> {
    let number = format!("T-{pair:05}");
    let status = |status: event::PersonStatus| {
        Body::GrantStatus(event::GrantStatus {
            person: person.to_owned(),
            status: status.into(),
            decided_by: String::new(),
        })
    };
    Some(match pair % SHAPES {
        2 => (
            "1404-01-01",
            support::temporary(person, &number, ("1404-01-01", "1404-12-29")),
        ),
        3 => (
            "1400-01-01",
            Body::RecordEntry(event::RecordEntry {
                person: person.to_owned(),
                border_point: "DOGHAROUN".to_owned(),
                kind: event::EntryKind::WithVisa.into(),
                document: None,
            }),
        ),
        4 => ("1400-01-01", status(event::PersonStatus::Refugee)),
        5 => (
            "1400-01-01",
            Body::FormHousehold(event::FormHousehold {
                head: person.to_owned(),
                members: Vec::new(),
                address: Some(support::address("IR-23")),
            }),
        ),
        6 => (
            "1400-05-05",
            Body::RegisterBirth(support::birth("1400-05-05", Some(person), None)),
        ),
        7 => (
            "1402-01-01",
            Body::RecordExit(event::RecordExit {
                person: person.to_owned(),
                border_point: "DOGHAROUN".to_owned(),
                kind: event::ExitKind::Final.into(),
                document: None,
            }),
        ),
        8 => ("1404-01-01", support::expulsion(person, "E-1")),
        _ => return None,
    })
}

/// Submits acts in their order, none of which may be refused.
async fn bulk(client: &Client, acts: Vec<api::SubmitActRequest>) -> Vec<api::Receipt> {
    let mut registry = client.registry();
    let results = registry.submit_acts(tokio_stream::iter(acts)).await;
    let mut results = results.unwrap().into_inner();
    let mut receipts = Vec::new();
    while let Some(item) = results.next().await {
        match item.unwrap().result.unwrap() {
            Outcome::Receipt(receipt) => receipts.push(receipt),
            Outcome::Refusal(refusal) => panic!("{refusal:?}"),
        }
    }
    receipts
}

/// Lets everybody ask as fast as the test can.
#[expect(
    clippy::disallowed_methods,
    reason = "a configuration for a test asks for no durability"
)]
fn let_ask(directory: &Path) {
    let path = directory.join(Config::FILE);
    let text = fs::read_to_string(&path).unwrap();
    let asked = text
        .replace("officer_per_minute = 1200", "officer_per_minute = 1000000")
        .replace("agency_per_minute = 60000", "agency_per_minute = 1000000");
    assert_eq!(asked.matches("1000000").count(), 2);
    fs::write(&path, asked).unwrap();
}

/// Copies a closed registry, readable by its owner alone.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
