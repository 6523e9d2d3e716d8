//! Statistics over gRPC and from the command line: closed months, figures near the truth, the same for ever.

use sabt_cli::args::{
    AtArgs, CalendarArg, ConnectArgs, PurposeArgs, StatisticsArgs, StatisticsCommand,
    StatisticsTableArgs,
};
use sabt_cli::cast::{ORGANISER, REGISTRAR, STATISTICS};
use sabt_cli::client::Client;
use sabt_cli::commands::statistics;
use sabt_cli::out::Out;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Sex};
use sabt_statistics::{DEVIATION_MAX, TABLES};
use tempfile::TempDir;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{self, NOW, REGISTRY, TestRegistry};

const DAY: i64 = 86_400_000_000;

/// Women and men who are registered first.
const WOMEN: u64 = 96;
const MEN: u64 = 36;

fn purpose() -> api::Purpose {
    api::Purpose {
        code: STATISTICS.purpose.code().to_owned(),
        legal_basis: "duty:12".to_owned(),
        ..api::Purpose::default()
    }
}

fn registration(sex: Sex, on: &str) -> Act {
    support::act(
        on,
        Body::RegisterPerson(support::register(sex, "1370-01-01")),
    )
}

/// Records acts of the office, and waits until the views tell the last one.
async fn record(registry: &TestRegistry, acts: impl IntoIterator<Item = Act>) -> Vec<api::Receipt> {
    let office = registry.client(REGISTRAR).await;
    let author = registry.author(REGISTRAR.name);
    let mut receipts = Vec::new();
    for act in acts {
        receipts.push(registry.submit(&office, &author, &act).await.unwrap());
    }
    let last = receipts.last().unwrap();
    let wanted = last.position + u64::from(last.parts);
    let at_most = std::time::Duration::from_secs(30);
    assert!(registry.registry().wait_for(wanted, at_most).await);
    receipts
}

async fn ask(
    client: &Client,
    table: &str,
    cut_off: u64,
) -> Result<api::GetStatisticsResponse, Status> {
    let request = api::GetStatisticsRequest {
        purpose: Some(purpose()),
        at: None,
        table: table.to_owned(),
        cut_off,
    };
    let answer = client.statistics().get_statistics(request).await?;
    let answer = answer.into_inner();
    assert!(answer.info.as_ref().unwrap().disclosure.is_some());
    // The receipt of a disclosure is another one each time.
    Ok(api::GetStatisticsResponse {
        info: None,
        ..answer
    })
}

/// Every table at a cut-off.
async fn edition(registry: &TestRegistry, cut_off: u64) -> Vec<api::GetStatisticsResponse> {
    let client = registry.client(STATISTICS).await;
    let mut tables = Vec::new();
    for table in TABLES {
        tables.push(ask(&client, table.code, cut_off).await.unwrap());
    }
    tables
}

