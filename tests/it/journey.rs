//! A population's whole lives through the front door: submitted in bulk, followed, looked up, audited.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sabt_chain::LedgerName;
use sabt_cli::cast::{
    ASYLUM_UNIT, AUDITOR, BORDER_POLICE, CIVIL_REGISTRY, DATA_PROTECTION, ORGANISER, POLICE,
    Player, REGISTRAR,
};
use sabt_cli::client::Client;
use sabt_cli::follow::Follower;
use sabt_domain::access::Purpose;
use sabt_domain::time::Timestamp;
use sabt_population::{Mistakes, PlannedAct, Population, Resolver, Scale, Seed};
use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::submit_acts_response::Result as Answer;
use sabt_proto::event::v1::{DisclosureVerb, event};
use sabt_server::clock::Clock;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::synthetic::{Family, Mirror, REGISTRY, Synthetic};

/// Small enough that the population fills several.
const SEGMENT_BYTES: u64 = 1024 * 1024;
/// Persons registered in the end.
const PERSONS: u32 = 150;
/// Clients that submit at the same time, each with bulk streams of its own.
const CLERKS: usize = 3;
/// Families that a clerk has on the desk at once.
const FAMILIES_PER_CLERK: usize = 4;

/// A bulk stream: acts go in, results come out in the same order.
struct Desk {
    acts: mpsc::Sender<api::SubmitActRequest>,
    results: Streaming<api::SubmitActsResponse>,
    answered: u64,
}

impl Desk {
    async fn open(client: &Client) -> Self {
        let (acts, stream) = mpsc::channel(FAMILIES_PER_CLERK);
        let mut registry = client.registry();
        let results = registry.submit_acts(ReceiverStream::new(stream));
        Self {
            acts,
            results: results.await.unwrap().into_inner(),
            answered: 0,
        }
    }

    async fn submit(&self, signed: api::SignedAct) {
        let signed_act = Some(signed);
        let request = api::SubmitActRequest { signed_act };
        self.acts.send(request).await.unwrap();
    }

    async fn answer(&mut self) -> Answer {
        let response = self.results.message().await.unwrap().unwrap();
        assert_eq!(response.index, self.answered, "results in another order");
        self.answered += 1;
        response.result.unwrap()
    }

    /// Ends the stream: no answer may be left.
    async fn close(self) {
        let Self {
            acts, mut results, ..
        } = self;
        drop(acts);
        assert_eq!(results.message().await.unwrap(), None);
    }
}

/// What came of a clerk's work.
#[derive(Default)]
struct Work {
    receipts: Vec<api::Receipt>,
    refusals: u64,
    persons: Vec<String>,
}

/// Submits families, one act of each at a time, until the population is complete.
async fn clerk(
    registry: &Synthetic,
    population: &Mutex<Population>,
    campaigns: &Resolver,
    registrar: &Client,
    border: &Client,
    unit: &Client,
) -> Work {
    let agencies = [REGISTRAR, BORDER_POLICE, ASYLUM_UNIT].map(|player| player.agency);
    let mut desks = [
        Desk::open(registrar).await,
        Desk::open(border).await,
        Desk::open(unit).await,
    ];
    let mut families: Vec<Family> = Vec::new();
    let mut work = Work::default();
    loop {
        families.retain(|family| !family.is_done());
        while families.len() < FAMILIES_PER_CLERK {
            let next = Family::next(&mut population.lock().unwrap(), campaigns);
            let Some(family) = next else { break };
            families.push(family);
        }
        if families.is_empty() {
            break;
        }
        // One act of each family on its desk, then the answers: within a family every act waits for the one before.
        let mut sent: [Vec<usize>; 3] = Default::default();
        for (index, family) in families.iter().enumerate() {
            let (planned, signed) = family.sign_next(registry).unwrap();
            let agency = agencies
                .iter()
                .position(|agency| *agency == planned.author.agency)
                .unwrap();
            desks[agency].submit(signed).await;
            sent[agency].push(index);
        }
        for (desk, sent) in desks.iter_mut().zip(sent) {
            for index in sent {
                let family = &mut families[index];
                match desk.answer().await {
                    Answer::Receipt(receipt) => {
                        assert!(!receipt.repeated);
                        work.persons.extend(family.answered(Ok(&receipt)));
                        work.receipts.push(receipt);
                    }
                    Answer::Refusal(refusal) => {
                        assert!(!refusal.rule.is_empty() && !refusal.remedy.is_empty());
                        family.answered(Err(&refusal.reason));
                        work.refusals += 1;
                    }
                }
            }
        }
    }
    for desk in desks {
        desk.close().await;
    }
    work
}

