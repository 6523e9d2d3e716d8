//! `kill -9` at random moments under load, and at every named point of the write paths.
//!
//! What a caller was told before the kill must stand after it; what nobody was told stands whole or not at all.

mod disclosing;
mod points;
pub(crate) mod process;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sabt_chain::LedgerName;
use sabt_cli::cast::{ASYLUM_UNIT, AUTHORS, BORDER_POLICE, POLICE, Player, REGISTRAR};
use sabt_cli::client::Client;
use sabt_population::{Mistakes, Population, Resolver, Scale, Seed};
use sabt_proto::api::v1 as api;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::process::Server;
use crate::synthetic::{Family, Mirror, Synthetic, refusal_reason};

/// Small, so that rounds cross from segment to segment; the largest group of a round has some 20 KiB.
const SEGMENT_BYTES: u64 = 256 * 1024;

/// How often the process is killed under load.
const ROUNDS: u64 = 200;
/// Every how many rounds the views are held against a rebuild and the ledgers are verified.
const ROUNDS_BETWEEN_AUDITS: u64 = 20;
/// Every how many rounds a process is also killed while it recovers from the kill before.
const ROUNDS_BETWEEN_STARTUP_KILLS: u64 = 5;
/// Longest load of a round, milliseconds.
const LOAD_MILLIS_MAX: u64 = 250;
/// Latest moment of a kill during start-up, milliseconds.
const STARTUP_MILLIS_MAX: u64 = 60;
/// Concurrent writers; each has a family of its own at a time.
const WRITERS: usize = 8;
/// Acts that a writer submits in one round at most, so that 200 rounds can be rebuilt and verified many times.
const ACTS_PER_ROUND_MAX: usize = 12;

/// Deterministic and different for each round (`SplitMix64`).
fn draw(round: u64, below: u64) -> u64 {
    let mut z = round.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}

/// An act whose outcome its author was not told.
struct Unanswered {
    signed: api::SignedAct,
    /// Where it was found to stand after the kill.
    stands_at: Option<u64>,
}

/// One office clerk, who goes on where the last round was cut off.
struct Clerk {
    family: Family,
    unanswered: Option<Unanswered>,
}

/// Connections of those who submit acts.
#[derive(Clone)]
struct Desks {
    registrar: Client,
    border: Client,
    unit: Client,
}

impl Desks {
    async fn open(registry: &Synthetic, addr: SocketAddr) -> Self {
        Self {
            registrar: registry.client(addr, REGISTRAR).await,
            border: registry.client(addr, BORDER_POLICE).await,
            unit: registry.client(addr, ASYLUM_UNIT).await,
        }
    }

    fn of(&self, agency: &str) -> &Client {
        let desks = [
            (REGISTRAR, &self.registrar),
            (BORDER_POLICE, &self.border),
            (ASYLUM_UNIT, &self.unit),
        ];
        let desk = desks
            .into_iter()
            .find(|(player, _)| player.agency == agency);
        desk.unwrap().1
    }
}

/// A person whose registration was receipted.
#[derive(Clone)]
struct Known {
    number: String,
    /// Number of records with which the registration stands.
    known_at: u64,
}

/// What callers were told in one round.
#[derive(Default)]
struct Told {
    receipts: Vec<api::Receipt>,
    answers: Vec<api::DisclosureReceipt>,
}

impl Clerk {
    fn new(population: &Mutex<Population>) -> Self {
        let family = Family::next(&mut population.lock().unwrap(), &Resolver::new()).unwrap();
        Self {
            family,
            unanswered: None,
        }
    }

    /// Submits the next act, or the one that was not answered. False: the server is gone.
    async fn submit(
        &mut self,
        registry: &Synthetic,
        desks: &Desks,
        population: &Mutex<Population>,
        persons: &Mutex<Vec<Known>>,
        told: &mut Told,
    ) -> bool {
        if self.family.is_done() {
            *self = Self::new(population);
        }
        let (planned, fresh) = self.family.sign_next(registry).unwrap();
        let mut client = desks.of(&planned.author.agency).registry();
        let before = self.unanswered.take();
        let signed = before
            .as_ref()
            .map_or(fresh, |before| before.signed.clone());
        let request = api::SubmitActRequest {
            signed_act: Some(signed.clone()),
        };
        match client.submit_act(request).await {
            Ok(response) => {
                let receipt = response.into_inner().receipt.unwrap();
                // Sent for the first time, or again: the receipt says whether it stood already, and where.
                let stood_at = before.and_then(|before| before.stands_at);
                assert_eq!(receipt.repeated, stood_at.is_some());
                assert!(stood_at.is_none_or(|position| position == receipt.position));
                let registered = self.family.answered(Ok(&receipt)).into_iter();
                let known_at = receipt.position + u64::from(receipt.parts);
                let known = registered.map(|number| Known { number, known_at });
                persons.lock().unwrap().extend(known);
                told.receipts.push(receipt);
                true
            }
            Err(status) => {
                let Some(reason) = refusal_reason(&status) else {
                    self.unanswered = Some(Unanswered {
                        signed,
                        stands_at: None,
                    });
                    return false;
                };
                assert!(before.is_none_or(|before| before.stands_at.is_none()));
                self.family.answered(Err(&reason));
                true
            }
        }
    }

