//! Batches over gRPC, as somebody at the command line has them: checked without a trace in any life, submitted, gone on
//! with, and taken back until every life is what it was.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use prost::Message as _;
use sabt_chain::LedgerName;
use sabt_cli::args::{
    BatchArgs, BatchCheckArgs, BatchCommand, BatchRetractArgs, BatchStatusArgs, BatchSubmitArgs,
    CalendarArg, ConnectArgs, PurposeArgs,
};
use sabt_cli::cast::{ASYLUM_UNIT, POLICE, REGISTRAR};
use sabt_cli::commands::batch;
use sabt_cli::error::CliError;
use sabt_cli::json;
use sabt_cli::out::Out;
use sabt_domain::access::Purpose;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Sex};
use sabt_server::clock::Clock;
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::support::{self, REGISTRY, TestRegistry};

/// A registry whose clock stands at this moment, as the clock of the command line does.
struct World {
    registry: TestRegistry,
    persons: Vec<String>,
}

impl World {
    async fn start() -> Self {
        let registry = TestRegistry::start().await;
        registry.clock().set(Clock::system().now_micros());
        let mut world = Self {
            registry,
            persons: Vec::new(),
        };
        for _person in 0..3 {
            let body = Body::RegisterPerson(support::register(Sex::Female, "1370-01-01"));
            let receipt = world.record(support::act("1399-01-01", body)).await;
            world.persons.push(receipt.numbers[0].clone());
        }
        world
    }

    async fn record(&self, act: Act) -> api::Receipt {
        let office = self.registry.client(REGISTRAR).await;
        let author = self.registry.author(REGISTRAR.name);
        let receipt = self.registry.submit(&office, &author, &act).await.unwrap();
        let wanted = receipt.position + u64::from(receipt.parts);
        let folded = self.registry.registry().wait_for(wanted, support::PATIENCE);
        assert!(folded.await);
        receipt
    }

    fn connect(&self) -> ConnectArgs {
        ConnectArgs {
            dir: self.registry.dir().to_owned(),
            server: Some(self.registry.server()),
            registry: Some(REGISTRY.to_owned()),
            caller: None,
        }
    }

    /// Writes acts to a file, as an office has them.
    fn file(&self, acts: &[Act]) -> PathBuf {
        let path = self.registry.dir().join("acts.jsonl");
        let mut lines = String::new();
        for act in acts {
            let act = Act {
                act_id: Vec::new(),
                ..act.clone()
            };
            let value = json::to_value("sabt.event.v1.Act", &act).unwrap();
            writeln!(lines, "{value}").unwrap();
        }
        #[expect(clippy::disallowed_methods, reason = "a test's file is no ledger")]
        std::fs::write(&path, lines).unwrap();
        path
    }

    async fn run(&self, command: BatchCommand) -> Result<(), CliError> {
        let mut out = Out::to(Box::new(std::io::sink()), false);
        batch::run(&BatchArgs { command }, &mut out).await
    }

    async fn submit(&self, file: &Path) -> Result<(), CliError> {
        self.run(BatchCommand::Submit(BatchSubmitArgs {
            file: file.to_owned(),
            work: None,
            author: None,
            connect: self.connect(),
        }))
        .await
    }

    async fn retract(&self, file: &Path) -> Result<(), CliError> {
        self.run(BatchCommand::Retract(BatchRetractArgs {
            batch: file.to_owned(),
            reason: "the file was of another office".to_owned(),
            legal_basis: "directive 7".to_owned(),
            officer: "K1001".to_owned(),
            on: None,
            calendar: CalendarArg::Gregorian,
            author: None,
            connect: self.connect(),
        }))
        .await
    }

    async fn check(&self, file: &Path) -> Result<(), CliError> {
        self.run(BatchCommand::Check(BatchCheckArgs {
            file: file.to_owned(),
            author: None,
            purpose: PurposeArgs::default(),
            connect: self.connect(),
        }))
        .await
    }

