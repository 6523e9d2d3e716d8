//! A registry of the synthetic country on disk: every office enrolled with its key, small segments, and what the
//! tests of crashes, of damage and of whole lives need of it.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use sabt_chain::authorship::AuthorSigningKey;
use sabt_chain::{Chain, LedgerName, Link, Origin, Part, Position, Size};
use sabt_cli::cast::{CAST, Player};
use sabt_cli::client::{Client, Credentials};
use sabt_cli::files::{self, Mode};
use sabt_cli::keys::Keys;
use sabt_cli::pki::{self, Authority};
use sabt_cli::sign::Author;
use sabt_journal::{Backend, FileJournal, Options};
use sabt_population::{
    AuthorRef, Expectation, PlannedAct, Population, Resolver, Seed, SubjectSort, author_key,
    enrolment, founding,
};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Act;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::{Layout, Registry};
use sabt_server::serve::{self, Serving};
use sabt_vault::Vault;
use sabt_vault::secrets::KeyRing;
use sabt_verifier::report::Report;
use sabt_verifier::{Source, TrustedLogs};
use sabt_views::store::{MemoryStore, StoreDigest};
use sabt_views::{FoldError, Rebuild};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tonic_types::StatusExt as _;

use crate::processes;

/// Name of every synthetic registry.
pub(crate) const REGISTRY: &str = "population.example";
/// Founding acts under way at once: their frame, of some 700 bytes an act, must fit the smallest segment.
const FOUNDING_WINDOW: usize = 32;

/// A registry in a directory of its own. It is closed unless a test serves or opens it.
pub(crate) struct Synthetic {
    directory: TempDir,
    seed: Seed,
    config: Config,
}

/// Folds a whole ledger of a closed registry.
pub(crate) fn fold_all(rebuild: &mut Rebuild, ledger: LedgerName, journal: &FileJournal) {
    let mut reader = journal.read(Position::FIRST).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        frames.push(frame);
    }
    let portions = frames.iter().map(|frame| Ok(vec![frame.frame()]));
    rebuild
        .fold::<_, FoldError>(ledger, portions, &mut |_marks| {})
        .unwrap();
}

impl Synthetic {
    /// Makes a registry with segments of this size, and enrols every agency and office.
    pub(crate) async fn found(seed: Seed, segment_bytes: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let keys = Keys::of(path);
        drop(KeyRing::create(keys.directory()).unwrap());
        let log_keys = LedgerName::ALL.map(|ledger| keys.create_log_key(&origin(ledger)).unwrap());
        create_certificates(path);
        let listen = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        // Acts are counted here: no anchors in between.
        let text = Config::template(REGISTRY, listen, None)
            .replace(
                "segment_bytes = 67108864",
                &format!("segment_bytes = {segment_bytes}"),
            )
            .replace("anchor_every_secs = 60", "anchor_every_secs = 86400");
        files::create(&path.join(Config::FILE), text.as_bytes(), Mode::Public).unwrap();
        let config = Config::load(path).unwrap();
        assert_eq!(config.ledger.segment_bytes, segment_bytes);
        assert_eq!(config.checkpoints.anchor_every_secs, 86_400);
        Registry::create(path, &config).unwrap();
        let synthetic = Self {
            directory,
            seed,
            config,
        };
        synthetic.enrol(log_keys).await;
        synthetic
    }

    /// The data directory.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Opens the registry in this process, as the server does: recovery, views, writers.
    pub(crate) fn open(&self) -> Registry {
        processes::settle();
        Registry::open(self.path(), &self.config, Clock::system()).unwrap()
    }

    /// Serves the registry in this process.
    pub(crate) async fn serve(&self) -> Serving {
        processes::settle();
        let serving = serve::start(self.path(), &self.config, Clock::system());
        serving.await.unwrap()
    }

    /// Connects as one of the cast.
    pub(crate) async fn client(&self, server: SocketAddr, player: Player) -> Client {
        let credentials = Credentials::from_directory(self.path(), player.name).unwrap();
        Client::connect(&server.to_string(), &credentials)
            .await
            .unwrap()
    }

