use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};

use super::*;
use crate::tests::support::Registry;
use crate::{Options, Source, verify};

/// An endpoint that serves files, and answers some requests badly first.
struct Endpoint {
    files: BTreeMap<String, Arc<[u8]>>,
    /// How many requests for a path are answered with "busy" before it is served.
    busy: Mutex<BTreeMap<String, usize>>,
    /// Paths that are refused.
    refused: Vec<String>,
    requests: AtomicUsize,
    /// How many requests there were for each path.
    asked: Mutex<BTreeMap<String, usize>>,
    connections: AtomicUsize,
}

impl Endpoint {
    fn of(registry: &Registry) -> Self {
        Self {
            files: registry.tile_files().into_iter().collect(),
            busy: Mutex::default(),
            refused: Vec::new(),
            requests: AtomicUsize::new(0),
            asked: Mutex::default(),
            connections: AtomicUsize::new(0),
        }
    }

    /// Serves until the test ends; gives back the address.
    fn start(self) -> (AuditEndpoint, Arc<Self>) {
        let (listener, audited) = listening();
        let endpoint = Arc::new(self);
        let served = Arc::clone(&endpoint);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                served.connections.fetch_add(1, Ordering::Relaxed);
                let served = Arc::clone(&served);
                thread::spawn(move || served.connection(&stream));
            }
        });
        (audited, endpoint)
    }

    /// Answers the requests of a connection until it is closed.
    fn connection(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        loop {
            let mut request = String::new();
            if reader.read_line(&mut request).unwrap_or(0) == 0 {
                return;
            }
            let mut header = String::new();
            while reader.read_line(&mut header).is_ok_and(|read| 2 < read) {
                header.clear();
            }
            self.requests.fetch_add(1, Ordering::Relaxed);
            let path = request.split(' ').nth(1).unwrap_or_default();
            let (status, body) = self.answer(path.trim_start_matches('/'));
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let mut writer = stream;
            let written = writer
                .write_all(head.as_bytes())
                .and_then(|()| writer.write_all(&body));
            if written.is_err() {
                return;
            }
        }
    }

    fn answer(&self, path: &str) -> (&'static str, Vec<u8>) {
        *self
            .asked
            .lock()
            .unwrap()
            .entry(path.to_owned())
            .or_default() += 1;
        if let Some(left) = self.busy.lock().unwrap().get_mut(path)
            && 0 < *left
        {
            *left -= 1;
            return ("503 Service Unavailable", b"busy\n".to_vec());
        }
        if self.refused.iter().any(|refused| refused == path) {
            return (
                "403 Forbidden",
                b"role auditor is needed\x1b\nmore".to_vec(),
            );
        }
        match self.files.get(path) {
            Some(bytes) => ("200 OK", bytes.to_vec()),
            None => ("404 Not Found", b"nothing is here\n".to_vec()),
        }
    }
}

/// A listener on a port of its own, and the endpoint that is there.
fn listening() -> (TcpListener, AuditEndpoint) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let endpoint = AuditEndpoint::new(ServerAddress {
        url,
        ca: Vec::new(),
        certificate: Vec::new(),
        key: Vec::new(),
    });
    (listener, endpoint)
}

fn registry() -> Registry {
    let mut registry = Registry::complete();
    for _ in 0..4 {
        registry.disclose(&[64; 200]);
    }
    registry.anchor_disclosures();
    registry
}

#[test]
fn a_registry_is_verified_over_its_endpoint() {
    let registry = registry();
    let (audited, endpoint) = Endpoint::of(&registry).start();
    let report = verify(&registry.options(Source::Endpoint(audited))).unwrap();
    assert!(report.is_sound(), "{report}");
    assert_eq!(
        report.disclosures.records,
        registry.disclosures.state.size().get()
    );
    let connections = endpoint.connections.load(Ordering::Relaxed);
    // Checkpoints and all passes over both ledgers share them.
    assert!(connections <= CONNECTIONS_MAX, "{connections} connections");
    assert!(
        endpoint.requests.load(Ordering::Relaxed) > connections,
        "connections are kept"
    );
}

