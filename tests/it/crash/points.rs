//! A kill at every named point of the write paths, with one caller, so that it is known exactly what stands.

use std::net::SocketAddr;

use sabt_cli::cast::POLICE;
use sabt_population::{Mistakes, Seed};
use sabt_server::checkpoint::CHECKPOINT_FILE;

use super::process::Server;
use super::{Asked, Clerk, Desks, Scene, Told, ask};

/// What must hold after a kill at the n-th passage of a point, for one caller.
struct CrashPoint {
    name: &'static str,
    /// Who passes the point.
    by: PassedBy,
    /// How many fewer than n were told, at most and at least.
    told: [u64; 2],
    /// How many fewer than n stand.
    stand: u64,
}

/// What passes a point.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PassedBy {
    Acts,
    Questions,
}

/// Every point, in the order of the two write paths.
const CRASH_POINTS: [CrashPoint; 7] = [
    CrashPoint {
        name: "act.before_append",
        by: PassedBy::Acts,
        told: [1, 1],
        stand: 1,
    },
    CrashPoint {
        name: "act.after_append",
        by: PassedBy::Acts,
        told: [1, 1],
        stand: 0,
    },
    CrashPoint {
        // The receipt may be on its way out when the process dies.
        name: "act.before_fold",
        by: PassedBy::Acts,
        told: [1, 0],
        stand: 0,
    },
    CrashPoint {
        name: "answer.computed",
        by: PassedBy::Questions,
        told: [1, 1],
        stand: 1,
    },
    CrashPoint {
        name: "disclosure.before_append",
        by: PassedBy::Questions,
        told: [1, 1],
        stand: 1,
    },
    CrashPoint {
        name: "disclosure.after_append",
        by: PassedBy::Questions,
        told: [1, 1],
        stand: 0,
    },
    CrashPoint {
        name: "answer.recorded",
        by: PassedBy::Questions,
        told: [1, 1],
        stand: 0,
    },
];

/// The steps of a checkpoint on its files; what a power cut leaves of each is the server's own crash table.
const CHECKPOINT_POINTS: [&str; 3] = [
    "checkpoint.before_lock",
    "checkpoint.after_lock",
    "checkpoint.after_publish",
];

/// More acts than anybody submits until the next checkpoint.
const ACTS_MAX: u64 = 100_000;

/// Each point is hit at its first, second and third passage.
const PASSAGES: std::ops::RangeInclusive<u64> = 1..=3;

impl Scene {
    /// Submits acts one after the other until the server is gone, or until there are `most` receipts.
    pub(super) async fn submit_alone(
        &self,
        clerk: &mut Clerk,
        addr: SocketAddr,
        most: u64,
    ) -> Told {
        let desks = Desks::open(&self.registry, addr).await;
        let mut told = Told::default();
        for _act in 0..most {
            let submitted = clerk.submit(
                &self.registry,
                &desks,
                &self.population,
                &self.persons,
                &mut told,
            );
            if !submitted.await {
                break;
            }
        }
        told
    }

    async fn ask_alone(&self, addr: SocketAddr, most: u64) -> Told {
        let client = self.registry.client(addr, POLICE).await;
        let person = self.persons.lock().unwrap()[0].clone();
        let mut told = Told::default();
        for _question in 0..most {
            let Some(answer) = ask(&client, Asked::Stay, &person).await else {
                break;
            };
            told.answers.push(answer);
        }
        told
    }

    /// Kills the server at the n-th passage and checks what was told against what stands.
    async fn crash_at(&mut self, clerk: &mut Clerk, point: &CrashPoint, passage: u64) {
        let crash_at = format!("{}:{passage}", point.name);
        let (acts_before, answers_before) = (self.events.acts(), self.disclosures.acts());
        let server = Server::start(self.registry.path(), Some(&crash_at)).await;
        let one_more = passage + 1;
        let told = match point.by {
            PassedBy::Acts => self.submit_alone(clerk, server.addr, one_more).await,
            PassedBy::Questions => self.ask_alone(server.addr, one_more).await,
        };
        server.died().await;
        self.reopen();
        self.assert_told(&told);
        let (told, stand, untouched) = match point.by {
            PassedBy::Acts => (
                told.receipts.len() as u64,
                self.events.acts() - acts_before,
                self.disclosures.acts() - answers_before,
            ),
            PassedBy::Questions => (
                told.answers.len() as u64,
                self.disclosures.acts() - answers_before,
                self.events.acts() - acts_before,
            ),
        };
        let told_range = passage - point.told[0]..=passage - point.told[1];
        assert!(told_range.contains(&told), "{crash_at}: {told} were told");
        assert_eq!(stand, passage - point.stand, "{crash_at}: what stands");
        assert_eq!(untouched, 0, "{crash_at}: the other ledger");

        // Whoever was not told asks again, and is told the truth.
        clerk.look_up(&self.events);
        if let Some(unanswered) = &clerk.unanswered {
            let stood = unanswered.stands_at.is_some();
            assert_eq!(stood, told < stand, "{crash_at}: the act without receipt");
            let server = Server::start(self.registry.path(), None).await;
            let told = self.submit_alone(clerk, server.addr, 1).await;
            server.kill().await;
            self.reopen();
            self.assert_told(&told);
            let repeated: Vec<bool> = told.receipts.iter().map(|one| one.repeated).collect();
            assert_eq!(repeated, [stood], "{crash_at}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_every_crash_point() {
    let mut scene = Scene::set(Seed(62), Mistakes::NONE).await;
    let mut clerk = Clerk::new(&scene.population);
    let server = Server::start(scene.registry.path(), None).await;
    let told = scene.submit_alone(&mut clerk, server.addr, 4).await;
    server.kill().await;
    scene.reopen();
    scene.assert_told(&told);
    assert!(!scene.persons.lock().unwrap().is_empty());
    for point in &CRASH_POINTS {
        for passage in PASSAGES {
            scene.crash_at(&mut clerk, point, passage).await;
        }
    }
    scene.registry.assert_views_and_ledgers();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_every_step_of_a_checkpoint() {
    let mut scene = Scene::set(Seed(63), Mistakes::NONE).await;
    let mut clerk = Clerk::new(&scene.population);
    let checkpoint = scene.registry.path().join("events").join(CHECKPOINT_FILE);
    for point in CHECKPOINT_POINTS {
        for passage in 1..=2 {
            let crash_at = format!("{point}:{passage}");
            let server = Server::start(scene.registry.path(), Some(&crash_at)).await;
            let told = scene.submit_alone(&mut clerk, server.addr, ACTS_MAX).await;
            server.died().await;
            let shown = covered(&checkpoint);
            scene.reopen();
            scene.assert_told(&told);
            clerk.look_up(&scene.events);
            assert!(
                shown <= covered(&checkpoint),
                "{crash_at}: what was shown is covered"
            );
            assert_eq!(covered(&checkpoint), scene.events.len(), "{crash_at}");
        }
    }
    scene.registry.assert_views_and_ledgers();
}

/// How many records a published checkpoint covers.
fn covered(checkpoint: &std::path::Path) -> u64 {
    let note = std::fs::read_to_string(checkpoint).unwrap();
    note.lines().nth(1).unwrap().parse().unwrap()
}
