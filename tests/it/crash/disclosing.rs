//! Faults around the one write that stands before every answer: the disk is full or fails, or the process is killed.
//!
//! Whatever goes wrong, nothing of the answer leaves, and what was told before stands after the registry has been opened
//! again. A record whose answer did not leave may stand: it says that somebody was about to be told.

use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;

use sabt_cli::cast::{AUDITOR, CIVIL_REGISTRY, POLICE};
use sabt_cli::client::{Client, Credentials};
use sabt_cli::exit::Exit;
use sabt_cli::files::{self, Mode};
use sabt_domain::refusal::Reason;
use sabt_population::{Mistakes, Seed};
use sabt_proto::api::v1 as api;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use super::process::{CRASH_AT, DISK_FAULT, Server};
use super::{Asked, Clerk, Known, Scene, ask, purpose};
use crate::support;
use crate::synthetic::refusal_reason;

/// What is asked when the fault comes.
#[derive(Clone, Copy, Debug)]
enum Question {
    /// One that is answered.
    Answered,
    /// One that is refused, which is recorded too.
    Refused,
    /// A feed, whose pages are recorded one by one.
    Feed,
}

const QUESTIONS: [Question; 3] = [Question::Answered, Question::Refused, Question::Feed];

/// How the process ends.
#[derive(Clone, Copy)]
enum End {
    /// The fault latches, and the process says why.
    Fault,
    /// SIGKILL.
    Kill,
}

/// Something that goes wrong with the second disclosure of a process.
struct Fault {
    name: &'static str,
    told: (&'static str, &'static str),
    end: End,
    /// Whether the record stands whose answer did not leave.
    stands: bool,
}

const FAULTS: [Fault; 5] = [
    Fault {
        name: "the disk is full under the write",
        told: (DISK_FAULT, "disclosures:write-full:2"),
        end: End::Fault,
        stands: false,
    },
    Fault {
        name: "the write fails",
        told: (DISK_FAULT, "disclosures:write:2"),
        end: End::Fault,
        stands: false,
    },
    Fault {
        name: "the sync fails",
        told: (DISK_FAULT, "disclosures:sync:2"),
        end: End::Fault,
        // The bytes had reached the file; what a power cut leaves of them is the journal's own crash table.
        stands: true,
    },
    Fault {
        name: "a kill before the write",
        told: (CRASH_AT, "disclosure.before_append:2"),
        end: End::Kill,
        stands: false,
    },
    Fault {
        name: "a kill after the write",
        told: (CRASH_AT, "disclosure.after_append:2"),
        end: End::Kill,
        stands: true,
    },
];

/// Asks; why nothing was told.
async fn failure(scene: &Scene, addr: SocketAddr, question: Question, known: &Known) -> Status {
    let person = known.number.clone();
    match question {
        Question::Answered => {
            let request = api::VerifyStayRequest {
                purpose: Some(purpose(POLICE)),
                at: None,
                person,
            };
            let client = scene.registry.client(addr, POLICE).await;
            client.persons().verify_stay(request).await.unwrap_err()
        }
        Question::Refused => {
            let request = api::GetPersonRequest {
                purpose: Some(purpose(POLICE)),
                at: None,
                person,
            };
            let client = scene.registry.client(addr, POLICE).await;
            client.persons().get_person(request).await.unwrap_err()
        }
        Question::Feed => {
            let request = api::FollowRequest {
                purpose: Some(purpose(CIVIL_REGISTRY)),
                from: 0,
                stop_at_head: true,
            };
            let client = scene.registry.client(addr, CIVIL_REGISTRY).await;
            let mut feed = client.feed();
            let mut pages = match feed.follow(request).await {
                Ok(pages) => pages.into_inner(),
                Err(status) => return status,
            };
            loop {
                match pages.message().await {
                    // Records about nobody leave without one.
                    Ok(Some(page)) => assert!(page.disclosure.is_none(), "a page has left"),
                    Ok(None) => panic!("the feed ended without a word"),
                    Err(status) => return status,
                }
            }
        }
    }
}

