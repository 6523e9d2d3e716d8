//! Revocation lists, what is in force, and what happens when the files change.

#![expect(
    clippy::disallowed_methods,
    reason = "tests write the files themselves"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;
use time::OffsetDateTime;

use super::transport::Watcher;
use super::*;
use crate::clock::Clock;
use crate::config::TlsConfig;
use crate::identity::{Caller, IdentityError};

/// The time at which these tests begin, seconds since 1970.
const NOW: i64 = 1_790_000_000;
const DAY: i64 = 24 * 60 * 60;

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

/// An authority, its files, and a transport that reads them.
struct Bench {
    dir: TempDir,
    key: KeyPair,
    params: CertificateParams,
    tls: TlsConfig,
    clock: Clock,
}

impl Bench {
    fn new() -> Self {
        let bench = Self {
            dir: TempDir::new().unwrap(),
            key: KeyPair::generate().unwrap(),
            params: authority_params("authority"),
            tls: TlsConfig {
                certificate: "server.pem".into(),
                key: "server.key".into(),
                client_authority: "ca.pem".into(),
                client_revocations: Some("ca.crl".into()),
            },
            clock: Clock::fixed(NOW * 1_000_000),
        };
        bench.write("ca.pem", &bench.authority());
        bench.serve_as(1, NOW + 100 * DAY);
        bench.revoke(&[], NOW, NOW + 50 * DAY);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn authority(&self) -> String {
        self.params.self_signed(&self.key).unwrap().pem()
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// Gives the server another certificate and key.
    fn serve_as(&self, serial: u64, until: i64) {
        let key = KeyPair::generate().unwrap();
        let mut params = params("server", serial, until);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer()).unwrap();
        self.write("server.key", &key.serialize_pem());
        self.write("server.pem", &certificate.pem());
    }

    /// A client's chain.
    fn client(&self, serial: u64, until: i64) -> Vec<CertificateDer<'static>> {
        let key = KeyPair::generate().unwrap();
        let mut params = params("client", serial, until);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer()).unwrap();
        vec![certificate.der().clone()]
    }

    /// A list of these serial numbers.
    fn list(&self, serials: &[u64], this: i64, next: i64) -> String {
        list(&self.issuer(), serials, this, next)
    }

    fn revoke(&self, serials: &[u64], this: i64, next: i64) {
        self.write("ca.crl", &self.list(serials, this, next));
    }

    fn open(&self) -> Result<Arc<Transport>, TlsError> {
        Transport::open(self.dir.path(), &self.tls, self.clock.clone())
    }

    /// Why the lists in the file are not taken.
    fn refused(&self) -> RevocationError {
        let TlsError::Revocations { source, .. } = self.open().unwrap_err() else {
            panic!("refused for another reason");
        };
        source
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    params.not_before = at(NOW - DAY);
    params.not_after = at(NOW + 1_000 * DAY);
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn params(name: &str, serial: u64, until: i64) -> CertificateParams {
    let mut params = named(name);
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_after = at(until);
    params
}

fn list(issuer: &Issuer<'_, &KeyPair>, serials: &[u64], this: i64, next: i64) -> String {
    let revoked = |serial: &u64| RevokedCertParams {
        serial_number: SerialNumber::from(*serial),
        revocation_time: at(this),
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: at(this),
        next_update: at(next),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: serials.iter().map(revoked).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(issuer).unwrap().pem().unwrap()
}

/// Two looks: what has changed counts.
fn settle(watcher: &mut Watcher, transport: &Transport) {
    watcher.look(transport);
    watcher.look(transport);
}

fn judged(transport: &Transport, chain: &[CertificateDer<'_>]) -> Result<(), Distrust> {
    transport.judge(chain).outcome
}

#[test]
fn who_is_on_the_list_is_revoked_and_others_are_not() {
    let bench = Bench::new();
    bench.revoke(&[7, 9], NOW, NOW + 50 * DAY);
    let transport = bench.open().unwrap();
    assert_eq!(judged(&transport, &bench.client(8, NOW + DAY)), Ok(()));
    let revoked = bench.client(9, NOW + DAY);
    assert_eq!(judged(&transport, &revoked), Err(Distrust::Revoked));
    assert_eq!(transport.problem(), None);
}

#[test]
fn without_the_setting_nobody_is_revoked() {
    let mut bench = Bench::new();
    bench.revoke(&[9], NOW, NOW + 50 * DAY);
    bench.tls.client_revocations = None;
    let transport = bench.open().unwrap();
    assert_eq!(judged(&transport, &bench.client(9, NOW + DAY)), Ok(()));
}

#[test]
fn an_expired_certificate_and_a_stranger_are_not_trusted() {
    let bench = Bench::new();
    let transport = bench.open().unwrap();
    let expired = bench.client(8, NOW - 1);
    assert_eq!(judged(&transport, &expired), Err(Distrust::Expired));
    let stranger = Bench::new().client(8, NOW + DAY);
    assert_eq!(judged(&transport, &stranger), Err(Distrust::Unvouched));
    assert_eq!(judged(&transport, &[]), Err(Distrust::Unvouched));
}

#[test]
fn a_list_past_its_next_update_lets_nobody_in_and_is_told_before() {
    let bench = Bench::new();
    bench.revoke(&[], NOW, NOW + 10 * DAY);
    let (transport, client) = (bench.open().unwrap(), bench.client(8, NOW + 90 * DAY));
    assert_eq!(transport.problem(), None);
    bench.clock.set((NOW + 4 * DAY) * 1_000_000);
    assert!(transport.problem().unwrap().contains("144 hours"));
    assert_eq!(judged(&transport, &client), Ok(()));
    bench.clock.set((NOW + 10 * DAY) * 1_000_000);
    assert!(transport.problem().unwrap().contains("nobody is let in"));
    assert_eq!(judged(&transport, &client), Err(Distrust::Unvouched));
    // A new list mends it.
    bench.revoke(&[], NOW + 10 * DAY, NOW + 50 * DAY);
    settle(&mut Watcher::of(&transport), &transport);
    assert_eq!(judged(&transport, &client), Ok(()));
    assert_eq!(transport.problem(), None);
}

#[test]
fn every_authority_needs_a_list_that_it_signed() {
    let bench = Bench::new();
    let other = KeyPair::generate().unwrap();
    let other_params = authority_params("other");
    let same_name = Issuer::from_params(&bench.params, &other);
    let other_name = Issuer::from_params(&other_params, &other);
    let ends = NOW + 50 * DAY;

    bench.write("ca.crl", "");
    assert!(matches!(bench.refused(), RevocationError::Missing));
    bench.write("ca.crl", &list(&same_name, &[], NOW, ends));
    assert!(matches!(bench.refused(), RevocationError::Forged));
    bench.write("ca.crl", &list(&other_name, &[], NOW, ends));
    assert!(matches!(bench.refused(), RevocationError::Missing));
    let both = [
        bench.list(&[], NOW, ends),
        list(&other_name, &[], NOW, ends),
    ];
    bench.write("ca.crl", &both.concat());
    bench.open().unwrap();
    let second = other_params.self_signed(&other).unwrap().pem();
    bench.write("ca.pem", &[bench.authority(), second].concat());
    bench.open().unwrap();
    bench.revoke(&[], NOW, ends);
    assert!(matches!(bench.refused(), RevocationError::Missing));
}

#[test]
fn what_is_no_list_is_refused() {
    let bench = Bench::new();
    let list = bench.list(&[3], NOW, NOW + 50 * DAY);
    let body: String = list
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let cut = format!(
        "-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n",
        &body[..body.len() / 2 / 4 * 4]
    );
    bench.write("ca.crl", &cut);
    assert!(matches!(bench.refused(), RevocationError::Unreadable));
    bench.write("ca.crl", list.trim_end().trim_end_matches('-'));
    assert!(matches!(
        bench.refused(),
        RevocationError::Pem(_) | RevocationError::Missing
    ));
    fs::remove_file(bench.path("ca.crl")).unwrap();
    let error = bench.open().unwrap_err();
    assert!(matches!(error, TlsError::Read { .. }), "{error}");
}

#[test]
fn an_older_list_does_not_take_the_place_of_a_newer_one() {
    let bench = Bench::new();
    bench.revoke(&[9], NOW, NOW + 50 * DAY);
    let (transport, client) = (bench.open().unwrap(), bench.client(9, NOW + DAY));
    let mut watcher = Watcher::of(&transport);
    bench.revoke(&[], NOW - 1, NOW + 50 * DAY);
    settle(&mut watcher, &transport);
    assert_eq!(judged(&transport, &client), Err(Distrust::Revoked));
    assert!(transport.problem().unwrap().contains("older"));
}

#[test]
fn an_open_connection_learns_of_a_revocation() {
    let bench = Bench::new();
    let transport = bench.open().unwrap();
    let mut watcher = Watcher::of(&transport);
    let (peer, other) = (
        Peer::new(Arc::clone(&transport)),
        Peer::new(Arc::clone(&transport)),
    );
    let (chain, other_chain) = (bench.client(7, NOW + DAY), bench.client(8, NOW + DAY));
    assert_eq!(peer.check(&chain), Ok(()));
    bench.revoke(&[7], NOW + 1, NOW + 50 * DAY);
    watcher.look(&transport);
    // It may still be being written.
    assert_eq!(peer.check(&chain), Ok(()));
    watcher.look(&transport);
    assert_eq!(peer.check(&chain), Err(Distrust::Revoked));
    assert_eq!(peer.clone().check(&chain), Err(Distrust::Revoked));
    assert_eq!(other.check(&other_chain), Ok(()));
}

#[test]
fn a_connection_is_named_once_and_each_by_itself() {
    let transport = Bench::new().open().unwrap();
    let [peer, other] = [(); 2].map(|()| Peer::new(Arc::clone(&transport)));
    let caller = |officer: &str| Caller {
        agency: "REG".to_owned(),
        officer: officer.to_owned(),
    };
    assert_eq!(peer.caller(|| Ok(caller("R1"))), Ok(&caller("R1")));
    let nobody = || Err(IdentityError::NoName);
    assert_eq!(peer.clone().caller(nobody), Ok(&caller("R1")));
    assert_eq!(other.caller(nobody), Err(IdentityError::NoName));
    // A certificate that names nobody does not come to name somebody.
    assert_eq!(
        other.caller(|| Ok(caller("R2"))),
        Err(IdentityError::NoName)
    );
}

#[test]
fn an_open_connection_ends_with_its_certificate() {
    let bench = Bench::new();
    let transport = bench.open().unwrap();
    let (peer, chain) = (Peer::new(transport), bench.client(7, NOW + 60));
    assert_eq!(peer.check(&chain), Ok(()));
    bench.clock.set((NOW + 60) * 1_000_000 + 999_999);
    assert_eq!(peer.check(&chain), Ok(()));
    bench.clock.set((NOW + 61) * 1_000_000);
    assert_eq!(peer.check(&chain), Err(Distrust::Expired));
}

#[test]
fn a_removed_authority_is_not_trusted_on_open_connections() {
    let mut bench = Bench::new();
    let transport = bench.open().unwrap();
    let mut watcher = Watcher::of(&transport);
    let (peer, chain) = (
        Peer::new(Arc::clone(&transport)),
        bench.client(7, NOW + DAY),
    );
    assert_eq!(peer.check(&chain), Ok(()));
    bench.key = KeyPair::generate().unwrap();
    bench.params = authority_params("successor");
    bench.write("ca.pem", &bench.authority());
    bench.revoke(&[], NOW, NOW + 50 * DAY);
    settle(&mut watcher, &transport);
    assert_eq!(transport.problem(), None);
    assert_eq!(peer.check(&chain), Err(Distrust::Unvouched));
}

#[test]
fn files_that_cannot_be_used_change_nothing_until_they_are_mended() {
    let bench = Bench::new();
    let transport = bench.open().unwrap();
    let mut watcher = Watcher::of(&transport);
    let client = bench.client(7, NOW + DAY);
    let before: Vec<(&str, Vec<u8>)> = ["server.pem", "server.key", "ca.pem", "ca.crl"]
        .map(|name| (name, fs::read(bench.path(name)).unwrap()))
        .to_vec();
    let other = KeyPair::generate().unwrap().serialize_pem();
    for (name, text) in [
        ("server.pem", ""),
        (
            "server.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
        ("server.key", ""),
        ("server.key", other.as_str()),
        ("ca.pem", "nothing"),
        ("ca.crl", "nothing"),
    ] {
        let generation = transport.generation();
        bench.write(name, text);
        settle(&mut watcher, &transport);
        let problem = transport.problem().expect(name);
        assert!(problem.contains("stay in force"), "{problem}");
        assert_eq!(transport.generation(), generation, "{name}");
        assert_eq!(judged(&transport, &client), Ok(()), "{name}");
        for (name, bytes) in &before {
            fs::write(bench.path(name), bytes).unwrap();
        }
        // Mended: the same files as at the start are in force, and nothing is complained of.
        settle(&mut watcher, &transport);
        assert_eq!(transport.problem(), None, "{name}");
    }
}

#[test]
fn a_missing_file_and_a_key_that_others_may_read_are_refused() {
    let bench = Bench::new();
    let transport = bench.open().unwrap();
    let mut watcher = Watcher::of(&transport);
    for mode in [0o604, 0o620, 0o602] {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(bench.path("server.key"), permissions).unwrap();
        let error = bench.open().unwrap_err();
        assert!(matches!(error, TlsError::Exposed { .. }), "{error}");
    }
    settle(&mut watcher, &transport);
    assert!(transport.problem().unwrap().contains("chmod 600"));
    fs::remove_file(bench.path("server.key")).unwrap();
    settle(&mut watcher, &transport);
    assert!(transport.problem().unwrap().contains("cannot read"));
    assert_eq!(transport.generation(), 0);
}

#[test]
fn the_end_of_the_certificate_of_the_server_is_told() {
    let bench = Bench::new();
    bench.serve_as(2, NOW + 30 * DAY);
    let transport = bench.open().unwrap();
    assert_eq!(transport.problem(), None);
    bench.clock.set((NOW + 29 * DAY) * 1_000_000);
    assert!(transport.problem().unwrap().contains("24 hours"));
    bench.clock.set((NOW + 31 * DAY) * 1_000_000);
    assert!(transport.problem().unwrap().contains("past the end"));
}

#[test]
fn a_dump_shows_no_key() {
    let bench = Bench::new();
    let transport = bench.open().unwrap();
    let peer = Peer::new(Arc::clone(&transport));
    let dump = format!("{transport:?} {:?} {peer:?}", bench.tls);
    assert_no_line_of(&bench.path("server.key"), &dump);
}

fn assert_no_line_of(path: &Path, dump: &str) {
    let text = fs::read_to_string(path).unwrap();
    for line in text.lines().filter(|line| !line.starts_with("-----")) {
        assert!(!dump.contains(line));
    }
}
