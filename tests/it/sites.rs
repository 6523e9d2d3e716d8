//! Sites over gRPC: who stays in one stands in the life of each person alone; how many do is counted, and told to the agency
//! that runs it.

use sabt_chain::LedgerName;
use sabt_cli::cast::{ASYLUM_UNIT, BORDER_POLICE, Player, REGISTRAR};
use sabt_cli::client::Client;
use sabt_domain::access::Purpose;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, AdmissionGround, SiteKind};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{self, BORDER, NOW, TEHRAN, TestRegistry, UNIT};

/// Another agency of registrars, its office and the seed of its key.
const OTHER: (&str, &str, u8) = ("WELFARE", "THR-50", 50);
const HOUR: i64 = 3_600_000_000;

struct World {
    registry: TestRegistry,
    office: Client,
    hours: i64,
}

impl World {
    async fn start() -> Self {
        let registry = TestRegistry::start().await;
        let governance = registry.client(sabt_cli::cast::GOVERNANCE).await;
        let governor = registry.author("governance");
        let (agency, office, seed) = OTHER;
        let key = *TestRegistry::author_of_seed(seed).public();
        for body in [
            support::enrol_agency(agency, event::Role::Registrar),
            support::enrol_office(office, agency, "IR-23"),
            support::enrol_key(agency, &key, "", 0),
        ] {
            let act = support::governance_act(body);
            registry.submit(&governance, &governor, &act).await.unwrap();
        }
        let office = registry.client(REGISTRAR).await;
        Self {
            registry,
            office,
            hours: 0,
        }
    }

    /// An hour passes; returns the time before.
    fn hour(&mut self) -> i64 {
        let before = NOW + self.hours * HOUR;
        self.hours += 1;
        self.registry.clock().set(NOW + self.hours * HOUR);
        before
    }

    async fn submit(&self, on: &str, body: Body) -> Result<api::Receipt, Status> {
        let author = self.registry.author(REGISTRAR.name);
        let act = support::act(on, body);
        self.registry.submit(&self.office, &author, &act).await
    }

    async fn ok(&self, on: &str, body: Body) -> api::Receipt {
        self.submit(on, body).await.unwrap()
    }

    async fn of(&self, player: Player, office: &str, on: &str, body: Body) -> api::Receipt {
        let client = self.registry.client(player).await;
        let author = self.registry.author(player.name);
        let act = support::by_office(office, support::act(on, body));
        self.registry.submit(&client, &author, &act).await.unwrap()
    }

    async fn open(&self, kind: SiteKind, capacity: u32) -> String {
        let body = event::OpenSite {
            kind: kind.into(),
            name: "Golestan".to_owned(),
            province: "IR-23".to_owned(),
            capacity,
        };
        let opened = self.ok("1404-01-01", Body::OpenSite(body)).await;
        opened.numbers[0].clone()
    }

    async fn register(&self) -> String {
        let body = Body::RegisterPerson(support::register(event::Sex::Female, "1370-01-01"));
        let receipt = self.ok("1399-01-01", body).await;
        receipt.numbers[0].clone()
    }

    fn at(&self) -> api::AsOf {
        api::AsOf {
            min_position: self.registry.size(LedgerName::Events),
            ..api::AsOf::default()
        }
    }

    async fn site(
        &self,
        client: &Client,
        number: &str,
        at: api::AsOf,
    ) -> Result<api::Site, Status> {
        let request = api::GetSiteRequest {
            purpose: Some(purpose(Purpose::Registration)),
            at: Some(at),
            site: number.to_owned(),
        };
        let answer = client.sites().get_site(request).await?;
        Ok(answer.into_inner().site.unwrap())
    }

    /// How many stay in a site now: persons, free places, persons beyond them.
    async fn counted(&self, number: &str) -> [u64; 3] {
        let site = self.site(&self.office, number, self.at()).await.unwrap();
        let occupancy = site.occupancy.unwrap();
        [occupancy.persons, occupancy.free, occupancy.over_capacity]
    }

    async fn person(&self, number: &str) -> api::Person {
        let request = api::GetPersonRequest {
            purpose: Some(purpose(Purpose::Registration)),
            at: Some(self.at()),
            person: number.to_owned(),
        };
        let answer = self.office.persons().get_person(request).await.unwrap();
        answer.into_inner().person.unwrap()
    }
}

