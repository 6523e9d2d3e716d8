//! The endpoint for auditors: who gets which bytes, what is recorded of it, and that they are those of an export.

pub(crate) mod http;
mod proofs;
mod verifier;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sabt_chain::LedgerName;
use sabt_chain::tile::{BundleCoordinate, TileCoordinate, TilePath};
use sabt_chain::{Origin, Size};
use sabt_cli::args::{ConnectArgs, ExportArgs};
use sabt_cli::cast::{AUDITOR, POLICE, REGISTRAR};
use sabt_cli::commands::export;
use sabt_cli::out::Out;
use sabt_cli::tiles::TileWriter;
use sabt_proto::event::v1::Sex;
use sabt_proto::event::v1::act::Body;
use sabt_server::auditors::{Checkpoints, Endpoint, Shown};
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::listen::Transport;
use tempfile::TempDir;

use self::http::Agent;
use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry, establish};

/// A registry with an endpoint for auditors, which anchors its ledgers this often.
pub(crate) async fn served(anchor_every_secs: u32) -> TestRegistry {
    let directory = TempDir::new().unwrap();
    establish(directory.path(), REGISTRY, SEGMENT_BYTES, Clock::fixed(NOW)).await;
    let path = directory.path().join(Config::FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    let audit = "# [audit]\n# listen = \"127.0.0.1:7444\"";
    assert!(text.contains(audit), "the template shows the endpoint");
    let text = text.replace(audit, "[audit]\nlisten = \"127.0.0.1:0\"");
    let often = format!("anchor_every_secs = {anchor_every_secs}");
    let text = text.replace("anchor_every_secs = 86400", &often);
    std::fs::remove_file(&path).unwrap();
    sabt_cli::files::create(&path, text.as_bytes(), sabt_cli::files::Mode::Public).unwrap();
    TestRegistry::serve(directory, Clock::fixed(NOW)).await
}

/// Registers persons until the events ledger holds this many records.
async fn grow(registry: &TestRegistry, records: u64) {
    let client = registry.client(REGISTRAR).await;
    let author = registry.author("registrar");
    while registry.size(LedgerName::Events) < records {
        let body = support::register(Sex::Male, "1370-01-01");
        let act = support::act("1404-01-01", Body::RegisterPerson(body));
        registry.submit(&client, &author, &act).await.unwrap();
    }
}

/// The newest checkpoint, as soon as it covers `size` records.
async fn checkpoint(agent: &mut Agent, ledger: LedgerName, size: u64) -> String {
    let path = format!("/{}/checkpoint", ledger.as_str());
    support::until("the checkpoint", async || {
        let answer = agent.get(&path).await;
        let note = (answer.status == 200).then(|| String::from_utf8(answer.body).unwrap());
        note.filter(|note| size <= size_of(note))
    })
    .await
}

fn size_of(note: &str) -> u64 {
    note.lines().nth(1).unwrap().parse().unwrap()
}

fn export_args(registry: &TestRegistry, out: &Path, tiles: bool) -> ExportArgs {
    ExportArgs {
        out: out.to_owned(),
        tiles,
        connect: connect(registry, AUDITOR.name),
    }
}

fn connect(registry: &TestRegistry, caller: &str) -> ConnectArgs {
    ConnectArgs {
        dir: registry.dir().to_owned(),
        server: Some(registry.server()),
        registry: Some(REGISTRY.to_owned()),
        caller: Some(caller.to_owned()),
    }
}

fn silent() -> Out {
    Out::to(Box::new(std::io::sink()), true)
}

/// Readings of a directory in which something vanishes each time, before that is an error.
const READINGS_MAX: usize = 100;

/// Every file below a directory. Where a registry is at work, a file may be renamed or taken away while the others are
/// read: then all are read anew, so that none is missed under its other name.
pub(crate) fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    for _reading in 1..READINGS_MAX {
        match all_files(directory) {
            Err(err) if err.kind() == ErrorKind::NotFound => {}
            read => return read.unwrap(),
        }
    }
    all_files(directory).unwrap()
}

