//! Founding a registry whose segments are small and whose clock stands still.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use sabt_chain::{LedgerName, Origin};
use sabt_cli::cast::{GOVERNANCE, emergency_officer, everybody, signers, supervisor};
use sabt_cli::files::{self, Mode};
use sabt_cli::keys::Keys;
use sabt_cli::pki::{self, Authority};
use sabt_cli::sign::Author;
use sabt_domain::access::Matrix;
use sabt_population::{agencies, offices};
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::Registry;
use sabt_vault::secrets::KeyRing;

use super::{enrol_agency, enrol_key, enrol_office, governance_act};

/// Bytes of a segment, unless a test wants others.
pub(crate) const SEGMENT_BYTES: u64 = 1024 * 1024;

/// Provinces whose offices are enrolled: Tehran, and Razavi Khorasan.
const PROVINCES: [&str; 2] = ["IR-23", "IR-09"];

/// Makes a registry in an empty directory, with the cast, its keys and some offices enrolled.
pub(crate) async fn establish(dir: &Path, name: &str, segment_bytes: u64, clock: Clock) {
    establish_under(Matrix::newest(), dir, name, segment_bytes, clock).await;
}

/// The same under another edition of the access policy.
pub(crate) async fn establish_under(
    matrix: &Matrix,
    dir: &Path,
    name: &str,
    segment_bytes: u64,
    clock: Clock,
) {
    let keys = Keys::of(dir);
    files::create_directory(&keys.authors()).unwrap();
    drop(KeyRing::create(keys.directory()).unwrap());
    let log_keys = LedgerName::ALL.map(|ledger| {
        keys.create_log_key(&Origin::new(name, ledger).unwrap())
            .unwrap()
    });
    let governance = Author::new(keys.create_governance().unwrap(), name).unwrap();
    create_certificates(dir, name);
    let config = create_config(dir, name, segment_bytes);

    let mut bodies = vec![found(name, &log_keys, &governance), adopt_policy(matrix)];
    bodies.extend(enrol_agencies());
    bodies.extend(enrol_offices());
    for player in signers() {
        let key = keys.create_author(player.name).unwrap();
        let mut enrolment = enrol_key(player.agency, key.public().as_bytes(), "", 0);
        if let Body::EnrolKey(key) = &mut enrolment {
            supervisor(player).clone_into(&mut key.supervisor);
            emergency_officer(player).clone_into(&mut key.emergency_officer);
        }
        bodies.push(enrolment);
    }
    Registry::create(dir, &config).unwrap();
    crate::processes::settle();
    let registry = Registry::open(dir, &config, clock).unwrap();
    for body in bodies {
        let signed = governance.sign(&governance_act(body)).unwrap();
        registry.found(signed).await.unwrap();
    }
    tokio::task::spawn_blocking(move || registry.close())
        .await
        .unwrap();
}

/// Makes the development authority of a registry, and the certificates of its server and of the cast.
pub(crate) fn create_certificates(dir: &Path, name: &str) {
    let directory = pki::directory(dir);
    let clients = directory.join("clients");
    files::create_directory(&clients).unwrap();
    let authority = Authority::generate(name).unwrap();
    authority.write(&directory).unwrap();
    let server = authority.server(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
    server.write(&directory.join("server")).unwrap();
    for player in everybody() {
        let pair = authority.client(player.agency, player.officer).unwrap();
        pair.write(&clients.join(player.name)).unwrap();
    }
}

fn create_config(dir: &Path, name: &str, segment_bytes: u64) -> Config {
    let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    let usual = format!("segment_bytes = {}", 64 * 1024 * 1024);
    let text = Config::template(name, listen, None);
    assert!(text.contains(&usual), "the template states the usual size");
    let text = text.replace(&usual, &format!("segment_bytes = {segment_bytes}"));
    // Tests count records: one that wants anchors asks for them.
    let often = "anchor_every_secs = 60";
    assert!(
        text.contains(often),
        "the template states how often ledgers are anchored"
    );
    let text = text.replace(often, "anchor_every_secs = 86400");
    let path = dir.join(Config::FILE);
    files::create(&path, text.as_bytes(), Mode::Public).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    Config::load(dir).unwrap()
}

fn found(name: &str, log_keys: &[String; 2], governance: &Author) -> Body {
    let [events, disclosures] = log_keys;
    Body::FoundRegistry(event::FoundRegistry {
        name: name.to_owned(),
        events_log_key: events.clone(),
        disclosures_log_key: disclosures.clone(),
        governance_key: governance.public().to_vec(),
    })
}

/// A policy that this registry can apply.
fn adopt_policy(matrix: &Matrix) -> Body {
    Body::AdoptPolicy(event::AdoptPolicy {
        edition: matrix.edition().to_owned(),
        digest: matrix.digest().to_vec(),
    })
}

fn enrol_agencies() -> Vec<Body> {
    let mut bodies: Vec<Body> = agencies()
        .into_iter()
        .map(|agency| enrol_agency(agency.code, agency.role))
        .collect();
    bodies.push(enrol_agency(GOVERNANCE.agency, event::Role::Governance));
    bodies
}

fn enrol_offices() -> impl Iterator<Item = Body> {
    offices()
        .into_iter()
        .filter(|office| PROVINCES.contains(&office.province))
        .map(|office| enrol_office(&office.code, office.agency, office.province))
}
