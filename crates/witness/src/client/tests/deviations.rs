//! The client against witnesses that differ from the specification, from each other, or from what is decent.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sabt_chain::Size;
use sabt_chain::note::{CosignatureTime, CosignerKey, SignerKey};

use crate::client::{
    COSIGNATURES_BYTES_MAX, ClientOptions, Cosignature, Timeouts, WitnessClient, WitnessError,
};
use crate::testing::{START, TestLog, name};

/// A server that gives one answer, whatever it is asked, and goes.
struct Fake {
    port: u16,
    thread: JoinHandle<String>,
    timeouts: Timeouts,
}

impl Fake {
    /// Answers with these bytes, and then waits for the client to go.
    fn new(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let request = read_request(&mut socket);
            // The client may have gone before it read everything.
            drop(socket.write_all(&answer));
            drop(socket.read(&mut [0]));
            request
        });
        Self {
            port,
            thread,
            timeouts: Timeouts::default(),
        }
    }

    fn text(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::new(format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}"
        ))
    }

    fn client(&self) -> WitnessClient {
        let options = ClientOptions {
            timeouts: self.timeouts,
            ..ClientOptions::default()
        };
        let url = format!("http://127.0.0.1:{}/w", self.port);
        WitnessClient::new(url.parse().unwrap(), witness().witness().clone(), &options).unwrap()
    }

    /// The client gives it up after so long.
    fn within(mut self, patience: Duration) -> Self {
        self.timeouts = Timeouts {
            connect: patience,
            total: patience,
        };
        self
    }

    /// Asks for a cosignature on 9 leaves, from `old`.
    fn ask_from(self, old: u64) -> Result<Cosignature, WitnessError> {
        let log = log();
        let proof = log.proof(old, 9);
        let client = self.client();
        let answer = client.add_checkpoint(Size::new(old), &proof, &log.checkpoint(9));
        drop(client);
        let request = self.thread.join().unwrap();
        assert!(request.starts_with("POST /w/add-checkpoint HTTP/1.1\r\n"));
        assert!(request.ends_with(&log.request(old, 9)));
        answer
    }

    fn ask(self) -> Result<Cosignature, WitnessError> {
        self.ask_from(5)
    }

    fn latest(self) -> Result<Option<u64>, WitnessError> {
        let log = log();
        let client = self.client();
        let latest = client.latest(&name("log.example"), &log.keys());
        drop(client);
        let request = self.thread.join().unwrap();
        // SHA-256 of "log.example".
        let path =
            "GET /w/d7612c54297eaa3e5a7756b17ce3adc5bed251af8059d72bbb8b0075c67b85e9/checkpoint ";
        assert!(request.starts_with(path), "{request}");
        Ok(latest?.map(|latest| latest.checkpoint.size().get()))
    }
}

/// Reads head and body; the body is as long as it is announced.
fn read_request(socket: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).unwrap();
        request.extend_from_slice(buffer.get(..read).unwrap());
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if length <= body.len() {
                return text.into_owned();
            }
        }
        assert!(0 < read, "the client went away early");
    }
}

fn log() -> TestLog {
    TestLog::new("log.example", "leaf", 20)
}

fn witness() -> CosignerKey {
    CosignerKey::from_seed(name("witness.example"), [5; 32])
}

fn line_of(key: &CosignerKey, size: u64) -> String {
    let time = CosignatureTime::new(START).unwrap();
    key.cosign(&log().checkpoint(size), time).to_string()
}