/// Submits the whole population.
async fn submit_population(registry: &Arc<Synthetic>, server: std::net::SocketAddr) -> Work {
    let scale = Scale { persons: PERSONS };
    let population = Population::with_mistakes(Seed(81), scale, Mistakes::default());
    let of_all = [
        registry.client(server, ORGANISER).await,
        registry.client(server, REGISTRAR).await,
    ];
    let mut all = Work::default();
    let opening = population.opening();
    let campaigns = organise(registry, &of_all, opening, Resolver::new(), &mut all).await;
    let campaigns = Arc::new(campaigns);
    let population = Arc::new(Mutex::new(population));
    let mut clerks = JoinSet::new();
    for _clerk in 0..CLERKS {
        let registrar = registry.client(server, REGISTRAR).await;
        let border = registry.client(server, BORDER_POLICE).await;
        let unit = registry.client(server, ASYLUM_UNIT).await;
        let (registry, population) = (Arc::clone(registry), Arc::clone(&population));
        let campaigns = Arc::clone(&campaigns);
        clerks.spawn(async move {
            clerk(
                &registry,
                &population,
                &campaigns,
                &registrar,
                &border,
                &unit,
            )
            .await
        });
    }
    for work in clerks.join_all().await {
        all.receipts.extend(work.receipts);
        all.refusals += work.refusals;
        all.persons.extend(work.persons);
    }
    // The registry counts again what campaigns report: everybody who took part is in.
    let recorded_by = Timestamp::from_micros(Clock::system().now_micros());
    let closing = population.lock().unwrap().closing(Some(recorded_by));
    assert!(!closing.is_empty());
    let campaigns = Resolver::clone(&campaigns);
    organise(registry, &of_all, closing, campaigns, &mut all).await;
    all
}

/// Submits acts about campaigns and sites, one after the other, each by its agency: the organiser of campaigns, and the
/// registrar who runs sites; the numbers known then.
async fn organise(
    registry: &Synthetic,
    [organiser, registrar]: &[Client; 2],
    acts: Vec<PlannedAct>,
    known: Resolver,
    work: &mut Work,
) -> Resolver {
    let mut acts = Family::of(acts, known);
    while let Some((planned, signed)) = acts.sign_next(registry) {
        let author = if planned.author.agency == ORGANISER.agency {
            organiser
        } else {
            registrar
        };
        let signed_act = Some(signed);
        let request = api::SubmitActRequest { signed_act };
        let response = author.registry().submit_act(request).await.unwrap();
        let receipt = response.into_inner().receipt.unwrap();
        acts.answered(Ok(&receipt));
        work.receipts.push(receipt);
    }
    acts.known()
}

fn purpose(player: Player, purpose: Purpose) -> api::Purpose {
    api::Purpose {
        code: purpose.code().to_owned(),
        legal_basis: purpose.source().to_owned(),
        case_reference: format!("case of {}", player.name),
        ..api::Purpose::default()
    }
}

/// What a sync job has received.
struct Received {
    follower: Follower,
    /// Receipts of pages that had content.
    disclosures: Vec<api::DisclosureReceipt>,
    with_content: u64,
}

impl Received {
    /// Follows from where the last sitting ended, for so many pages, or to the head.
    async fn sit(&mut self, client: &Client, pages: usize) {
        let request = api::FollowRequest {
            purpose: Some(purpose(CIVIL_REGISTRY, Purpose::CivilRegistrationSync)),
            from: self.follower.next(),
            stop_at_head: true,
        };
        let mut stream = client.feed().follow(request).await.unwrap().into_inner();
        for _page in 0..pages {
            let Some(page) = stream.message().await.unwrap() else {
                return;
            };
            let mut content = 0;
            for entry in &page.entries {
                // The follower refuses a gap, a repetition, and a record that does not follow the one before.
                self.follower.take(entry).unwrap();
                content += u64::from(entry.event.is_some());
                assert_eq!(entry.event.is_some(), !entry.subject.is_empty());
                assert!(entry.event.as_ref().is_none_or(is_vital_or_family));
            }
            assert_eq!(page.next, self.follower.next());
            assert_eq!(page.disclosure.is_some(), 0 < content);
            self.disclosures.extend(page.disclosure);
            self.with_content += content;
        }
    }
}

/// What the register of Iranians is told of: vital events and family, and never the act behind them.
fn is_vital_or_family(event: &sabt_proto::event::v1::Event) -> bool {
    let withheld = matches!(
        event.body,
        Some(event::Body::EntryRecorded(_) | event::Body::ExitRecorded(_))
    );
    event.act.is_empty() && event.nonce.is_empty() && !withheld
}

/// What must be seen of a look-up.
struct LookUp {
    player: Player,
    purpose: Purpose,
    verb: DisclosureVerb,
    method: &'static str,
    receipt: api::DisclosureReceipt,
}

