//! Public numbers.

use std::collections::BTreeSet;

use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};
use proptest::prelude::*;

use super::ff1::Ff1;
use super::{NUMBER_DIGITS, NUMBER_MAX, NUMBER_MIN, NumberKind, Numbering};
use crate::ordinal::SubjectOrdinal;
use crate::secret::SecretKey;

proptest! {
    /// What another implementation of the standard makes of the same string, under any key and tweak.
    #[test]
    fn ff1_is_that_of_the_standard(
        key: [u8; 32],
        tweak in proptest::collection::vec(any::<u8>(), 0..48),
        number in 0..=NUMBER_MAX,
    ) {
        let image = reference(&key, &tweak, number);
        let ours = Ff1::new(&SecretKey::copied_from(&key));
        let tweak = ours.tweak(&tweak);
        prop_assert_eq!(ours.encrypt(&tweak, number), image);
        prop_assert_eq!(ours.decrypt(&tweak, image), number);
    }

    #[test]
    fn a_number_leads_back_to_its_ordinal(ordinal in 0..SubjectOrdinal::COUNT, person: bool) {
        let kind = if person { NumberKind::Person } else { NumberKind::Household };
        let subject = SubjectOrdinal::new(ordinal).unwrap();
        let number = numbering().number(kind, subject);
        prop_assert!((NUMBER_MIN..=NUMBER_MAX).contains(&number));
        prop_assert_eq!(numbering().ordinal(kind, number), Some(subject));
    }

    #[test]
    fn every_number_has_one_ordinal(number in NUMBER_MIN..=NUMBER_MAX) {
        let subject = numbering().ordinal(NumberKind::Person, number).unwrap();
        prop_assert_eq!(numbering().number(NumberKind::Person, subject), number);
    }
}

#[test]
fn every_kind_has_its_own_place_and_tweak() {
    for (place, kind) in NumberKind::ALL.into_iter().enumerate() {
        assert_eq!(kind as usize, place);
    }
    let tweaks: BTreeSet<_> = NumberKind::ALL.iter().map(|kind| kind.tweak()).collect();
    assert_eq!(tweaks.len(), NumberKind::ALL.len());
}

#[test]
fn numbers_are_distinct_and_show_no_order() {
    let numbers: Vec<u64> = sample(NumberKind::Person).collect();
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
    let ascents = numbers.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!(
        (900..1_100).contains(&ascents),
        "{ascents} of 1999 steps ascend"
    );
    let lower_half = numbers
        .iter()
        .filter(|number| **number < 55_000_000_000)
        .count();
    assert!(
        (900..1_100).contains(&lower_half),
        "{lower_half} of 2000 lie in the lower half"
    );
}

#[test]
fn persons_and_households_and_registries_are_numbered_apart() {
    let person: Vec<u64> = sample(NumberKind::Person).collect();
    let household: Vec<u64> = sample(NumberKind::Household).collect();
    assert!(
        person
            .iter()
            .zip(&household)
            .all(|(person, household)| person != household)
    );
    let other = Numbering::derive(&SecretKey::copied_from(&[2; 32]));
    assert_ne!(
        other.number(NumberKind::Person, SubjectOrdinal::REGISTRY),
        person[0]
    );
}

#[test]
fn what_is_not_a_number_has_no_ordinal() {
    for number in [0, 1, NUMBER_MIN - 1, NUMBER_MAX + 1, u64::MAX] {
        assert_eq!(numbering().ordinal(NumberKind::Person, number), None);
    }
}

#[test]
fn the_ends_of_the_space_are_numbered() {
    assert_eq!(SubjectOrdinal::new(SubjectOrdinal::COUNT), None);
    let last = SubjectOrdinal::new(SubjectOrdinal::COUNT - 1).unwrap();
    assert_eq!(last.next(), None);
    for subject in [SubjectOrdinal::REGISTRY, last] {
        let number = numbering().number(NumberKind::Household, subject);
        assert_eq!(
            numbering().ordinal(NumberKind::Household, number),
            Some(subject)
        );
    }
}

#[test]
fn given_numbers_never_change() {
    let numbers = |kind| sample(kind).take(4).collect::<Vec<_>>();
    // Computed a second time from the standard, with another implementation of FF1.
    let person = [
        54_533_914_730,
        31_823_898_189,
        57_738_662_537,
        85_925_884_236,
    ];
    let household = [
        60_708_764_836,
        66_904_864_024,
        30_545_974_244,
        29_737_859_370,
    ];
    assert_eq!(numbers(NumberKind::Person), person);
    assert_eq!(numbers(NumberKind::Household), household);
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", numbering()), "Numbering(redacted)");
}

/// One application of FF1 as the crate `fpe` implements it.
fn reference(key: &[u8; 32], tweak: &[u8], number: u64) -> u64 {
    let digits = format!("{number:0NUMBER_DIGITS$}");
    let digits: Vec<u16> = digits.bytes().map(|digit| (digit - b'0').into()).collect();
    let image = FF1::<Aes256>::new(key, 10)
        .unwrap()
        .encrypt(tweak, &FlexibleNumeralString::from(digits))
        .unwrap();
    let digits = Vec::<u16>::from(image).into_iter();
    digits.fold(0, |number, digit| number * 10 + u64::from(digit))
}

fn sample(kind: NumberKind) -> impl Iterator<Item = u64> {
    let numbering = numbering();
    (0..2_000).map(move |ordinal| numbering.number(kind, SubjectOrdinal::new(ordinal).unwrap()))
}

fn numbering() -> Numbering {
    Numbering::derive(&SecretKey::copied_from(&[1; 32]))
}
