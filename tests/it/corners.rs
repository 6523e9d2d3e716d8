//! Every question that takes a day and a state of knowledge gives, of any day and any state, what a registry that had
//! stopped there answered.
//!
//! Acts are recorded in four steps: facts; acts recorded later that are valid earlier; corrections; annulments. After each
//! step every question is put about two days. At the end each is put again with the knowledge of each step.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DynamicMessage, Kind, ReflectMessage as _, Value};
use sabt_chain::LedgerName;
use sabt_cli::cast::{
    ASYLUM_UNIT, BORDER_POLICE, DATA_PROTECTION, ORGANISER, POLICE, Player, REGISTRAR, STATISTICS,
};
use sabt_cli::client::Client;
use sabt_domain::access::Purpose;
use sabt_domain::time::{Calendar, Day, Timestamp};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Sex};
use tonic::{Response, Status};
use tonic_types::StatusExt as _;

use crate::calls;
use crate::support::{self, NOW, TestRegistry};

const HALF_HOUR: i64 = 1_800_000_000;
/// The days that are asked about: between the facts, and after all of them.
const DAYS: [&str; 2] = ["1404-06-01", "1405-05-01"];

/// Questions of which no answer here moves: figures come of months that are over, and nothing is due for erasure.
const STILL: [&str; 2] = ["Statistics/GetStatistics", "Persons/ListRetentionsDue"];

/// Questions that are answered from every record that there is, whatever is said to be known: until when something may be kept
/// is told so, since an order of erasure names them all.
const OF_THE_RECORD: [&str; 2] = ["Persons/GetRetention", "Persons/GetClaimRetention"];

struct World {
    registry: TestRegistry,
    clients: Vec<(Player, Client)>,
    person: String,
    wife: String,
    household: String,
    case: String,
    claim: String,
    campaign: String,
    site: String,
    /// Acts that are amended later.
    registration: event::Act,
    permit: event::Act,
    lost: Vec<u8>,
    order: Vec<u8>,
    served: Vec<u8>,
    came: Vec<u8>,
    admitted: Vec<u8>,
    oath: Vec<u8>,
}

fn purpose(code: Purpose) -> api::Purpose {
    api::Purpose {
        code: code.code().to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: "1405/7".to_owned(),
        ..api::Purpose::default()
    }
}

/// Takes the versions out: they are what the next act may expect, whatever day and knowledge were asked for.
fn without_versions(message: &mut DynamicMessage) {
    message.clear_field_by_name("version");
    for field in message.descriptor().fields() {
        if !message.has_field(&field) {
            continue;
        }
        let value = message.get_field_mut(&field);
        if let Some(inner) = value.as_message_mut() {
            without_versions(inner);
        }
        let list = value.as_list_mut().into_iter().flatten();
        for inner in list.filter_map(Value::as_message_mut) {
            without_versions(inner);
        }
    }
}

/// An answer without the receipt of its disclosure, or why there is none.
fn told<M: prost::Message>(path: &str, answer: Result<Response<M>, Status>) -> String {
    match answer {
        Ok(answer) => {
            let method = path.split_once('/').map(|(_, method)| method).unwrap();
            let name = format!("sabt.api.v1.{method}Response");
            let descriptor = calls::pool().get_message_by_name(&name).unwrap();
            let bytes = answer.into_inner().encode_to_vec();
            let mut message = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
            message.clear_field_by_name("info");
            without_versions(&mut message);
            serde_json::to_string(&message).unwrap()
        }
        Err(status) => {
            let details = status.get_details_error_info();
            details.map_or_else(|| status.to_string(), |details| details.reason)
        }
    }
}

/// Declares the questions: path, who asks for what purpose, how it is called, and the fields of the request beside purpose
/// and axes.
macro_rules! questions {
    ($($path:literal $player:ident $purpose:ident $service:ident $call:ident $request:ident
        |$world:ident| { $($field:ident: $value:expr),* $(,)? };)+) => {
        /// The methods that are asked.
        const ASKED: &[&str] = &[$($path),+];

        impl World {
            /// Every question, at one corner.
            #[expect(
                clippy::needless_update,
                reason = "some requests have further fields, and some have none"
            )]
            async fn ask(&self, at: api::AsOf) -> BTreeMap<&'static str, String> {
                let mut answers = BTreeMap::new();
                $({
                    let $world = self;
                    let request = api::$request {
                        purpose: Some(purpose(Purpose::$purpose)),
                        at: Some(at),
                        $($field: $value,)*
                        ..api::$request::default()
                    };
                    let mut service = $world.client($player).$service();
                    let answer = service.$call(request).await;
                    answers.insert($path, told($path, answer));
                })+
                answers
            }
        }
    };
}

