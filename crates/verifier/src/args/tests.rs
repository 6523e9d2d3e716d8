use super::*;

fn arguments(line: &str) -> Result<Command, UsageError> {
    parse(line.split_whitespace().map(OsString::from))
}

#[test]
fn a_directory_with_keys() {
    let Ok(Command::Verify(request)) = arguments(
        "--log-key a --log-key=b --log-keys keys.txt --json --threads 3 --faults=7 -q data",
    ) else {
        panic!("the line is valid");
    };
    assert_eq!(request.directory, Some(PathBuf::from("data")));
    assert_eq!(request.log_keys, ["a", "b"]);
    assert_eq!(request.log_key_files, [PathBuf::from("keys.txt")]);
    assert_eq!(request.threads, NonZeroUsize::new(3));
    assert_eq!(request.faults, Some(7));
    assert!(request.json && request.quiet);
}

#[test]
fn what_was_seen_before_and_who_must_have_cosigned() {
    let Ok(Command::Verify(request)) = arguments(
        "--log-keys k --policy p --since a --since b --state s --scratch t --audit-url https://h:1 --ca c --cert d --key e",
    ) else {
        panic!("the line is valid");
    };
    assert_eq!(request.policy, Some(PathBuf::from("p")));
    assert_eq!(request.since, [PathBuf::from("a"), PathBuf::from("b")]);
    assert_eq!(request.state, Some(PathBuf::from("s")));
    assert_eq!(request.scratch, Some(PathBuf::from("t")));
    assert_eq!(request.audit_url.as_deref(), Some("https://h:1"));
}

#[test]
fn a_proof_has_arguments_of_its_own() {
    let Ok(Command::Proof(request)) = arguments(
        "proof r.tlog-proof --log-keys k --policy p --link ab --anchor a.tlog-proof --anchor-payload a.payload --json",
    ) else {
        panic!("the line is valid");
    };
    assert_eq!(request.proof, PathBuf::from("r.tlog-proof"));
    assert_eq!(request.anchor, Some(PathBuf::from("a.tlog-proof")));
    assert_eq!(request.anchor_payload, Some(PathBuf::from("a.payload")));
    assert_eq!(request.link.as_deref(), Some("ab"));
    assert!(request.json);
    assert!(matches!(
        arguments("proof --log-key k"),
        Err(UsageError::NoProof)
    ));
    assert!(matches!(arguments("proof f"), Err(UsageError::NoLogKey)));
    assert!(matches!(
        arguments("proof f --log-key k --anchor a"),
        Err(UsageError::AnchorFiles)
    ));
    assert!(matches!(
        arguments("proof f --log-key k --server s"),
        Err(UsageError::Syntax(_))
    ));
    assert_eq!(arguments("proof --help").ok(), Some(Command::Help));
}

#[test]
fn what_cannot_be_understood_is_refused() {
    assert!(matches!(
        arguments("--log-key a"),
        Err(UsageError::NotOneSource)
    ));
    assert!(matches!(arguments("data"), Err(UsageError::NoLogKey)));
    assert!(matches!(
        arguments("--log-key a --server https://h:1 data"),
        Err(UsageError::NotOneSource)
    ));
    for line in [
        "--log-key a --server https://h:1 --ca f --cert f",
        "--log-key a --audit-url https://h:1 --ca f --key f",
    ] {
        assert!(
            matches!(arguments(line), Err(UsageError::ServerFiles)),
            "{line}"
        );
    }
    assert!(matches!(
        arguments("--log-key a --server https://h:1 --audit-url https://h:2"),
        Err(UsageError::NotOneSource)
    ));
    for line in [
        "--log-key a one two",
        "--bogus",
        "--log-key",
        "--threads 0 x",
        "-x",
    ] {
        assert!(
            matches!(arguments(line), Err(UsageError::Syntax(_))),
            "{line}"
        );
    }
}

#[test]
fn help_wins_and_shows_the_exit_codes() {
    assert_eq!(arguments("--bogus-not-reached -h").ok(), None);
    assert_eq!(arguments("-h --bogus").ok(), Some(Command::Help));
    assert_eq!(arguments("--version").ok(), Some(Command::Version));
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/verify"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("help", help().replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    });
}