    /// A planned act with real numbers, signed by its office.
    pub(crate) fn sign(&self, planned: &PlannedAct, resolver: &Resolver) -> api::SignedAct {
        let key = AuthorSigningKey::from_seed(author_key(self.seed, &planned.author));
        let act = planned.resolve(resolver).unwrap();
        let author = Author::new(key, REGISTRY).unwrap();
        author.sign_with(&act, planned.nonce).unwrap()
    }

    /// Opens a ledger of the closed registry, past the server.
    pub(crate) fn journal(&self, ledger: LedgerName) -> FileJournal {
        processes::settle();
        let options = Options {
            segment_bytes: self.config.ledger.segment_bytes,
            ..Options::default()
        };
        let directory = Layout::new(self.path()).ledger(ledger);
        FileJournal::open(&directory, &origin(ledger), &options).unwrap()
    }

    /// Digest of views that are folded from position 0 in memory. The registry must be closed.
    pub(crate) fn rebuilt_digest(&self) -> StoreDigest {
        processes::settle();
        let layout = Layout::new(self.path());
        let ring = KeyRing::open(&layout.keys()).unwrap();
        let vault = Arc::new(Vault::open(&layout.vault(), REGISTRY, ring).unwrap());
        let store = Box::new(MemoryStore::new());
        let mut rebuild = Rebuild::begin(store, vault, REGISTRY).unwrap();
        for ledger in LedgerName::ALL {
            fold_all(&mut rebuild, ledger, &self.journal(ledger));
        }
        let (views, _access) = rebuild.finish().unwrap();
        views.digest().unwrap()
    }

    /// The log keys as they are published.
    pub(crate) fn trust(&self) -> TrustedLogs {
        let keys = Keys::of(self.path());
        let vkeys = LedgerName::ALL.map(|ledger| files::read_text(&keys.log_key(ledger)).unwrap());
        TrustedLogs::from_vkeys(vkeys.iter().map(String::as_str)).unwrap()
    }

    /// What the auditor's program says of both ledgers.
    pub(crate) fn verify(&self) -> Report {
        let source = Source::Directory(self.path().to_owned());
        sabt_verifier::verify(&self.verifier_options(source)).unwrap()
    }

    /// How the auditor's program is asked about some copy of this registry.
    pub(crate) fn verifier_options(&self, source: Source) -> sabt_verifier::Options {
        sabt_verifier::Options::new(source, self.trust())
    }

    /// Opens the registry, takes the digest of its views, closes it, and holds the digest against a rebuild; then the
    /// auditor's program must accept both ledgers.
    pub(crate) fn assert_views_and_ledgers(&self) {
        let registry = self.open();
        let served = registry.views().digest().unwrap();
        registry.close();
        assert_eq!(served, self.rebuilt_digest(), "views differ from a rebuild");
        let report = self.verify();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.exit_code(), 0);
        for ledger in report.ledgers() {
            assert_eq!(ledger.unsigned(), 0, "{report}");
        }
    }

    async fn enrol(&self, log_keys: [String; 2]) {
        let now = Clock::system().now_micros();
        let public = |seed: &[u8; 32]| *AuthorSigningKey::from_seed(*seed).public().as_bytes();
        let mut founding = founding(self.seed, now, public);
        let Some(Body::FoundRegistry(body)) = &mut founding.body else {
            panic!("the founding act founds nothing");
        };
        let [events, disclosures] = log_keys;
        REGISTRY.clone_into(&mut body.name);
        body.events_log_key = events;
        body.disclosures_log_key = disclosures;

        // Agencies stand before their offices, and offices before their keys; within a kind the order is free.
        let mut steps: [Vec<Act>; 4] = [vec![founding], vec![], vec![], vec![]];
        for act in enrolment(self.seed, now, public) {
            match act.body {
                Some(Body::EnrolAgency(_)) => steps[1].push(act),
                Some(Body::EnrolOffice(_)) => steps[2].push(act),
                _ => steps[3].push(act),
            }
        }
        let author = Author::new(self.governance_key(), REGISTRY).unwrap();
        let registry = Arc::new(self.open());
        for window in steps.iter().flat_map(|step| step.chunks(FOUNDING_WINDOW)) {
            let mut under_way = JoinSet::new();
            for act in window {
                let signed = author.sign(act).unwrap();
                let registry = Arc::clone(&registry);
                under_way.spawn(async move { registry.found(signed).await });
            }
            for outcome in under_way.join_all().await {
                outcome.unwrap();
            }
        }
        Arc::into_inner(registry).unwrap().close();
    }

    fn governance_key(&self) -> AuthorSigningKey {
        let governance = || "GOVERNANCE".to_owned();
        let author = AuthorRef {
            agency: governance(),
            office: governance(),
        };
        AuthorSigningKey::from_seed(author_key(self.seed, &author))
    }
}

