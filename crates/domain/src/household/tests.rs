use crate::fact::Relation;
use crate::testing::*;

#[test]
fn a_household_is_what_it_was_on_a_day() {
    let mut registry = Registry::new();
    let (husband, wife, code) = registry.couple();
    let child = registry.child("1395-01-01", husband, wife);
    registry.ok("1400-01-01", death(husband));
    let on_day = |date| registry.life(code).household(&as_of(date));
    assert!(on_day("1392-01-01").is_none());
    let first = on_day("1392-01-02").unwrap();
    assert!(first.head() == Some(husband) && first.members.len() == 2);
    assert_eq!(
        on_day("1396-01-01").unwrap().relation_of(child),
        Some(Relation::Child)
    );
    let last = on_day("1400-01-01").unwrap();
    assert!(last.head().is_none() && last.members.len() == 2);
}
