//! The registry against which everything is refused: people with lives, keys that ended, callers of every kind.

use std::collections::BTreeMap;

use sabt_cli::cast::{
    ASYLUM_UNIT, BORDER_POLICE, BORDER_SUPERVISOR, GOVERNANCE, ORGANISER, everybody,
};
use sabt_cli::client::Client;
use sabt_cli::sign::Author;
use sabt_domain::access::Grant;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Relation, Sex};

use crate::support::{self, HOUR, NOW, TestRegistry};

/// Seeds of keys that the world enrols, or does not.
pub(super) const UNKNOWN: u8 = 1;
/// A key of the directorate that was revoked.
pub(super) const REVOKED: u8 = 2;
/// A key of the directorate that has expired.
pub(super) const EXPIRED: u8 = 3;
/// A key of an agency that was revoked.
pub(super) const OF_REVOKED_AGENCY: u8 = 4;
/// A key of the directorate that is bound to its office in Razavi Khorasan.
pub(super) const BOUND: u8 = 5;

/// A key of the data-protection officer.
pub(super) const PROTECTOR: u8 = 6;

/// Name of the connection of an officer of border police beside the one of the cast.
pub(super) const ANOTHER_OFFICER: &str = "another-officer";

/// People and households by their numbers. Nobody moves while rows are refused.
#[derive(Default)]
pub(super) struct People {
    /// Married to `wife`, head of `household`.
    pub(super) husband: String,
    pub(super) wife: String,
    /// Born 1400-05-05 to `wife`; in `household`; displaced from birth.
    pub(super) child: String,
    /// Unmarried woman, holds the Amayesh permit A-1, valid today.
    pub(super) single: String,
    /// Man born 1372 with passport P-1, a voided passport P-2, the permit T-1 renewed once and out of time, the revoked
    /// permit T-2, married to an Iranian under the licence L-1; has income.
    pub(super) man: String,
    /// Died 1402-01-01.
    pub(super) dead: String,
    /// Confirmed to be another person than `man`; their file is in transit to Razavi Khorasan; refugee.
    pub(super) other: String,
    pub(super) household: String,
    /// Everybody has left.
    pub(super) empty_household: String,
}

/// Sites by their numbers.
#[derive(Default)]
pub(super) struct Sites {
    /// A guest town with one place, in which `guest` stays.
    pub(super) town: String,
    /// One that was closed.
    pub(super) closed: String,
    /// A care camp in which nobody is.
    pub(super) camp: String,
    /// Who stays in `town`.
    pub(super) guest: String,
}

/// The registry, who calls it, and whom it knows.
pub(super) struct World {
    pub(super) registry: TestRegistry,
    pub(super) clients: BTreeMap<&'static str, Client>,
    pub(super) registrar: Author,
    pub(super) border: Author,
    pub(super) governance: Author,
    pub(super) unit: Author,
    pub(super) people: People,
    /// Act that registered `man`; other acts rest on it.
    pub(super) registration: Vec<u8>,
    /// Act that married `husband` and `wife`.
    pub(super) marriage: Vec<u8>,
    /// Act that was annulled, and the annulment.
    pub(super) annulled: Vec<u8>,
    pub(super) annulment: Vec<u8>,
    /// Act by which `wife` contests her identity.
    pub(super) dispute: Vec<u8>,
    /// Act that enrolled a key.
    pub(super) enrolment: Vec<u8>,
    /// A claim to asylum of `wife` that is pending, and the act that lodged it.
    pub(super) claim: String,
    pub(super) lodging: Vec<u8>,
    /// A claim to asylum of `husband` that was withdrawn.
    pub(super) withdrawn_claim: String,
    /// A campaign that runs, with a target list; `wife` took part, `man` was observed not to. And one that was closed, with
    /// no list.
    pub(super) campaigns: [String; 2],
    pub(super) sites: Sites,
    /// A grant for nobody by name, which its issuer has revoked.
    pub(super) revoked_grant: Grant,
}