fn purpose(code: Purpose) -> api::Purpose {
    api::Purpose {
        code: code.code().to_owned(),
        legal_basis: "duty:19".to_owned(),
        ..api::Purpose::default()
    }
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

fn admission(person: &str, site: &str, ground: AdmissionGround, insisting: bool) -> Body {
    Body::RecordSiteAdmission(event::RecordSiteAdmission {
        person: person.to_owned(),
        site: site.to_owned(),
        ground: ground.into(),
        over_capacity_reason: if insisting {
            "nowhere else to go at night".to_owned()
        } else {
            String::new()
        },
    })
}

fn discharge(person: &str, site: &str) -> Body {
    Body::RecordSiteDischarge(event::RecordSiteDischarge {
        person: person.to_owned(),
        site: site.to_owned(),
        reason: event::DischargeReason::HousedElsewhere.into(),
    })
}

fn exit(person: &str) -> Body {
    Body::RecordExit(event::RecordExit {
        person: person.to_owned(),
        border_point: "DOGHAROUN".to_owned(),
        kind: event::ExitKind::Final.into(),
        document: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::too_many_lines,
    reason = "a site from its opening to its end, on both axes of time"
)]
async fn a_site_is_counted_as_the_lives_of_persons_tell() {
    use AdmissionGround::Victim;

    let mut world = World::start().await;
    let town = world.open(SiteKind::GuestTown, 2).await;
    let second = world.open(SiteKind::GuestTown, 5).await;
    assert_eq!(world.counted(&town).await, [0, 2, 0]);
    let mut persons = Vec::new();
    for _person in 0..4 {
        persons.push(world.register().await);
    }
    let empty = world.hour();
    for person in &persons[..2] {
        let body = admission(person, &town, Victim, false);
        world.ok("1405-03-01", body).await;
    }
    let full = admission(&persons[2], &town, Victim, false);
    let refused = world.submit("1405-03-02", full).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::SiteFull.code());
    let insisting = admission(&persons[2], &town, Victim, true);
    world.ok("1405-03-02", insisting).await;
    assert_eq!(world.counted(&town).await, [3, 0, 1]);
    let known = world.hour();

    // A transfer, a discharge, a death and an exit each leave a place behind; the exit is recorded at the border.
    let transfer = Body::RecordSiteTransfer(event::RecordSiteTransfer {
        person: persons[0].clone(),
        from_site: town.clone(),
        to_site: second.clone(),
        over_capacity_reason: String::new(),
    });
    world.ok("1405-04-01", transfer).await;
    assert_eq!(world.counted(&town).await, [2, 0, 0]);
    assert_eq!(world.counted(&second).await, [1, 4, 0]);
    let death = Body::RegisterDeath(support::death(&persons[1]));
    world.ok("1405-04-02", death).await;
    let left = exit(&persons[2]);
    let left = world.of(BORDER_POLICE, BORDER, "1405-04-03", left).await;
    // What is told to the border says nothing of a site: one record, as of everybody else.
    assert_eq!(left.parts, 1);
    assert_eq!(world.counted(&town).await, [0, 2, 0]);
    let body = support::annulment(&left.act_id);
    world.of(BORDER_POLICE, BORDER, "1405-04-04", body).await;
    assert_eq!(world.counted(&town).await, [1, 1, 0]);
    world
        .ok("1405-04-05", discharge(&persons[0], &second))
        .await;
    world
        .ok("1405-04-06", admission(&persons[3], &second, Victim, false))
        .await;
    assert_eq!(world.counted(&second).await, [1, 4, 0]);

    // On an earlier day, and as it was known earlier, it is what it was.
    let then = |as_of: &str, known_at: i64| api::AsOf {
        as_of: Some(support::jalali(as_of)),
        known_at,
        ..world.at()
    };
    for (at, expected) in [
        (then("1405-03-01", 0), 2),
        (then("1405-03-02", 0), 3),
        (then("1405-04-01", 0), 2),
        (then("1405-04-04", 0), 1),
        (then("1405-04-04", known), 3),
        (then("1405-04-04", empty), 0),
    ] {
        let site = world.site(&world.office, &town, at).await.unwrap();
        assert_eq!(site.occupancy.unwrap().persons, expected);
    }
    // Another agency is told of the site, and not how many stay there.
    let other = world.registry.client_of(OTHER.0, "W5001").await;
    let told = world.site(&other, &town, world.at()).await.unwrap();
    assert!(told.occupancy.is_none() && told.capacity == 2);
    let list = api::ListSitesRequest {
        purpose: Some(purpose(Purpose::Registration)),
        at: Some(world.at()),
        province: "IR-23".to_owned(),
    };
    let listed = world.office.sites().list_sites(list.clone()).await.unwrap();
    let listed = listed.into_inner();
    assert_eq!(listed.sites.len(), 2);
    assert!(listed.sites.iter().all(|site| site.occupancy.is_some()));
    let elsewhere = api::ListSitesRequest {
        province: "IR-08".to_owned(),
        ..list.clone()
    };
    let none = world.office.sites().list_sites(elsewhere).await.unwrap();
    assert!(none.into_inner().sites.is_empty());
    // Nobody else is told that there are sites.
    for player in [BORDER_POLICE, ASYLUM_UNIT] {
        let client = world.registry.client(player).await;
        let refused = client.sites().list_sites(list.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    // The record of the person says where they are, and the office is reminded of the six months.
    let record = world.person(&persons[3]).await;
    assert_eq!(record.site_stays.len(), 1);
    assert_eq!(record.site_stays[0].site, second);
    assert_eq!(
        record.site_stays[0].until,
        Some(support::jalali("1405-10-06"))
    );
    let request = api::ListDeadlinesRequest {
        purpose: Some(purpose(Purpose::Registration)),
        at: Some(world.at()),
        office: TEHRAN.to_owned(),
        bearer: "ORGANISATION".to_owned(),
        until: Some(support::jalali("1405-10-29")),
        ..api::ListDeadlinesRequest::default()
    };
    let due = world.office.persons().list_deadlines(request).await;
    let due = due.unwrap().into_inner().listed;
    let of = |number: &str| {
        let mut of_person = due.iter().filter(|of| of.person == number);
        let deadlines = of_person.next().map(|of| of.deadlines.clone());
        deadlines.unwrap_or_default()
    };
    let reminders = of(&persons[3]);
    assert_eq!(reminders.len(), 1);
    assert_eq!(reminders[0].kind, "SITE_STAY_ENDS");
    assert_eq!(reminders[0].number, second);
    assert!(of(&persons[0]).is_empty());

    // The views read anew say the same.
    let before = world.registry.snapshot().views;
    let World {
        registry, office, ..
    } = world;
    drop((office, other));
    let clock = registry.clock().clone();
    let directory = registry.stop().await;
    std::fs::remove_dir_all(directory.path().join("views")).unwrap();
    let registry = TestRegistry::serve(directory, clock).await;
    assert_eq!(registry.snapshot().views, before);
}

/// Two who come for the last place in one group of acts do not both get it.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_place_is_given_once() {
    let world = World::start().await;
    let camp = world.open(SiteKind::CareCamp, 3).await;
    let mut persons = Vec::new();
    for index in 0..8 {
        let person = world.register().await;
        let held = support::holding(&person, &format!("H-{index}"));
        world.ok("1405-03-01", held).await;
        persons.push(person);
    }
    let admissions = persons.iter().map(|person| {
        let body = admission(person, &camp, AdmissionGround::Holding, false);
        world.submit("1405-03-01", body)
    });
    let outcomes = support::join(admissions.collect()).await;
    let admitted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(admitted, 3);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(reason(refused), Reason::SiteFull.code());
    }
    assert_eq!(world.counted(&camp).await, [3, 0, 0]);
    drop(world.registry.stop().await);
}

/// A claim to asylum of somebody who stays in a site changes nothing of what is told of the site, or of the stay.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_to_asylum_shows_at_no_site() {
    let world = World::start().await;
    let town = world.open(SiteKind::GuestTown, 4).await;
    let mut told = Vec::new();
    for claims in [false, true] {
        let person = world.register().await;
        if claims {
            let lodging = support::lodge(&person);
            world.of(ASYLUM_UNIT, UNIT, "1405-02-01", lodging).await;
        }
        let admitted = admission(&person, &town, AdmissionGround::Victim, false);
        let receipt = world.ok("1405-03-01", admitted.clone()).await;
        let site = world.site(&world.office, &town, world.at()).await.unwrap();
        let twice = world.submit("1405-03-02", admitted).await.unwrap_err();
        let record = world.person(&person).await;
        let mut stay = record.site_stays[0].clone();
        stay.act_id.clear();
        let refused = (reason(&twice), twice.message().to_owned());
        told.push((receipt.parts, site, refused, stay, record.withheld));
        world.ok("1405-03-03", discharge(&person, &town)).await;
    }
    let [without, with] = <[_; 2]>::try_from(told).ok().unwrap();
    assert_eq!(without, with);
    drop(world.registry.stop().await);
}

