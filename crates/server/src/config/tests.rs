use std::net::SocketAddr;

use super::*;

fn template() -> String {
    let listen = SocketAddr::from(([127, 0, 0, 1], 7443));
    Config::template("registry.example/sabt", listen, None)
}

#[test]
fn the_template_is_valid_and_names_the_revocation_lists() {
    let config = Config::parse(&template()).unwrap();
    let lists = config.tls.client_revocations.unwrap();
    assert_eq!(lists, PathBuf::from("keys/tls/ca.crl"));
}

#[test]
fn a_configuration_from_before_revocation_lists_is_read() {
    let lists = "client_revocations = \"keys/tls/ca.crl\"\n";
    let text = template();
    assert!(text.contains(lists));
    let config = Config::parse(&text.replace(lists, "")).unwrap();
    assert_eq!(config.tls.client_revocations, None);
}

#[test]
fn a_key_in_the_configuration_is_refused_and_not_repeated() {
    let secret = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";
    let dir = tempfile::tempdir().unwrap();
    for value in [
        format!("\"-----BEGIN PRIVATE KEY-----\\n{secret}\\n-----END PRIVATE KEY-----\""),
        format!("\"\"\"\n-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n\"\"\""),
        format!("\"\"\"\n{secret}\n\"\"\""),
    ] {
        let text = template().replace("\"keys/tls/server.key\"", &value);
        #[expect(clippy::disallowed_methods, reason = "a test needs a file")]
        std::fs::write(dir.path().join(Config::FILE), &text).unwrap();
        let error = Config::load(dir.path()).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains("names a file"), "{told}");
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn a_mistake_is_told_with_its_line_and_without_the_text() {
    let text = template().replace("[ledger]\n", "[ledger]\npassword = \"hunter2\"\n");
    let dir = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test needs a file")]
    std::fs::write(dir.path().join(Config::FILE), &text).unwrap();
    let line = text.lines().position(|line| line.starts_with("password"));
    let line = format!("line {}:", line.unwrap() + 1);
    let error = Config::load(dir.path()).unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(told.contains(&line) && told.contains("password"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}
