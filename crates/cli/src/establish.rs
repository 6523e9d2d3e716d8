//! Making a registry: directory, keys, certificates, configuration, founding acts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use sabt_chain::authorship::AuthorSigningKey;
use sabt_chain::{LedgerName, Origin};
use sabt_domain::access::Matrix;
use sabt_population::{AuthorRef, Office, Seed, agencies, author_key, offices};
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act};
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::{Layout, Registry};
use sabt_vault::secrets::KeyRing;
use tokio::task::JoinSet;

use crate::cast::{AUTHORS, GOVERNANCE, Player, emergency_officer, everybody, signers, supervisor};
use crate::error::CliError;
use crate::files::{self, Mode};
use crate::keys::Keys;
use crate::pki::{self, Authority};
use crate::sign::{Author, new_act_id};
use crate::{data, text};

/// What governance acts rest on.
const BASIS: &str = "design:4 governance records";
/// Provinces whose offices a new registry enrols: Tehran, and Razavi Khorasan with the crossing of Dogharoun.
const PROVINCES: [&str; 2] = ["IR-23", "IR-09"];
/// Governance acts under way at once: agencies, offices and keys of one kind do not depend on each other.
const FOUNDING_WINDOW: usize = 64;

/// Who may deal with the new registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrol {
    /// The governance authority alone, which enrols the others.
    Governance,
    /// The cast, with offices in two provinces.
    Cast,
    /// The cast, every office of the synthetic country, and the key of each.
    Population(Seed),
}

/// A registry to be made.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Its directory.
    pub dir: &'a Path,
    /// Its name.
    pub registry: &'a str,
    /// Address for gRPC.
    pub listen: SocketAddr,
    /// Address for metrics.
    pub metrics: Option<SocketAddr>,
    /// Who is enrolled.
    pub enrol: Enrol,
}

/// What was made.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Agencies enrolled.
    pub agencies: usize,
    /// Offices enrolled.
    pub offices: usize,
    /// Keys enrolled.
    pub keys: usize,
    /// Names of client certificates.
    pub clients: Vec<&'static str>,
    /// Public keys of both logs.
    pub log_keys: Vec<String>,
    /// Public key of the governance authority, hexadecimal.
    pub governance_key: String,
}

/// Makes a registry.
///
/// # Errors
/// [`CliError`]. What exists is never overwritten; what a failed attempt has left is for the user to remove.
pub async fn establish(plan: &Plan<'_>) -> Result<Made, CliError> {
    let origins = [
        Origin::new(plan.registry, LedgerName::Events)?,
        Origin::new(plan.registry, LedgerName::Disclosures)?,
    ];
    check_vacant(plan.dir)?;
    files::create_directory(plan.dir)?;
    let keys = Keys::of(plan.dir);
    drop(KeyRing::create(keys.directory())?);
    files::create_directory(&keys.authors())?;
    let mut log_keys = Vec::new();
    for origin in &origins {
        log_keys.push(keys.create_log_key(origin)?);
    }
    let governance = keys.create_governance()?;
    let governance_key = hex::encode(governance.public().as_bytes());
    let authors = match plan.enrol {
        Enrol::Governance => Vec::new(),
        Enrol::Cast | Enrol::Population(_) => signers()
            .map(|player| Ok((player, keys.create_author(player.name)?)))
            .collect::<Result<_, CliError>>()?,
    };
    let clients = create_certificates(plan)?;
    let text = Config::template(plan.registry, plan.listen, plan.metrics);
    files::create(&plan.dir.join(Config::FILE), text.as_bytes(), Mode::Public)?;

    let config = Config::load(plan.dir)?;
    let (dir, settings) = (plan.dir.to_owned(), config);
    let registry = blocking(move || {
        Registry::create(&dir, &settings)?;
        Ok(Registry::open(&dir, &settings, Clock::system())?)
    })
    .await?;
    let founder = Founder::new(registry, governance, plan.registry)?;
    let mut made = Made {
        clients,
        log_keys,
        governance_key,
        ..Made::default()
    };
    let counts = founder.found(plan, &made.log_keys, &authors).await;
    let registry = founder.registry;
    let closed = blocking(move || {
        if let Some(registry) = Arc::into_inner(registry) {
            registry.close();
        }
        Ok(())
    })
    .await;
    (made.agencies, made.offices, made.keys) = counts?;
    closed?;
    Ok(made)
}