fn all_files(directory: &Path) -> std::io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(next)? {
            let entry = entry?.path();
            if entry.is_dir() {
                pending.push(entry);
            } else {
                let name = entry.strip_prefix(directory).unwrap().to_owned();
                files.insert(name, std::fs::read(&entry)?);
            }
        }
    }
    Ok(files)
}

/// Writes the tiles of a ledger from its journal, for a checkpoint that the endpoint has given.
fn written(registry: &TestRegistry, name: LedgerName, note: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let directory = TempDir::new().unwrap();
    let origin = Origin::new(REGISTRY, name).unwrap();
    let mut writer = TileWriter::open(directory.path(), &origin).unwrap();
    let journal = &registry.registry().ledger(name).journal;
    let mut reader = journal.read(sabt_chain::Position::FIRST).unwrap();
    while writer.size().get() < size_of(note) {
        let frame = reader.next_frame().unwrap().unwrap();
        for record in frame.frame().records() {
            if writer.size().get() < size_of(note) {
                let clear = record.envelope.kind.is_clear().then_some(record.sealed);
                writer.push(record.envelope_bytes, clear).unwrap();
            }
        }
    }
    writer.finish(note).unwrap();
    files(directory.path())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_is_what_is_exported() {
    let registry = served(86_400).await;
    let mut agent = Agent::connect(&registry, Some(AUDITOR)).await;
    for records in [1, 255, 256, 257, 600] {
        grow(&registry, records).await;
        let size = registry.size(LedgerName::Events);
        for (ledger, size) in [(LedgerName::Events, size), (LedgerName::Disclosures, 0)] {
            let note = checkpoint(&mut agent, ledger, size).await;
            let mut expected = written(&registry, ledger, &note);
            let newest = expected.remove(Path::new("checkpoint")).unwrap();
            assert_eq!(newest, note.as_bytes());
            for (path, bytes) in &expected {
                let path = format!("/{}/{}", ledger.as_str(), path.display());
                let answer = agent.get(&path).await;
                assert_eq!(answer.status, 200, "{path}");
                assert!(answer.body == *bytes, "{path} differs");
                assert_eq!(answer.header("content-type"), "application/octet-stream");
                assert_eq!(
                    answer.header("cache-control"),
                    "private, max-age=31536000, immutable"
                );
            }
        }
    }
    drop((agent, registry.stop().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_published_checkpoint_covers_is_not_found() {
    let registry = served(86_400).await;
    grow(&registry, 300).await;
    let mut agent = Agent::connect(&registry, Some(AUDITOR)).await;
    let size = registry.size(LedgerName::Events);
    let note = checkpoint(&mut agent, LedgerName::Events, size).await;
    assert_eq!(size_of(&note), size);
    let beyond = Size::new(size + 1);
    let tiles = TileCoordinate::partials(beyond).map(TilePath::Hashes);
    let run = BundleCoordinate::in_tree(beyond.get() / 256, beyond).unwrap();
    let mut paths: Vec<String> = tiles
        .chain([TilePath::Entries(run), TilePath::Clear(run)])
        .filter(|path| path.size_min() == Some(beyond))
        .map(|path| path.to_string())
        .collect();
    paths.extend(
        [
            "tile/0/001",
            "tile/entries/001",
            "tile/0/x999/999",
            "tile/1/000",
            "tile/2/000.p/1",
            "tile/63/000",
            "tile/entries/x999/x999/x999/x999/x999/999",
        ]
        .map(str::to_owned),
    );
    let before = registry.size(LedgerName::Disclosures);
    for path in paths {
        let answer = agent.get(&format!("/events/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    // What was not given is not recorded.
    assert_eq!(registry.size(LedgerName::Disclosures), before);
    for path in [
        "/events/../events/checkpoint",
        "/events/%2e%2e/signed.lock",
        "/events/tile/0/0",
        "/events/tile/0/001.p/256",
        "/events/tile/00/000",
        "/events/signed.lock",
        "/events/checkpoint?x",
        "/",
    ] {
        assert_eq!(agent.get(path).await.status, 404, "{path}");
    }
    let long = format!("/events/tile/entries/{}", "x001/".repeat(40));
    assert_eq!(agent.get(&long).await.status, 414);
    drop((agent, registry.stop().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_for_auditors_and_checkpoints_for_everybody() {
    let registry = served(86_400).await;
    let unknown = registry.authority(REGISTRY).client("NOBODY", "N1").unwrap();
    let elsewhere = registry.authority("other.example");
    let elsewhere = elsewhere.client(AUDITOR.agency, AUDITOR.officer).unwrap();
    let disclosures = || registry.size(LedgerName::Disclosures);
    for (name, pair, status, refusals) in [
        ("nobody", None, 401, 0),
        ("of another registry", Some(elsewhere), 401, 0),
        ("of no agency", Some(unknown), 403, 1),
        ("police", Some(Agent::pair(&registry, POLICE)), 403, 1),
    ] {
        let mut agent = Agent::with(&registry, pair).await;
        let before = disclosures();
        checkpoint(&mut agent, LedgerName::Events, 1).await;
        for path in [
            "/events/tile/0/000.p/1",
            "/events/tile/entries/000.p/1",
            "/events/tile/clear/000.p/1",
            "/events/tile/entries/999",
        ] {
            let answer = agent.get(path).await;
            assert_eq!(answer.status, status, "{name}: {path}");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert!(!answer.body.is_empty(), "{name} is told why");
        }
        // One refusal for the connection and ledger.
        assert_eq!(disclosures(), before + refusals, "{name}");
    }
    drop(registry.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reading_is_recorded_for_each_connection_and_ledger() {
    let registry = served(86_400).await;
    let disclosures = || registry.size(LedgerName::Disclosures);
    let before = disclosures();
    let mut first = Agent::connect(&registry, Some(AUDITOR)).await;
    checkpoint(&mut first, LedgerName::Events, 1).await;
    assert_eq!(disclosures(), before);
    for _again in 0..3 {
        let answer = first.get("/events/tile/entries/000.p/1").await;
        assert_eq!(answer.status, 200);
        assert_eq!(disclosures(), before + 1);
        assert_eq!(first.get("/events/tile/0/000.p/2").await.status, 200);
        assert_eq!(disclosures(), before + 1);
    }
    checkpoint(&mut first, LedgerName::Disclosures, before + 1).await;
    let answer = first.get("/disclosures/tile/0/000.p/1").await;
    assert_eq!(answer.status, 200);
    assert_eq!(disclosures(), before + 2);
    let mut second = Agent::connect(&registry, Some(AUDITOR)).await;
    let answer = second.head("/events/tile/0/000.p/2").await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-length"), "64");
    assert_eq!(disclosures(), before + 3);
    drop((first, second));
    drop(registry.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_not_read_are_told_so() {
    let registry = served(86_400).await;
    let mut agent = Agent::connect(&registry, None).await;
    checkpoint(&mut agent, LedgerName::Events, 1).await;
    let head = agent.head("/events/checkpoint").await;
    let get = agent.get("/events/checkpoint").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    assert_eq!(get.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(get.header("cache-control"), "no-cache");
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = agent.ask(method, "/events/checkpoint", "").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
    // All that over one connection; a body ends it.
    let answer = agent
        .ask("GET", "/events/checkpoint", "content-length: 3\r\n")
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("connection"), "close");

    let mut agent = Agent::connect(&registry, None).await;
    let many = "x-y: z\r\n".repeat(40);
    let answer = agent.ask("GET", "/events/checkpoint", &many).await;
    assert_eq!(answer.status, 431);
    let mut agent = Agent::connect(&registry, None).await;
    let wide = format!("x: {}\r\n", "y".repeat(20_000));
    let answer = agent.ask("GET", "/events/checkpoint", &wide).await;
    assert_eq!(answer.status, 431);
    drop((agent, registry.stop().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_stops_though_an_auditor_stays_connected() {
    let registry = served(86_400).await;
    let mut idle = Agent::connect(&registry, None).await;
    checkpoint(&mut idle, LedgerName::Events, 1).await;
    // One that has begun a request and does not end it.
    let mut slow = Agent::connect(&registry, None).await;
    slow.send("GET /events/check").await;
    let stopping = tokio::time::timeout(Duration::from_secs(25), registry.stop());
    drop(stopping.await.unwrap());
    assert!(idle.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_may_not_be_written_shows_its_checkpoints_alone() {
    let registry = served(86_400).await;
    let mut agent = Agent::connect(&registry, None).await;
    let note = checkpoint(&mut agent, LedgerName::Events, 1).await;
    drop(agent);
    let dir = registry.dir().to_owned();
    let config = Config::load(&dir).unwrap();
    let transport = Transport::open(&dir, &config.tls, Clock::system()).unwrap();
    let endpoint = Endpoint::bind(&config, &transport).await;
    let endpoint = endpoint.unwrap().unwrap();
    let addr = endpoint.addr();
    let shown = Shown::Checkpoints(Checkpoints::read(&dir).unwrap().into());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(endpoint.serve(shown, async move { drop(stopped.await) }));
    let before = registry.snapshot();
    let mut agent = Agent::at(&registry, addr, Some(Agent::pair(&registry, AUDITOR))).await;
    let answer = agent.get("/events/checkpoint").await;
    assert_eq!((answer.status, answer.body), (200, note.into_bytes()));
    for path in ["/events/tile/0/000.p/1", "/events/tile/entries/000.p/1"] {
        let answer = agent.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(registry.snapshot(), before);
    drop(stop);
    serving.await.unwrap();
    assert!(agent.is_closed().await);
    drop(registry.stop().await);
}

/// Checks that no anchor in an export names more of the other ledger than was exported; tells how many there are.
fn consistent(directory: &Path) -> usize {
    let size = |ledger: LedgerName| {
        let path = directory.join(ledger.as_str()).join("checkpoint");
        size_of(&std::fs::read_to_string(path).unwrap())
    };
    let mut anchors = 0;
    for ledger in LedgerName::ALL {
        let other = size(ledger.other());
        let mark = format!("{REGISTRY}/{}\n", ledger.other());
        for (path, bytes) in files(&directory.join(ledger.as_str()).join("tile/clear")) {
            let text = String::from_utf8_lossy(&bytes);
            for anchor in text.split(&mark).skip(1) {
                // The founding record names the origins too, in its keys.
                let stated = anchor.lines().next().map(str::parse::<u64>);
                if let Some(Ok(size)) = stated {
                    let path = path.display();
                    assert!(size <= other, "{ledger}/{path}: {size} of {other}");
                    anchors += 1;
                }
            }
        }
    }
    anchors
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_as_tiles_is_carried_on_and_fits_together() {
    let registry = served(1).await;
    let out = TempDir::new().unwrap();
    let mut anchors = 0;
    for records in [60, 270, 300] {
        grow(&registry, records).await;
        // Anchors go on meanwhile.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let args = export_args(&registry, out.path(), true);
        Box::pin(export::run(&args, &mut silent())).await.unwrap();
        anchors = consistent(out.path());
        for ledger in LedgerName::ALL {
            let directory = out.path().join(ledger.as_str());
            let note = std::fs::read_to_string(directory.join("checkpoint")).unwrap();
            assert!(files(&directory) == written(&registry, ledger, &note));
        }
    }
    assert!(0 < anchors, "nothing was anchored");
    let whole = TempDir::new().unwrap();
    let args = export_args(&registry, &whole.path().join("frames"), false);
    Box::pin(export::run(&args, &mut silent())).await.unwrap();
    let report = {
        let directory = whole.path().join("frames");
        let data = registry.dir().to_owned();
        tokio::task::spawn_blocking(move || support::verify_with(&directory, &data))
            .await
            .unwrap()
    };
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
    drop(registry.stop().await);
}