/// The origin of a ledger of every synthetic registry.
pub(crate) fn origin(ledger: LedgerName) -> Origin {
    Origin::new(REGISTRY, ledger).unwrap()
}

fn create_certificates(path: &Path) {
    let directory = pki::directory(path);
    let clients = directory.join("clients");
    files::create_directory(&clients).unwrap();
    let authority = Authority::generate(REGISTRY).unwrap();
    authority.write(&directory).unwrap();
    let server = authority.server(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
    server.write(&directory.join("server")).unwrap();
    for player in CAST {
        let client = authority.client(player.agency, player.officer).unwrap();
        client.write(&clients.join(player.name)).unwrap();
    }
}

/// One family whose acts are submitted in order.
#[derive(Default)]
pub(crate) struct Family {
    acts: VecDeque<PlannedAct>,
    resolver: Resolver,
}

impl Family {
    /// The next family that has acts; none when the population is complete. `campaigns` knows the campaigns that families
    /// take part in.
    pub(crate) fn next(population: &mut Population, campaigns: &Resolver) -> Option<Self> {
        loop {
            let acts = population.next_lane()?;
            if !acts.is_empty() {
                return Some(Self::of(acts, campaigns.of_families()));
            }
        }
    }

    /// Acts that are submitted in order, with the numbers known before.
    pub(crate) fn of(acts: Vec<PlannedAct>, resolver: Resolver) -> Self {
        let acts = acts.into();
        Self { acts, resolver }
    }

    /// The numbers known by now.
    pub(crate) fn known(self) -> Resolver {
        self.resolver
    }

    /// Whether every act was answered.
    pub(crate) fn is_done(&self) -> bool {
        self.acts.is_empty()
    }

    /// The next act, signed.
    pub(crate) fn sign_next(&self, registry: &Synthetic) -> Option<(&PlannedAct, api::SignedAct)> {
        let planned = self.acts.front()?;
        Some((planned, registry.sign(planned, &self.resolver)))
    }

    /// Takes the registry's answer to the next act, which must be what the plan expects, and gives the numbers of
    /// persons that came into being.
    pub(crate) fn answered(&mut self, answer: Result<&api::Receipt, &str>) -> Vec<String> {
        let planned = self.acts.pop_front().unwrap();
        match (answer, &planned.expect) {
            (Ok(receipt), Expectation::Accepted { numbers }) => {
                self.resolver.record(&planned, &receipt.numbers).unwrap();
                let persons = numbers
                    .iter()
                    .zip(&receipt.numbers)
                    .filter(|(local, _)| local.sort == SubjectSort::Person);
                persons.map(|(_, number)| number.clone()).collect()
            }
            (Err(found), Expectation::Refused { reason }) if found == reason.code() => Vec::new(),
            (answer, expected) => panic!("{answer:?} where the plan expects {expected:?}"),
        }
    }
}

/// The reason of a refusal; none where the call failed in another way.
pub(crate) fn refusal_reason(status: &tonic::Status) -> Option<String> {
    Some(status.get_details_error_info()?.reason)
}

/// A record as a ledger holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) act_id: [u8; 16],
    pub(crate) part: Part,
    pub(crate) link: Link,
}