fn figure(table: &api::GetStatisticsResponse, categories: &[&str]) -> u64 {
    let mut cells = table.cells.iter();
    let found = cells.find(|cell| cell.categories == categories);
    found.map_or(0, |cell| cell.figure)
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

/// 132 people, and then a month that is over.
async fn town() -> TestRegistry {
    let registry = TestRegistry::start().await;
    let women = (0..WOMEN).map(|_| registration(Sex::Female, "1405-06-20"));
    let men = (0..MEN).map(|_| registration(Sex::Male, "1405-06-21"));
    record(&registry, women.chain(men)).await;
    let client = registry.client(STATISTICS).await;
    let refusal = ask(&client, "births", 0).await.unwrap_err();
    assert_eq!(reason(&refusal), Reason::StatisticsNotClosed.code());
    drop(client);
    registry.clock().set(NOW + 30 * DAY);
    record(&registry, [registration(Sex::Male, "1405-07-02")]).await;
    registry
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_near_the_truth_and_stay_what_they_are() {
    let registry = town().await;
    let first = edition(&registry, 0).await;
    let population = &first[0];
    assert_eq!(population.table, "population-nationality");
    let near = |figure: u64, truth: u64| {
        figure.is_multiple_of(5) && figure.abs_diff(truth) <= DEVIATION_MAX
    };
    assert!(near(figure(population, &["", ""]), WOMEN + MEN));
    assert!(near(figure(population, &["", "FEMALE"]), WOMEN));
    assert!(near(figure(population, &["", "MALE"]), MEN));
    // The same persons are the same cell, in whatever table.
    for table in first
        .iter()
        .filter(|table| table.table.starts_with("population-"))
    {
        assert_eq!(
            figure(table, &vec![""; table.variables.len()]),
            figure(population, &["", ""])
        );
    }
    assert!(near(figure(&first[1], &["IR-23", "", ""]), WOMEN + MEN));
    let births = first.iter().find(|table| table.table == "births").unwrap();
    assert!(births.cells.is_empty());
    assert_eq!(population.last_day, Some(support::jalali("1405-06-31")));
    assert_eq!(edition(&registry, 0).await, first);

    // Later records: people of the next months, and a woman who was a man.
    let wrong = record(&registry, [registration(Sex::Female, "1405-07-03")]).await;
    let correction = event::CorrectAct {
        target_act_id: wrong[0].act_id.clone(),
        replacement: Some(Box::new(registration(Sex::Male, "1405-06-20"))),
        reason: "misread".to_owned(),
    };
    let later = (0..120).map(|_| registration(Sex::Female, "1405-07-04"));
    record(&registry, later).await;
    record(
        &registry,
        [support::act(
            "1405-07-05",
            Body::CorrectAct(Box::new(correction)),
        )],
    )
    .await;
    assert_eq!(edition(&registry, 0).await, first);
    registry.clock().set(NOW + 60 * DAY);
    record(&registry, [registration(Sex::Male, "1405-08-20")]).await;
    let second = edition(&registry, 0).await;
    assert!(population.cut_off < second[0].cut_off);
    assert!(near(figure(&second[0], &["", ""]), WOMEN + MEN + 122));
    // The earlier cut-off, and every position up to the next one, mean the same figures as before.
    assert_eq!(edition(&registry, population.cut_off).await, first);
    assert_eq!(edition(&registry, second[0].cut_off - 1).await, first);

    // So do views that were folded anew.
    let directory = registry.stop().await;
    std::fs::remove_dir_all(directory.path().join("views")).unwrap();
    let clock = sabt_server::clock::Clock::fixed(NOW + 61 * DAY);
    let registry = TestRegistry::serve(directory, clock).await;
    assert_eq!(edition(&registry, population.cut_off).await, first);
    assert_eq!(edition(&registry, 0).await, second);
    registry.stop().await;
}

/// Of a round, how many were called and came is published by province and office, in per cent of protected figures.
#[tokio::test(flavor = "multi_thread")]
async fn participation_in_a_round_is_published_in_per_cent() {
    const CAME: usize = 110;
    const AWAY: usize = 12;
    let registry = TestRegistry::start().await;
    let organiser = registry.client(ORGANISER).await;
    let author = registry.author(ORGANISER.name);
    let round = event::OpenCampaign {
        kind: event::CampaignKind::Amayesh.into(),
        round: 15,
        opens_on: Some(support::jalali("1405-06-01")),
        ..event::OpenCampaign::default()
    };
    let round = support::act("1405-05-20", Body::OpenCampaign(round));
    let round = support::by_office(support::ORGANISING, round);
    let opened = registry.submit(&organiser, &author, &round).await.unwrap();
    let campaign = opened.numbers[0].clone();
    let people = (0..CAME + AWAY).map(|_| registration(Sex::Female, "1405-06-10"));
    let people = record(&registry, people).await;
    let answers = people.iter().enumerate().map(|(nth, receipt)| {
        let person = receipt.numbers[0].clone();
        let campaign = campaign.clone();
        let body = if nth < CAME {
            Body::RecordCampaignParticipation(event::RecordCampaignParticipation {
                campaign,
                person,
                ..event::RecordCampaignParticipation::default()
            })
        } else {
            Body::RecordCampaignNonParticipation(event::RecordCampaignNonParticipation {
                campaign,
                person,
                reason: event::NonParticipationReason::NotReached.into(),
            })
        };
        support::act("1405-06-20", body)
    });
    record(&registry, answers).await;
    registry.clock().set(NOW + 30 * DAY);
    record(&registry, [registration(Sex::Male, "1405-07-02")]).await;

    let client = registry.client(STATISTICS).await;
    for (table, category) in [
        ("campaign-provinces", "IR-23"),
        ("campaign-offices", support::TEHRAN),
    ] {
        let answer = ask(&client, table, 0).await.unwrap();
        assert!(answer.yardstick.contains("96 per cent"));
        let of = |second: &str| {
            let mut shares = answer.shares.iter();
            let found = shares.find(|share| share.categories == [campaign.as_str(), second]);
            found.unwrap().clone()
        };
        let share = of(category);
        assert_eq!(share.called, figure(&answer, &[&campaign, category, ""]));
        let came = figure(&answer, &[&campaign, category, "TOOK_PART"]);
        assert_eq!(share.came, came);
        let permille = (came * 1000 / share.called).min(1000);
        assert_eq!(u64::from(share.permille.unwrap()), permille);
        let truth = u32::try_from(CAME * 1000 / (CAME + AWAY)).unwrap();
        let bounds = share.lowest_permille.unwrap()..=share.highest_permille.unwrap();
        assert!(bounds.contains(&truth), "{bounds:?}");
        // Everybody is of one province and came to one office: the same persons have the same figures, and the same share.
        let all = api::StatisticsShare {
            categories: share.categories.clone(),
            ..of("")
        };
        assert_eq!(all, share);
    }
    // A table that does not tell it has neither.
    let births = ask(&client, "births", 0).await.unwrap();
    assert!(births.shares.is_empty() && births.yardstick.is_empty());
    drop((client, organiser));
    registry.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_writes_tables_and_plots_for_the_office_alone() {
    let registry = town().await;
    let papers = TempDir::new().unwrap();
    let (csv, svg) = (papers.path().join("t.csv"), papers.path().join("t.svg"));
    let args = |caller: &str| StatisticsArgs {
        command: StatisticsCommand::Table(Box::new(StatisticsTableArgs {
            table: "population-province".to_owned(),
            cut_off: 0,
            csv: Some(csv.clone()),
            svg: Some(svg.clone()),
            purpose: PurposeArgs {
                purpose: Some("official-statistics".to_owned()),
                ..PurposeArgs::default()
            },
            at: AtArgs {
                as_of: Some("1405-07-15".to_owned()),
                calendar: CalendarArg::Jalali,
                known_at: None,
                min_position: 0,
            },
            connect: ConnectArgs {
                dir: registry.dir().to_owned(),
                server: Some(registry.server()),
                registry: Some(REGISTRY.to_owned()),
                caller: Some(caller.to_owned()),
            },
        })),
    };
    let mut out = Out::to(Box::new(std::io::sink()), false);
    let refused = statistics::run(&args(REGISTRAR.name), &mut out).await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("OFFICIAL_STATISTICS")
    );
    assert!(!csv.exists());
    statistics::run(&args(STATISTICS.name), &mut out)
        .await
        .unwrap();
    let written = std::fs::read_to_string(&csv).unwrap();
    assert!(written.contains("# reference day: 1405-06-31 Jalali\n"));
    assert!(written.contains("\nprovince,nationality,sex,figure\nALL,ALL,ALL,"));
    let plot = std::fs::read_to_string(&svg).unwrap();
    assert!(plot.starts_with("<svg ") && plot.contains(">IR-23</text>"));
    // A file that is there is never overwritten.
    assert!(
        statistics::run(&args(STATISTICS.name), &mut out)
            .await
            .is_err()
    );

    let client = registry.client(STATISTICS).await;
    let refusal = ask(&client, "religion", 0).await.unwrap_err();
    assert_eq!(refusal.code(), Code::InvalidArgument);
    let mut persons = client.persons();
    let refusal = persons.get_person(api::GetPersonRequest {
        purpose: Some(purpose()),
        at: None,
        person: "367662731569".to_owned(),
    });
    assert_eq!(refusal.await.unwrap_err().code(), Code::PermissionDenied);
    drop((client, persons));
    registry.stop().await;
}