#[test]
fn a_line_among_others_is_found() {
    let other = CosignerKey::from_seed(name("other.example"), [6; 32]);
    let second = CosignerKey::from_seed(name("witness.example"), [6; 32]);
    let stranger = SignerKey::from_seed(name("x"), [1; 32]);
    let of_stranger = sabt_chain::note::sign("text\n", &[&stranger]).unwrap();
    let of_stranger = of_stranger.rsplit_once("\n\n").unwrap().1.to_owned();
    let own = line_of(&witness(), 9);
    let lines = [
        line_of(&other, 9),
        line_of(&second, 3),
        of_stranger,
        own.clone(),
    ];
    // Neither a content type nor the order matters.
    for headers in ["", "content-type: application/octet-stream\r\n"] {
        let cosigned = Fake::text("200 OK", headers, &lines.concat())
            .ask()
            .unwrap();
        assert_eq!(cosigned.line.to_string(), own);
        assert_eq!(cosigned.cosigner.time.as_seconds(), START);
        assert_eq!(cosigned.cosigner.name, name("witness.example"));
    }
}

#[test]
fn what_does_not_verify_does_not_count() {
    // Of another checkpoint; of nobody we know; nothing; no lines.
    let false_line = Fake::text("200 OK", "", &line_of(&witness(), 8)).ask();
    assert!(matches!(false_line, Err(WitnessError::BadSignature(_))));
    let other = CosignerKey::from_seed(name("other.example"), [6; 32]);
    let strangers = Fake::text("200 OK", "", &line_of(&other, 9)).ask();
    assert!(matches!(strangers, Err(WitnessError::NoCosignature { .. })));
    for body in ["", "\n", "ok", "<html>\n", "\u{2014} w AAAA\n"] {
        let answer = Fake::text("200 OK", "", body).ask();
        assert!(matches!(answer, Err(WitnessError::Lines(_))), "{body}");
    }
}

#[test]
fn conflicts_with_and_without_a_size() {
    let size_type = "content-type: text/x.tlog.size\r\n";
    for (headers, body) in [(size_type, "7\n"), ("", "7\n"), ("", "7"), ("", "7\r\n")] {
        let conflict = Fake::text("409 Conflict", headers, body).ask().unwrap_err();
        assert!(matches!(conflict, WitnessError::Conflict { size } if size.get() == 7));
    }
    for body in ["", "stale", "-7\n", "7 leaves\n"] {
        let conflict = Fake::text("409 Conflict", "", body).ask().unwrap_err();
        assert!(
            matches!(conflict, WitnessError::ConflictUnsized { .. }),
            "{body}"
        );
        // From the checkpoint's own size only another root can be meant.
        let fork = Fake::text("409 Conflict", "", body)
            .ask_from(9)
            .unwrap_err();
        assert!(matches!(fork, WitnessError::Fork { .. }));
    }
}

#[test]
fn statuses_are_told_apart() {
    let answer = |status: &str| {
        let error = Fake::text(status, "", "because\u{7} of\nthis\n")
            .ask()
            .unwrap_err();
        let busy = matches!(error, WitnessError::Busy { .. });
        (busy, error.to_string())
    };
    let words = "because  of this";
    for (status, busy, says) in [
        ("404 Not Found", false, "does not know this log"),
        ("403 Forbidden", false, words),
        ("400 Bad Request", false, words),
        ("422 Unprocessable Entity", false, words),
        (
            "413 Payload Too Large",
            false,
            "larger than the witness takes",
        ),
        ("301 Moved Permanently", false, words),
        ("204 No Content", false, "status 204"),
        ("429 Too Many Requests", true, "status 429"),
        ("500 Internal Server Error", true, "status 500"),
        ("503 Service Unavailable", true, "status 503"),
    ] {
        let (is_busy, text) = answer(status);
        assert_eq!(is_busy, busy, "{status}");
        assert!(text.contains(says), "{status}: {text}");
    }
    let busy = Fake::text("429 Too Many Requests", "retry-after: 3\r\n", "").ask();
    assert!(matches!(
        busy,
        Err(WitnessError::Busy { status: 429, retry_after: Some(wait) }) if wait.as_secs() == 3
    ));
    let date = "retry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\n";
    let busy = Fake::text("503 Service Unavailable", date, "").ask();
    assert!(matches!(
        busy,
        Err(WitnessError::Busy {
            status: 503,
            retry_after: None
        })
    ));
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Fake::text("200 OK", "", &line_of(&witness(), 9));
    let location = format!("location: http://127.0.0.1:{}/\r\n", elsewhere.port);
    for status in ["302 Found", "308 Permanent Redirect"] {
        let answer = Fake::text(status, &location, "").ask();
        assert!(matches!(answer, Err(WitnessError::Refused { .. })));
    }
}