impl World {
    pub(super) async fn build() -> Self {
        let registry = TestRegistry::start().await;
        let mut clients = BTreeMap::new();
        for player in everybody() {
            clients.insert(player.name, registry.client(player).await);
        }
        let another = registry.client_of(BORDER_POLICE.agency, "B3009").await;
        clients.insert(ANOTHER_OFFICER, another);
        clients.insert("unknown-agency", registry.client_of("NOBODY", "N1").await);
        clients.insert("revoked-agency", registry.client_of("GONE", "N1").await);
        super::transport::connect_misnamed(&registry, &mut clients).await;
        let revoked_grant = registry.border_grant(&[]);
        let mut world = Self {
            registrar: registry.author("registrar"),
            border: registry.author("border-police"),
            governance: registry.author("governance"),
            unit: registry.author(ASYLUM_UNIT.name),
            registry,
            clients,
            people: People::default(),
            registration: Vec::new(),
            marriage: Vec::new(),
            annulled: Vec::new(),
            annulment: Vec::new(),
            dispute: Vec::new(),
            enrolment: Vec::new(),
            claim: String::new(),
            lodging: Vec::new(),
            withdrawn_claim: String::new(),
            campaigns: Default::default(),
            sites: Sites::default(),
            revoked_grant,
        };
        world.enrol().await;
        world.found_family().await;
        world.register_others().await;
        world.give_papers().await;
        world.amend().await;
        world.lodge().await;
        world.campaign().await;
        world.house().await;
        world
    }

    /// Signs an act with the key of the directorate.
    pub(super) fn signed(&self, act: &Act) -> api::SignedAct {
        self.registrar.sign(act).unwrap()
    }

    /// An act of the directorate's office in Tehran, signed.
    pub(super) fn act(&self, on: &str, body: Body) -> api::SignedAct {
        self.signed(&support::act(on, body))
    }

    async fn submit_as(&self, who: &str, author: &Author, act: Act) -> api::Receipt {
        let submitted = self.registry.submit(&self.clients[who], author, &act).await;
        let receipt = submitted.unwrap();
        // Snapshots are taken of views that have folded everything.
        let wanted = receipt.position + u64::from(receipt.parts);
        let at_most = std::time::Duration::from_secs(10);
        assert!(self.registry.registry().wait_for(wanted, at_most).await);
        receipt
    }

    /// Records an act of the office in Tehran.
    async fn record(&self, on: &str, body: Body) -> api::Receipt {
        self.submit_as("registrar", &self.registrar, support::act(on, body))
            .await
    }

    async fn register(&self, body: event::RegisterPerson) -> api::Receipt {
        self.record("1398-01-01", Body::RegisterPerson(body)).await
    }

    async fn person(&self, sex: Sex, born: &str) -> String {
        self.register(support::register(sex, born))
            .await
            .numbers
            .remove(0)
    }

    /// Keys that are revoked, expired, of a revoked agency, or bound to an office.
    async fn enrol(&mut self) {
        let key = |seed| *TestRegistry::author_of_seed(seed).public();
        let any = support::governance_act(support::enrol_agency("ANY", event::Role::Police));
        let id = |seed| {
            TestRegistry::author_of_seed(seed)
                .sign(&any)
                .unwrap()
                .key_id
        };
        let revocation = event::RevokeKey {
            key_id: id(REVOKED),
            reason: "lost".to_owned(),
        };
        let agency = event::RevokeAgency {
            agency: "GONE".to_owned(),
            reason: "dissolved".to_owned(),
        };
        for body in [
            support::enrol_key("BAFIA", &key(REVOKED), "", 0),
            support::enrol_key("BAFIA", &key(EXPIRED), "", NOW + HOUR),
            support::enrol_key("BAFIA", &key(BOUND), support::KHORASAN, 0),
            support::enrol_agency("GONE", event::Role::Registrar),
            support::enrol_key("GONE", &key(OF_REVOKED_AGENCY), "", 0),
            support::enrol_key("DPO", &key(PROTECTOR), "", 0),
            Body::RevokeKey(revocation),
            Body::RevokeAgency(agency),
        ] {
            let act = support::governance_act(body);
            self.enrolment.clone_from(&act.act_id);
            self.submit_as(GOVERNANCE.name, &self.governance, act).await;
        }
        self.registry.clock().set(NOW + 2 * HOUR);
        // Made anew: it would hold now, had it not been revoked.
        self.revoked_grant = self.registry.border_grant(&[]);
        let supervisor = self.registry.author(BORDER_SUPERVISOR.name);
        let act = support::revocation(&self.revoked_grant);
        self.submit_as(BORDER_SUPERVISOR.name, &supervisor, act)
            .await;
    }