    /// Every person as an office reads them today, but for how many records there are.
    async fn lives(&self) -> Vec<Vec<u8>> {
        let office = self.registry.client(REGISTRAR).await;
        let head = self.registry.size(LedgerName::Events);
        let folded = self.registry.registry().wait_for(head, support::PATIENCE);
        assert!(folded.await);
        let mut lives = Vec::new();
        for person in &self.persons {
            let request = api::GetPersonRequest {
                purpose: Some(asked(Purpose::Registration)),
                at: None,
                person: person.clone(),
            };
            let answer = office.persons().get_person(request).await.unwrap();
            let mut told = answer.into_inner().person.unwrap();
            told.version = 0;
            lives.push(told.encode_to_vec());
        }
        lives
    }

    async fn decide(&self, act: &Act) -> Result<api::CheckActResponse, Status> {
        let request = api::CheckActRequest {
            purpose: Some(asked(Purpose::Registration)),
            signed_act: Some(self.registry.author(REGISTRAR.name).sign(act).unwrap()),
        };
        let office = self.registry.client(REGISTRAR).await;
        let answer = office.registry().check_act(request).await?;
        Ok(answer.into_inner())
    }
}

fn asked(purpose: Purpose) -> api::Purpose {
    api::Purpose {
        code: purpose.code().to_owned(),
        legal_basis: "duty:12".to_owned(),
        ..api::Purpose::default()
    }
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

fn moves(person: &str) -> Act {
    let body = Body::ChangeAddress(event::ChangeAddress {
        subject: person.to_owned(),
        address: Some(support::address("IR-09")),
    });
    support::act("1404-01-01", body)
}

fn paper(person: &str, number: &str) -> Act {
    let body = Body::IssueDocument(event::IssueDocument {
        person: person.to_owned(),
        document: Some(support::document(number)),
        replaces: None,
    });
    support::act("1404-01-02", body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_submitted_once_and_taken_back_until_every_life_is_what_it_was() {
    let world = World::start().await;
    let before = world.lives().await;
    let [one, two, three] = [0, 1, 2].map(|place| world.persons[place].as_str());
    let nobody = "999999999994";
    let file = world.file(&[
        moves(one),
        moves(two),
        moves(nobody),
        paper(one, "MKBATCH1"),
        paper(three, "MKBATCH2"),
    ]);

    let size = world.registry.size(LedgerName::Events);
    let told = world.registry.size(LedgerName::Disclosures);
    assert!(matches!(
        world.check(&file).await,
        Err(CliError::Otherwise(_))
    ));
    assert_eq!(world.registry.size(LedgerName::Events), size);
    // Each check is recorded, the refused one too.
    assert!(told + 5 <= world.registry.size(LedgerName::Disclosures));
    assert!(world.lives().await == before);

    assert!(matches!(
        world.submit(&file).await,
        Err(CliError::Otherwise(_))
    ));
    let recorded = world.registry.size(LedgerName::Events);
    assert_eq!(recorded, size + 4);
    // Given again, it sends nothing again.
    assert!(world.submit(&file).await.is_err());
    assert_eq!(world.registry.size(LedgerName::Events), recorded);
    let quarantine = world
        .registry
        .dir()
        .join("acts.jsonl.batch/quarantine.jsonl");
    let quarantine = std::fs::read_to_string(quarantine).unwrap();
    assert_eq!(quarantine.lines().count(), 1);
    assert!(
        quarantine.contains(Reason::InvalidField.code())
            || quarantine.contains(Reason::UnknownPerson.code())
    );
    let status = BatchCommand::Status(BatchStatusArgs {
        batch: file.clone(),
    });
    world.run(status).await.unwrap();

    // Something rests on one act of it: that one stays until nothing does.
    let void = event::VoidDocument {
        person: one.to_owned(),
        document: Some(support::reference("MKBATCH1")),
        reason: event::VoidReason::Damaged.into(),
    };
    let voided = world
        .record(support::act("1404-02-01", Body::VoidDocument(void)))
        .await;
    assert!(matches!(
        world.retract(&file).await,
        Err(CliError::Otherwise(_))
    ));
    let lives = world.lives().await;
    assert!(lives[1] == before[1] && lives[2] == before[2] && lives[0] != before[0]);
    let annulment = event::AnnulAct {
        target_act_id: voided.act_id,
        reason: "misread".to_owned(),
    };
    world
        .record(support::act("1404-03-01", Body::AnnulAct(annulment)))
        .await;
    world.retract(&file).await.unwrap();
    assert!(world.lives().await == before);
    let size = world.registry.size(LedgerName::Events);
    world.retract(&file).await.unwrap();
    assert_eq!(world.registry.size(LedgerName::Events), size);

    let report = support::verify(world.registry.stop().await.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_let_through_and_recorded_like_the_act_itself() {
    let world = World::start().await;
    let person = world.persons[0].clone();
    let act = moves(&person);
    let told = world.registry.size(LedgerName::Disclosures);
    let answer = world.decide(&act).await.unwrap();
    assert_eq!((answer.parts, answer.recorded_before), (1, false));
    assert_eq!(world.registry.size(LedgerName::Disclosures), told + 1);
    // Whoever is concerned sees it among those who looked.
    let office = world.registry.client(REGISTRAR).await;
    let request = api::ListDisclosuresRequest {
        purpose: Some(api::Purpose {
            case_reference: "C-1".to_owned(),
            ..asked(Purpose::SubjectAccess)
        }),
        person: person.clone(),
        consent_reference: "F-1".to_owned(),
    };
    let listed = support::until("the disclosure", async || {
        let answer = office.audit().list_disclosures(request.clone()).await;
        let entries = answer.unwrap().into_inner().entries;
        let methods: Vec<String> = entries
            .into_iter()
            .filter_map(|entry| entry.disclosure)
            .map(|disclosure| disclosure.method)
            .collect();
        let path = "sabt.api.v1.Registry/CheckAct".to_owned();
        methods.contains(&path).then_some(())
    });
    listed.await;

    world.record(act.clone()).await;
    // Nobody else's key, nobody else's certificate, and no role that only asks.
    let forged = api::CheckActRequest {
        purpose: Some(asked(Purpose::Registration)),
        signed_act: Some(
            TestRegistry::author_of_seed(77)
                .sign(&moves(&person))
                .unwrap(),
        ),
    };
    let refused = office.registry().check_act(forged).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::UnknownKey.code());
    let police = world.registry.client(POLICE).await;
    let request = api::CheckActRequest {
        purpose: Some(asked(Purpose::StayCheck)),
        signed_act: Some(
            world
                .registry
                .author(REGISTRAR.name)
                .sign(&moves(&person))
                .unwrap(),
        ),
    };
    let refused = police.registry().check_act(request).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::MethodNotAllowed.code());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_does_not_tell_who_asks_for_asylum() {
    let world = World::start().await;
    let [with, without] = [0, 1].map(|place| world.persons[place].clone());
    let unit = world.registry.client(ASYLUM_UNIT).await;
    let author = world.registry.author(ASYLUM_UNIT.name);
    let claim = support::act("1403-01-01", support::lodge(&with));
    let claim = support::by_office(support::UNIT, claim);
    let lodged = world.registry.submit(&unit, &author, &claim).await.unwrap();
    let acts = |person: &str| {
        let annul = support::annulment(&lodged.act_id);
        let grant = Body::GrantStatus(event::GrantStatus {
            person: person.to_owned(),
            status: event::PersonStatus::Refugee.into(),
            decided_by: "commission".to_owned(),
        });
        let exit = Body::RecordExit(event::RecordExit {
            person: person.to_owned(),
            border_point: "DOGHAROUN".to_owned(),
            kind: event::ExitKind::Final.into(),
            document: None,
        });
        let die = Body::RegisterDeath(support::death(person));
        let lodge = support::lodge(person);
        let mut acts = [annul, grant, exit, die, lodge]
            .map(|body| support::act("1404-01-01", body))
            .to_vec();
        acts.push(moves(person));
        acts
    };
    for (of_one, of_other) in acts(&with).iter().zip(&acts(&without)) {
        let told = async |act: &Act| match world.decide(act).await {
            Ok(answer) => Ok((answer.parts, answer.recorded_before)),
            Err(status) => Err((status.message().to_owned(), reason(&status))),
        };
        assert_eq!(told(of_one).await, told(of_other).await);
    }
}
