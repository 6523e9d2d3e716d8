//! The registry of the sweep: two persons of whom everything is recorded, marked by group, and somebody of every role.

use std::path::PathBuf;
use std::time::Duration;

use sabt_chain::authorship::AuthorSigningKey;
use sabt_cli::cast::{
    ASYLUM_UNIT, BORDER_POLICE, BORDER_SUPERVISOR, CAST, CIVIL_SUPERVISOR, GOVERNANCE, Player,
    REGISTRAR,
};
use sabt_cli::client::{Client, Credentials};
use sabt_cli::files::{self, Mode};
use sabt_cli::keys::Keys;
use sabt_cli::pki::{self, Authority};
use sabt_domain::access::{FieldGroup, Grant, GrantId, Matrix, Purpose, Role};
use sabt_domain::act::KeyId;
use sabt_domain::law::Right;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Sex};
use sabt_server::config::Config;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::calls::About;
use crate::crash::process::Server;
use crate::support::{self, BORDER, HOUR, NOW, REGISTRY, TEHRAN, TestRegistry, UNIT};

use FieldGroup as G;

/// Family name of everybody in these tests.
pub(super) const FAMILY_NAME: &str = "\u{631}\u{636}\u{627}\u{6cc}\u{6cc}";

/// What stands in the records, and the groups under which it may leave; without a group it may leave to nobody.
pub(super) const MARKS: [(&str, &[FieldGroup]); 22] = [
    ("MkGiven", &[G::Identity]),
    ("MKPASSPORT", &[G::Documents]),
    ("MKPERMIT", &[G::Residence]),
    ("MKCONDITION", &[G::Residence]),
    ("MkStreet", &[G::Address]),
    ("DOGHAROUN", &[G::Presence]),
    ("MKSTATUS", &[G::Status]),
    ("MKDEED", &[G::VitalEvents]),
    ("MKORDER", &[G::Removal]),
    ("MKILLNESS", &[G::Health]),
    ("MKREQUEST", &[G::ServiceCases]),
    ("MKSCHOOL", &[G::Schooling]),
    ("MKTEMPLATE", &[G::BiometricReferences]),
    ("MKCLAIM", &[G::AsylumClaim]),
    ("MKLOOKED", &[G::Disclosures]),
    ("MKREFUGE", &[G::Protection]),
    ("MKCARD", &[G::Protection]),
    ("MkShelter", &[G::ShelterAddress]),
    // Why she was taken in where no place was free.
    ("MKBEYOND", &[G::ShelterAddress]),
    ("MkTown", &[G::Site]),
    ("MKOFFICER", &[G::Officer]),
    // Why the unit keeps somebody from being removed.
    ("MKSTAY", &[]),
];

/// The case that every question of the sweep serves.
const CASE: &str = "MKSTATED";
/// How long the folding of the records may take.
const FOLDED_WITHIN: Duration = Duration::from_secs(30);
/// Roles that no player of the cast has, with an agency and an officer of it.
const FURTHER: [(Role, &str, &str); 2] = [
    (Role::PublicService, "SCHOOLS", "T9701"),
    (Role::ImmigrationPolice, "IMMIGRATION", "I9801"),
];

/// Somebody who asks.
pub(super) struct Asker {
    pub(super) role: Role,
    agency: &'static str,
    officer: &'static str,
    pub(super) client: Client,
}

/// The registry, served by a process of its own.
pub(super) struct World {
    directory: TempDir,
    server: Server,
    metrics: String,
    log: PathBuf,
    pub(super) askers: Vec<Asker>,
    /// Everything but protection.
    pub(super) person: About,
    /// A refugee.
    pub(super) sheltered: About,
}

/// A purpose as it is stated without a grant.
pub(super) fn stated(code: Purpose) -> api::Purpose {
    api::Purpose {
        code: code.code().to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: CASE.to_owned(),
        ..api::Purpose::default()
    }
}