    async fn found_family(&mut self) {
        let husband = self.person(Sex::Male, "1365-01-01").await;
        let wife = self.person(Sex::Female, "1370-01-01").await;
        let marriage = support::marriage(support::party(&husband), support::party(&wife));
        self.marriage = self
            .record("1398-02-01", Body::RegisterMarriage(marriage))
            .await
            .act_id;
        let household = event::FormHousehold {
            head: husband.clone(),
            members: vec![support::member(&wife, Relation::Spouse)],
            address: Some(support::address("IR-23")),
        };
        let formed = self
            .record("1398-03-01", Body::FormHousehold(household))
            .await;
        let birth = support::birth("1400-05-05", Some(&wife), Some(&husband));
        let born = self.record("1400-05-05", Body::RegisterBirth(birth)).await;
        let grant = event::GrantStatus {
            person: born.numbers[0].clone(),
            status: event::PersonStatus::Displaced.into(),
            decided_by: String::new(),
        };
        self.record("1400-05-05", Body::GrantStatus(grant)).await;
        self.people.husband = husband;
        self.people.wife = wife;
        self.people.household.clone_from(&formed.numbers[0]);
        self.people.child.clone_from(&born.numbers[0]);
    }

    async fn register_others(&mut self) {
        self.people.single = self.person(Sex::Female, "1375-01-01").await;
        let man = self
            .register(support::register_with(Sex::Male, "1372-01-01", "P-1"))
            .await;
        self.registration.clone_from(&man.act_id);
        self.people.man.clone_from(&man.numbers[0]);
        self.people.dead = self.person(Sex::Male, "1350-01-01").await;
        self.record(
            "1402-01-01",
            Body::RegisterDeath(support::death(&self.people.dead)),
        )
        .await;
        self.people.other = self.person(Sex::Male, "1360-01-01").await;
        let other = &self.people.other;
        let household = event::FormHousehold {
            head: other.clone(),
            ..event::FormHousehold::default()
        };
        let formed = self
            .record("1399-01-01", Body::FormHousehold(household))
            .await;
        let removal = event::RemoveHouseholdMember {
            household: formed.numbers[0].clone(),
            person: other.clone(),
            reason: event::MemberRemovalReason::Other.into(),
        };
        self.record("1399-06-01", Body::RemoveHouseholdMember(removal))
            .await;
        let transfer = event::SendFileTransfer {
            person: other.clone(),
            from_province: "IR-23".to_owned(),
            to_province: "IR-09".to_owned(),
        };
        self.record("1404-01-01", Body::SendFileTransfer(transfer))
            .await;
        let distinct = event::ConfirmDistinctPersons {
            person: self.people.man.clone(),
            other: other.clone(),
            evidence: "both came".to_owned(),
        };
        self.record("1401-01-01", Body::ConfirmDistinctPersons(distinct))
            .await;
        let refuge = event::GrantStatus {
            person: other.clone(),
            status: event::PersonStatus::Refugee.into(),
            decided_by: String::new(),
        };
        self.record("1400-01-01", Body::GrantStatus(refuge)).await;
        self.people.empty_household.clone_from(&formed.numbers[0]);
    }

    async fn give_papers(&mut self) {
        let man = self.people.man.clone();
        let renewal = event::RenewResidencePermit {
            person: man.clone(),
            permit_number: "T-1".to_owned(),
            valid_until: Some(support::jalali("1402-12-29")),
        };
        let revocation = event::RevokeResidencePermit {
            person: man.clone(),
            permit_number: "T-2".to_owned(),
            decision: Some(support::decision("1403-06-01")),
        };
        let passport = event::IssueDocument {
            person: man.clone(),
            document: Some(support::document("P-2")),
            replaces: None,
        };
        let voiding = event::VoidDocument {
            person: man.clone(),
            document: Some(support::reference("P-2")),
            reason: event::VoidReason::Damaged.into(),
        };
        let amayesh = support::permit(
            &self.people.single,
            event::ResidenceKind::Amayesh,
            event::ResidenceBasis::Campaign,
            "A-1",
            ("1405-01-01", "1405-12-29"),
        );
        let licence = event::IssueMarriageLicence {
            wife: Some(support::iranian(7)),
            husband: Some(support::party(&man)),
            licence_number: "L-1".to_owned(),
            level: event::IssuingLevel::Provincial.into(),
            valid_until: Some(support::jalali("1405-12-29")),
        };
        let marriage = event::RegisterMarriage {
            licence_number: "L-1".to_owned(),
            ..support::marriage(support::party(&man), support::iranian(7))
        };
        for (on, body) in [
            (
                "1401-01-01",
                support::temporary(&man, "T-1", ("1401-01-01", "1401-12-29")),
            ),
            ("1401-11-01", Body::RenewResidencePermit(renewal)),
            (
                "1403-01-01",
                support::temporary(&man, "T-2", ("1403-01-01", "1403-12-29")),
            ),
            ("1403-06-01", Body::RevokeResidencePermit(revocation)),
            ("1402-01-01", Body::IssueDocument(passport)),
            ("1402-06-01", Body::VoidDocument(voiding)),
            ("1405-01-01", Body::IssueResidencePermit(amayesh)),
            (
                "1405-01-05",
                support::attest(&man, event::ResidenceCondition::Income, "C-7", "1405-01-05"),
            ),
            ("1402-02-01", Body::IssueMarriageLicence(licence)),
            ("1402-03-01", Body::RegisterMarriage(marriage)),
        ] {
            self.record(on, body).await;
        }
    }