questions! {
    "Persons/VerifyDocument" POLICE StayCheck persons verify_document VerifyDocumentRequest
        |world| { document: Some(support::reference("PASS-1")) };
    "Persons/VerifyStay" POLICE StayCheck persons verify_stay VerifyStayRequest
        |world| { person: world.person.clone() };
    "Persons/VerifyRight" REGISTRAR RightCheck persons verify_right VerifyRightRequest
        |world| { person: world.person.clone(), right: event::Right::Work.into() };
    "Persons/VerifyRemoval" BORDER_POLICE BorderControl persons verify_removal VerifyRemovalRequest
        |world| { person: world.person.clone(), order_number: "E-1".to_owned() };
    "Persons/GetResidenceConditions" REGISTRAR Registration persons get_residence_conditions
        GetResidenceConditionsRequest
        |world| {
            person: world.person.clone(),
            kind: event::ResidenceKind::ThreeYear.into(),
            basis: event::ResidenceBasis::Work.into(),
            scope: event::PermitScope::Individual.into(),
            step: api::ResidenceStep::Issue.into(),
        };
    "Persons/GetPerson" REGISTRAR Registration persons get_person GetPersonRequest
        |world| { person: world.person.clone() };
    "Persons/GetFamily" REGISTRAR Registration persons get_family GetFamilyRequest
        |world| { person: world.person.clone() };
    "Persons/GetHousehold" REGISTRAR Registration persons get_household GetHouseholdRequest
        |world| { household: world.household.clone() };
    "Persons/GetHistory" REGISTRAR Registration persons get_history GetHistoryRequest
        |world| { person: world.person.clone() };
    "Persons/GetCase" REGISTRAR Registration persons get_case GetCaseRequest
        |world| { case: world.case.clone() };
    "Persons/ListCases" REGISTRAR Registration persons list_cases ListCasesRequest
        |world| { person: world.person.clone() };
    "Persons/ListOfficeCases" REGISTRAR Registration persons list_office_cases
        ListOfficeCasesRequest
        |world| { office: support::TEHRAN.to_owned() };
    "Persons/ListDeadlines" REGISTRAR Registration persons list_deadlines ListDeadlinesRequest
        |world| { person: world.person.clone() };
    "Persons/GetAsylumClaims" ASYLUM_UNIT AsylumProcedure persons get_asylum_claims
        GetAsylumClaimsRequest
        |world| { person: world.person.clone() };
    "Persons/GetRetention" DATA_PROTECTION Erasure persons get_retention GetRetentionRequest
        |world| { person: world.person.clone() };
    "Persons/ListRetentionsDue" DATA_PROTECTION Erasure persons list_retentions_due
        ListRetentionsDueRequest
        |world| {};
    "Persons/GetClaimRetention" ASYLUM_UNIT Erasure persons get_claim_retention
        GetClaimRetentionRequest
        |world| { person: world.person.clone() };
    "Statistics/GetStatistics" STATISTICS OfficialStatistics statistics get_statistics
        GetStatisticsRequest
        |world| { table: "births".to_owned() };
    "Campaigns/GetCampaign" ORGANISER Campaign campaigns get_campaign GetCampaignRequest
        |world| { campaign: world.campaign.clone() };
    "Sites/GetSite" REGISTRAR Registration sites get_site GetSiteRequest
        |world| { site: world.site.clone() };
    "Sites/ListSites" REGISTRAR Registration sites list_sites ListSitesRequest
        |world| {};
}

/// Methods of the contract whose request has the two axes.
fn with_axes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for service in calls::pool().services() {
        for method in service.methods() {
            let input = method.input();
            let axes = input.fields().any(|field| {
                matches!(field.kind(), Kind::Message(of) if of.full_name() == "sabt.api.v1.AsOf")
            });
            if axes {
                found.insert(format!("{}/{}", service.name(), method.name()));
            }
        }
    }
    found
}

impl World {
    fn client(&self, player: Player) -> &Client {
        let found = self.clients.iter().find(|(one, _)| *one == player);
        &found.unwrap().1
    }

    fn act(player: Player, on: &str, body: Body) -> event::Act {
        let office = match player {
            ASYLUM_UNIT => "THR-97",
            ORGANISER => support::ORGANISING,
            _ => support::TEHRAN,
        };
        support::by_office(office, support::act(on, body))
    }

    async fn submit(&self, player: Player, act: &event::Act) -> api::Receipt {
        let author = self.registry.author(player.name);
        let submitted = self.registry.submit(self.client(player), &author, act);
        submitted.await.unwrap()
    }

    async fn record(&self, on: &str, body: Body) -> api::Receipt {
        self.submit(REGISTRAR, &Self::act(REGISTRAR, on, body))
            .await
    }

