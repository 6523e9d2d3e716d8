//! A registry whose checkpoints wait for two of three witnesses, which are served beside it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sabt_chain::LedgerName;
use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::{CosignatureTime, TrustedKeys, VerifierKey, WitnessKey};
use sabt_chain::policy::Policy;
use sabt_cli::cast::{AUDITOR, GOVERNANCE};
use sabt_cli::client::Client;
use sabt_cli::files::{self, Mode};
use sabt_cli::keys::Keys;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_witness::server::{Fault, TlsFiles, Witness, acceptor, init, serve};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry};

/// How long a test watches that something does not come: several intervals of checkpoints.
const WATCH: Duration = Duration::from_secs(4);

/// A witness in a directory of its own, with a port of its own.
pub(crate) struct TestWitness {
    name: String,
    directory: TempDir,
    key: WitnessKey,
    port: u16,
    tls: Option<TlsFiles>,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), Arc<Fault>>>,
}

impl TestWitness {
    /// Makes a witness that knows `logs` and starts it.
    pub(crate) async fn start(place: u8, logs: &[VerifierKey]) -> Self {
        Self::start_with(place, logs, None).await
    }

    /// The same, served over TLS with this certificate.
    pub(crate) async fn start_with(place: u8, logs: &[VerifierKey], tls: Option<TlsFiles>) -> Self {
        let directory = TempDir::new().unwrap();
        let name = format!("w{place}.example");
        let key = init(directory.path(), name.parse().unwrap(), [place; 32]).unwrap();
        let mut witness = Self {
            name,
            directory,
            key,
            port: 0,
            tls,
            running: None,
        };
        witness.learn(logs);
        witness.resume().await;
        witness
    }

    /// Tells it which logs to know, before it starts.
    pub(crate) fn learn(&self, logs: &[VerifierKey]) {
        let list = self.directory.path().join("logs");
        let known: Vec<String> = logs.iter().map(VerifierKey::to_string).collect();
        let known = known.join("\n");
        fs::remove_file(&list).unwrap();
        files::create(&list, known.as_bytes(), Mode::Public).unwrap();
    }

    /// Starts it where it was before; what it remembers is in its directory.
    pub(crate) async fn resume(&mut self) {
        crate::processes::settle();
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let clock = Arc::new(|| CosignatureTime::new(1_789_459_200));
        let witness = Arc::new(Witness::open(self.directory.path(), clock).unwrap());
        let (stop, stopped) = oneshot::channel();
        let tls = self.tls.as_ref().map(|files| acceptor(files).unwrap());
        let ended = tokio::spawn(serve(witness, listener, tls, async move {
            drop(stopped.await);
        }));
        self.running = Some(Running { stop, ended });
    }

    /// Nobody listens on its port any more.
    pub(crate) async fn stop(&mut self) {
        let Running { stop, ended } = self.running.take().unwrap();
        stop.send(()).unwrap();
        ended.await.unwrap().unwrap();
    }

    fn policy_line(&self) -> String {
        let Self {
            name,
            key,
            port,
            tls,
            ..
        } = self;
        let scheme = if tls.is_some() { "https" } else { "http" };
        format!("witness {name} {key} {scheme}://127.0.0.1:{port}\n")
    }
}

pub(crate) fn log_keys(dir: &Path) -> Vec<VerifierKey> {
    let keys = Keys::of(dir);
    let key = |ledger: LedgerName| {
        let file = keys
            .directory()
            .join(format!("{}.log.key", ledger.as_str()));
        let signer = fs::read_to_string(file).unwrap();
        let signer: sabt_chain::note::SignerKey = signer.trim().parse().unwrap();
        signer.verifier().clone()
    };
    LedgerName::ALL.map(key).to_vec()
}

/// So many of these: the file, and what it says.
pub(crate) fn write_policy(dir: &Path, quorum: usize, witnesses: &[TestWitness]) -> Policy {
    let lines: String = witnesses.iter().map(TestWitness::policy_line).collect();
    let names: Vec<&str> = witnesses.iter().map(|one| one.name.as_str()).collect();
    let text = format!(
        "{lines}group outside {quorum} {}\nquorum outside\n",
        names.join(" ")
    );
    files::create(&dir.join("witness-policy"), text.as_bytes(), Mode::Public).unwrap();
    set_in_config(dir, "witness_policy");
    Policy::parse(text.as_bytes()).unwrap()
}

/// The witnesses' certificates are vouched for by this authority alone.
pub(crate) fn write_authority(dir: &Path, certificate: &str) {
    let path = dir.join("witness-ca.pem");
    files::create(&path, certificate.as_bytes(), Mode::Public).unwrap();
    set_in_config(dir, "witness_authority");
}

/// Sets what the template of the configuration names and leaves out.
fn set_in_config(dir: &Path, name: &str) {
    let path = dir.join(Config::FILE);
    let config = fs::read_to_string(&path).unwrap();
    let absent = format!("# {name} = ");
    assert!(config.contains(&absent));
    fs::remove_file(&path).unwrap();
    let config = config.replace(&absent, &format!("{name} = "));
    files::create(&path, config.as_bytes(), Mode::Public).unwrap();
}

/// A registry with three witnesses, and one who asks and submits.
struct Scene {
    registry: TestRegistry,
    witnesses: Vec<TestWitness>,
    policy: Policy,
    trusted: TrustedKeys,
    auditor: Client,
    governance: Client,
    submitted: u32,
}

