use proptest::prelude::*;

use super::*;

/// Noon of a day after the start of 1970.
fn noon(day: i64) -> Timestamp {
    Timestamp::from_micros((day * SECONDS_PER_DAY + SECONDS_PER_DAY / 2) * 1_000_000)
}

fn stated(day: i64, until: i64) -> Option<Deferral> {
    Deferral::stated(noon(day), noon(until).micros())
}

fn order(day: i64, until: i64) -> Extension {
    Extension {
        at: Moment {
            position: 7,
            at: noon(day),
        },
        until: noon(until),
        court: "Tehran 4".into(),
        order_number: "1405/77".into(),
    }
}

#[test]
fn a_deferral_lapses_by_itself_at_its_end() {
    let deferral = stated(100, 130).unwrap();
    assert!(deferral.withholds(noon(100)) && deferral.withholds(noon(129)));
    assert!(!deferral.withholds(noon(130)) && !deferral.withholds(noon(131)));
    assert_eq!(stated(100, 100), None);
    assert_eq!(stated(100, 90), None);
    assert_eq!(Deferral::stated(noon(100), 0), None);
}

#[test]
fn no_stated_end_counts_beyond_the_limit() {
    let limit = noon(100 + i64::from(DEFERRAL_DAYS_MAX));
    assert_eq!(stated(100, 190).unwrap().until(), limit);
    assert_eq!(stated(100, 191).unwrap().until(), limit);
    let for_ever = Deferral::stated(noon(100), i64::MAX).unwrap();
    assert_eq!(for_ever.until(), limit);
}

#[test]
fn an_extension_comes_in_time_moves_the_end_and_keeps_the_limits() {
    let deferral = stated(100, 130).unwrap();
    let reason = |at, until| {
        deferral
            .extended(noon(at), noon(until))
            .unwrap_err()
            .reason()
    };
    assert_eq!(reason(130, 140), Reason::DeferralLapsed);
    assert_eq!(reason(120, 130), Reason::InvalidField);
    assert_eq!(reason(120, 110), Reason::InvalidField);
    assert_eq!(reason(120, 221), Reason::DeferralTooLong);
    let longer = deferral.extended(noon(129), noon(220)).unwrap();
    assert_eq!(longer.until(), noon(220));
    let refusal = deferral.extended(noon(120), noon(221)).unwrap_err();
    assert_eq!(refusal.metadata()["latest"], noon(220).to_string());
}

#[test]
fn no_chain_of_orders_hides_an_entry_for_ever() {
    let mut deferral = stated(100, 190).unwrap();
    for _order in 0..10 {
        let at = Timestamp::from_micros(deferral.until().micros() - 1);
        for days in (1..=EXTENSION_DAYS_MAX).rev() {
            if let Ok(longer) = deferral.extended(at, days_after(deferral.until(), days)) {
                deferral = longer;
                break;
            }
        }
    }
    assert_eq!(deferral.until(), noon(100 + i64::from(WITHHELD_DAYS_MAX)));
}

#[test]
fn an_order_that_came_too_late_or_asks_too_much_has_no_effect() {
    let deferral = stated(100, 130).unwrap();
    let orders = [
        order(110, 500),
        order(120, 150),
        order(149, 160),
        order(160, 200),
        order(161, 170),
    ];
    assert_eq!(deferral.with(&orders, noon(119)), deferral);
    assert_eq!(deferral.with(&orders, noon(120)).until(), noon(150));
    assert_eq!(deferral.with(&orders, noon(300)).until(), noon(160));
    let effective: Vec<_> = deferral.effective(&orders, noon(300)).collect();
    assert_eq!(effective, [&orders[1], &orders[2]]);
}

proptest! {
    /// Whatever stands in the ledger, an entry is told of within a year, and once told of never withheld again.
    #[test]
    fn every_entry_is_told_of(
        embargo in any::<i64>(),
        orders in prop::collection::vec((0_i64..800, any::<i64>()), 0..12),
        days in prop::collection::vec(0_i64..1_000, 1..20),
    ) {
        let recorded = noon(0);
        let Some(deferral) = Deferral::stated(recorded, embargo) else { return Ok(()); };
        let mut orders: Vec<_> = orders
            .into_iter()
            .map(|(day, until)| Extension { until: Timestamp::from_micros(until), ..order(day, 0) })
            .collect();
        orders.sort_by_key(|order| order.at.at);
        let mut days = days;
        days.sort_unstable();
        let mut told = false;
        for now in days.into_iter().map(noon) {
            let withheld = deferral.with(&orders, now).withholds(now);
            prop_assert!(!(told && withheld), "told of, and withheld again");
            prop_assert!(!withheld || now < days_after(recorded, WITHHELD_DAYS_MAX));
            told = !withheld;
        }
    }
}
