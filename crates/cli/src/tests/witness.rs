use tempfile::TempDir;

use super::Paper;
use crate::args::{WitnessArgs, WitnessCommand, WitnessInitArgs, WitnessServeArgs};
use crate::commands::witness;
use crate::error::CliError;
use crate::exit::Exit;

fn init(dir: &TempDir, name: &str, url: Option<&str>, json: bool) -> Result<String, CliError> {
    let args = WitnessInitArgs {
        dir: dir.path().join("w"),
        name: name.to_owned(),
        url: url.map(str::to_owned),
    };
    let command = WitnessCommand::Init(args);
    run(&WitnessArgs { command }, json)
}

fn run(args: &WitnessArgs, json: bool) -> Result<String, CliError> {
    let paper = Paper::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(witness::run(args, &mut paper.out(json)))?;
    Ok(paper.text())
}

#[test]
fn a_witness_says_what_to_publish() {
    let dir = TempDir::new().unwrap();
    let told = init(&dir, "witness.example.org", None, false).unwrap();
    let key = std::fs::read_to_string(dir.path().join("w/witness.key")).unwrap();
    let key: sabt_chain::note::CosignerKey = key.parse().unwrap();
    assert!(told.contains(&format!("\n  {}\n", key.witness())));
    let line = format!("\n  witness witness.example.org {}\n", key.witness());
    assert!(told.contains(&line), "{told}");
    assert!(!told.contains("PRIVATE"));

    let again = init(&dir, "witness.example.org", None, false).unwrap_err();
    assert_eq!(again.exit(), Exit::Usage);
}

#[test]
fn its_policy_line_is_one() {
    let dir = TempDir::new().unwrap();
    let url = "https://witness.example.org/w";
    let told = init(&dir, "witness.example.org", Some(url), true).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let policy = format!(
        "{}\nquorum witness.example.org\n",
        told["policy"].as_str().unwrap()
    );
    let policy = sabt_chain::policy::Policy::parse(policy.as_bytes()).unwrap();
    let witness = policy.witnesses().next().unwrap();
    assert_eq!(witness.key().to_string(), told["key"].as_str().unwrap());
    assert_eq!(witness.url(), Some(url));
}

#[test]
fn names_and_urls_are_checked_before_anything_is_made() {
    let dir = TempDir::new().unwrap();
    for (name, url) in [
        ("two words", None),
        ("a+b", None),
        ("", None),
        ("w", Some("http://witness.example.org")),
        ("w", Some("witness.example.org")),
    ] {
        let error = init(&dir, name, url, false).unwrap_err();
        assert_eq!(error.exit(), Exit::Usage, "{error}");
    }
    assert!(!dir.path().join("w").exists());
}

#[test]
fn what_is_no_witness_is_not_served() {
    let dir = TempDir::new().unwrap();
    let args = |tls: Option<&str>| WitnessArgs {
        command: WitnessCommand::Serve(WitnessServeArgs {
            dir: dir.path().to_owned(),
            listen: "127.0.0.1:0".parse().unwrap(),
            tls_cert: tls.map(|file| dir.path().join(file)),
            tls_key: tls.map(|file| dir.path().join(file)),
        }),
    };
    let error = run(&args(None), false).unwrap_err();
    assert_eq!(error.exit(), Exit::Files, "{error}");
    let error = run(&args(Some("none.pem")), false).unwrap_err();
    assert!(matches!(error, CliError::WitnessTls(_)), "{error}");
}