/// The answer could not be recorded, and the status says so and nothing else.
fn assert_not_recorded(status: &Status, name: &str) {
    assert_eq!(status.code(), Code::Unavailable, "{name}: {status}");
    let details = status.get_error_details();
    let info = details
        .error_info()
        .unwrap_or_else(|| panic!("{name}: {status}"));
    assert_eq!(info.reason, Reason::NotWritable.code(), "{name}");
    assert_eq!(info.metadata["rule"], "design:7.2", "{name}");
    assert!(!info.metadata["remedy"].is_empty(), "{name}");
    assert!(status.message().contains("not given"), "{name}: {status}");
}

impl Scene {
    /// A registry with somebody to ask about.
    async fn peopled(seed: Seed, segment_bytes: u64) -> (Self, Clerk) {
        let mut scene = Self::with_segments(seed, Mistakes::NONE, segment_bytes).await;
        let mut clerk = Clerk::new(&scene.population);
        let server = Server::start(scene.registry.path(), None).await;
        let told = scene.submit_alone(&mut clerk, server.addr, 4).await;
        server.kill().await;
        scene.reopen();
        scene.assert_told(&told);
        assert!(!scene.persons.lock().unwrap().is_empty());
        (scene, clerk)
    }

    fn somebody(&self) -> Known {
        self.persons.lock().unwrap()[0].clone()
    }

    /// One question is answered, the next meets the fault, an act comes too late; then all is opened again.
    async fn meet(&mut self, clerk: &mut Clerk, fault: &Fault, question: Question) {
        let name = format!("{}, {question:?}", fault.name);
        let known = self.somebody();
        let before = self.disclosures.acts();
        let server = Server::start_told(self.registry.path(), Some(fault.told)).await;
        let client = self.registry.client(server.addr, POLICE).await;
        let told = ask(&client, Asked::Stay, &known).await.unwrap();

        let status = failure(self, server.addr, question, &known).await;
        match fault.end {
            End::Fault => assert_not_recorded(&status, &name),
            End::Kill => assert_eq!(refusal_reason(&status), None, "{name}: {status}"),
        }
        // The first fault stops acts too. A kill leaves nobody whom to ask.
        if matches!(fault.end, End::Fault) {
            self.act_is_not_acknowledged(clerk, server.addr).await;
        }
        drop(client);
        let (status, said) = server.ended().await;
        match fault.end {
            End::Fault => {
                assert_eq!(status.code(), Some(Exit::Fault as i32), "{name}: {said}");
                assert!(said.contains("stopped on a fault: disclosures"), "{said}");
                assert!(!said.contains(&known.number), "{said}");
            }
            End::Kill => assert_eq!(status.signal(), Some(9), "{name}: {said}"),
        }

        self.reopen();
        self.disclosures.assert_disclosure(&told);
        let stand = self.disclosures.acts() - before;
        assert_eq!(stand, 1 + u64::from(fault.stands), "{name}");
        clerk.look_up(&self.events);
        let server = Server::start(self.registry.path(), None).await;
        let client = self.registry.client(server.addr, POLICE).await;
        assert!(ask(&client, Asked::Stay, &known).await.is_some(), "{name}");
        let told = self.submit_alone(clerk, server.addr, 1).await;
        assert_eq!(told.receipts.len(), 1, "{name}");
        drop(client);
        server.kill().await;
        self.reopen();
        self.assert_told(&told);
    }