    /// The facts.
    async fn start() -> Self {
        let registry = TestRegistry::start().await;
        let mut clients = Vec::new();
        for player in [
            REGISTRAR,
            POLICE,
            BORDER_POLICE,
            ASYLUM_UNIT,
            DATA_PROTECTION,
            STATISTICS,
            ORGANISER,
        ] {
            clients.push((player, registry.client(player).await));
        }
        let registration = support::register_with(Sex::Male, "1368-01-01", "PASS-1");
        let registration = Self::act(REGISTRAR, "1399-01-01", Body::RegisterPerson(registration));
        let mut world = Self {
            registry,
            clients,
            person: String::new(),
            wife: String::new(),
            household: String::new(),
            case: String::new(),
            claim: String::new(),
            campaign: String::new(),
            site: String::new(),
            registration,
            permit: event::Act::default(),
            lost: Vec::new(),
            order: Vec::new(),
            served: Vec::new(),
            came: Vec::new(),
            admitted: Vec::new(),
            oath: Vec::new(),
        };
        world.facts().await;
        world
    }

    async fn facts(&mut self) {
        let number = |receipt: api::Receipt| receipt.numbers[0].clone();
        self.person = number(self.submit(REGISTRAR, &self.registration).await);
        let wife = Body::RegisterPerson(support::register(Sex::Female, "1370-01-01"));
        self.wife = number(self.record("1399-01-01", wife).await);
        let household = Body::FormHousehold(event::FormHousehold {
            head: self.person.clone(),
            members: vec![],
            address: Some(support::address("IR-23")),
        });
        self.household = number(self.record("1400-02-01", household).await);
        let permit = support::temporary(&self.person, "R-1", ("1404-10-01", "1405-09-30"));
        self.record("1404-10-01", permit).await;
        let request = support::request_service("12012154117", &self.person);
        let request = Body::RequestService(request);
        self.case = number(self.record("1404-02-01", request).await);
        let order = support::expulsion(&self.person, "E-1");
        self.order = self.record("1404-05-25", order).await.act_id;
        let claim = Self::act(ASYLUM_UNIT, "1404-01-15", support::lodge(&self.person));
        self.claim = number(self.submit(ASYLUM_UNIT, &claim).await);
        let round = Body::OpenCampaign(event::OpenCampaign {
            kind: event::CampaignKind::Amayesh.into(),
            round: 15,
            opens_on: Some(support::jalali("1404-01-20")),
            ..event::OpenCampaign::default()
        });
        let round = Self::act(ORGANISER, "1404-01-10", round);
        self.campaign = number(self.submit(ORGANISER, &round).await);
        let site = Body::OpenSite(event::OpenSite {
            kind: event::SiteKind::GuestTown.into(),
            name: "Golestan".to_owned(),
            province: "IR-23".to_owned(),
            capacity: 40,
        });
        self.site = number(self.record("1404-01-01", site).await);
    }

    /// Acts recorded later that are valid earlier.
    async fn late(&mut self) {
        let (person, wife) = (support::party(&self.person), support::party(&self.wife));
        let wedding = Body::RegisterMarriage(support::marriage(person, wife));
        self.record("1403-05-01", wedding).await;
        let permit = support::temporary(&self.person, "R-0", ("1403-09-01", "1404-08-29"));
        self.permit = Self::act(REGISTRAR, "1403-09-01", permit);
        self.submit(REGISTRAR, &self.permit).await;
        let lost = Body::ReportDocumentLost(event::ReportDocumentLost {
            person: self.person.clone(),
            document: Some(support::reference("PASS-1")),
            stolen: false,
        });
        self.lost = self.record("1404-05-01", lost).await.act_id;
        let moved = Body::ChangeAddress(event::ChangeAddress {
            subject: self.household.clone(),
            address: Some(support::address("IR-09")),
        });
        self.record("1404-04-01", moved).await;
        let day = Day::from_date(Calendar::Jalali, 1404, 5, 28).unwrap();
        let moment = Timestamp::start_of_day_in_tehran(day).micros() + HALF_HOUR;
        let served = Body::ServeDecision(event::ServeDecision {
            person: self.person.clone(),
            decision_act_id: self.order.clone(),
            sms_sent_at: moment,
            notice_placed_at: moment,
        });
        self.served = self.record("1404-05-28", served).await.act_id;
        let evidence = event::Evidence {
            kind: event::EvidenceKind::Photo.into(),
            checked_by: "K1001".to_owned(),
            ..event::Evidence::default()
        };
        let step = event::advance_case::Step::EvidenceAttached(evidence);
        let advance = Body::AdvanceCase(event::AdvanceCase {
            case: self.case.clone(),
            step: Some(step),
        });
        self.record("1404-02-03", advance).await;
        let another = support::request_service("12012154101", &self.person);
        self.record("1404-01-05", Body::RequestService(another))
            .await;
        let came = Body::RecordCampaignParticipation(event::RecordCampaignParticipation {
            campaign: self.campaign.clone(),
            person: self.person.clone(),
            ..event::RecordCampaignParticipation::default()
        });
        self.came = self.record("1404-02-10", came).await.act_id;
        let admitted = Body::RecordSiteAdmission(event::RecordSiteAdmission {
            person: self.wife.clone(),
            site: self.site.clone(),
            ground: event::AdmissionGround::Victim.into(),
            over_capacity_reason: String::new(),
        });
        self.admitted = self.record("1404-03-01", admitted).await.act_id;
        let condition = event::ResidenceCondition::Oath;
        let oath = support::attest(&self.person, condition, "C-7", "1405-04-10");
        self.oath = self.record("1405-04-20", oath).await.act_id;
        let heard = support::interview(&self.claim);
        let heard = Self::act(ASYLUM_UNIT, "1404-02-01", heard);
        self.submit(ASYLUM_UNIT, &heard).await;
    }