/// What a test has read of a ledger. It reads on where it stopped, and what it reads must continue what it knows: so
/// nothing it has once seen can have changed.
pub(crate) struct Mirror {
    chain: Chain,
    rows: Vec<Row>,
    acts: BTreeMap<[u8; 16], u64>,
}

impl Mirror {
    /// Nothing read yet.
    pub(crate) fn new(ledger: LedgerName) -> Self {
        Self {
            chain: Chain::new(&origin(ledger)),
            rows: Vec::new(),
            acts: BTreeMap::new(),
        }
    }

    /// Number of records.
    pub(crate) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Number of acts, or of answers.
    pub(crate) fn acts(&self) -> u64 {
        self.acts.len() as u64
    }

    /// Link of the newest record.
    pub(crate) fn link(&self) -> Link {
        self.rows
            .last()
            .map_or_else(|| self.chain.genesis(), |row| row.link)
    }

    /// Link of the newest record when the ledger held `size` records.
    pub(crate) fn link_at(&self, size: Size) -> Link {
        size.last_position().map_or_else(
            || self.chain.genesis(),
            |position| self.rows[usize::try_from(position.get()).unwrap()].link,
        )
    }

    /// Position of the first record of an act.
    pub(crate) fn position_of(&self, act_id: &[u8; 16]) -> Option<u64> {
        self.acts.get(act_id).copied()
    }

    /// Reads what was appended since; acts must be whole and stand once.
    pub(crate) fn catch_up(&mut self, journal: &dyn Backend) {
        let mut reader = journal.read(Position::new(self.len())).unwrap();
        while let Some(frame) = reader.next_frame().unwrap() {
            for record in frame.frame().records() {
                let envelope = &record.envelope;
                if envelope.position.get() < self.len() {
                    continue;
                }
                assert_eq!(envelope.position.get(), self.len(), "a gap");
                assert_eq!(envelope.previous, self.link(), "history has changed");
                let (act_id, part) = (envelope.act_id.to_bytes(), envelope.part);
                if part.is_first() {
                    assert!(self.rows.last().is_none_or(|row| row.part.is_last()));
                    let repeated = self.acts.insert(act_id, self.len());
                    assert_eq!(repeated, None, "an act stands twice");
                } else {
                    let before = self.rows.last().unwrap();
                    assert_eq!((before.act_id, before.part.next()), (act_id, Some(part)));
                }
                let link = self.chain.link(record.envelope_bytes);
                self.rows.push(Row { act_id, part, link });
            }
        }
        let last = self.rows.last();
        assert!(last.is_none_or(|row| row.part.is_last()), "half an act");
        let head = journal.head().unwrap();
        assert_eq!((head.size.get(), head.link), (self.len(), self.link()));
    }

    /// A receipted act stands whole where its receipt says.
    pub(crate) fn assert_receipt(&self, receipt: &api::Receipt) {
        assert_eq!(receipt.origin, self.chain.origin().as_str());
        let first = usize::try_from(receipt.position).unwrap();
        let parts = usize::try_from(receipt.parts).unwrap();
        let rows = self.rows.get(first..first + parts);
        let rows = rows.unwrap_or_else(|| panic!("receipted act at {first} is lost"));
        assert!(rows.iter().all(|row| row.act_id[..] == receipt.act_id));
        assert!(rows[0].part.is_first() && rows[parts - 1].part.is_last());
        assert_eq!(rows[parts - 1].link.as_bytes()[..], receipt.link);
    }

    /// An answer stands where its receipt says.
    pub(crate) fn assert_disclosure(&self, receipt: &api::DisclosureReceipt) {
        assert_eq!(receipt.origin, self.chain.origin().as_str());
        let position = usize::try_from(receipt.position).unwrap();
        let row = self.rows.get(position);
        let row =
            row.unwrap_or_else(|| panic!("an answer was given, its record {position} is lost"));
        assert!(row.part.is_first());
        assert_eq!(row.link.as_bytes()[..], receipt.link);
    }
}
