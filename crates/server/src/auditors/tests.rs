//! Paths, and that the bytes read from segments are those of the tree.

use std::convert::Infallible;
use std::time::Duration;

use http::{Response, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use sabt_chain::proof::HashReader as _;
use sabt_chain::tile::{
    BundleCoordinate, ClearPayload, TileCoordinate, TilePath, TileWidth, encode_clear,
    encode_entries, encode_hashes,
};
use sabt_chain::{Hash, LedgerName, Size};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::pace::Paced;
use super::target::{Target, What};
use super::visitor::read;
use crate::tree::StoredTree;
use crate::tree::testing::Grown;

fn target(path: &str) -> Option<Target> {
    Target::parse(&path.parse::<Uri>().unwrap())
}

#[test]
fn a_path_has_one_spelling() {
    let checkpoint = |ledger| Target {
        ledger,
        what: What::Checkpoint,
    };
    assert_eq!(
        target("/events/checkpoint"),
        Some(checkpoint(LedgerName::Events))
    );
    assert_eq!(
        target("/disclosures/checkpoint"),
        Some(checkpoint(LedgerName::Disclosures))
    );
    for path in [
        "tile/0/000",
        "tile/0/x001/x234/067",
        "tile/1/000.p/17",
        "tile/entries/273.p/112",
        "tile/clear/000",
    ] {
        let parsed = target(&format!("/events/{path}")).unwrap();
        assert_eq!(parsed.what, What::Tile(path.parse().unwrap()), "{path}");
    }
}

#[test]
fn every_other_path_is_none() {
    for path in [
        "/",
        "/events",
        "/events/",
        "/events/checkpoint/",
        "//events/checkpoint",
        "/Events/checkpoint",
        "/people/checkpoint",
        "/events/checkpoint?",
        "/events/checkpoint?x=1",
        "/events/../events/checkpoint",
        "/events/./checkpoint",
        "/events/%63heckpoint",
        "/events/%2e%2e/signed.lock",
        "/events/../../etc/passwd",
        "/events/signed.lock",
        "/events/tile/0/0",
        "/events/tile/00/000",
        "/events/tile/+1/000",
        "/events/tile/64/000",
        "/events/tile/0/000/",
        "/events/tile/0/x000/001",
        "/events/tile/0/001/002",
        "/events/tile/0/000.p/0",
        "/events/tile/0/000.p/01",
        "/events/tile/0/000.p/256",
        "/events/tile/0/000.p/",
        "/events/tile/0/%30%30%30",
        "/events/tile/data/000",
        "/events/tile/entries/000.p/256",
        "/events/tile/clear/0000",
    ] {
        assert_eq!(target(path), None, "{path}");
    }
}

/// What a path should give, from everything in memory.
fn expected(grown: &Grown, path: TilePath) -> Vec<u8> {
    match path {
        TilePath::Hashes(tile) => {
            let level = u32::from(tile.level.get()) * 8;
            let first = tile.index * 256;
            let hashes = (first..first + u64::from(tile.width.get()))
                .map(|index| grown.tree.subtree(level, index).unwrap());
            encode_hashes(&hashes.collect::<Vec<Hash>>())
        }
        TilePath::Entries(run) => {
            let first = usize::try_from(run.index * 256).unwrap();
            let entries = &grown.envelopes[first..first + usize::from(run.width.get())];
            encode_entries(entries.iter().map(Vec::as_slice)).unwrap()
        }
        TilePath::Clear(run) => {
            let (first, width) = (run.index * 256, u64::from(run.width.get()));
            let clear = grown.clear.iter().filter_map(|(position, bytes)| {
                let place = position.checked_sub(first).filter(|place| *place < width)?;
                Some(ClearPayload {
                    index: u8::try_from(place).unwrap(),
                    bytes,
                })
            });
            encode_clear(clear).unwrap()
        }
    }
}

/// Every path of a ledger of this size.
fn paths(size: u64) -> impl Iterator<Item = TilePath> {
    let size = Size::new(size);
    let runs = BundleCoordinate::all(size);
    let runs = runs.flat_map(|run| [TilePath::Entries(run), TilePath::Clear(run)]);
    TileCoordinate::all(size).map(TilePath::Hashes).chain(runs)
}

#[test]
fn tiles_from_segments_are_those_of_the_tree() {
    let directory = TempDir::new().unwrap();
    let mut grown = Grown::create(&directory.path().join("ledger"), 0);
    let (tree, filler) = StoredTree::open(grown.ledger.clone(), directory.path()).unwrap();
    for size in [0, 1, 255, 256, 257, 70_000] {
        grown.grow(size);
        let mut count = 0;
        for path in paths(size) {
            assert!(
                read(&tree, path).unwrap() == expected(&grown, path),
                "{path}"
            );
            count += 1;
        }
        assert_eq!(count == 0, size == 0);
        // Where the ledger ends, nothing is made up.
        for path in paths(size + 1).filter(|path| path.size_min() == Some(Size::new(size + 1))) {
            assert!(read(&tree, path).is_err(), "{path}");
        }
    }
    drop(filler);
}

#[test]
fn a_reader_of_an_earlier_checkpoint_gets_its_widths() {
    let directory = TempDir::new().unwrap();
    let mut grown = Grown::create(&directory.path().join("ledger"), 0);
    grown.grow(600);
    let (tree, filler) = StoredTree::open(grown.ledger.clone(), directory.path()).unwrap();
    for earlier in [1, 3, 4, 255, 256, 300, 511, 599] {
        for path in paths(earlier) {
            assert!(
                read(&tree, path).unwrap() == expected(&grown, path),
                "{path}"
            );
        }
    }
    let run = BundleCoordinate {
        index: 0,
        width: TileWidth::new(3).unwrap(),
    };
    assert!(read(&tree, TilePath::Clear(run)).unwrap().is_empty());
    drop(filler);
}

#[tokio::test]
async fn a_peer_that_stops_reading_is_cut_off() {
    let (near, mut far) = tokio::io::duplex(16);
    let mut paced = Paced::new(near, Duration::from_millis(100));
    let writing = tokio::spawn(async move {
        let first = paced.write_all(&[1; 64]).await;
        let second = paced.write_all(&[2; 64]).await;
        (first, second)
    });
    // One that reads slowly, but reads, is waited for.
    let mut read = [0; 64];
    for byte in &mut read {
        *byte = far.read_u8().await.unwrap();
    }
    assert_eq!(read, [1; 64]);
    let (first, second) = writing.await.unwrap();
    assert!(first.is_ok());
    assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
}

/// What comes back on a connection on which this comes and nothing else, until it is closed.
async fn told(sent: &[u8], idle: Duration) -> String {
    let (near, mut far) = tokio::io::duplex(4_096);
    let service = hyper::service::service_fn(async |_request| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"served"))))
    });
    let serving = super::http(idle).serve_connection(TokioIo::new(near), service);
    let serving = tokio::spawn(async move { serving.await.is_err() });
    far.write_all(sent).await.unwrap();
    // The far end stays open: it is the near one that lets go.
    let mut told = Vec::new();
    far.read_to_end(&mut told).await.unwrap();
    assert!(
        serving.await.unwrap(),
        "it was let go as one that broke off"
    );
    String::from_utf8(told).unwrap()
}

#[tokio::test]
async fn a_connection_on_which_no_whole_request_comes_is_closed() {
    let idle = Duration::from_millis(100);
    for unfinished in ["", "GET /events/checkpoint HTTP/1.1\r\nhost: audit\r\n"] {
        let told = told(unfinished.as_bytes(), idle).await;
        assert!(
            told.is_empty() || told.starts_with("HTTP/1.1 408 "),
            "{told}"
        );
    }
    // One that has been served may ask again, within the same time.
    let whole = "GET /events/checkpoint HTTP/1.1\r\nhost: audit\r\n\r\n";
    let told = told(whole.as_bytes(), idle).await;
    assert!(
        told.starts_with("HTTP/1.1 200 ") && told.contains("served"),
        "{told}"
    );
}