impl Scene {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let dir = directory.path();
        support::establish(dir, REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
        let logs = log_keys(dir);
        let mut witnesses = Vec::new();
        for place in 1..=3 {
            witnesses.push(TestWitness::start(place, &logs).await);
        }
        let policy = write_policy(dir, 2, &witnesses);
        let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
        Self {
            auditor: registry.client(AUDITOR).await,
            governance: registry.client(GOVERNANCE).await,
            trusted: TrustedKeys::new(logs).unwrap(),
            registry,
            witnesses,
            policy,
            submitted: 0,
        }
    }

    /// Submits an act; the receipt waits for no witness. Tells the size of the ledger with it.
    async fn submit(&mut self) -> u64 {
        self.submitted += 1;
        let agency = format!("LATER-{}", self.submitted);
        let body = support::enrol_agency(&agency, event::Role::Police);
        let act = support::governance_act(body);
        let author = self.registry.author("governance");
        let receipt = self.registry.submit(&self.governance, &author, &act);
        receipt.await.unwrap().position + 1
    }

    async fn events(&self) -> api::LedgerStatus {
        let request = api::GetStatusRequest {};
        let response = self.auditor.operations().get_status(request).await;
        let ledgers = response.unwrap().into_inner().ledgers;
        ledgers.into_iter().next().unwrap()
    }

    /// Waits until a checkpoint over at least `size` records is published, and checks it as an auditor would. Tells who
    /// cosigned it.
    async fn witnessed(&self, size: u64) -> Vec<String> {
        let published = async || (size <= self.events().await.published).then_some(());
        support::until("a witnessed checkpoint", published).await;
        let request = api::GetCheckpointRequest {
            ledger: api::Ledger::Events.into(),
        };
        let response = self.auditor.audit().get_checkpoint(request).await;
        let note = response.unwrap().into_inner().checkpoint;
        let file = self.registry.dir().join("events/checkpoint");
        assert!(fs::read_to_string(file).unwrap().starts_with(&text(&note)));
        let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
        let checkpoint = checkpoint.verify(&self.trusted).unwrap();
        assert!(size <= checkpoint.size().get());
        let evaluation = self.policy.evaluate(&checkpoint).unwrap();
        assert!(evaluation.has_quorum());
        let cosigners = evaluation.cosigners().iter();
        cosigners.map(|(name, _)| name.to_string()).collect()
    }

    async fn end(self) -> TempDir {
        drop((self.auditor, self.governance));
        let directory = self.registry.stop().await;
        for mut witness in self.witnesses {
            if witness.running.is_some() {
                witness.stop().await;
            }
        }
        directory
    }
}

/// Origin, size and root of a checkpoint's note.
fn text(note: &str) -> String {
    note.split_once("\n\n").unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_witnesses_are_enough_and_one_is_not() {
    let mut scene = Scene::new().await;
    let size = scene.submit().await;
    assert!(2 <= scene.witnessed(size).await.len());

    // One is down: the others are enough.
    scene.witnesses[2].stop().await;
    let size = scene.submit().await;
    let cosigners = scene.witnessed(size).await;
    assert_eq!(cosigners, ["w1.example", "w2.example"]);

    // Two are down: receipts and signatures go on, nothing is published.
    scene.witnesses[1].stop().await;
    let published = scene.events().await.published;
    let size = scene.submit().await;
    let signed = async || (size <= scene.events().await.signed).then_some(());
    support::until("a signed checkpoint", signed).await;
    let watched = Instant::now();
    while watched.elapsed() < WATCH {
        assert_eq!(scene.events().await.published, published);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let status = scene.events().await;
    let problem_of = |name: &str| {
        let mut witnesses = status.witnesses.iter();
        let witness = witnesses.find(|witness| witness.name == name).unwrap();
        witness.problem.clone()
    };
    assert_eq!(problem_of("w1.example"), "");
    assert!(!problem_of("w2.example").is_empty());
    assert!(!problem_of("w3.example").is_empty());
    let size = scene.submit().await;

    // One comes back, with what it remembers: publication catches up.
    scene.witnesses[2].resume().await;
    let cosigners = scene.witnessed(size).await;
    assert_eq!(cosigners, ["w1.example", "w3.example"]);

    // The other one was away for several checkpoints and follows.
    scene.witnesses[1].resume().await;
    let followed = async || {
        let status = scene.events().await;
        let all = status.witnesses.iter().all(|one| size <= one.cosigned);
        all.then_some(())
    };
    support::until("the cosignature of the third", followed).await;
    let directory = scene.end().await;
    let report = support::verify(directory.path());
    assert!(report.is_sound(), "{report:?}");
}

/// What the witnesses of a registry remember outlives its processes, and theirs.
#[tokio::test(flavor = "multi_thread")]
async fn a_registry_and_its_witnesses_start_again() {
    let mut scene = Scene::new().await;
    let size = scene.submit().await;
    scene.witnessed(size).await;
    for witness in &mut scene.witnesses {
        witness.stop().await;
    }
    drop((scene.auditor, scene.governance));
    let directory = scene.registry.stop().await;
    for witness in &mut scene.witnesses {
        witness.resume().await;
    }
    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    let mut scene = Scene {
        auditor: registry.client(AUDITOR).await,
        governance: registry.client(GOVERNANCE).await,
        registry,
        submitted: 1,
        ..scene
    };
    // What was published is shown at once.
    scene.witnessed(size).await;
    let size = scene.submit().await;
    assert!(2 <= scene.witnessed(size).await.len());
    scene.end().await;
}