#[test]
fn a_busy_registry_is_asked_again() {
    let registry = registry();
    let endpoint = Endpoint::of(&registry);
    endpoint
        .busy
        .lock()
        .unwrap()
        .insert("disclosures/tile/entries/001".to_owned(), 1);
    let (audited, _) = endpoint.start();
    let report = verify(&registry.options(Source::Endpoint(audited))).unwrap();
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_refusal_is_told_and_is_no_fault() {
    let registry = registry();
    let mut endpoint = Endpoint::of(&registry);
    endpoint
        .refused
        .push("events/tile/entries/000.p/15".to_owned());
    let (audited, _) = endpoint.start();
    let error = verify(&registry.options(Source::Endpoint(audited))).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("answered 403: role auditor is needed"),
        "{text}"
    );
    assert!(!text.contains('\x1b') && !text.contains("more"), "{text}");
}

#[test]
fn a_longer_body_than_allowed_is_told_from_one_that_fits() {
    let registry = registry();
    let mut endpoint = Endpoint::of(&registry);
    let path = "disclosures/tile/0/001";
    endpoint
        .files
        .insert(path.to_owned(), vec![7; 100_000].into());
    let (audited, _) = endpoint.start();
    let report = verify(&registry.options(Source::Endpoint(audited))).unwrap();
    assert!(
        report
            .to_string()
            .contains("tile/0/001: the tile is longer"),
        "{report}"
    );
}

#[test]
fn nobody_answers() {
    let (listener, audited) = listening();
    // Whoever connects is hung up on.
    thread::spawn(move || listener.incoming().for_each(drop));
    let options: Options = Registry::complete().options(Source::Endpoint(audited));
    let text = verify(&options).unwrap_err().to_string();
    assert!(text.contains("no answer after 5 attempts"), "{text}");
}

#[test]
fn every_connection_is_kept_while_all_are_in_use() {
    let rounds = 20;
    let (audited, endpoint) = Endpoint::of(&Registry::complete()).start();
    let tiles = audited.tiles(LedgerName::Events).unwrap();
    // Whoever fetches runs, and whoever compares hash tiles.
    let askers = tiles.parallel() + 1;
    let together = Barrier::new(askers);
    thread::scope(|scope| {
        for _ in 0..askers {
            scope.spawn(|| {
                for _ in 0..rounds {
                    together.wait();
                    let note = tiles.fetch("checkpoint", 1 << 20).unwrap();
                    assert!(note.is_some());
                }
            });
        }
    });
    assert_eq!(endpoint.requests.load(Ordering::Relaxed), rounds * askers);
    let connections = endpoint.connections.load(Ordering::Relaxed);
    assert!(connections <= askers, "{connections} connections");
}

#[test]
fn what_was_not_there_costs_no_connection() {
    let rounds = 20;
    let (audited, endpoint) = Endpoint::of(&Registry::complete()).start();
    let tiles = audited.tiles(LedgerName::Events).unwrap();
    for _ in 0..rounds {
        let missing = tiles.fetch("tile/0/999", 1 << 20).unwrap();
        assert_eq!(missing, None);
    }
    assert_eq!(endpoint.requests.load(Ordering::Relaxed), rounds);
    assert_eq!(endpoint.connections.load(Ordering::Relaxed), 1);
}

#[test]
fn anchors_near_each_other_are_compared_in_one_reading() {
    let mut registry = Registry::founded();
    for _ in 0..8 {
        for _ in 0..64 {
            registry.event(&[64, 64]);
        }
        registry.anchor_events();
    }
    registry.anchor_disclosures();
    let (audited, endpoint) = Endpoint::of(&registry).start();
    let report = verify(&registry.options(Source::Endpoint(audited))).unwrap();
    assert!(report.is_sound(), "{report}");
    // Once for the ledger, and once more for what is anchored of it.
    for (path, asked) in endpoint.asked.lock().unwrap().iter() {
        assert!(*asked <= 2, "{path}: {asked} times");
    }
}