/// Refuses a directory that holds something.
///
/// # Errors
/// [`CliError::NotEmpty`], [`CliError::Path`].
pub fn check_vacant(dir: &Path) -> Result<(), CliError> {
    let mut entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(CliError::path(dir)(source)),
    };
    if entries.next().is_none() {
        return Ok(());
    }
    let hint = if dir.join(Config::FILE).exists() {
        let dir = text::shell(dir);
        format!(
            "it holds a registry: `sabt serve {dir}` serves it; choose another directory for a new one"
        )
    } else {
        "choose another directory, or empty it yourself".to_owned()
    };
    Err(CliError::NotEmpty {
        path: dir.to_owned(),
        hint,
    })
}

/// Makes the development authority, the server's certificate and those of the cast.
fn create_certificates(plan: &Plan<'_>) -> Result<Vec<&'static str>, CliError> {
    let directory = pki::directory(plan.dir);
    let clients = directory.join("clients");
    files::create_directory(&clients)?;
    let authority = Authority::generate(plan.registry)?;
    authority.write(&directory)?;
    let address = match plan.listen.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    authority
        .server(address)?
        .write(&directory.join("server"))?;
    let players: Vec<Player> = match plan.enrol {
        Enrol::Governance => vec![GOVERNANCE],
        Enrol::Cast | Enrol::Population(_) => everybody().collect(),
    };
    for player in &players {
        let certificate = authority.client(player.agency, player.officer)?;
        certificate.write(&clients.join(player.name))?;
    }
    Ok(players.iter().map(|player| player.name).collect())
}

/// Submits governance acts to a registry that is not served yet.
struct Founder {
    registry: Arc<Registry>,
    author: Author,
    clock: Clock,
}

impl Founder {
    fn new(registry: Registry, key: AuthorSigningKey, name: &str) -> Result<Self, CliError> {
        let author = Author::new(key, name)?;
        Ok(Self {
            registry: Arc::new(registry),
            author,
            clock: Clock::system(),
        })
    }

    /// Founds, adopts the policy, enrols; returns how many agencies, offices and keys were enrolled.
    async fn found(
        &self,
        plan: &Plan<'_>,
        log_keys: &[String],
        authors: &[(Player, AuthorSigningKey)],
    ) -> Result<(usize, usize, usize), CliError> {
        let [events_log_key, disclosures_log_key] = log_keys else {
            return Err(CliError::Otherwise("there are not two log keys".to_owned()));
        };
        let founding = event::FoundRegistry {
            name: plan.registry.to_owned(),
            events_log_key: events_log_key.clone(),
            disclosures_log_key: disclosures_log_key.clone(),
            governance_key: self.author.public().to_vec(),
        };
        self.submit(vec![Body::FoundRegistry(founding)]).await?;
        self.submit(vec![adopt_policy()]).await?;
        let seed = match plan.enrol {
            Enrol::Governance => {
                self.submit(vec![enrol_governance()]).await?;
                return Ok((1, 0, 0));
            }
            Enrol::Cast => None,
            Enrol::Population(seed) => Some(seed),
        };
        let agencies = enrol_agencies();
        let offices: Vec<Office> = offices()
            .into_iter()
            .filter(|office| seed.is_some() || PROVINCES.contains(&office.province))
            .collect();
        let mut keys: Vec<Body> = authors
            .iter()
            .map(|(player, key)| {
                let named = (supervisor(*player), emergency_officer(*player));
                enrol_key(player.agency, "", key.public().as_bytes(), named)
            })
            .collect();
        if let Some(seed) = seed {
            keys.extend(offices.iter().filter(|office| signs(office)).map(|office| {
                let agency = office.agency.to_owned();
                let author = AuthorRef {
                    agency,
                    office: office.code.clone(),
                };
                let key = AuthorSigningKey::from_seed(author_key(seed, &author));
                enrol_key(
                    office.agency,
                    &office.code,
                    key.public().as_bytes(),
                    ("", ""),
                )
            }));
        }
        let counts = (agencies.len(), offices.len(), keys.len());
        self.submit(agencies).await?;
        self.submit(offices.into_iter().map(enrol_office).collect())
            .await?;
        self.submit(keys).await?;
        Ok(counts)
    }

    /// Submits acts that do not depend on each other.
    async fn submit(&self, bodies: Vec<Body>) -> Result<(), CliError> {
        let mut under_way = JoinSet::new();
        for body in bodies {
            if FOUNDING_WINDOW <= under_way.len() {
                finished(under_way.join_next().await)?;
            }
            let signed = self.author.sign(&self.act(body))?;
            let registry = Arc::clone(&self.registry);
            under_way.spawn(async move { registry.found(signed).await });
        }
        while !under_way.is_empty() {
            finished(under_way.join_next().await)?;
        }
        Ok(())
    }

    fn act(&self, body: Body) -> Act {
        let now = self.clock.now_micros();
        Act {
            act_id: new_act_id(&self.clock).to_vec(),
            office: GOVERNANCE.agency.to_owned(),
            officer: GOVERNANCE.officer.to_owned(),
            occurred_on: Some(data::today(&self.clock)),
            recorded_at: now,
            legal_basis: BASIS.to_owned(),
            case_reference: String::new(),
            batch_id: Vec::new(),
            expected: Vec::new(),
            body: Some(body),
        }
    }
}

type Founded = Result<sabt_proto::api::v1::Receipt, sabt_domain::refusal::Refusal>;

fn finished(task: Option<Result<Founded, tokio::task::JoinError>>) -> Result<(), CliError> {
    match task {
        None | Some(Ok(Ok(_))) => Ok(()),
        Some(Ok(Err(refusal))) => {
            let status = sabt_server::status::message(&refusal);
            Err(crate::refused::Refused::from(status).into())
        }
        Some(Err(_panicked)) => Err(CliError::Otherwise(
            "a founding act was abandoned".to_owned(),
        )),
    }
}

/// Runs what blocks off the threads that serve calls.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CliError> + Send + 'static,
) -> Result<T, CliError> {
    let abandoned = |_| CliError::Otherwise("a task of this program has failed".to_owned());
    tokio::task::spawn_blocking(work).await.map_err(abandoned)?
}

