//! The development authority's certificates and its revocation list.

use std::path::Path;

use rcgen::RevocationReason;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::listen::Transport;

use super::Paper;
use crate::args::{
    CertificateArgs, CertificateCommand, IssueArgs, ReasonArg, RenewArgs, RevokeArgs,
};
use crate::commands::certificate;
use crate::error::CliError;
use crate::exit::Exit;
use crate::files::{self, Mode};
use crate::pki::{self, Authority, Issued, Pair, PkiError, RevocationList};

const REGISTRY: &str = "test.example/sabt";

/// The files of TLS and the configuration of a registry that has nothing else.
fn office(dir: &Path) -> Authority {
    let directory = pki::directory(dir);
    files::create_directory(&directory.join("clients")).unwrap();
    let authority = Authority::generate(REGISTRY).unwrap();
    authority.write(&directory).unwrap();
    let address = "127.0.0.1".parse().unwrap();
    let server = authority.server(address).unwrap();
    server.write(&directory.join("server")).unwrap();
    let text = Config::template(REGISTRY, "127.0.0.1:0".parse().unwrap(), None);
    files::create(&dir.join(Config::FILE), text.as_bytes(), Mode::Public).unwrap();
    authority
}

fn run(command: CertificateCommand) -> Result<String, CliError> {
    let paper = Paper::default();
    certificate::run(&CertificateArgs { command }, &mut paper.out(false))?;
    Ok(paper.text())
}

fn issue(dir: &Path, name: &str, agency: &str) -> Result<String, CliError> {
    run(CertificateCommand::Issue(IssueArgs {
        name: name.to_owned(),
        agency: agency.to_owned(),
        officer: "P7".to_owned(),
        days: 30,
        dir: dir.to_owned(),
    }))
}

fn revoke(dir: &Path, certificate: &str) -> Result<String, CliError> {
    run(CertificateCommand::Revoke(RevokeArgs {
        certificate: certificate.to_owned(),
        reason: ReasonArg::AffiliationChanged,
        dir: dir.to_owned(),
    }))
}

fn renew(dir: &Path, name: &str, keep_old: bool) -> Result<String, CliError> {
    run(CertificateCommand::Renew(RenewArgs {
        name: name.to_owned(),
        days: 30,
        keep_old,
        dir: dir.to_owned(),
    }))
}

fn issued(dir: &Path, name: &str) -> Issued {
    let stem = pki::directory(dir).join("clients").join(name);
    Issued::parse(&Pair::read(&stem).unwrap().certificate).unwrap()
}

fn list(dir: &Path, authority: &Authority) -> RevocationList {
    let pem = files::read_text(&pki::revocations(dir)).unwrap();
    RevocationList::parse(&pem, authority).unwrap()
}

/// The server takes the files as they stand.
fn check_usable(dir: &Path) {
    let config = Config::load(dir).unwrap();
    let transport = Transport::open(dir, &config.tls, Clock::system()).unwrap();
    assert_eq!(transport.problem(), None);
}

#[test]
fn a_certificate_is_issued_renewed_and_revoked() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    let authority = office(dir);
    let told = issue(dir, "patrol-7", "POLICE").unwrap();
    assert!(told.contains("--as patrol-7"), "{told}");
    let first = issued(dir, "patrol-7");
    let caller = first.caller(REGISTRY).unwrap();
    assert_eq!((&*caller.agency, &*caller.officer), ("POLICE", "P7"));
    // What exists is not overwritten.
    let error = issue(dir, "patrol-7", "POLICE").unwrap_err();
    assert_eq!(error.exit() as u8, Exit::Files as u8);
    assert_eq!(issued(dir, "patrol-7"), first);

    renew(dir, "patrol-7", true).unwrap();
    let second = issued(dir, "patrol-7");
    assert_ne!(second, first);
    assert_eq!(second.caller(REGISTRY), first.caller(REGISTRY));
    assert!(!list(dir, &authority).revokes(&first));
    renew(dir, "patrol-7", false).unwrap();
    let third = issued(dir, "patrol-7");
    let revoked = list(dir, &authority);
    assert!(revoked.revokes(&second) && !revoked.revokes(&third) && !revoked.revokes(&first));

    let told = revoke(dir, "patrol-7").unwrap();
    assert!(told.starts_with("It is revoked."), "{told}");
    let told = revoke(dir, "patrol-7").unwrap();
    assert!(told.starts_with("It was revoked before"), "{told}");
    // Of a file, for instance one that was kept elsewhere.
    let elsewhere = authority.client("POLICE", "P8").unwrap();
    let file = home.path().join("p8.pem");
    files::create(&file, elsewhere.certificate.as_bytes(), Mode::Public).unwrap();
    revoke(dir, file.to_str().unwrap()).unwrap();
    let revoked = list(dir, &authority);
    for certificate in [
        &second,
        &third,
        &Issued::parse(&elsewhere.certificate).unwrap(),
    ] {
        assert!(revoked.revokes(certificate));
    }
    check_usable(dir);
}

