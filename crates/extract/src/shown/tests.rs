use super::*;
use crate::label::Labels;
use crate::testing::jalali;

fn both(en: &str, fa: &str) -> Shown {
    Shown::Both(Words::new(en, persian(fa)))
}

#[test]
fn dates_are_shown_by_both_calendars() {
    let labels = Labels::known();
    let lookup = Lookup::new(&labels);
    assert_eq!(
        of_date(&jalali(1405, 6, 24), &lookup),
        both("2026-09-15", "1405/06/24")
    );
    let hijri = Date {
        calendar: Calendar::Hijri.into(),
        year: 1448,
        month: 4,
        day: 3,
    };
    let Shown::Both(words) = of_date(&hijri, &lookup) else {
        panic!("a date has two forms");
    };
    assert_eq!(words.en, "2026-09-16, 1448-04-03 (Hijri)");
    let Shown::Both(words) = of_date(&jalali(1370, 5, 0), &lookup) else {
        panic!("a date has two forms");
    };
    assert_eq!(words.en, "1370-05 (Jalali)");
    assert!(words.fa.starts_with(&persian("1370/05 (")));
}

#[test]
fn times_are_shown_for_both_readers() {
    let Shown::Both(words) = moment(1_789_459_200_000_000) else {
        panic!("a time has two forms");
    };
    assert_eq!(words.en, "2026-09-15 08:00:00 UTC");
    assert!(
        words.fa.starts_with(&persian("1405/06/24 11:30:00")),
        "{}",
        words.fa
    );
    // Nothing overflows.
    for micros in [i64::MIN, i64::MAX, 0, -1] {
        moment(micros);
    }
}
