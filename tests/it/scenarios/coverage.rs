//! What of the services is recorded here, and by which test: a gap fails.

use std::collections::BTreeSet;

use sabt_domain::act::CaseStepKind;
use sabt_domain::event::EventKind;
use sabt_domain::law::{Catalogue, DocumentKind, ServiceScope};

use super::read::{Scenario, Sentence, scenarios};
use crate::refusals::{NOT_PROVOKED, OF_CASES};
use crate::support;

/// Names of events in the index of the services, as the digest prints them (services.md section 8).
const INDEX: &str = include_str!("../../coverage/service-event-index.txt");

/// For each of them: where it is named, what records it, and the test that does, or why it is not recorded; parted by tabs.
const COVERAGE: &str = include_str!("../../coverage/service-events.tsv");

#[test]
fn every_event_of_the_index_is_recorded_by_a_named_test_or_says_why_not() {
    let index: BTreeSet<&str> = INDEX.lines().collect();
    assert_eq!(index.len(), 102);
    let mut covered = BTreeSet::new();
    for line in COVERAGE.lines() {
        let columns: Vec<_> = line.split('\t').collect();
        let [name, _where, how, test] = columns.as_slice() else {
            panic!("not four columns: {line}");
        };
        assert!(covered.insert(*name), "{name} twice");
        if *how == "not recorded" {
            assert!(test.split(' ').count() > 3, "{name} does not say why");
            continue;
        }
        let (what, code) = how.split_once(' ').unwrap();
        let known = match what {
            "event" => EventKind::from_code(code).is_some(),
            "step" => CaseStepKind::from_code(code).is_some(),
            "paper" => leads_to(code),
            _ => false,
        };
        assert!(known, "{name}: {how} is not in the contract");
        assert!(is_test(test), "{name}: there is no {test}");
    }
    let gaps: Vec<_> = index.symmetric_difference(&covered).collect();
    assert!(gaps.is_empty(), "{gaps:?}");
}

/// True if a service of the catalogue leads to this paper.
fn leads_to(code: &str) -> bool {
    let kind = DocumentKind::from_code(code);
    let services = Catalogue::newest().services();
    kind.is_some_and(|kind| {
        services
            .iter()
            .any(|service| service.papers.contains(&kind))
    })
}

/// True if there is such a test function, or such a scenario.
pub(crate) fn is_test(test: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else {
        return false;
    };
    let content = std::fs::read_to_string(support::root().join(file)).unwrap_or_default();
    let function = format!("fn {name}()");
    let scenario = format!("Scenario: {name}");
    content.contains(&function) || content.lines().any(|line| line == scenario)
}

/// No row of the table of refusals provokes these; a scenario does.
#[test]
fn every_refusal_of_a_case_is_played() {
    let scenarios = scenarios();
    let lines = scenarios.iter().flat_map(|scenario| &scenario.lines);
    let refused: BTreeSet<&str> = lines
        .filter_map(|line| match &line.sentence {
            Sentence::Then(text) => text.strip_prefix("it is refused: "),
            Sentence::Given(_) | Sentence::On(..) => None,
        })
        .collect();
    for (reason, why) in NOT_PROVOKED {
        let played = refused.contains(reason.code());
        assert!(*why != OF_CASES || played, "{}", reason.code());
    }
}

/// What is played of each service: that it is granted, refused, objected to, and that something of it is taken back.
const KINDS: [&str; 4] = [
    " grants it",
    " refuses it because",
    "the applicant appeals",
    " is annulled",
];

#[test]
fn every_service_of_the_catalogue_is_granted_refused_appealed_and_annulled() {
    let scenarios = scenarios();
    for service in Catalogue::newest().services() {
        if service.scope == ServiceScope::Out {
            continue;
        }
        let asks = format!(" asks for {}", service.id);
        let records = |scenario: &&Scenario, what: &str| {
            let mut lines = scenario.lines.iter();
            lines.any(|line| matches!(&line.sentence, Sentence::On(_, text) if text.contains(what)))
        };
        for kind in KINDS {
            let mut played = scenarios.iter().filter(|scenario| records(scenario, &asks));
            let played = played.any(|scenario| records(&scenario, kind));
            assert!(played, "{}: in no scenario{kind}", service.id);
        }
    }
}
