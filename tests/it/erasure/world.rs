//! Persons who are easy to recognise, and orders to erase them.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sabt_chain::LedgerName;
use sabt_cli::cast::{DATA_PROTECTION, POLICE, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::keys::Keys;
use sabt_cli::sign::{Author, new_act_id};
use sabt_domain::codec::Value as _;
use sabt_domain::name::Name;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;
use sabt_server::registry::Registry;
use tonic::Status;

use super::scan::Needles;
use crate::support::{
    ERASURE_CASE, REGISTRY, address, death, document, jalali, marriage, member, party, register,
    temporary,
};

const GIVEN: &str = "\u{6af}\u{644}\u{634}\u{6cc}\u{641}\u{62a}\u{647}\u{646}\u{627}\u{645}";
const FAMILY: &str = "\u{646}\u{627}\u{645}\u{622}\u{648}\u{631}\u{632}\u{627}\u{62f}\u{647}";
const LATIN: &str = "Golshiftehnam Namavarzadeh";
const PASSPORT: &str = "ZX99007712";
const STREET: &str = "Kooche Arghavan 17 Pelak 4";
const DEED: &str = "DEED-55081-77";
const PERMIT: &str = "TP-ERASE-7781";

/// A family, of which the husband is to be erased.
pub(super) struct Family {
    pub(super) husband: String,
    pub(super) wife: String,
    pub(super) household: String,
    /// The act of their marriage.
    pub(super) marriage: Vec<u8>,
}

/// Writes acts for a registry, and asks about persons.
pub(super) struct Office {
    pub(super) client: Client,
    police: Client,
    pub(super) dpo: Client,
    author: Author,
    clock: Clock,
    /// Number of records with which the last act stands, so that questions see it.
    recorded: AtomicU64,
}

impl Office {
    /// Of the registry in a directory that is served at this address.
    pub(super) async fn open(dir: &Path, server: &str, clock: &Clock) -> Self {
        let connect = async |player: sabt_cli::cast::Player| {
            let credentials =
                sabt_cli::client::Credentials::from_directory(dir, player.name).unwrap();
            Client::connect(server, &credentials).await.unwrap()
        };
        Self {
            client: connect(REGISTRAR).await,
            police: connect(POLICE).await,
            dpo: connect(DATA_PROTECTION).await,
            author: Author::new(Keys::of(dir).author(REGISTRAR.name).unwrap(), REGISTRY).unwrap(),
            clock: clock.clone(),
            recorded: AtomicU64::new(0),
        }
    }

    pub(super) async fn submit(&self, on: &str, body: Body) -> Result<api::Receipt, Status> {
        let act = event::Act {
            act_id: new_act_id(&self.clock).to_vec(),
            office: crate::support::TEHRAN.to_owned(),
            officer: "K1001".to_owned(),
            occurred_on: Some(jalali(on)),
            recorded_at: self.clock.now_micros(),
            legal_basis: "duty:12".to_owned(),
            case_reference: String::new(),
            batch_id: Vec::new(),
            expected: Vec::new(),
            body: Some(body),
        };
        let request = api::SubmitActRequest {
            signed_act: Some(self.author.sign(&act).unwrap()),
        };
        let response = self.client.registry().submit_act(request).await?;
        let receipt = response.into_inner().receipt.unwrap();
        let recorded = receipt.position + u64::from(receipt.parts);
        self.recorded.store(recorded, Ordering::Relaxed);
        Ok(receipt)
    }

    /// Somebody who is called like everybody else.
    pub(super) async fn somebody(&self) -> String {
        let body = Body::RegisterPerson(register(event::Sex::Female, "1370"));
        self.submit("1402-01-01", body).await.unwrap().numbers[0].clone()
    }

    pub(super) async fn family(&self) -> Family {
        let husband = self.submit("1402-01-01", Body::RegisterPerson(recognisable()));
        let husband = husband.await.unwrap().numbers[0].clone();
        let wife = self.somebody().await;
        let married = Body::RegisterMarriage(event::RegisterMarriage {
            deed_number: DEED.to_owned(),
            registered_with: event::RegisteredWith::Iran.into(),
            form: event::MarriageForm::OfficialDeed.into(),
            ..marriage(party(&husband), party(&wife))
        });
        let married = self.submit("1402-02-01", married).await.unwrap();
        let household = Body::FormHousehold(event::FormHousehold {
            head: husband.clone(),
            members: vec![member(&wife, event::Relation::Spouse)],
            address: Some(address("IR-23")),
        });
        let household = self.submit("1402-02-02", household).await.unwrap();
        let permit = temporary(&husband, PERMIT, ("1402-03-01", "1402-12-01"));
        self.submit("1402-03-01", permit).await.unwrap();
        self.submit("1402-04-01", moved(&husband)).await.unwrap();
        Family {
            husband,
            wife,
            household: household.numbers[0].clone(),
            marriage: married.act_id,
        }
    }

    /// Asks about a person, so that disclosures name them.
    pub(super) async fn ask_about(&self, person: &str) {
        for _ in 0..3 {
            self.person(person).await.unwrap();
        }
        let request = api::VerifyStayRequest {
            purpose: Some(stated("STAY_CHECK")),
            at: None,
            person: person.to_owned(),
        };
        self.police.persons().verify_stay(request).await.unwrap();
        self.who_looked(person).await.unwrap();
    }

    pub(super) async fn person(&self, person: &str) -> Result<api::Person, Status> {
        let request = api::GetPersonRequest {
            purpose: Some(stated("REGISTRATION")),
            at: Some(self.now()),
            person: person.to_owned(),
        };
        let answer = self.client.persons().get_person(request).await?;
        Ok(answer.into_inner().person.unwrap())
    }

    pub(super) async fn family_of(&self, person: &str) -> api::GetFamilyResponse {
        let request = api::GetFamilyRequest {
            purpose: Some(stated("REGISTRATION")),
            at: Some(self.now()),
            person: person.to_owned(),
        };
        let answer = self.client.persons().get_family(request).await;
        answer.unwrap().into_inner()
    }

    pub(super) async fn find_passport(&self) -> usize {
        let request = api::FindPersonRequest {
            purpose: Some(stated("REGISTRATION")),
            document: Some(crate::support::reference(PASSPORT)),
            ..api::FindPersonRequest::default()
        };
        let answer = self.client.persons().find_person(request).await.unwrap();
        answer.into_inner().candidates.len()
    }

    pub(super) async fn find_name(&self) -> usize {
        let request = api::FindPersonRequest {
            purpose: Some(stated("REGISTRATION")),
            given_name: GIVEN.to_owned(),
            family_name: FAMILY.to_owned(),
            birth_year: 1991,
            ..api::FindPersonRequest::default()
        };
        let answer = self.client.persons().find_person(request).await.unwrap();
        answer.into_inner().candidates.len()
    }

    pub(super) async fn who_looked(&self, person: &str) -> Result<usize, Status> {
        let request = api::ListDisclosuresRequest {
            purpose: Some(stated("DATA_PROTECTION")),
            person: person.to_owned(),
            ..api::ListDisclosuresRequest::default()
        };
        let answer = self.dpo.audit().list_disclosures(request).await?;
        Ok(answer.into_inner().entries.len())
    }

    pub(super) async fn retention(
        &self,
        person: &str,
    ) -> Result<api::GetRetentionResponse, Status> {
        let request = api::GetRetentionRequest {
            purpose: Some(stated("ERASURE")),
            at: Some(self.now()),
            person: person.to_owned(),
            household: String::new(),
            service_case: String::new(),
        };
        Ok(self
            .dpo
            .persons()
            .get_retention(request)
            .await?
            .into_inner())
    }

    pub(super) async fn household_retention(
        &self,
        household: &str,
    ) -> Result<api::GetRetentionResponse, Status> {
        let request = api::GetRetentionRequest {
            purpose: Some(stated("ERASURE")),
            at: Some(self.now()),
            person: String::new(),
            household: household.to_owned(),
            service_case: String::new(),
        };
        let answer = self.dpo.persons().get_retention(request).await?;
        Ok(answer.into_inner())
    }

    pub(super) async fn case_retention(
        &self,
        case: &str,
    ) -> Result<api::GetRetentionResponse, Status> {
        let request = api::GetRetentionRequest {
            purpose: Some(stated("ERASURE")),
            at: Some(self.now()),
            service_case: case.to_owned(),
            ..api::GetRetentionRequest::default()
        };
        let answer = self.dpo.persons().get_retention(request).await?;
        Ok(answer.into_inner())
    }

    /// A page of what is due.
    pub(super) async fn due(
        &self,
        page: api::ListRetentionsDueRequest,
    ) -> Result<api::ListRetentionsDueResponse, Status> {
        let request = api::ListRetentionsDueRequest {
            purpose: Some(stated("ERASURE")),
            at: Some(self.now()),
            ..page
        };
        let answer = self.dpo.persons().list_retentions_due(request).await?;
        Ok(answer.into_inner())
    }

    /// Now, and not before the last act.
    pub(super) fn now(&self) -> api::AsOf {
        api::AsOf {
            min_position: self.recorded.load(Ordering::Relaxed),
            ..api::AsOf::default()
        }
    }

    /// Hands an order in.
    pub(super) async fn erase(
        &self,
        request: api::EraseRequest,
    ) -> Result<api::EraseResponse, Status> {
        Ok(self.dpo.registry().erase(request).await?.into_inner())
    }
}

pub(super) fn stated(purpose: &str) -> api::Purpose {
    api::Purpose {
        code: purpose.to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: ERASURE_CASE.to_owned(),
        ..api::Purpose::default()
    }
}

fn recognisable() -> event::RegisterPerson {
    let mut body = register(event::Sex::Male, "1370-01-01");
    let particulars = body.particulars.as_mut().unwrap();
    let (given, family) = LATIN.split_once(' ').unwrap();
    GIVEN.clone_into(&mut particulars.names[0].given);
    FAMILY.clone_into(&mut particulars.names[0].family);
    particulars.names.push(event::Name {
        kind: event::NameKind::Transliteration.into(),
        script: event::Script::Latin.into(),
        given: given.to_owned(),
        family: family.to_owned(),
        language: "en".to_owned(),
        ..event::Name::default()
    });
    event::RegisterPerson {
        evidence: event::EvidenceState::Document.into(),
        documents: vec![document(PASSPORT)],
        address: Some(event::Address {
            street: STREET.to_owned(),
            ..address("IR-23")
        }),
        ..body
    }
}

/// The person moves.
pub(super) fn moved(person: &str) -> Body {
    Body::ChangeAddress(event::ChangeAddress {
        subject: person.to_owned(),
        address: Some(event::Address {
            street: STREET.to_owned(),
            ..address("IR-23")
        }),
    })
}

/// Acts that are about a person.
pub(super) fn acts_about(person: &str, other: &str) -> Vec<Body> {
    vec![
        moved(person),
        Body::RegisterDeath(death(person)),
        temporary(person, "TP-2", ("1403-01-01", "1403-12-01")),
        Body::RegisterMarriage(marriage(party(person), party(other))),
        Body::RegisterBirth(crate::support::birth(
            "1403-02-01",
            Some(other),
            Some(person),
        )),
    ]
}

/// Everything in the clear by which the husband of a family would be recognised, in whatever file it stood.
pub(super) fn texts(needles: &mut Needles, husband: &str) {
    let (given, family) = LATIN.split_once(' ').unwrap();
    for text in [
        GIVEN,
        FAMILY,
        LATIN,
        given,
        family,
        PASSPORT,
        STREET,
        DEED,
        PERMIT,
        ERASURE_CASE,
        husband,
    ] {
        needles.add(text, text.as_bytes());
    }
    for name in recognisable().particulars.unwrap().names {
        for key in Name::from_message("name", &name).unwrap().search_keys() {
            if 8 <= key.len() {
                needles.add(&format!("search key {key}"), key.as_bytes());
            }
        }
    }
}

/// The sealed payloads of these records.
pub(super) fn sealed(registry: &Registry, positions: &[u64]) -> Vec<Vec<u8>> {
    let journal = &registry.ledger(LedgerName::Events).journal;
    let mut sealed = Vec::new();
    for position in positions {
        let mut reader = journal.read(sabt_chain::Position::new(*position)).unwrap();
        let frame = reader.next_frame().unwrap().unwrap();
        let parsed = frame.frame();
        let record = parsed
            .records()
            .find(|record| record.envelope.position.get() == *position);
        sealed.push(record.unwrap().sealed.to_vec());
    }
    sealed
}