impl World {
    pub(super) async fn build() -> Self {
        let town = Town::start().await;
        town.enrol().await;
        let site = town.guest_town().await;
        let person = town.somebody(&site).await;
        let sheltered = town.refugee(&site).await;
        let directory = town.registry.stop().await;

        let log = directory.path().join("log");
        let metrics = free_address();
        let path = directory.path().join(Config::FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut text = text.replace(
            "# metrics = \"127.0.0.1:9464\"",
            &format!("metrics = \"{metrics}\""),
        );
        for (usual, other) in [
            ("level = \"info\"", "level = \"trace\""),
            ("officer_per_minute = 1200", "officer_per_minute = 1000000"),
            ("agency_per_minute = 60000", "agency_per_minute = 1000000"),
        ] {
            assert!(text.contains(usual), "the template states {usual}");
            text = text.replace(usual, other);
        }
        files::replace(&path, text.as_bytes(), Mode::Public).unwrap();
        crate::processes::settle();
        let server = Server::start_logged(directory.path(), NOW, &log).await;

        let addr = server.addr.to_string();
        let mut askers = Vec::new();
        for player in CAST {
            let credentials = Credentials::from_directory(directory.path(), player.name);
            let client = Client::connect(&addr, &credentials.unwrap()).await.unwrap();
            askers.push(Asker {
                role: player.role,
                agency: player.agency,
                officer: player.officer,
                client,
            });
        }
        let stem = pki::directory(directory.path()).join("ca");
        let authority = Authority::read(REGISTRY, &stem).unwrap();
        for (role, agency, officer) in FURTHER {
            let credentials = Credentials {
                identity: authority.client(agency, officer).unwrap(),
                authority: authority.pair().certificate.clone(),
            };
            let client = Client::connect(&addr, &credentials).await.unwrap();
            askers.push(Asker {
                role,
                agency,
                officer,
                client,
            });
        }
        let roles: Vec<Role> = askers.iter().map(|asker| asker.role).collect();
        assert!(Role::ALL.iter().all(|role| roles.contains(role)));
        Self {
            directory,
            server,
            metrics,
            log,
            askers,
            person,
            sheltered,
        }
    }

    /// The purpose under the widest grant that this asker can be given about somebody, if a supervisor or, in an emergency,
    /// their own key can sign one.
    pub(super) fn granted(
        &self,
        asker: &Asker,
        code: Purpose,
        about: &About,
    ) -> Option<api::Purpose> {
        let key = self.issuer(asker.role, code)?;
        let row = Matrix::newest().row(asker.role, code)?;
        let (from, basis) = if code.is_emergency() {
            (NOW, code.source().to_owned())
        } else {
            (NOW - HOUR, "duty:12".to_owned())
        };
        let grant = Grant {
            id: GrantId(*uuid::Uuid::now_v7().as_bytes()),
            origin: format!("{REGISTRY}/events"),
            agency: asker.agency.parse().unwrap(),
            officer: asker.officer.parse().unwrap(),
            purpose: code,
            legal_basis: basis,
            case_reference: CASE.to_owned(),
            groups: row.groups.iter().collect(),
            persons: [about.person.parse().unwrap()].into(),
            not_before: Timestamp::from_micros(from),
            not_after: Timestamp::from_micros(NOW + HOUR),
            issuer: KeyId(key.public().id().to_bytes()),
        };
        let signed = sabt_cli::grants::sign(&key, REGISTRY, &grant).unwrap();
        Some(support::under(&grant, signed))
    }

    fn issuer(&self, role: Role, code: Purpose) -> Option<AuthorSigningKey> {
        let held = |player: Player| Keys::of(self.directory.path()).author(player.name).unwrap();
        let issuers = [
            (Role::BorderPolice, true, BORDER_POLICE),
            (Role::BorderPolice, false, BORDER_SUPERVISOR),
            (Role::CivilRegistry, false, CIVIL_SUPERVISOR),
        ];
        let fits = |(of, emergency, _): &(Role, bool, Player)| {
            *of == role && *emergency == code.is_emergency()
        };
        issuers.iter().find(|one| fits(one)).map(|one| held(one.2))
    }

    /// What may stand in no log and no metric: the marks, numbers of persons, households and cases, and who asked.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = MARKS.iter().map(|(mark, _)| (*mark).to_owned()).collect();
        secrets.extend([CASE.to_owned(), FAMILY_NAME.to_owned()]);
        for about in [&self.person, &self.sheltered] {
            secrets.extend([
                about.person.clone(),
                about.household.clone(),
                about.case.clone(),
                about.site.clone(),
            ]);
        }
        secrets.extend(self.askers.iter().map(|asker| asker.officer.to_owned()));
        secrets
    }

    /// What the process has logged and published, once it has ended.
    pub(super) async fn stop(self) -> (String, String) {
        let mut stream = TcpStream::connect(&self.metrics).await.unwrap();
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.metrics
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut metrics = Vec::new();
        stream.read_to_end(&mut metrics).await.unwrap();
        drop(self.askers);
        self.server.kill().await;
        let log = std::fs::read(&self.log).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&log), text(&metrics))
    }
}

