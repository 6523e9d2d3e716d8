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
    assert!(matches!(
        arguments("--log-key a --server https://h:1 --ca f --cert f"),
        Err(UsageError::ServerFiles)
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
    assert!(help().contains("records-missing"));
}
