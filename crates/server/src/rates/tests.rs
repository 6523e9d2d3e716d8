use std::collections::BTreeSet;

use sabt_domain::access::Asker;

use super::{MINUTE, RETRY_AFTER, Rates};
use crate::config::QuestionsConfig;
use crate::limits::{RATE_BUCKETS_MAX, RATE_REFUSAL_RECORDED_EVERY_MICROS};

const NOW: i64 = 1_789_459_200_000_000;

fn asker(agency: &str, officer: &str) -> Asker {
    Asker {
        agency: agency.to_owned(),
        officer: officer.to_owned(),
        roles: BTreeSet::new(),
        state: "IRN".to_owned(),
        rights: BTreeSet::new(),
    }
}

fn rates(officer_per_minute: u32, agency_per_minute: u32) -> Rates {
    Rates::new(&QuestionsConfig {
        officer_per_minute,
        agency_per_minute,
    })
}

/// How many questions pass at once.
fn burst(rates: &Rates, asker: &Asker, now: i64) -> usize {
    (0..1_000)
        .take_while(|_| rates.take(Some(asker), now).is_ok())
        .count()
}

#[test]
fn an_officer_asks_a_minutes_worth_and_then_as_it_fills() {
    let (rates, officer) = (rates(60, 1_000), asker("POLICE", "P-1"));
    assert_eq!(burst(&rates, &officer, NOW), 60);
    let refusal = rates.take(Some(&officer), NOW).unwrap_err();
    assert_eq!(refusal.metadata()[RETRY_AFTER], "1000");
    assert_eq!(refusal.metadata()["limit"], "officer");
    // A refused question takes nothing.
    let second = NOW + 1_000_000;
    assert!(rates.take(Some(&officer), second - 1).is_err());
    assert!(rates.take(Some(&officer), second).is_ok());
    assert!(rates.take(Some(&officer), second).is_err());
    assert_eq!(burst(&rates, &officer, NOW + 10 * MINUTE), 60);
    // Others are not held up.
    assert_eq!(burst(&rates, &asker("POLICE", "P-2"), NOW), 60);
    assert_eq!(burst(&rates, &asker("BORDER", "P-1"), NOW), 60);
}

#[test]
fn officers_of_an_agency_share_what_it_may_ask() {
    let rates = rates(40, 100);
    let officers = ["P-1", "P-2", "P-3", "P-4"].map(|code| asker("POLICE", code));
    let asked = officers.each_ref().map(|one| burst(&rates, one, NOW));
    assert_eq!(asked, [40, 40, 20, 0]);
    let refusal = rates.take(Some(&officers[3]), NOW).unwrap_err();
    assert_eq!(refusal.metadata()["limit"], "agency");
    assert_eq!(burst(&rates, &asker("BORDER", "P-1"), NOW), 40);
}

#[test]
fn whoever_is_not_enrolled_shares_one_bucket() {
    let rates = rates(5, 1_000);
    let passed = (0..10).filter(|_| rates.take(None, NOW).is_ok()).count();
    assert_eq!(passed, 5);
    assert!(rates.take(Some(&asker("POLICE", "P-1")), NOW).is_ok());
}

#[test]
fn a_clock_that_is_put_back_locks_nobody_out() {
    let (rates, officer) = (rates(60, 1_000), asker("POLICE", "P-1"));
    assert_eq!(burst(&rates, &officer, NOW), 60);
    let earlier = NOW - 24 * 60 * MINUTE;
    assert_eq!(burst(&rates, &officer, earlier), 60);
    assert!(rates.take(Some(&officer), earlier).is_err());
}

#[test]
fn one_refusal_a_minute_is_recorded() {
    let (rates, officer) = (rates(1, 1_000), asker("POLICE", "P-1"));
    let every = RATE_REFUSAL_RECORDED_EVERY_MICROS;
    let recorded = [0, 1, every - 1, every, every + 1, 2 * every, -every]
        .map(|after| rates.records_refusal(Some(&officer), NOW + after));
    assert_eq!(recorded, [true, false, false, true, false, true, true]);
    assert!(rates.records_refusal(Some(&asker("POLICE", "P-2")), NOW));
}

#[test]
fn buckets_are_bounded_and_those_in_use_are_kept() {
    let (rates, officer) = (rates(60, u32::MAX), asker("POLICE", "P-1"));
    for one in 0..60 {
        assert!(rates.take(Some(&officer), NOW).is_ok(), "{one}");
        for other in 0..RATE_BUCKETS_MAX / 60 {
            let other = asker("BORDER", &format!("{one}-{other}"));
            assert!(rates.take(Some(&other), NOW).is_ok());
        }
        let buckets = rates.buckets.lock().unwrap();
        assert!(buckets.young.len() + buckets.old.len() <= RATE_BUCKETS_MAX);
    }
    assert!(rates.take(Some(&officer), NOW).is_err());
}