/// An address of this machine that nobody listened on a moment ago.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The registry while it is filled.
struct Town {
    registry: TestRegistry,
    office: Client,
    border: Client,
    unit: Client,
}

impl Town {
    async fn start() -> Self {
        let registry = TestRegistry::start().await;
        Self {
            office: registry.client(REGISTRAR).await,
            border: registry.client(BORDER_POLICE).await,
            unit: registry.client(ASYLUM_UNIT).await,
            registry,
        }
    }

    async fn submit(&self, player: Player, on: &str, body: Body) -> api::Receipt {
        let (client, office) = match player {
            BORDER_POLICE => (&self.border, BORDER),
            ASYLUM_UNIT => (&self.unit, UNIT),
            _ => (&self.office, TEHRAN),
        };
        let act = support::by_office(office, support::act(on, body));
        let author = self.registry.author(player.name);
        self.registry.submit(client, &author, &act).await.unwrap()
    }

    /// What the office records; the first number that it is given.
    async fn office(&self, on: &str, body: Body) -> String {
        let receipt = self.submit(REGISTRAR, on, body).await;
        receipt.numbers.first().cloned().unwrap_or_default()
    }

    /// Agencies for the roles that the cast does not play.
    async fn enrol(&self) {
        let client = self.registry.client(GOVERNANCE).await;
        let author = self.registry.author(GOVERNANCE.name);
        for (role, agency, _) in FURTHER {
            let rights = (role == Role::PublicService).then_some(Right::ALL);
            let rights = rights.into_iter().flatten();
            let enrolment = Body::EnrolAgency(event::EnrolAgency {
                agency: agency.to_owned(),
                name_fa: agency.to_owned(),
                name_en: agency.to_owned(),
                roles: vec![role.to_proto().into()],
                state: "IRN".to_owned(),
                rights: rights.map(|right| right.to_proto().into()).collect(),
            });
            let act = support::governance_act(enrolment);
            self.registry.submit(&client, &author, &act).await.unwrap();
        }
    }

    async fn guest_town(&self) -> String {
        let town = Body::OpenSite(event::OpenSite {
            kind: event::SiteKind::GuestTown.into(),
            name: "MkTown".to_owned(),
            province: "IR-23".to_owned(),
            capacity: 9,
        });
        self.office("1399-01-01", town).await
    }

    /// Somebody of whom everything is recorded but protection.
    async fn somebody(&self, site: &str) -> About {
        let mut body = support::register_with(Sex::Male, "1368-01-01", "MKPASSPORT");
        "MkGiven".clone_into(&mut body.particulars.as_mut().unwrap().names[0].given);
        body.address = Some(street("MkStreet"));
        let person = self.office("1399-01-01", Body::RegisterPerson(body)).await;
        let wife = Body::RegisterPerson(support::register(Sex::Female, "1370-01-01"));
        let wife = self.office("1399-01-01", wife).await;
        let (husband, wife) = (support::party(&person), support::party(&wife));
        let wedding = event::RegisterMarriage {
            deed_number: "MKDEED".to_owned(),
            ..support::marriage(husband, wife)
        };
        self.office("1400-01-01", Body::RegisterMarriage(wedding))
            .await;
        let household = self.household(&person, "MkStreet").await;
        let status = Body::GrantStatus(event::GrantStatus {
            person: person.clone(),
            status: event::PersonStatus::Migrant.into(),
            decided_by: "MKSTATUS".to_owned(),
        });
        self.office("1400-02-01", status).await;
        let term = ("1404-10-01", "1405-09-30");
        let permit = support::temporary(&person, "MKPERMIT", term);
        self.office("1404-10-01", permit).await;
        let income = event::ResidenceCondition::Income;
        let condition = support::attest(&person, income, "MKCONDITION", "1404-10-01");
        self.office("1404-10-02", condition).await;
        let template = support::template(&person, "MKTEMPLATE");
        self.office("1404-10-01", template).await;
        let officer = Body::DeclareOfficer(event::DeclareOfficer {
            person: person.clone(),
            agency: REGISTRAR.agency.to_owned(),
            officer: "MKOFFICER".to_owned(),
        });
        self.office("1404-10-01", officer).await;
        self.removal(&person).await;
        let case = self.cases(&person).await;
        let entry = Body::RecordEntry(event::RecordEntry {
            person: person.clone(),
            border_point: "DOGHAROUN".to_owned(),
            kind: event::EntryKind::Resident.into(),
            document: None,
        });
        self.submit(BORDER_POLICE, "1405-02-01", entry).await;
        let claim = Body::LodgeAsylumClaim(event::LodgeAsylumClaim {
            person: person.clone(),
            lodged_at: event::AsylumLodging::BorderPost.into(),
            place: "MASHHAD".to_owned(),
            grounds: vec![event::AsylumGround::FearForLife.into()],
            interview_reference: "MKCLAIM".to_owned(),
            shelter_address: None,
        });
        let receipt = self.submit(ASYLUM_UNIT, "1405-02-01", claim).await;
        self.looked_up(&person, &receipt).await;
        About {
            person,
            household,
            document: "MKPASSPORT",
            case,
            site: site.to_owned(),
        }
    }

