//! The HTTP script of litewitness, run against our server on a socket.

use sabt_chain::note::{SignatureLine, VerifierKey};

use crate::client::{ClientOptions, WitnessClient};
use crate::testing::{Served, directory, name, open, verified};

/// `cmd/litewitness/testdata/litewitness.txt` of FiloSottile/torchwood: requests, statuses and words as they stand
/// there. A step begins with a line `==== <status> <words in the answer>`.
const SCRIPT: &str = include_str!("../../../testdata/litewitness.txt");

const ORIGIN: &str =
    "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";

/// Public key of the log in the script.
const KEY: &str = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f";

/// The steps: status, words, body.
fn steps() -> Vec<(u16, String, String)> {
    let steps = SCRIPT.split("==== ").skip(1);
    let steps = steps.map(|step| {
        let (head, body) = step.split_once('\n').unwrap();
        let (status, words) = head.split_once(' ').unwrap();
        let words = words.replace("\\n", "\n");
        (status.parse().unwrap(), words, body.to_owned())
    });
    steps.collect()
}

fn log_key() -> VerifierKey {
    let bytes: [u8; 32] = hex::decode(KEY).unwrap().try_into().unwrap();
    VerifierKey::new(name(ORIGIN), &bytes).unwrap()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a file of a test need not survive a crash"
)]
fn the_script_of_litewitness_runs() {
    let (dir, witness_key) = directory(&[]);
    let list = format!("{}\n", log_key());
    std::fs::write(dir.path().join("logs"), list).unwrap();
    let served = Served::new(open(dir.path()), None);
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let steps = steps();
    assert_eq!(steps.len(), 12);
    for (number, (status, words, body)) in steps.into_iter().enumerate() {
        let url = format!("{}/add-checkpoint", served.url());
        let mut response = agent.post(url).send(&body).unwrap();
        let answer = response.body_mut().read_to_string().unwrap();
        assert_eq!(response.status(), status, "step {number}: {answer}");
        let words = words.replace("example.com/witness", "witness.example");
        assert!(answer.contains(&words), "step {number}: {answer}");
        let content_type = response.headers().get("content-type").unwrap();
        match status {
            200 => {
                let lines = SignatureLine::parse_all(answer.as_bytes()).unwrap();
                let note = body.split_once("\n\n").unwrap().1;
                let keys = sabt_chain::note::TrustedKeys::only(log_key());
                let text = verified(note, &keys).note().text().to_owned();
                let cosigner = witness_key.verify(&text, lines.first().unwrap());
                assert!(cosigner.unwrap().is_some());
            }
            409 => {
                assert_eq!(answer, words);
                assert_eq!(content_type, "text/x.tlog.size");
            }
            _ => assert_eq!(content_type, "text/plain; charset=utf-8"),
        }
    }
    let index = agent.get(served.url().as_str()).call().unwrap();
    let index = index.into_body().read_to_string().unwrap();
    assert!(index.contains(&format!("{ORIGIN}  5 leaves")), "{index}");
    assert!(index.contains(&witness_key.to_string()), "{index}");

    // Our client reads from it what the script left.
    let client = WitnessClient::new(served.url(), witness_key, &ClientOptions::default()).unwrap();
    let keys = sabt_chain::note::TrustedKeys::only(log_key());
    let latest = client.latest(&name(ORIGIN), &keys).unwrap().unwrap();
    assert_eq!(latest.checkpoint.size().get(), 5);
    served.stop();
}
