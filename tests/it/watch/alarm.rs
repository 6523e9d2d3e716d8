//! What those who watch over the registry learn of an emergency from metrics and log: that there was one, and of nobody.

use std::io::Write;

use metrics_exporter_prometheus::PrometheusBuilder;
use sabt_cli::cast::BORDER_POLICE;
use sabt_domain::access::Grant;
use sabt_domain::refusal::Reason;
use tracing::level_filters::LevelFilter;

use super::{Paper, Town};

/// Clients, server and test share one thread, so that metrics and log of this registry are not those of another test.
#[tokio::test(flavor = "current_thread")]
async fn an_emergency_raises_a_metric_and_one_line_of_warning_about_nobody() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    let good = town.emergency();
    let wide = Grant {
        persons: [town.child.parse().unwrap(), town.other.parse().unwrap()].into(),
        ..good.clone()
    };

    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _counted = metrics::set_default_local_recorder(&recorder);
    let paper = Paper::default();
    let log = paper.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_ansi(false)
        .with_writer(move || -> Box<dyn Write> { Box::new(log.clone()) })
        .finish();
    let _logged = tracing::subscriber::set_default(subscriber);
    let written = || String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    let raised = |method: &str| {
        let line = format!("sabt_emergency_openings_total{{method=\"{method}\"}} 1");
        metrics.render().lines().filter(|one| *one == line).count()
    };

    // A misuse is refused, which is counted, and raises no alarm.
    let told = town.open(&border, town.signed(&wide), &town.child).await;
    assert_eq!(told.map(drop), Err(Reason::GrantTooWide));
    assert!(!metrics.render().contains("emergency") && written().is_empty());
    assert!(metrics.render().contains("GRANT_TOO_WIDE"));

    let told = town.open(&border, town.signed(&good), &town.child).await;
    assert!(told.unwrap().person.is_some());
    assert_eq!(raised("GetPerson"), 1);
    let lines = written();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("WARN") && lines.contains("emergency grant"));

    // Nothing of the person, the officer or the case stands in either.
    let published = metrics.render();
    for secret in [
        town.child.as_str(),
        &town.mother,
        "B3001",
        &good.case_reference,
        "MkStreet",
        "MKPASSPORT",
    ] {
        assert!(!lines.contains(secret) && !published.contains(secret));
    }
    drop(border);
    town.registry.stop().await;
}