    /// An act of the asylum unit, signed.
    pub(super) fn claimed(&self, on: &str, body: Body) -> api::SignedAct {
        let act = support::by_office(support::UNIT, support::act(on, body));
        self.unit.sign(&act).unwrap()
    }

    async fn lodge(&mut self) {
        let unit = async |on: &str, body: Body| {
            let act = support::by_office(support::UNIT, support::act(on, body));
            self.submit_as(ASYLUM_UNIT.name, &self.unit, act).await
        };
        let lodged = unit("1404-05-01", support::lodge(&self.people.wife)).await;
        let withdrawn = unit("1404-05-01", support::lodge(&self.people.husband)).await;
        let claim = withdrawn.numbers[0].clone();
        unit("1404-06-01", support::withdraw(&claim)).await;
        self.claim.clone_from(&lodged.numbers[0]);
        self.lodging = lodged.act_id;
        self.withdrawn_claim = claim;
    }

    async fn campaign(&mut self) {
        let author = self.registry.author(ORGANISER.name);
        let organise = async |on: &str, body: Body| {
            let act = support::by_office(support::ORGANISING, support::act(on, body));
            self.submit_as(ORGANISER.name, &author, act).await
        };
        let mut numbers = Vec::new();
        for round in [18, 17] {
            let terms = event::OpenCampaign {
                kind: event::CampaignKind::Amayesh.into(),
                round,
                opens_on: Some(support::jalali("1405-01-01")),
                ..event::OpenCampaign::default()
            };
            let opened = organise("1404-12-01", Body::OpenCampaign(terms)).await;
            numbers.extend(opened.numbers);
        }
        let [running, ended] = <[String; 2]>::try_from(numbers).unwrap();
        organise("1405-02-01", super::campaigns::list(&running)).await;
        let closing = event::CloseCampaign {
            campaign: ended.clone(),
        };
        organise("1405-02-01", Body::CloseCampaign(closing)).await;
        let (took_part, stayed_away) = (&self.people.wife, &self.people.man);
        for body in [
            super::campaigns::taking_part(&running, took_part),
            super::campaigns::staying_away(&running, stayed_away),
        ] {
            self.record("1405-03-01", body).await;
        }
        self.campaigns = [running, ended];
    }

    async fn house(&mut self) {
        let mut numbers = Vec::new();
        for kind in [
            event::SiteKind::GuestTown,
            event::SiteKind::GuestTown,
            event::SiteKind::CareCamp,
        ] {
            let opened = self.record("1404-12-01", super::sites::opening(kind)).await;
            numbers.extend(opened.numbers);
        }
        let [town, closed, camp] = <[String; 3]>::try_from(numbers).unwrap();
        let guest = self.person(Sex::Female, "1375-01-01").await;
        let admitted = super::sites::admission(&guest, &town, event::AdmissionGround::Victim);
        self.record("1405-01-01", admitted).await;
        self.record("1405-01-01", super::sites::closing(&closed))
            .await;
        self.sites = Sites {
            town,
            closed,
            camp,
            guest,
        };
    }

    async fn amend(&mut self) {
        let grant = event::GrantStatus {
            person: self.people.single.clone(),
            status: event::PersonStatus::Displaced.into(),
            decided_by: String::new(),
        };
        self.annulled = self
            .record("1404-01-01", Body::GrantStatus(grant))
            .await
            .act_id;
        let annulment = event::AnnulAct {
            target_act_id: self.annulled.clone(),
            reason: "entered by mistake".to_owned(),
        };
        self.annulment = self
            .record("1404-02-01", Body::AnnulAct(annulment))
            .await
            .act_id;
        let dispute = support::dispute(&self.people.wife, "IDENTITY");
        self.dispute = self
            .record("1405-01-01", Body::DisputeFact(dispute))
            .await
            .act_id;
    }
}
