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
fn a_policy_and_remembered_checkpoints_are_read() {
    let log_keys = vkeys().to_vec();
    let name = "registry.example.ir/events".parse().unwrap();
    let signer = sabt_chain::note::SignerKey::from_seed(name, [11; 32]);
    let head = |origin: &str| sabt_chain::checkpoint::TreeHead {
        origin: origin.parse().unwrap(),
        size: sabt_chain::Size::EMPTY,
        root: sabt_chain::Hash::EMPTY_ROOT,
    };
    let note = file(&head("registry.example.ir/events").sign(&[&signer]).unwrap());
    let policy = file("quorum none\n");
    let of = |policy: &Path, since: &Path| {
        options(&Request {
            log_keys: log_keys.clone(),
            policy: Some(policy.to_owned()),
            since: vec![since.to_owned()],
            ..request()
        })
    };
    let read = of(policy.path(), note.path()).unwrap();
    assert!(read.policy.is_some());
    assert_eq!(read.remembered.len(), 1);

    assert!(matches!(
        of(note.path(), note.path()),
        Err(SetupError::Policy { .. })
    ));
    let nothing = file("nothing\n");
    let other_name = "other.example/events".parse().unwrap();
    let other_signer = sabt_chain::note::SignerKey::from_seed(other_name, [11; 32]);
    let other = file(&head("other.example/events").sign(&[&other_signer]).unwrap());
    for since in [&nothing, &other] {
        let refused = of(policy.path(), since.path());
        assert!(matches!(refused, Err(SetupError::NotRemembered { .. })));
    }
}

#[test]
fn a_proof_needs_one_log_key_alone() {
    let [events, _] = vkeys();
    let proof = file("c2sp.org/tlog-proof@v1\n");
    let arguments = |log_key: &str, link: Option<&str>| ProofArguments {
        proof: proof.path().to_owned(),
        log_keys: vec![log_key.to_owned()],
        link: link.map(str::to_owned),
        ..ProofArguments::default()
    };
    let link = "ab".repeat(32);
    let request = proof_request(&arguments(&events, Some(&link))).unwrap();
    assert_eq!(request.link.unwrap().to_string(), link);
    assert_eq!(request.keys.keys().len(), 1);
    let refused = proof_request(&arguments(&events, Some("ab")));
    assert!(matches!(refused, Err(SetupError::Link)));
    let damaged = events.replace("example", "exemple");
    let refused = proof_request(&arguments(&damaged, None));
    assert!(matches!(refused, Err(SetupError::LogKey(_))));
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

/// `--audit-url` and `--server` take the same files, and ask for different things.
#[cfg(feature = "server")]
#[test]
fn an_address_is_asked_with_the_files_named_beside_it() {
    let [ca, cert, key] = ["authority", "certificate", "key"].map(file);
    let path = |file: &tempfile::NamedTempFile| Some(file.path().to_owned());
    let whole = |audit_url: Option<&str>, server: Option<&str>| Request {
        audit_url: audit_url.map(str::to_owned),
        server: server.map(str::to_owned),
        ca: path(&ca),
        cert: path(&cert),
        key: path(&key),
        log_keys: vkeys().to_vec(),
        ..Request::default()
    };
    let url = "https://audit.registry.example.ir:1";
    let tiles = options(&whole(Some(url), None)).unwrap();
    assert!(matches!(tiles.source, Source::Endpoint(_)));
    // What the files hold is used: none of it is a certificate.
    let error = sabt_verifier::verify(&tiles).unwrap_err();
    assert!(error.to_string().contains("PEM"), "{error}");
    let api = options(&whole(None, Some(url))).unwrap();
    assert!(matches!(api.source, Source::Server(_)));

    for lacking in [
        Request {
            ca: None,
            ..whole(Some(url), None)
        },
        Request {
            cert: None,
            ..whole(Some(url), None)
        },
        Request {
            key: None,
            ..whole(Some(url), None)
        },
    ] {
        let Err(error) = options(&lacking) else {
            panic!("a file is not named");
        };
        assert!(
            error.to_string().contains("--ca, --cert and --key"),
            "{error}"
        );
    }
    let missing = Request {
        key: Some("no/such/key".into()),
        ..whole(Some(url), None)
    };
    assert!(matches!(options(&missing), Err(SetupError::File { .. })));
}