    /// The registration and the permit are put right.
    async fn corrections(&mut self) {
        let mut registration = self.registration.clone();
        if let Some(Body::RegisterPerson(body)) = &mut registration.body {
            "Nabi".clone_into(&mut body.particulars.as_mut().unwrap().names[0].given);
        }
        let mut permit = self.permit.clone();
        if let Some(Body::IssueResidencePermit(body)) = &mut permit.body {
            body.valid_until = Some(support::jalali("1404-04-29"));
        }
        for corrected in [registration, permit] {
            let target_act_id = corrected.act_id.clone();
            let replacement = event::Act {
                act_id: Vec::new(),
                ..corrected
            };
            let body = Body::CorrectAct(Box::new(event::CorrectAct {
                target_act_id,
                replacement: Some(Box::new(replacement)),
                reason: "misread".to_owned(),
            }));
            self.record("1405-06-20", body).await;
        }
    }

    /// The loss, the service of the order, the participation, the admission and the oath did not happen.
    async fn annulments(&mut self) {
        let mistaken = [
            &self.lost,
            &self.served,
            &self.came,
            &self.admitted,
            &self.oath,
        ];
        for target in mistaken {
            let body = support::annulment(target);
            self.record("1405-06-21", body).await;
        }
    }

    /// Every question about each of the days, with the knowledge of a moment; 0: with what is known now.
    async fn answers(&self, known_at: i64) -> Vec<BTreeMap<&'static str, String>> {
        let mut answers = Vec::new();
        for day in DAYS {
            let at = api::AsOf {
                as_of: Some(support::jalali(day)),
                known_at,
                min_position: self.registry.size(LedgerName::Events),
            };
            answers.push(self.ask(at).await);
        }
        answers
    }
}

#[test]
fn every_question_with_the_two_axes_is_in_the_table() {
    let asked: BTreeSet<String> = ASKED.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(asked, with_axes());
    let mut exceptions = STILL.iter().chain(&OF_THE_RECORD);
    assert!(exceptions.all(|path| ASKED.contains(path)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_answers_as_a_registry_that_stopped_there() {
    let mut world = World::start().await;
    let mut known = Vec::new();
    let mut then = Vec::new();
    for step in 0..4_i64 {
        world.registry.clock().set(NOW + (2 * step + 1) * HALF_HOUR);
        match step {
            0 => {}
            1 => world.late().await,
            2 => world.corrections().await,
            _ => world.annulments().await,
        }
        let moment = NOW + (2 * step + 2) * HALF_HOUR;
        world.registry.clock().set(moment);
        then.push(world.answers(0).await);
        known.push(moment);
    }
    world.registry.clock().set(NOW + 20 * HALF_HOUR);
    let latest = then.last().unwrap();
    for (then, known_at) in then.iter().zip(known) {
        let now = world.answers(known_at).await;
        let of_days = then.iter().zip(latest).zip(&now).zip(DAYS);
        for (((then, latest), now), day) in of_days {
            for path in ASKED {
                let expected = if OF_THE_RECORD.contains(path) {
                    latest
                } else {
                    then
                };
                assert_eq!(
                    expected[path], now[path],
                    "{path} of {day}, known at {known_at}"
                );
            }
        }
    }
    for path in ASKED {
        let answers: BTreeSet<&String> = then.iter().flatten().map(|at| &at[path]).collect();
        let moves = 1 < answers.len();
        assert_eq!(moves, !STILL.contains(path), "{path}: {answers:?}");
    }
}
