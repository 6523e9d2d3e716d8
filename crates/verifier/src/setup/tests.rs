use super::*;

/// Keys of `registry.example.ir`, made from the seeds 11 and 12.
fn vkeys() -> [String; 2] {
    [("events", 11), ("disclosures", 12)].map(|(ledger, seed)| {
        let name = format!("registry.example.ir/{ledger}").parse().unwrap();
        let signer = sabt_chain::note::SignerKey::from_seed(name, [seed; 32]);
        signer.verifier().to_string()
    })
}

#[expect(clippy::disallowed_methods, reason = "a test's file need not last")]
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

fn request() -> Request {
    Request {
        directory: Some("data".into()),
        ..Request::default()
    }
}

#[test]
fn log_keys_come_from_the_line_and_from_files() {
    let [events, disclosures] = vkeys();
    let one = file(&format!("# published 2026\n\n  {disclosures}  \n"));
    let both = file(&format!("{events}\n{disclosures}\n"));
    let requests = [
        Request {
            log_keys: vec![events.clone(), disclosures.clone()],
            ..request()
        },
        Request {
            log_keys: vec![events, one.path().display().to_string()],
            ..request()
        },
        Request {
            log_key_files: vec![both.path().to_owned()],
            ..request()
        },
    ];
    for request in requests {
        let options = options(&request).unwrap();
        assert_eq!(options.trust.registry(), "registry.example.ir");
        assert_eq!(options.faults_listed, FAULTS_LISTED);
    }
}

#[test]
fn keys_that_do_not_make_a_registry_are_refused() {
    let [events, disclosures] = vkeys();
    let with = |log_keys: &[&String]| {
        let log_keys = log_keys.iter().map(|key| (*key).clone()).collect();
        options(&Request {
            log_keys,
            ..request()
        })
    };
    assert!(matches!(with(&[&events]), Err(SetupError::Trust(_))));
    assert!(matches!(with(&[&disclosures]), Err(SetupError::Trust(_))));
    let damaged = events.replace("example", "exemple");
    assert!(matches!(
        with(&[&damaged, &disclosures]),
        Err(SetupError::Trust(_))
    ));
    let missing = "no/such/file".to_owned();
    assert!(matches!(with(&[&missing]), Err(SetupError::File { .. })));
}

#[test]
fn a_governance_key_is_sixty_four_digits() {
    let log_keys = vkeys().to_vec();
    for (key, accepted) in [
        ("ab".repeat(32), true),
        (format!(" {}\n", "AB".repeat(32)), true),
        ("ab".repeat(31), false),
        ("+a".repeat(32), false),
        ("zz".repeat(32), false),
    ] {
        let request = Request {
            log_keys: log_keys.clone(),
            governance_key: Some(key),
            ..request()
        };
        assert_eq!(options(&request).is_ok(), accepted);
    }
}

#[test]
fn a_server_needs_its_files() {
    let request = Request {
        directory: None,
        server: Some("https://localhost:1".to_owned()),
        log_keys: vkeys().to_vec(),
        ..Request::default()
    };
    assert!(options(&request).is_err());
}
