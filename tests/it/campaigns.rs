//! Campaigns of registration over gRPC: what is counted is what a recount of the persons gives, on both axes of time, and
//! only the agency that organises a round is told.

use sabt_cli::cast::{ASYLUM_UNIT, ORGANISER, Player, REGISTRAR};
use sabt_cli::client::Client;
use sabt_cli::sign::Author;
use sabt_domain::access::Purpose;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Sex};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::support::{self, NOW, TestRegistry};

const HOUR: i64 = 3_600_000_000;

/// A registry with an agency that organises rounds.
struct World {
    registry: TestRegistry,
    organiser: Client,
    office: Client,
    hours: i64,
}

impl World {
    async fn start() -> Self {
        let registry = TestRegistry::start().await;
        let organiser = registry.client(ORGANISER).await;
        let office = registry.client(REGISTRAR).await;
        Self {
            registry,
            organiser,
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

    async fn submit(
        &self,
        client: &Client,
        author: &Author,
        act: Act,
    ) -> Result<api::Receipt, Status> {
        let receipt = self.registry.submit(client, author, &act).await?;
        let wanted = receipt.position + u64::from(receipt.parts);
        assert!(
            self.registry
                .registry()
                .wait_for(wanted, support::PATIENCE)
                .await
        );
        Ok(receipt)
    }

    async fn organise(&self, on: &str, body: Body) -> Result<api::Receipt, Status> {
        let act = support::by_office(support::ORGANISING, support::act(on, body));
        let author = self.registry.author(ORGANISER.name);
        self.submit(&self.organiser, &author, act).await
    }

    async fn record(&self, office: &str, on: &str, body: Body) -> Result<api::Receipt, Status> {
        let act = support::by_office(office, support::act(on, body));
        let author = self.registry.author(REGISTRAR.name);
        self.submit(&self.office, &author, act).await
    }

    async fn open(&self, round: u32) -> String {
        let terms = event::OpenCampaign {
            kind: event::CampaignKind::Amayesh.into(),
            round,
            opens_on: Some(support::jalali("1405-01-01")),
            closes_on: Some(support::jalali("1405-03-31")),
            ..event::OpenCampaign::default()
        };
        let receipt = self.organise("1404-12-01", Body::OpenCampaign(terms)).await;
        receipt.unwrap().numbers[0].clone()
    }

    async fn register(&self) -> String {
        let body = Body::RegisterPerson(support::register(Sex::Female, "1370-01-01"));
        let receipt = self.record(support::TEHRAN, "1399-01-01", body).await;
        receipt.unwrap().numbers[0].clone()
    }

    async fn take_part(&self, office: &str, campaign: &str, person: &str) -> api::Receipt {
        let body = event::RecordCampaignParticipation {
            campaign: campaign.to_owned(),
            person: person.to_owned(),
            ..event::RecordCampaignParticipation::default()
        };
        let body = Body::RecordCampaignParticipation(body);
        self.record(office, "1405-04-01", body).await.unwrap()
    }

    async fn campaign(
        &self,
        client: &Client,
        purpose: Purpose,
        number: &str,
        at: api::AsOf,
    ) -> Result<api::GetCampaignResponse, Status> {
        let request = api::GetCampaignRequest {
            purpose: Some(api::Purpose {
                code: purpose.code().to_owned(),
                legal_basis: "service:12012154100".to_owned(),
                ..api::Purpose::default()
            }),
            at: Some(at),
            campaign: number.to_owned(),
        };
        let answer = client.campaigns().get_campaign(request).await?;
        Ok(answer.into_inner())
    }

    /// How far a campaign reaches, as the organiser is told.
    async fn reach(&self, number: &str, known_at: i64) -> api::CampaignReach {
        let at = api::AsOf {
            known_at,
            ..api::AsOf::default()
        };
        let answer = self
            .campaign(&self.organiser, Purpose::Campaign, number, at)
            .await;
        answer.unwrap().reach.unwrap()
    }
}

fn reason(status: &Status) -> String {
    status
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone()
}

fn list(campaign: &str, previous: &str, known_at: i64, count: u64) -> Body {
    Body::FixCampaignTargetList(event::FixCampaignTargetList {
        campaign: campaign.to_owned(),
        definition: event::TargetDefinition::ParticipantsOf.into(),
        previous_campaign: previous.to_owned(),
        cut_off: Some(support::jalali("1405-06-01")),
        known_at,
        count,
        ..event::FixCampaignTargetList::default()
    })
}

fn report(
    campaign: &str,
    definition: event::CoverageDefinition,
    known_at: i64,
    counts: [u64; 2],
) -> Body {
    Body::ReportCampaignCoverage(event::ReportCampaignCoverage {
        campaign: campaign.to_owned(),
        definition: definition.into(),
        as_of: Some(support::jalali("1405-06-01")),
        known_at,
        participants: counts[0],
        target: counts[1],
    })
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "a round from its opening to its end")]
async fn a_round_is_counted_as_the_lives_of_persons_tell() {
    let mut world = World::start().await;
    let (previous, round) = (world.open(14).await, world.open(15).await);
    let mut persons = Vec::new();
    for _person in 0..5 {
        persons.push(world.register().await);
    }
    for person in &persons[..4] {
        world.take_part(support::TEHRAN, &previous, person).await;
    }
    let cut_off = world.hour();
    let wrong = world
        .organise("1405-06-02", list(&round, &previous, cut_off, 5))
        .await;
    assert_eq!(reason(&wrong.unwrap_err()), Reason::CountDiffers.code());
    let fixed = world
        .organise("1405-06-02", list(&round, &previous, cut_off, 4))
        .await;
    fixed.unwrap();

    // Three of the list come, one of them elsewhere, and one who is not on it; all of them after the last day.
    for person in [&persons[0], &persons[1], &persons[4]] {
        world.take_part(support::TEHRAN, &round, person).await;
    }
    let mistaken = world
        .take_part(support::KHORASAN, &round, &persons[2])
        .await;
    let absence = event::RecordCampaignNonParticipation {
        campaign: round.clone(),
        person: persons[3].clone(),
        reason: event::NonParticipationReason::NotReached.into(),
    };
    let absence = Body::RecordCampaignNonParticipation(absence);
    world
        .record(support::TEHRAN, "1405-05-01", absence)
        .await
        .unwrap();
    let counted = world.hour();

    let reach = world.reach(&round, 0).await;
    assert_eq!((reach.participants, reach.listed), (4, Some(3)));
    let offices: Vec<_> = reach
        .offices
        .iter()
        .map(|office| {
            (
                office.office.as_str(),
                office.province.as_str(),
                office.participants,
            )
        })
        .collect();
    assert_eq!(offices, [("RKH-01", "IR-09", 1), ("THR-01", "IR-23", 3)]);
    assert_eq!(reach.absences.len(), 1);
    assert_eq!(reach.absences[0].persons, 1);

    // A report is what the registry counts, or it is refused.
    let all = event::CoverageDefinition::AllParticipants;
    let listed = event::CoverageDefinition::ListedParticipants;
    for (definition, counts) in [(all, [3, 4]), (all, [4, 5]), (listed, [4, 4])] {
        let body = report(&round, definition, counted, counts);
        let refused = world.organise("1405-06-03", body).await.unwrap_err();
        assert_eq!(reason(&refused), Reason::CountDiffers.code());
    }
    for (definition, counts) in [(all, [4, 4]), (listed, [3, 4])] {
        let body = report(&round, definition, counted, counts);
        world.organise("1405-06-03", body).await.unwrap();
    }

    // What was taken back counts no longer, and did count before it was.
    let annulment = support::annulment(&mistaken.act_id);
    world
        .record(support::KHORASAN, "1405-06-10", annulment)
        .await
        .unwrap();
    let now = world.reach(&round, 0).await;
    assert_eq!((now.participants, now.listed), (3, Some(2)));
    let before = world.reach(&round, counted).await;
    assert_eq!(before, reach);
    let early = api::AsOf {
        as_of: Some(support::jalali("1405-03-30")),
        ..api::AsOf::default()
    };
    let answer = world
        .campaign(&world.organiser, Purpose::Campaign, &round, early)
        .await;
    assert_eq!(answer.unwrap().reach.unwrap().participants, 0);

    // An office reads what a round is, and not how far it reaches.
    let read = world.campaign(
        &world.office,
        Purpose::Registration,
        &round,
        api::AsOf::default(),
    );
    let read = read.await.unwrap();
    let campaign = read.campaign.unwrap();
    assert!(read.reach.is_none());
    assert_eq!(
        (campaign.number.as_str(), campaign.reports.len()),
        (round.as_str(), 2)
    );

    let close = Body::CloseCampaign(event::CloseCampaign {
        campaign: round.clone(),
    });
    world.organise("1405-06-20", close).await.unwrap();
    world.take_part(support::TEHRAN, &round, &persons[3]).await;
    let late = world.reach(&round, 0).await;
    assert_eq!((late.participants, late.absences.len()), (4, 0));

    let snapshot = world.registry.snapshot();
    let directory = world.registry.stop().await;
    let report = support::verify(directory.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
    let clock = sabt_server::clock::Clock::fixed(NOW + world.hours * HOUR);
    let config = sabt_server::config::Config::load(directory.path()).unwrap();
    sabt_server::registry::rebuild(directory.path(), &config, &mut |_, _| {}).unwrap();
    let again = TestRegistry::serve(directory, clock).await;
    assert_eq!(again.snapshot().views, snapshot.views);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_to_asylum_moves_no_count_of_a_round() {
    let world = World::start().await;
    let round = world.open(15).await;
    let person = world.register().await;
    world.take_part(support::TEHRAN, &round, &person).await;
    let before = world.reach(&round, 0).await;
    let unit = world.registry.client(ASYLUM_UNIT).await;
    let author = world.registry.author(ASYLUM_UNIT.name);
    let claim = support::by_office(
        support::UNIT,
        support::act("1405-05-01", support::lodge(&person)),
    );
    world.submit(&unit, &author, claim).await.unwrap();
    assert_eq!(world.reach(&round, 0).await, before);
    // The unit itself organises nothing and records nobody's part.
    let body = Body::CloseCampaign(event::CloseCampaign { campaign: round });
    let act = support::by_office(support::UNIT, support::act("1405-05-02", body));
    let refused = world.submit(&unit, &author, act).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::RoleNotAllowed.code());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_organises_rounds_opens_no_person() {
    let world = World::start().await;
    let person = world.register().await;
    let organiser = Player {
        purpose: Purpose::Campaign,
        ..REGISTRAR
    };
    let request = api::GetPersonRequest {
        purpose: Some(api::Purpose {
            code: organiser.purpose.code().to_owned(),
            legal_basis: "service:12012154100".to_owned(),
            ..api::Purpose::default()
        }),
        at: None,
        person,
    };
    let refused = world
        .organiser
        .persons()
        .get_person(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), Reason::MethodNotAllowed.code());
}