    /// An act after the fault gets no receipt: it is refused as not writable, or nobody listens any more.
    async fn act_is_not_acknowledged(&self, clerk: &mut Clerk, addr: SocketAddr) {
        let (desk, signed) = clerk.next_act(&self.registry, &self.population);
        let credentials = Credentials::from_directory(self.registry.path(), desk.name);
        let Ok(client) = Client::connect(&addr.to_string(), &credentials.unwrap()).await else {
            return;
        };
        let request = api::SubmitActRequest {
            signed_act: Some(signed),
        };
        let status = client.registry().submit_act(request).await.unwrap_err();
        let reason = refusal_reason(&status);
        assert!(
            reason
                .as_deref()
                .is_none_or(|reason| reason == Reason::NotWritable.code()),
            "{status}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_the_disclosure_write_lets_nothing_out() {
    let (mut scene, mut clerk) = Scene::peopled(Seed(64), super::SEGMENT_BYTES).await;
    for fault in &FAULTS {
        for question in QUESTIONS {
            scene.meet(&mut clerk, fault, question).await;
        }
    }
    scene.registry.assert_views_and_ledgers();
}

/// Segments of this test, bytes: each is filled by some fifty disclosures.
const SMALL_SEGMENT_BYTES: u64 = 64 * 1024;
/// More questions than two segments hold.
const QUESTIONS_MAX: usize = 1_000;

/// What the server says of its own health.
async fn health(channel: &Channel) -> ServingStatus {
    let mut health = HealthClient::new(channel.clone());
    let request = HealthCheckRequest::default();
    health.check(request).await.unwrap().into_inner().status()
}

/// Waits until the server tells this health.
async fn until_health(channel: &Channel, wanted: ServingStatus) {
    support::until(wanted.as_str_name(), async || {
        (health(channel).await == wanted).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_until_there_is_room() {
    let (mut scene, mut clerk) = Scene::peopled(Seed(65), SMALL_SEGMENT_BYTES).await;
    let marker = scene.registry.path().join("disk-is-full");
    let plan = format!("disclosures:room:{}", marker.display());
    let told = (DISK_FAULT, plan.as_str());
    let server = Server::start_told(scene.registry.path(), Some(told)).await;
    let known = scene.somebody();
    let police = scene.registry.client(server.addr, POLICE).await;
    let auditor = scene.registry.client(server.addr, AUDITOR).await;
    let credentials = Credentials::from_directory(scene.registry.path(), AUDITOR.name).unwrap();
    let channel = support::channel(&server.addr.to_string(), &credentials).await;
    files::create(&marker, b"", Mode::Public).unwrap();

    // The segment in use and the spare are filled; then the disk refuses, every question alike.
    let mut answers = Vec::new();
    let refused = loop {
        let request = api::VerifyStayRequest {
            purpose: Some(purpose(POLICE)),
            at: None,
            person: known.number.clone(),
        };
        match police.persons().verify_stay(request).await {
            Ok(answer) => answers.push(answer.into_inner().info.unwrap().disclosure.unwrap()),
            Err(status) => break status,
        }
        assert!(answers.len() < QUESTIONS_MAX, "the disk never fills up");
    };
    assert!(refused.message().contains("disk"), "{refused}");
    let status = async || {
        let request = api::GetStatusRequest {};
        auditor.operations().get_status(request).await.unwrap()
    };
    let mut recorded = answers.len();
    for question in QUESTIONS {
        let mut refused = failure(&scene, server.addr, question, &known).await;
        // The record of a refusal is shorter than that of an answer: some may still find room.
        while refusal_reason(&refused).as_deref() == Some(Reason::MethodNotAllowed.code()) {
            recorded += 1;
            assert!(recorded < QUESTIONS_MAX, "the disk never fills up");
            refused = failure(&scene, server.addr, question, &known).await;
        }
        let name = format!("{question:?}");
        assert_not_recorded(&refused, &name);
        assert!(refused.message().contains("is full"), "{refused}");
        let told = status().await.into_inner();
        assert!(!told.writable && told.problem.contains("disclosures"));
    }
    until_health(&channel, ServingStatus::NotServing).await;
    // The other ledger has room, and the process goes on.
    let acts = scene.submit_alone(&mut clerk, server.addr, 1).await;
    assert_eq!(acts.receipts.len(), 1);

    // Room comes back: nothing is restarted.
    std::fs::remove_file(&marker).unwrap();
    answers.push(ask(&police, Asked::Stay, &known).await.unwrap());
    recorded += 1;
    until_health(&channel, ServingStatus::Serving).await;
    let told = status().await.into_inner();
    assert!(told.writable && told.problem.is_empty());
    drop((police, auditor, channel));
    server.kill().await;
    scene.reopen();
    scene.assert_told(&acts);
    for answer in &answers {
        scene.disclosures.assert_disclosure(answer);
    }
    assert_eq!(scene.disclosures.acts(), recorded as u64);
    scene.registry.assert_views_and_ledgers();
}
