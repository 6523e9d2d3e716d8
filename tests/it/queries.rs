//! Questions that are answered: what each method tells, to whom, about when, and what the ledger keeps of it.

mod audit;
mod conditions;
mod extract;
mod large;
mod persons;
mod rights;
mod times;

use std::time::Duration;

use sabt_chain::{LedgerName, Position};
use sabt_cli::cast::{Player, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::sign::Author;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Relation, Sex};

use crate::support::{self, TestRegistry};

/// A couple with a child, and who writes about them.
struct Town {
    registry: TestRegistry,
    office: Client,
    author: Author,
    /// Born 1370, passport P-1, temporary permit T-1 valid today.
    woman: String,
    /// Born 1368, no papers.
    man: String,
    /// Born 1401-07-15.
    child: String,
    household: String,
}

impl Town {
    async fn build() -> Self {
        let registry = TestRegistry::start().await;
        let mut town = Self {
            office: registry.client(REGISTRAR).await,
            author: registry.author("registrar"),
            registry,
            woman: String::new(),
            man: String::new(),
            child: String::new(),
            household: String::new(),
        };
        let registration = support::register_with(Sex::Female, "1370-02-03", "P-1");
        let woman = town
            .record("1399-01-01", Body::RegisterPerson(registration))
            .await;
        town.woman.clone_from(&woman.numbers[0]);
        let registration = support::register(Sex::Male, "1368-01-01");
        let man = town
            .record("1399-01-01", Body::RegisterPerson(registration))
            .await;
        town.man.clone_from(&man.numbers[0]);
        let marriage = support::marriage(support::party(&town.man), support::party(&town.woman));
        town.record("1399-05-01", Body::RegisterMarriage(marriage))
            .await;
        let household = event::FormHousehold {
            head: town.woman.clone(),
            members: vec![support::member(&town.man, Relation::Spouse)],
            address: Some(support::address("IR-23")),
        };
        let household = town
            .record("1399-06-01", Body::FormHousehold(household))
            .await;
        town.household.clone_from(&household.numbers[0]);
        let birth = support::birth("1401-07-15", Some(&town.woman), Some(&town.man));
        let child = town.record("1401-07-15", Body::RegisterBirth(birth)).await;
        town.child.clone_from(&child.numbers[0]);
        let permit = support::temporary(&town.woman, "T-1", ("1404-10-01", "1405-09-30"));
        town.record("1404-10-01", permit).await;
        town
    }

    /// Records an act of the office in Tehran; returns when the views tell of it.
    async fn record(&self, on: &str, body: Body) -> api::Receipt {
        let act = support::act(on, body);
        let receipt = self
            .registry
            .submit(&self.office, &self.author, &act)
            .await
            .unwrap();
        let folded = receipt.position + u64::from(receipt.parts);
        let at_most = Duration::from_secs(10);
        assert!(self.registry.registry().wait_for(folded, at_most).await);
        receipt
    }

    /// Hangs up, and stops the registry.
    async fn close(self) {
        drop(self.office);
        drop(self.registry.stop().await);
    }

    /// Checks that the answer was recorded before it left: the record stands at the position of the receipt, with the
    /// link that the receipt states.
    fn check_receipt(&self, info: Option<&api::AnswerInfo>) {
        let info = info.unwrap();
        assert!(!info.stale);
        assert_eq!(info.position, self.registry.size(LedgerName::Events));
        let receipt = info.disclosure.as_ref().unwrap();
        let ledger = self.registry.registry().ledger(LedgerName::Disclosures);
        assert_eq!(receipt.origin, ledger.chain.origin().as_str());
        let position = Position::new(receipt.position);
        let mut reader = ledger.journal.read(position).unwrap();
        let frame = reader.next_frame().unwrap().unwrap();
        let frame = frame.frame();
        let record = frame
            .records()
            .find(|record| record.envelope.position == position)
            .unwrap();
        let link = ledger.chain.link(record.envelope_bytes);
        assert_eq!(receipt.link, link.as_bytes());
        assert_eq!(receipt.recorded_at, record.envelope.recorded_at.as_micros());
    }
}

/// The purpose of a player's usual questions.
pub(crate) fn purpose(player: Player) -> api::Purpose {
    api::Purpose {
        code: player.purpose.code().to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: "C-1".to_owned(),
        ..api::Purpose::default()
    }
}

/// Asks for a person as this player.
fn get_person(player: Player, person: &str, at: Option<api::AsOf>) -> api::GetPersonRequest {
    api::GetPersonRequest {
        purpose: Some(purpose(player)),
        at,
        person: person.to_owned(),
    }
}