    /// A refugee with a card and an address of shelter.
    async fn refugee(&self, site: &str) -> About {
        let mut body = support::register_with(Sex::Female, "1372-01-01", "PLAIN-2");
        body.address = Some(street("MkShelter"));
        let person = self.office("1399-01-01", Body::RegisterPerson(body)).await;
        let status = Body::GrantStatus(event::GrantStatus {
            person: person.clone(),
            status: event::PersonStatus::Refugee.into(),
            decided_by: "MKREFUGE".to_owned(),
        });
        self.office("1400-01-01", status).await;
        let card = Body::IssueDocument(event::IssueDocument {
            person: person.clone(),
            document: Some(event::Document {
                kind: event::DocumentKind::RefugeeIdentityCard.into(),
                issuer: "IRN".to_owned(),
                number: "MKCARD".to_owned(),
                ..support::document("MKCARD")
            }),
            replaces: None,
        });
        self.office("1400-01-02", card).await;
        let household = self.household(&person, "MkShelter").await;
        let request = event::RequestService {
            request: "MKSCHOOL".to_owned(),
            ..support::request_service("12012154120", &person)
        };
        let school = self
            .office("1405-05-01", Body::RequestService(request))
            .await;
        let admitted = Body::RecordSiteAdmission(event::RecordSiteAdmission {
            person: person.clone(),
            site: site.to_owned(),
            ground: event::AdmissionGround::Victim.into(),
            over_capacity_reason: "MKBEYOND".to_owned(),
        });
        self.office("1405-03-01", admitted).await;
        let stay = Body::PlaceStayOfRemoval(event::PlaceStayOfRemoval {
            person: person.clone(),
            ground: event::StayGround::AsylumProcedure.into(),
            decided_by: "unit".to_owned(),
            reference: "MKSTAY".to_owned(),
        });
        let receipt = self.submit(ASYLUM_UNIT, "1405-02-01", stay).await;
        self.looked_up(&person, &receipt).await;
        About {
            person,
            household,
            document: "PLAIN-2",
            case: school,
            site: site.to_owned(),
        }
    }

    async fn household(&self, head: &str, at: &str) -> String {
        let household = Body::FormHousehold(event::FormHousehold {
            head: head.to_owned(),
            members: vec![],
            address: Some(street(at)),
        });
        self.office("1400-02-01", household).await
    }

    /// An order of expulsion, and an illness that stands against it.
    async fn removal(&self, person: &str) {
        let order = support::expulsion(person, "MKORDER");
        self.office("1405-01-01", order).await;
        let illness = Body::RecordProtection(event::RecordProtection {
            person: person.to_owned(),
            kind: event::ProtectionKind::Illness.into(),
            finding_reference: "MKILLNESS".to_owned(),
        });
        self.office("1405-01-02", illness).await;
    }

    /// A service case of the person.
    async fn cases(&self, person: &str) -> String {
        let request = event::RequestService {
            request: "MKREQUEST".to_owned(),
            ..support::request_service("12012154117", person)
        };
        self.office("1405-05-01", Body::RequestService(request))
            .await
    }

    /// Somebody has looked before, for a case that the person is told.
    async fn looked_up(&self, person: &str, last: &api::Receipt) {
        let folded = last.position + u64::from(last.parts);
        assert!(
            self.registry
                .registry()
                .wait_for(folded, FOLDED_WITHIN)
                .await
        );
        let request = api::GetPersonRequest {
            purpose: Some(api::Purpose {
                case_reference: "MKLOOKED".to_owned(),
                ..stated(Purpose::Registration)
            }),
            at: None,
            person: person.to_owned(),
        };
        self.office.persons().get_person(request).await.unwrap();
    }
}

fn street(name: &str) -> event::Address {
    event::Address {
        street: name.to_owned(),
        ..support::address("IR-23")
    }
}
