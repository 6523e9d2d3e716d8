use super::*;
use crate::time::{Calendar, PartialDate};

fn moment(jalali: &str, minutes: i64) -> Timestamp {
    let day = PartialDate::parse(jalali, Calendar::Jalali).unwrap();
    let midnight = Timestamp::start_of_day_in_tehran(day.earliest());
    midnight.plus_seconds(minutes * 60).unwrap()
}

#[test]
fn one_lot_in_a_hundred_is_drawn() {
    assert!(is_drawn(0));
    assert!(is_drawn(u64::MAX / 100 - 1));
    assert!(!is_drawn(u64::MAX / 100));
    assert!(!is_drawn(u64::MAX));
}

#[test]
fn fridays_and_nights_are_off_shift_at_offices_alone() {
    // The 1st of Azar 1405 is a Sunday.
    for (date, minutes, off) in [
        ("1405-09-01", 6 * 60 - 1, true),
        ("1405-09-01", 6 * 60, false),
        ("1405-09-01", 19 * 60 - 1, false),
        ("1405-09-01", 19 * 60, true),
        ("1405-09-05", 15 * 60 - 1, false),
        ("1405-09-05", 15 * 60, true),
        ("1405-09-06", 10 * 60, true),
        ("1405-09-07", 10 * 60, false),
    ] {
        let at = moment(date, minutes);
        assert_eq!(is_off_shift(Role::Registrar, at), off, "{date} {minutes}");
        assert!(!is_off_shift(Role::BorderPolice, at));
    }
    assert_eq!(OfficeHours::on(moment("1405-09-06", 0)).day, "Friday");
}

#[test]
fn a_burst_is_counted_by_distinct_persons_in_the_window() {
    let mut bursts = Bursts::default();
    let at = |seconds: i64| moment("1405-09-01", 600).plus_seconds(seconds).unwrap();
    for person in 0..20 {
        assert!(!bursts.note("A", at(person), person));
        // The same again, and another officer's, count for nothing.
        assert!(!bursts.note("A", at(person), person));
        assert!(!bursts.note("B", at(person), 100));
    }
    assert!(bursts.note("A", at(20), 20));
    // Ten minutes after the first, that one has left the window.
    assert!(!bursts.note("A", at(600), 1));
}

#[test]
fn clocks_of_justification() {
    let at = moment("1405-09-01", 600);
    let (limit, due) = justified_by(false, at).unwrap();
    assert_eq!((limit.id, due), ("LJ-01", Some(moment("1405-09-12", 0))));
    let (limit, due) = justified_by(true, at).unwrap();
    assert_eq!((limit.id, due), ("LJ-02", Some(moment("1405-09-05", 0))));
}

#[test]
fn acts_are_expected_where_the_row_opens_them() {
    let edition = Matrix::newest().edition();
    assert!(expects_act(edition, Role::Registrar, Purpose::Registration));
    assert!(expects_act(
        edition,
        Role::BorderPolice,
        Purpose::BorderControl
    ));
    assert!(!expects_act(
        edition,
        Role::Registrar,
        Purpose::SubjectAccess
    ));
    assert!(!expects_act(edition, Role::Police, Purpose::VitalEmergency));
    assert!(!expects_act(
        "1300-1",
        Role::Registrar,
        Purpose::Registration
    ));
}

#[test]
fn what_tells_who_an_officer_is_has_a_group_of_its_own() {
    for rule in FlagRule::ALL {
        assert!(!rule.source().is_empty());
        let own = rule.code().starts_with("OWN_");
        assert_eq!(rule.rests_on() == FieldGroup::Officer, own);
    }
    assert_eq!(FlagRule::ALL.first(), Some(&FlagRule::Emergency));
}
