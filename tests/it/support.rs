//! A registry in a directory of its own, served in this process.

mod acts;
mod founding;
mod grants;
mod orders;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sabt_chain::LedgerName;
use sabt_chain::authorship::AuthorSigningKey;
use sabt_cli::cast::Player;
use sabt_cli::client::{Client, ConnectError, Credentials};
use sabt_cli::keys::Keys;
use sabt_cli::pki::{self, Authority, Pair};
use sabt_cli::sign::Author;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Act;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::Registry;
use sabt_server::serve::{self, Serving};
use sabt_verifier::report::Report;
use sabt_verifier::{Options, Source, TrustedLogs};
use sabt_views::store::StoreDigest;
use tempfile::TempDir;
use tonic::Status;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

pub(crate) use self::acts::*;
pub(crate) use self::founding::{SEGMENT_BYTES, create_certificates, establish, establish_under};
pub(crate) use self::grants::*;
pub(crate) use self::orders::*;

/// Name of the registries of these tests.
pub(crate) const REGISTRY: &str = "it.sabt.example";

/// 24 Shahrivar 1405, 11:30 in Tehran: the time at which the clock of these tests stands still.
pub(crate) const NOW: i64 = 1_789_459_200_000_000;

/// How long a test waits for what comes within a second or two, so that a fault does not hang it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until `done` gives something.
pub(crate) async fn until<T>(what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(value) = done().await {
            return value;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not come");
}

/// A connection for calls that the typed clients do not make.
pub(crate) async fn channel(server: &str, credentials: &Credentials) -> Channel {
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(&credentials.authority))
        .identity(Identity::from_pem(
            &credentials.identity.certificate,
            credentials.identity.key.as_bytes(),
        ));
    let endpoint = Endpoint::from_shared(format!("https://{server}")).unwrap();
    endpoint.tls_config(tls).unwrap().connect().await.unwrap()
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// A registry that is being served.
pub(crate) struct TestRegistry {
    directory: TempDir,
    clock: Clock,
    serving: Serving,
}

/// What a refused call may not change, and the ledger that it lengthens by one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Records of the events ledger.
    pub(crate) events: u64,
    /// Records of the disclosures ledger.
    pub(crate) disclosures: u64,
    /// Identity of what the views have folded from the events ledger.
    pub(crate) views: StoreDigest,
}

impl TestRegistry {
    /// Founds a registry with the cast enrolled and serves it; its clock stands at [`NOW`].
    pub(crate) async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        establish(directory.path(), REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
        Self::serve(directory, Clock::fixed(NOW)).await
    }

    /// Serves the registry in a directory.
    pub(crate) async fn serve(directory: TempDir, clock: Clock) -> Self {
        let config = Config::load(directory.path()).unwrap();
        crate::processes::settle();
        let serving = serve::start(directory.path(), &config, clock.clone())
            .await
            .unwrap();
        Self {
            directory,
            clock,
            serving,
        }
    }

    /// Stops serving; returns the directory.
    pub(crate) async fn stop(self) -> TempDir {
        self.serving.stop().await.unwrap();
        self.directory
    }

    /// The data directory.
    pub(crate) fn dir(&self) -> &Path {
        self.directory.path()
    }

    /// The clock of the registry.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The open registry.
    pub(crate) fn registry(&self) -> &Arc<Registry> {
        self.serving.registry().unwrap()
    }

    /// Address of the server.
    pub(crate) fn server(&self) -> String {
        self.serving.addr().to_string()
    }

    /// Address of the endpoint for auditors.
    pub(crate) fn audit_addr(&self) -> SocketAddr {
        self.serving.audit_addr().unwrap()
    }

    /// A connection as one of the cast.
    pub(crate) async fn client(&self, player: Player) -> Client {
        let credentials = Credentials::from_directory(self.dir(), player.name).unwrap();
        Client::connect(&self.server(), &credentials).await.unwrap()
    }

    /// A connection with a certificate of this agency and officer, made now by the registry's own authority.
    pub(crate) async fn client_of(&self, agency: &str, officer: &str) -> Client {
        let pair = self.authority(REGISTRY).client(agency, officer).unwrap();
        self.connect(pair).await.unwrap()
    }

    /// A connection with a certificate.
    pub(crate) async fn connect(&self, identity: Pair) -> Result<Client, ConnectError> {
        let credentials = Credentials {
            identity,
            authority: self.authority(REGISTRY).pair().certificate.clone(),
        };
        Client::connect(&self.server(), &credentials).await
    }

    /// The development authority of this registry, which can also name other registries.
    pub(crate) fn authority(&self, registry: &str) -> Authority {
        Authority::read(registry, &self.authority_stem()).unwrap()
    }

    /// Path of the authority's certificate and key, without their endings.
    pub(crate) fn authority_stem(&self) -> PathBuf {
        pki::directory(self.dir()).join("ca")
    }

    /// The author of this name: `registrar`, `border-police` or `governance`.
    pub(crate) fn author(&self, name: &str) -> Author {
        let registry = &Config::load(self.dir()).unwrap().registry;
        Author::new(Keys::of(self.dir()).author(name).unwrap(), registry).unwrap()
    }

    /// The author whose key has this seed.
    pub(crate) fn author_of_seed(seed: u8) -> Author {
        Author::new(Self::author_key_of_seed(seed), REGISTRY).unwrap()
    }

    /// The key that has this seed.
    pub(crate) fn author_key_of_seed(seed: u8) -> AuthorSigningKey {
        AuthorSigningKey::from_seed([seed; 32])
    }

    /// Signs an act and submits it.
    pub(crate) async fn submit(
        &self,
        client: &Client,
        author: &Author,
        act: &Act,
    ) -> Result<api::Receipt, Status> {
        let request = api::SubmitActRequest {
            signed_act: Some(author.sign(act).unwrap()),
        };
        let response = client.registry().submit_act(request).await?;
        Ok(response.into_inner().receipt.unwrap())
    }

    /// Number of records of a ledger.
    pub(crate) fn size(&self, ledger: LedgerName) -> u64 {
        let journal = &self.registry().ledger(ledger).journal;
        journal.head().unwrap().size.get()
    }

    /// Sizes of both ledgers, and the identity of what was folded from the events.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            events: self.size(LedgerName::Events),
            disclosures: self.size(LedgerName::Disclosures),
            views: self.registry().views().events_digest().unwrap(),
        }
    }
}

/// Verifies a data directory against the keys that it publishes.
pub(crate) fn verify(directory: &Path) -> Report {
    verify_with(directory, directory)
}

/// Verifies a directory against the keys that a data directory publishes.
pub(crate) fn verify_with(directory: &Path, data: &Path) -> Report {
    let keys = Keys::of(data);
    let vkeys =
        LedgerName::ALL.map(|ledger| std::fs::read_to_string(keys.log_key(ledger)).unwrap());
    let options = Options::new(
        Source::Directory(directory.to_owned()),
        TrustedLogs::from_vkeys(vkeys.iter().map(String::as_str)).unwrap(),
    );
    sabt_verifier::verify(&options).unwrap()
}

/// All of them at once.
pub(crate) async fn join<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = futures.into_iter().map(Box::pin).map(Some).collect();
    let mut done: Vec<Option<T>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, done) in all.iter_mut().zip(&mut done) {
            if let Some(running) = future
                && let std::task::Poll::Ready(value) = running.as_mut().poll(context)
            {
                *done = Some(value);
                *future = None;
            }
        }
        if all.iter().all(Option::is_none) {
            std::task::Poll::Ready(done.iter_mut().map(|done| done.take().unwrap()).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}
