use sabt_domain::codec::Value as _;
use sabt_domain::time::{Calendar as Theirs, Day, PartialDate};

use super::*;

/// Every day of 1800 to 2121 is the day that the registry takes it for.
#[test]
fn days_are_those_of_the_registry() {
    let year_month_day = |calendar: Theirs, day: Day| {
        let date = day.date_in(calendar).unwrap();
        let (year, month, day) = (date.year(), date.month().unwrap(), date.day().unwrap());
        (i64::from(year), u32::from(month), u32::from(day))
    };
    for days in -62_000..55_000_i32 {
        let day = Day::from_epoch_days(days);
        assert_eq!(
            gregorian(days.into()),
            year_month_day(Theirs::Gregorian, day)
        );
        let ours = jalali(days.into());
        assert_eq!(ours, Some(year_month_day(Theirs::Jalali, day)), "{days}");
        for calendar in [Theirs::Gregorian, Theirs::Jalali, Theirs::Hijri] {
            let date: PartialDate = day.date_in(calendar).unwrap();
            assert_eq!(day_of(&date.to_message()), Some(days.into()));
        }
    }
}

#[test]
fn partial_and_absurd_dates_have_no_day() {
    let date = |year, month, day| Date {
        calendar: Calendar::Jalali.into(),
        year,
        month,
        day,
    };
    assert_eq!(day_of(&date(1370, 0, 0)), None);
    assert_eq!(day_of(&date(1370, 5, 0)), None);
    assert_eq!(day_of(&date(i32::MAX, 5, 1)), None);
    assert_eq!(day_of(&date(1370, u32::MAX, u32::MAX)), None);
    assert_eq!(jalali(i64::from(i32::MAX)), None);
}