    /// The next act and who submits it. It counts as unanswered until it is found or sent again.
    fn next_act(
        &mut self,
        registry: &Synthetic,
        population: &Mutex<Population>,
    ) -> (Player, api::SignedAct) {
        if self.family.is_done() {
            *self = Self::new(population);
        }
        let (planned, signed) = self.family.sign_next(registry).unwrap();
        let desk = AUTHORS
            .into_iter()
            .find(|player| player.agency == planned.author.agency);
        self.unanswered = Some(Unanswered {
            signed: signed.clone(),
            stands_at: None,
        });
        (desk.unwrap(), signed)
    }

    /// Looks for the unanswered act in the ledger after a kill.
    fn look_up(&mut self, events: &Mirror) {
        if let Some(unanswered) = &mut self.unanswered {
            let act: sabt_proto::event::v1::Act =
                prost::Message::decode(unanswered.signed.act.as_slice()).unwrap();
            unanswered.stands_at = events.position_of(&act.act_id.try_into().unwrap());
        }
    }
}

fn purpose(player: Player) -> api::Purpose {
    api::Purpose {
        code: player.purpose.code().to_owned(),
        legal_basis: player.purpose.source().to_owned(),
        case_reference: "case-1".to_owned(),
        ..api::Purpose::default()
    }
}

/// What is asked about a person.
#[derive(Clone, Copy)]
enum Asked {
    Stay,
    Person,
    Family,
}

impl Asked {
    /// Who asks it.
    fn player(self) -> Player {
        match self {
            Self::Stay => POLICE,
            Self::Person | Self::Family => REGISTRAR,
        }
    }
}

/// Asks one question about a person. `None`: the server is gone and nothing was told.
async fn ask(client: &Client, asked: Asked, known: &Known) -> Option<api::DisclosureReceipt> {
    let purpose = Some(purpose(asked.player()));
    let person = known.number.clone();
    // A receipt may arrive before the views have folded its records.
    let at = Some(api::AsOf {
        min_position: known.known_at,
        ..api::AsOf::default()
    });
    let info = match asked {
        Asked::Stay => {
            let request = api::VerifyStayRequest {
                purpose,
                at,
                person,
            };
            let answer = client.persons().verify_stay(request).await;
            answer.map(|answer| answer.into_inner().info)
        }
        Asked::Family => {
            let request = api::GetFamilyRequest {
                purpose,
                at,
                person,
            };
            let answer = client.persons().get_family(request).await;
            answer.map(|answer| answer.into_inner().info)
        }
        Asked::Person => {
            let request = api::GetPersonRequest {
                purpose,
                at,
                person,
            };
            let answer = client.persons().get_person(request).await;
            answer.map(|answer| answer.into_inner().info)
        }
    };
    match info {
        Ok(info) => Some(info.unwrap().disclosure.unwrap()),
        Err(status) => {
            assert_eq!(refusal_reason(&status), None, "{status}");
            None
        }
    }
}

/// Everything that outlives the rounds.
struct Scene {
    registry: Arc<Synthetic>,
    population: Arc<Mutex<Population>>,
    /// Persons whose registration was receipted.
    persons: Arc<Mutex<Vec<Known>>>,
    events: Mirror,
    disclosures: Mirror,
}

impl Scene {
    async fn set(seed: Seed, mistakes: Mistakes) -> Self {
        Self::with_segments(seed, mistakes, SEGMENT_BYTES).await
    }

    async fn with_segments(seed: Seed, mistakes: Mistakes, segment_bytes: u64) -> Self {
        let registry = Arc::new(Synthetic::found(seed, segment_bytes).await);
        let scale = Scale { persons: 100_000 };
        let population = Population::with_mistakes(seed, scale, mistakes).families_alone();
        let mut scene = Self {
            registry,
            population: Arc::new(Mutex::new(population)),
            persons: Arc::default(),
            events: Mirror::new(LedgerName::Events),
            disclosures: Mirror::new(LedgerName::Disclosures),
        };
        scene.reopen();
        scene
    }

