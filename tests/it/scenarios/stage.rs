//! Where scenarios are played: one registry, and who is who in the scenario that is played.

use std::collections::BTreeMap;

use sabt_cli::cast::{ASYLUM_UNIT, POLICE, Player, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::sign::Author;
use sabt_domain::number::CaseNumber;
use sabt_domain::time::{Calendar, PartialDate, Timestamp};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::Act;
use sabt_proto::event::v1::act::Body;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::read::gaps;
use crate::support::{self, TestRegistry, UNIT, jalali};

/// Day on which everybody is registered.
const REGISTERED: &str = "1404-01-01";

/// Where scenarios are played.
pub(super) struct Stage {
    pub(super) registry: TestRegistry,
    pub(super) office: Client,
    pub(super) police: Client,
    unit: Client,
    /// Numbers of those who have a name.
    persons: BTreeMap<String, String>,
    /// Households by the name of their head.
    households: BTreeMap<String, String>,
    /// Sites by the words for them.
    sites: BTreeMap<String, String>,
    /// The act that recorded the holding of somebody, by name.
    pub(super) holdings: BTreeMap<String, Vec<u8>>,
    /// The case of the scenario.
    pub(super) case: Option<String>,
    /// Records after which questions are answered: what was accepted is in the answer.
    position: u64,
    /// Identifiers of the acts that were accepted, newest last.
    pub(super) acts: Vec<Vec<u8>>,
    /// Why the newest act was refused, if it was and nobody has said so.
    refused: Option<String>,
}

impl Stage {
    pub(super) async fn build() -> Self {
        let registry = TestRegistry::start().await;
        Self {
            office: registry.client(REGISTRAR).await,
            police: registry.client(POLICE).await,
            unit: registry.client(ASYLUM_UNIT).await,
            registry,
            persons: BTreeMap::new(),
            households: BTreeMap::new(),
            sites: BTreeMap::new(),
            holdings: BTreeMap::new(),
            case: None,
            position: 0,
            acts: Vec::new(),
            refused: None,
        }
    }

    /// Another scenario begins.
    pub(super) fn clear(&mut self) {
        self.persons.clear();
        self.households.clear();
        self.sites.clear();
        self.holdings.clear();
        self.case = None;
        self.acts.clear();
        self.refused = None;
    }

    /// No refusal may be left of which nothing was said.
    pub(super) fn settled(&mut self, place: &str) {
        if let Some(refused) = self.refused.take() {
            panic!("{place}: before this, an act was refused: {refused}");
        }
    }

    pub(super) fn take_refusal(&mut self) -> Option<String> {
        self.refused.take()
    }

    pub(super) fn person(&self, name: &str) -> String {
        let number = self.persons.get(name);
        number
            .unwrap_or_else(|| panic!("nobody is called {name}"))
            .clone()
    }

    /// Several, parted by `and`.
    pub(super) fn all(&self, names: &str) -> Vec<String> {
        names.split(" and ").map(|name| self.person(name)).collect()
    }

    pub(super) fn household(&self, head: &str) -> String {
        self.households[head].clone()
    }

    pub(super) fn site(&self, words: &str) -> String {
        let number = self.sites.get(words);
        number
            .unwrap_or_else(|| panic!("there is no {words}"))
            .clone()
    }

    /// Number of the case; before one is opened, that of none.
    pub(super) fn case(&self) -> String {
        let nobody = || CaseNumber::from_serial(99_000_000_000).unwrap().to_string();
        self.case.clone().unwrap_or_else(nobody)
    }

    /// When the office asks: today, or another day, and not before the views know what was accepted.
    pub(super) fn at(&self, day: Option<&str>) -> api::AsOf {
        api::AsOf {
            as_of: day.map(jalali),
            min_position: self.position,
            ..api::AsOf::default()
        }
    }

    fn accepted(&mut self, receipt: &api::Receipt) {
        self.position = receipt.position + u64::from(receipt.parts);
    }

    /// Who there is.
    pub(super) async fn given(&mut self, text: &str) -> Option<()> {
        if let Some([name, born]) = gaps("{}, a woman born in {}", text) {
            return self.register(name, event::Sex::Female, born).await;
        }
        if let Some([name, born]) = gaps("{}, a man born in {}", text) {
            return self.register(name, event::Sex::Male, born).await;
        }
        if let Some([head, members]) = gaps("the household of {} with {}", text) {
            let members = self.all(members);
            let body = event::FormHousehold {
                head: self.person(head),
                members: members
                    .iter()
                    .map(|member| support::member(member, event::Relation::Spouse))
                    .collect(),
                address: None,
            };
            let receipt = self.must(REGISTERED, Body::FormHousehold(body)).await;
            self.households
                .insert(head.to_owned(), receipt.numbers[0].clone());
            return Some(());
        }
        if let Some([words, capacity]) = gaps("the {} with {} places", text) {
            let kind = words.split_once(" of ").map_or(words, |(kind, _)| kind);
            let kind = super::acts::constant("SITE_KIND", kind);
            let body = event::OpenSite {
                kind: event::SiteKind::from_str_name(&kind)?.into(),
                name: words.to_owned(),
                province: "IR-23".to_owned(),
                capacity: capacity.parse().ok()?,
            };
            let receipt = self.must(REGISTERED, Body::OpenSite(body)).await;
            self.sites
                .insert(words.to_owned(), receipt.numbers[0].clone());
            return Some(());
        }
        let [name] = gaps("{} is a refugee", text)?;
        let person = self.person(name);
        let lodged = self.of_unit("1404-02-01", support::lodge(&person)).await;
        self.of_unit("1404-03-01", support::recognise(&lodged.numbers[0]))
            .await;
        Some(())
    }

    async fn register(&mut self, name: &str, sex: event::Sex, born: &str) -> Option<()> {
        let body = Body::RegisterPerson(support::register(sex, born));
        let receipt = self.must(REGISTERED, body).await;
        let twice = self
            .persons
            .insert(name.to_owned(), receipt.numbers[0].clone());
        assert!(twice.is_none(), "{name} twice");
        Some(())
    }

    async fn must(&mut self, date: &str, body: Body) -> api::Receipt {
        let author = self.registry.author(REGISTRAR.name);
        let act = at_noon(date, support::act(date, body));
        let receipt = self.registry.submit(&self.office, &author, &act).await;
        let receipt = receipt.unwrap();
        self.accepted(&receipt);
        receipt
    }

    async fn of_unit(&mut self, date: &str, body: Body) -> api::Receipt {
        let act = at_noon(date, support::by_office(UNIT, support::act(date, body)));
        let author = self.registry.author(ASYLUM_UNIT.name);
        let receipt = self.registry.submit(&self.unit, &author, &act).await;
        let receipt = receipt.unwrap();
        self.accepted(&receipt);
        receipt
    }

    /// The office records something; a refusal waits for the sentence that says so.
    pub(super) async fn record(&mut self, date: &str, body: Body) -> Option<api::Receipt> {
        let author = self.author(REGISTRAR);
        let act = at_noon(date, support::act(date, body));
        match self.registry.submit(&self.office, &author, &act).await {
            Ok(receipt) => {
                self.acts.push(act.act_id);
                self.accepted(&receipt);
                Some(receipt)
            }
            Err(status) => {
                self.refused = Some(reason(&status));
                None
            }
        }
    }

    fn author(&self, player: Player) -> Author {
        self.registry.author(player.name)
    }
}

/// The reason that a refusal names.
pub(super) fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info();
    info.unwrap_or_else(|| panic!("{status}")).reason.clone()
}

/// A moment of a Jalali day in Tehran.
pub(super) fn moment(date: &str, hour: i64) -> i64 {
    let date = PartialDate::parse(date, Calendar::Jalali).unwrap();
    let start = Timestamp::start_of_day_in_tehran(date.earliest());
    start.plus_seconds(hour * 3600).unwrap().micros()
}

/// The act as the office recorded it at noon of its day.
fn at_noon(date: &str, act: Act) -> Act {
    Act {
        recorded_at: moment(date, 12),
        ..act
    }
}
