use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

use crate::client::{ClientOptions, Roots, WitnessClient, WitnessError, WitnessUrl};
use crate::origin::origin_hash;
use crate::server::limits::BODY_BYTES_MAX;
use crate::server::{TlsError, TlsFiles, acceptor};
use crate::testing::{Served, TestLog, directory, name, open};

/// Sends bytes on a connection of its own and reads until the witness closes it.
fn exchange(served: &Served, request: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", served.port)).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

fn ask(served: &Served, method: &str, path: &str) -> String {
    exchange(
        served,
        &format!("{method} {path} HTTP/1.1\r\nhost: w\r\nconnection: close\r\n\r\n"),
    )
}

#[test]
fn paths_and_methods() {
    let log = TestLog::new("log.example", "leaf", 9);
    let (dir, _) = directory(&[&log.signer]);
    let served = Served::new(open(dir.path()), None);
    let hash = origin_hash(&name("log.example"));
    let checkpoint = format!("/{hash}/checkpoint");
    let status = |method: &str, path: &str| {
        let answer = ask(&served, method, path);
        let status = answer.split(' ').nth(1).unwrap();
        status.parse::<u16>().unwrap()
    };
    assert_eq!(status("GET", "/"), 200);
    assert_eq!(status("HEAD", "/"), 200);
    assert_eq!(status("POST", "/"), 405);
    assert_eq!(status("GET", "/add-checkpoint"), 405);
    assert_eq!(status("PUT", "/add-checkpoint"), 405);
    assert_eq!(status("GET", "/elsewhere"), 404);
    assert_eq!(status("GET", "/../witness.key"), 404);
    assert_eq!(status("GET", "/witness.key/checkpoint"), 404);
    assert_eq!(status("GET", &checkpoint), 404);
    assert!(ask(&served, "GET", "/").contains("log.example  nothing cosigned yet"));
    assert!(ask(&served, "GET", "/add-checkpoint").contains("allow: POST\r\n"));

    served.witness.add_checkpoint(log.request(0, 5).as_bytes());
    assert_eq!(status("GET", &checkpoint), 200);
    assert_eq!(status("DELETE", &checkpoint), 405);
    assert_eq!(status("GET", &checkpoint.to_uppercase()), 404);
    let answer = ask(&served, "GET", &checkpoint);
    let (head, note) = answer.split_once("\r\n\r\n").unwrap();
    assert!(note.starts_with(&log.note(5)));
    assert!(head.contains("content-type: text/plain; charset=utf-8"));
    assert!(head.contains("cache-control: no-store"));
    let head = ask(&served, "HEAD", &checkpoint);
    assert!(head.ends_with("\r\n\r\n"));
    served.stop();
}

#[test]
fn what_is_too_large_is_not_read() {
    let (dir, _) = directory(&[]);
    let served = Served::new(open(dir.path()), None);
    let head = "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: close\r\n";
    // Announced: refused before a byte of it is sent.
    let bytes = BODY_BYTES_MAX + 1;
    let answer = exchange(&served, &format!("{head}content-length: {bytes}\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    // Not announced: refused when the limit is passed.
    let chunk = "0".repeat(bytes);
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{bytes:x}\r\n{chunk}\r\n");
    let answer = exchange(&served, &chunked);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    // At the limit it is read, and is no request.
    let body = "0".repeat(BODY_BYTES_MAX);
    let answer = exchange(
        &served,
        &format!("{head}content-length: {}\r\n\r\n{body}", body.len()),
    );
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    // Neither is a head without an end.
    let endless = format!("GET / HTTP/1.1\r\nhost: w\r\nx: {}", "0".repeat(64 * 1024));
    let answer = exchange(&served, &endless);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    served.stop();
}

#[test]
fn a_fault_ends_the_service() {
    let log = TestLog::new("log.example", "leaf", 9);
    let (dir, key) = directory(&[&log.signer]);
    let mut served = Served::new(open(dir.path()), None);
    let client = WitnessClient::new(served.url(), key, &ClientOptions::default()).unwrap();
    std::fs::remove_dir(dir.path().join("checkpoints")).unwrap();
    let refused = client.add_checkpoint(sabt_chain::Size::EMPTY, &[], &log.checkpoint(5));
    assert!(matches!(
        refused,
        Err(WitnessError::Busy { status: 503, .. })
    ));
    let fault = served.ended().unwrap_err();
    assert!(fault.to_string().contains("cannot be written"));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a file of a test need not survive a crash"
)]
fn over_tls_the_witness_must_be_known() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = TempDir::new().unwrap();
    let files = TlsFiles {
        certificate: tls.path().join("cert.pem"),
        key: tls.path().join("key.pem"),
    };
    assert!(matches!(acceptor(&files), Err(TlsError::Pem { .. })));
    std::fs::write(&files.certificate, cert.pem()).unwrap();
    std::fs::write(&files.key, signing_key.serialize_pem()).unwrap();

    let log = TestLog::new("log.example", "leaf", 9);
    let (dir, key) = directory(&[&log.signer]);
    let served = Served::new(open(dir.path()), Some(acceptor(&files).unwrap()));
    let url: WitnessUrl = format!("https://localhost:{}", served.port)
        .parse()
        .unwrap();
    let client = |roots| {
        let options = ClientOptions {
            roots,
            ..ClientOptions::default()
        };
        WitnessClient::new(url.clone(), key.clone(), &options).unwrap()
    };
    let refused = client(Roots::WebPki).latest(&name("log.example"), &log.keys());
    assert!(matches!(refused, Err(WitnessError::Transport(_))));
    let client = client(Roots::File(files.certificate));
    let none = client.latest(&name("log.example"), &log.keys()).unwrap();
    assert!(none.is_none());
    let empty = sabt_chain::Size::EMPTY;
    client
        .add_checkpoint(empty, &[], &log.checkpoint(5))
        .unwrap();
    let latest = client.latest(&name("log.example"), &log.keys()).unwrap();
    assert_eq!(latest.unwrap().checkpoint.size().get(), 5);
    served.stop();
}