    /// Opens the registry as after any crash and reads what stands; the views must have caught up.
    fn reopen(&mut self) {
        let registry = self.registry.open();
        for (ledger, mirror) in [
            (LedgerName::Events, &mut self.events),
            (LedgerName::Disclosures, &mut self.disclosures),
        ] {
            mirror.catch_up(&*registry.ledger(ledger).journal);
        }
        assert_eq!(registry.views_position(), self.events.len());
        registry.close();
    }

    /// What was told must stand.
    fn assert_told(&self, told: &Told) {
        for receipt in &told.receipts {
            self.events.assert_receipt(receipt);
        }
        for answer in &told.answers {
            self.disclosures.assert_disclosure(answer);
        }
    }

    /// Writers and askers at once, until the process is killed.
    async fn load(&self, clerks: Vec<Clerk>, kill_after: Duration) -> (Vec<Clerk>, Told) {
        let server = Server::start(self.registry.path(), None).await;
        let desks = Desks::open(&self.registry, server.addr).await;
        let mut writers = JoinSet::new();
        for mut clerk in clerks {
            let (registry, desks) = (Arc::clone(&self.registry), desks.clone());
            let (population, persons) = (Arc::clone(&self.population), Arc::clone(&self.persons));
            writers.spawn(async move {
                let mut told = Told::default();
                for _act in 0..ACTS_PER_ROUND_MAX {
                    let submitted =
                        clerk.submit(&registry, &desks, &population, &persons, &mut told);
                    if !submitted.await {
                        break;
                    }
                }
                (clerk, told)
            });
        }
        let mut askers = JoinSet::new();
        for asked in [Asked::Stay, Asked::Person, Asked::Family] {
            let client = self.registry.client(server.addr, asked.player()).await;
            let persons = Arc::clone(&self.persons);
            askers.spawn(async move {
                let mut answers = Vec::new();
                loop {
                    let newest = persons.lock().unwrap().last().cloned();
                    let Some(person) = newest else {
                        // Nobody is registered yet. A server that is gone is noticed by the writers.
                        sleep(Duration::from_millis(2)).await;
                        continue;
                    };
                    match ask(&client, asked, &person).await {
                        Some(answer) => answers.push(answer),
                        None => return answers,
                    }
                }
            });
        }
        sleep(kill_after).await;
        server.kill().await;
        let mut told = Told::default();
        let mut clerks = Vec::new();
        for (clerk, one) in writers.join_all().await {
            clerks.push(clerk);
            told.receipts.extend(one.receipts);
        }
        if self.persons.lock().unwrap().is_empty() {
            askers.abort_all();
        } else {
            told.answers = askers.join_all().await.concat();
        }
        (clerks, told)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_kills_under_load() {
    let mut scene = Scene::set(Seed(61), Mistakes::default()).await;
    let mut clerks: Vec<Clerk> = (0..WRITERS)
        .map(|_| Clerk::new(&scene.population))
        .collect();
    let (mut receipts, mut answers, mut unanswered, mut stood) = (0, 0, 0, 0);
    for round in 0..ROUNDS {
        let kill_after = Duration::from_millis(draw(round, LOAD_MILLIS_MAX));
        let (after, told) = scene.load(clerks, kill_after).await;
        clerks = after;
        if round % ROUNDS_BETWEEN_STARTUP_KILLS == 0 {
            let mut starting = Server::spawn(scene.registry.path(), None);
            sleep(Duration::from_millis(draw(!round, STARTUP_MILLIS_MAX))).await;
            starting.kill().await.unwrap();
        }
        scene.reopen();
        scene.assert_told(&told);
        receipts += told.receipts.len();
        answers += told.answers.len();
        for clerk in &mut clerks {
            clerk.look_up(&scene.events);
            unanswered += usize::from(clerk.unanswered.is_some());
            let stands = clerk.unanswered.as_ref().and_then(|act| act.stands_at);
            stood += usize::from(stands.is_some());
        }
        if (round + 1) % ROUNDS_BETWEEN_AUDITS == 0 {
            scene.registry.assert_views_and_ledgers();
        }
    }
    println!(
        "{receipts} receipts, {answers} answers, {unanswered} acts unanswered, {stood} of them stood"
    );
    // The load must have been one: kills fell between acts, inside them, and after their sync.
    assert!(1_000 < receipts && 1_000 < answers);
    assert!(100 < unanswered && 0 < stood && stood < unanswered);
}