#[test]
fn huge_answers_are_not_read() {
    let bytes = usize::try_from(COSIGNATURES_BYTES_MAX).unwrap() + 1;
    let huge = "x".repeat(bytes);
    for status in ["200 OK", "403 Forbidden", "409 Conflict"] {
        let answer = Fake::text(status, "", &huge).ask();
        assert!(
            matches!(answer, Err(WitnessError::AnswerTooLarge { .. })),
            "{answer:?}"
        );
    }
    // Without an announced length.
    let endless = format!("HTTP/1.0 200 OK\r\n\r\n{huge}");
    let answer = Fake::new(endless).ask();
    assert!(matches!(answer, Err(WitnessError::AnswerTooLarge { .. })));
    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    let answer = Fake::new(head).ask();
    assert!(matches!(answer, Err(WitnessError::Transport(_))));
}

#[test]
fn slow_answers_are_given_up() {
    let begun = Instant::now();
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n\u{2014} ",
    ] {
        let patience = Duration::from_millis(300);
        let answer = Fake::new(answer).within(patience).ask();
        assert!(matches!(answer, Err(WitnessError::Transport(_))));
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_is_no_http_and_nobody_there() {
    let answer = Fake::new("SSH-2.0-OpenSSH\r\n").ask();
    assert!(matches!(answer, Err(WitnessError::Transport(_))));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let key = witness().witness().clone();
    let client = WitnessClient::new(url.parse().unwrap(), key, &ClientOptions::default());
    let answer = client
        .unwrap()
        .add_checkpoint(Size::EMPTY, &[], &log().checkpoint(9));
    assert!(matches!(answer, Err(WitnessError::Transport(_))));
}

#[test]
fn a_checkpoint_handed_out_is_verified_twice() {
    let log = log();
    let own = line_of(&witness(), 9);
    let good = format!("{}{own}", log.note(9));
    assert_eq!(Fake::text("200 OK", "", &good).latest().unwrap(), Some(9));
    assert_eq!(Fake::text("404 Not Found", "", "").latest().unwrap(), None);
    let latest = |body: &str| Fake::text("200 OK", "", body).latest().unwrap_err();
    // Not cosigned, cosigned falsely, not signed by the log, no checkpoint.
    assert!(matches!(
        latest(&log.note(9)),
        WitnessError::NoCosignature { .. }
    ));
    let false_line = format!("{}{}", log.note(9), line_of(&witness(), 8));
    assert!(matches!(latest(&false_line), WitnessError::BadSignature(_)));
    let unsigned = format!("{}\n{own}", log.head(9).to_text());
    assert!(matches!(latest(&unsigned), WitnessError::Checkpoint(_)));
    assert!(matches!(latest("nothing\n"), WitnessError::Checkpoint(_)));
    let busy = Fake::text("503 Service Unavailable", "", "").latest();
    assert!(matches!(busy, Err(WitnessError::Busy { .. })));
    let refused = Fake::text("403 Forbidden", "", "").latest();
    assert!(matches!(refused, Err(WitnessError::Refused { .. })));
}

#[test]
fn a_checkpoint_of_another_log_is_refused() {
    // Both logs are trusted; the answer is about the wrong one.
    let other = TestLog::new("other.example", "leaf", 20);
    let time = CosignatureTime::new(START).unwrap();
    let own = witness().cosign(&other.checkpoint(9), time);
    let fake = Fake::text("200 OK", "", &format!("{}{own}", other.note(9)));
    let latest = fake.client().latest(&name("log.example"), &other.keys());
    assert!(matches!(latest, Err(WitnessError::Origin { .. })));
}
