//! Logs and witnesses for tests.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sabt_chain::checkpoint::{Checkpoint, TreeHead, UnverifiedCheckpoint};
use sabt_chain::note::{CosignatureTime, KeyName, SignerKey, TrustedKeys, WitnessKey};
use sabt_chain::proof::MemoryTree;
use sabt_chain::{Hash, Size};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::client::WitnessUrl;
use crate::server::{Clock, Fault, Witness, init, serve};

/// When the clocks of the tests begin, seconds.
pub(crate) const START: u64 = 1_767_139_200;

pub(crate) fn name(text: &str) -> KeyName {
    text.parse().unwrap()
}

/// A log whose leaves follow from a word, so that another word gives a fork of it.
pub(crate) struct TestLog {
    pub(crate) signer: SignerKey,
    tree: MemoryTree,
}

impl TestLog {
    pub(crate) fn new(origin: &str, word: &str, leaves: u32) -> Self {
        let leaf = |number| Hash::leaf(format!("{word} {number}").as_bytes());
        Self {
            signer: SignerKey::from_seed(name(origin), [7; 32]),
            tree: (0..leaves).map(leaf).collect(),
        }
    }

    pub(crate) fn keys(&self) -> TrustedKeys {
        TrustedKeys::only(self.signer.verifier().clone())
    }

    pub(crate) fn head(&self, size: u64) -> TreeHead {
        TreeHead {
            origin: self.signer.verifier().name().clone(),
            size: Size::new(size),
            root: self.tree.root(Size::new(size)).unwrap(),
        }
    }

    pub(crate) fn note(&self, size: u64) -> String {
        self.head(size).sign(&[&self.signer]).unwrap()
    }

    pub(crate) fn checkpoint(&self, size: u64) -> Checkpoint {
        verified(&self.note(size), &self.keys())
    }

    pub(crate) fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        let proof = self.tree.consistency(Size::new(old), Size::new(new));
        proof.unwrap().hashes
    }

    /// The body of a request.
    pub(crate) fn request(&self, old: u64, new: u64) -> String {
        let proof = self.proof(old, new);
        let lines: String = proof.iter().map(|hash| hash.to_base64() + "\n").collect();
        format!("old {old}\n{lines}\n{}", self.note(new))
    }
}

pub(crate) fn verified(note: &str, keys: &TrustedKeys) -> Checkpoint {
    let note = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
    note.verify(keys).unwrap()
}

/// A directory of a witness that knows `logs`.
pub(crate) fn directory(logs: &[&SignerKey]) -> (TempDir, WitnessKey) {
    let dir = TempDir::new().unwrap();
    let key = init(dir.path(), name("witness.example"), [9; 32]).unwrap();
    know(dir.path(), logs);
    (dir, key)
}

/// Writes the list of known logs.
#[expect(
    clippy::disallowed_methods,
    reason = "a file of a test need not survive a crash"
)]
pub(crate) fn know(dir: &Path, logs: &[&SignerKey]) {
    let keys: Vec<_> = logs
        .iter()
        .map(|signer| format!("# a log\n{}\n", signer.verifier()))
        .collect();
    let keys = keys.join("\n");
    std::fs::write(dir.join("logs"), keys).unwrap();
}

/// A clock that a test sets.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    /// `u64::MAX` is a clock that is not set.
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        Arc::new(move || CosignatureTime::new(seconds.load(Ordering::SeqCst)))
    }
}

pub(crate) fn open(dir: &Path) -> Witness {
    Witness::open(dir, TestClock::new().clock()).unwrap()
}

/// A witness on a socket of this machine.
pub(crate) struct Served {
    pub(crate) port: u16,
    pub(crate) witness: Arc<Witness>,
    runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<tokio::task::JoinHandle<Result<(), Arc<Fault>>>>,
}

impl Served {
    pub(crate) fn new(witness: Witness, tls: Option<TlsAcceptor>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let witness = Arc::new(witness);
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { drop(stopped.await) };
        let ended = runtime.spawn(serve(Arc::clone(&witness), listener, tls, shutdown));
        Self {
            port,
            witness,
            runtime,
            stop: Some(stop),
            ended: Some(ended),
        }
    }

    pub(crate) fn url(&self) -> WitnessUrl {
        format!("http://127.0.0.1:{}", self.port).parse().unwrap()
    }

    /// Waits until it ends by itself.
    pub(crate) fn ended(&mut self) -> Result<(), Arc<Fault>> {
        let ended = self.ended.take().unwrap();
        self.runtime.block_on(ended).unwrap()
    }

    /// Stops it in order.
    pub(crate) fn stop(mut self) {
        drop(self.stop.take());
        self.ended().unwrap();
    }
}