/// Whoever is admitted by mistake was never there; amendments move the count with the life.
#[tokio::test(flavor = "multi_thread")]
async fn amendments_move_the_count() {
    let world = World::start().await;
    let [town, second] = [
        world.open(SiteKind::GuestTown, 4).await,
        world.open(SiteKind::GuestTown, 4).await,
    ];
    let person = world.register().await;
    let admitted = admission(&person, &town, AdmissionGround::Refuge, false);
    let admitted = world.ok("1405-03-01", admitted).await;
    let replacement = support::act(
        "1405-03-01",
        admission(&person, &second, AdmissionGround::Refuge, false),
    );
    let correction = Body::CorrectAct(Box::new(event::CorrectAct {
        target_act_id: admitted.act_id.clone(),
        replacement: Some(Box::new(event::Act {
            act_id: Vec::new(),
            ..replacement
        })),
        reason: "the other town".to_owned(),
    }));
    world.ok("1405-03-02", correction).await;
    assert_eq!(world.counted(&town).await, [0, 4, 0]);
    assert_eq!(world.counted(&second).await, [1, 3, 0]);
    world
        .ok("1405-03-03", support::annulment(&admitted.act_id))
        .await;
    assert_eq!(world.counted(&second).await, [0, 4, 0]);
    assert!(world.person(&person).await.site_stays.is_empty());
    drop(world.registry.stop().await);
}