/// The police verify a stay, and an office opens the person's record.
async fn look_up(registry: &Synthetic, server: std::net::SocketAddr, person: &str) -> [LookUp; 2] {
    let police = registry.client(server, POLICE).await;
    let registrar = registry.client(server, REGISTRAR).await;
    let question = api::VerifyStayRequest {
        purpose: Some(purpose(POLICE, Purpose::StayCheck)),
        at: None,
        person: person.to_owned(),
    };
    let verified = police.persons().verify_stay(question).await.unwrap();
    let question = api::GetPersonRequest {
        purpose: Some(purpose(REGISTRAR, Purpose::Registration)),
        at: None,
        person: person.to_owned(),
    };
    let opened = registrar.persons().get_person(question).await.unwrap();
    let receipt = |info: Option<api::AnswerInfo>| info.unwrap().disclosure.unwrap();
    [
        LookUp {
            player: POLICE,
            purpose: Purpose::StayCheck,
            verb: DisclosureVerb::Verified,
            method: "sabt.api.v1.Persons/VerifyStay",
            receipt: receipt(verified.into_inner().info),
        },
        LookUp {
            player: REGISTRAR,
            purpose: Purpose::Registration,
            verb: DisclosureVerb::Opened,
            method: "sabt.api.v1.Persons/GetPerson",
            receipt: receipt(opened.into_inner().info),
        },
    ]
}

/// The data-protection officer sees who looked, when and why.
async fn who_looked(registry: &Synthetic, server: std::net::SocketAddr, person: &str) {
    let look_ups = look_up(registry, server, person).await;
    let newest = look_ups.iter().map(|one| one.receipt.position).max();
    let officer = registry.client(server, DATA_PROTECTION).await;
    let request = api::ListDisclosuresRequest {
        purpose: Some(purpose(DATA_PROTECTION, Purpose::DataProtection)),
        person: person.to_owned(),
        consent_reference: String::new(),
    };
    // The views fold a disclosure after its answer has left.
    let mut entries = Vec::new();
    for _attempt in 0..100 {
        let answer = officer.audit().list_disclosures(request.clone()).await;
        entries = answer.unwrap().into_inner().entries;
        if entries.iter().any(|entry| Some(entry.position) == newest) {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    for one in &look_ups {
        let mut entries = entries.iter();
        let entry = entries.find(|entry| entry.position == one.receipt.position);
        let entry = entry.unwrap();
        assert_eq!(entry.recorded_at, one.receipt.recorded_at);
        let disclosure = entry.disclosure.as_ref().unwrap();
        assert_eq!(disclosure.verb(), one.verb);
        assert_eq!(disclosure.agency, one.player.agency);
        assert_eq!(disclosure.officer, one.player.officer);
        assert_eq!(disclosure.purpose, one.purpose.code());
        assert_eq!(disclosure.method, one.method);
        assert_eq!(disclosure.subject, person);
        let case = format!("case of {}", one.player.name);
        assert_eq!(disclosure.case_reference, case);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_population_from_the_first_act_to_the_audit() {
    let registry = Arc::new(Synthetic::found(Seed(81), SEGMENT_BYTES).await);
    let serving = registry.serve().await;
    let server = serving.addr();

    let work = submit_population(&registry, server).await;
    assert_eq!(work.persons.len(), usize::try_from(PERSONS).unwrap());
    assert!(1_000 < work.receipts.len() && 10 < work.refusals);

    let sync = registry.client(server, CIVIL_REGISTRY).await;
    let mut received = Received {
        follower: Follower::new(REGISTRY, 0).unwrap(),
        disclosures: Vec::new(),
        with_content: 0,
    };
    received.sit(&sync, 1).await;
    let first_sitting = received.follower.next();
    received.sit(&sync, usize::MAX).await;
    assert!(0 < first_sitting && first_sitting < received.follower.next());
    assert!(0 < received.with_content && received.with_content < received.follower.next());

    who_looked(&registry, server, &work.persons[0]).await;
    audit_over_the_network(&registry, server).await;
    drop(sync);
    serving.stop().await.unwrap();

    let mut events = Mirror::new(LedgerName::Events);
    events.catch_up(&registry.journal(LedgerName::Events));
    let mut disclosures = Mirror::new(LedgerName::Disclosures);
    disclosures.catch_up(&registry.journal(LedgerName::Disclosures));
    for receipt in &work.receipts {
        events.assert_receipt(receipt);
    }
    for receipt in &received.disclosures {
        disclosures.assert_disclosure(receipt);
    }
    assert_eq!(
        received.follower.next(),
        events.len(),
        "the feed ended early"
    );
    assert_eq!(received.follower.link(), Some(events.link()));
    // Every refusal was recorded before it was told.
    assert!(work.refusals < disclosures.acts());
    registry.assert_views_and_ledgers();
}

/// An auditor elsewhere reads both ledgers as ciphertext and finds nothing wrong.
async fn audit_over_the_network(registry: &Arc<Synthetic>, server: std::net::SocketAddr) {
    let credentials =
        sabt_cli::client::Credentials::from_directory(registry.path(), AUDITOR.name).unwrap();
    let address = sabt_verifier::ServerAddress {
        url: format!("https://{server}"),
        ca: credentials.authority.into_bytes(),
        certificate: credentials.identity.certificate.into_bytes(),
        key: credentials.identity.key.as_bytes().to_vec(),
    };
    let registry = Arc::clone(registry);
    let verifying = tokio::task::spawn_blocking(move || {
        let source = sabt_verifier::Source::Server(address);
        sabt_verifier::verify(&registry.verifier_options(source)).unwrap()
    });
    let report = verifying.await.unwrap();
    assert!(report.is_sound(), "{report}");
}