/// Whether acts are signed at an office.
fn signs(office: &Office) -> bool {
    AUTHORS.iter().any(|player| player.agency == office.agency)
}

fn adopt_policy() -> Body {
    let matrix = Matrix::newest();
    Body::AdoptPolicy(event::AdoptPolicy {
        edition: matrix.edition().to_owned(),
        digest: matrix.digest().to_vec(),
    })
}

fn enrol_agencies() -> Vec<Body> {
    let of_population = agencies().into_iter().map(|agency| event::EnrolAgency {
        agency: agency.code.to_owned(),
        name_fa: agency.name_fa.to_owned(),
        name_en: agency.name_en.to_owned(),
        roles: vec![agency.role.into()],
        state: agency.state.to_owned(),
        rights: Vec::new(),
    });
    of_population
        .map(Body::EnrolAgency)
        .chain([enrol_governance()])
        .collect()
}

fn enrol_governance() -> Body {
    Body::EnrolAgency(event::EnrolAgency {
        agency: GOVERNANCE.agency.to_owned(),
        name_fa: data::GOVERNANCE_NAME_FA.trim().to_owned(),
        name_en: "Ministry of the Interior".to_owned(),
        roles: vec![event::Role::Governance.into()],
        state: "IRN".to_owned(),
        rights: Vec::new(),
    })
}

fn enrol_office(office: Office) -> Body {
    Body::EnrolOffice(event::EnrolOffice {
        office: office.code,
        agency: office.agency.to_owned(),
        province: office.province.to_owned(),
        name_fa: office.name_fa,
        name_en: office.name_en,
    })
}

fn enrol_key(
    agency: &str,
    office: &str,
    public_key: &[u8; 32],
    (supervisor, emergency): (&str, &str),
) -> Body {
    Body::EnrolKey(event::EnrolKey {
        agency: agency.to_owned(),
        public_key: public_key.to_vec(),
        office: office.to_owned(),
        not_after: 0,
        supervisor: supervisor.to_owned(),
        emergency_officer: emergency.to_owned(),
    })
}

/// The files that a new registry is made of, for whoever wants to know.
pub fn inventory(dir: &Path) -> Vec<(std::path::PathBuf, &'static str)> {
    let (layout, keys) = (Layout::new(dir), Keys::of(dir));
    let mut files = vec![(dir.join(Config::FILE), "configuration")];
    files.extend(LedgerName::ALL.map(|ledger| {
        let what = match ledger {
            LedgerName::Events => "the ledger of events",
            LedgerName::Disclosures => "the ledger of disclosures: who was told what",
        };
        (layout.ledger(ledger), what)
    }));
    files.push((
        layout.vault(),
        "keys of subjects and of claims to asylum; destroying a subject's erases a person",
    ));
    files.push((layout.views(), "read models, rebuildable from the ledgers"));
    files.push((
        keys.directory().join("asylum.key"),
        "opens the keys of the asylum compartment, which the master key does not",
    ));
    files.push((
        keys.directory().join("*.log.vkey"),
        "log keys, to be published",
    ));
    files.push((
        keys.directory().join("governance.key"),
        "signs governance acts; keep it off the server",
    ));
    files.push((keys.authors(), "keys of offices, which sign acts"));
    files.push((
        pki::directory(dir),
        "development authority, its revocation list, server and client certificates",
    ));
    files
}