#[test]
fn a_renewed_server_keeps_its_address() {
    let home = tempfile::tempdir().unwrap();
    office(home.path());
    let stem = pki::directory(home.path()).join("server");
    let read = || Issued::parse(&Pair::read(&stem).unwrap().certificate).unwrap();
    let before = read();
    renew(home.path(), "server", false).unwrap();
    let after = read();
    assert_ne!(before, after);
    assert_eq!(before.address(), after.address());
    assert!(after.address().is_some());
    check_usable(home.path());
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    let authority = office(dir);
    let before = list(dir, &authority);
    for name in ["", "a/b", "..", "two words", "server"] {
        let error = issue(dir, name, "POLICE").unwrap_err();
        assert_eq!(error.exit() as u8, Exit::Usage as u8, "{name}");
    }
    let error = issue(dir, "patrol", "PO LICE").unwrap_err();
    assert!(error.to_string().contains("codes are"), "{error}");
    assert!(!pki::directory(dir).join("clients/patrol.pem").exists());

    let error = revoke(dir, "nobody").unwrap_err();
    assert!(error.to_string().contains("no certificate"), "{error}");
    let stranger = Authority::generate("other.example").unwrap();
    let file = dir.join("stranger.pem");
    let certificate = stranger.client("POLICE", "P7").unwrap().certificate;
    files::create(&file, certificate.as_bytes(), Mode::Public).unwrap();
    let error = revoke(dir, file.to_str().unwrap()).unwrap_err();
    assert!(error.to_string().contains("did not issue"), "{error}");
    let error = revoke(dir, dir.join(Config::FILE).to_str().unwrap()).unwrap_err();
    assert!(matches!(error, CliError::Pki(PkiError::NotACertificate)));
    assert!(renew(dir, "nobody", false).is_err());
    assert_eq!(list(dir, &authority), before);
}

#[test]
fn a_list_of_somebody_else_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    office(dir);
    issue(dir, "patrol", "POLICE").unwrap();
    let stranger = Authority::generate("other.example").unwrap();
    let foreign = RevocationList::default().sign(&stranger).unwrap();
    let path = pki::revocations(dir);
    let own = files::read_text(&path).unwrap();
    for text in [foreign.clone(), [own, foreign].concat(), String::new()] {
        files::replace(&path, text.as_bytes(), Mode::Public).unwrap();
        let error = revoke(dir, "patrol").unwrap_err();
        assert!(
            matches!(error, CliError::Pki(PkiError::NotOurList)),
            "{error}"
        );
        assert_eq!(files::read_text(&path).unwrap(), text);
    }
}

#[test]
fn a_configuration_without_the_list_is_told_how_to_name_it() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    let authority = office(dir);
    issue(dir, "patrol", "POLICE").unwrap();
    let path = dir.join(Config::FILE);
    let text = files::read_text(&path).unwrap();
    let text = text.replace("client_revocations = \"keys/tls/ca.crl\"\n", "");
    files::replace(&path, text.as_bytes(), Mode::Public).unwrap();
    // As in a directory from before there were lists.
    std::fs::remove_file(pki::revocations(dir)).unwrap();
    let error = revoke(dir, "patrol").unwrap_err().to_string();
    assert!(error.contains("client_revocations"), "{error}");
    assert!(list(dir, &authority).revokes(&issued(dir, "patrol")));
}

#[test]
fn reasons_and_numbers_outlive_the_next_signature() {
    let authority = Authority::generate(REGISTRY).unwrap();
    let mut list = RevocationList::default();
    for reason in [
        RevocationReason::Unspecified,
        RevocationReason::KeyCompromise,
        RevocationReason::PrivilegeWithdrawn,
    ] {
        let pair = authority.client("POLICE", "P7").unwrap();
        assert!(list.revoke(&Issued::parse(&pair.certificate).unwrap(), reason));
        let pem = list.sign(&authority).unwrap();
        let read = RevocationList::parse(&pem, &authority).unwrap();
        assert_ne!(read, list, "its number has grown");
        let again = read.sign(&authority).unwrap();
        let again = RevocationList::parse(&again, &authority).unwrap();
        assert_ne!(again, read, "its number has grown");
        list = again;
    }
}
