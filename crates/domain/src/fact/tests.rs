use super::*;
use crate::law::DocumentKind;
use crate::testing::{document, reference};

#[test]
fn codes_are_capitals_digits_and_dashes() {
    for good in ["THR-01", "BA", "A1"] {
        assert_eq!(good.parse::<OfficeCode>().unwrap().as_str(), good);
    }
    for bad in [
        "",
        "A",
        "thr-01",
        "1AB",
        "-AB",
        "A B",
        "A_B",
        "ABCDEFGHIJKLMNOPQRSTUVWXY",
    ] {
        assert!(bad.parse::<OfficeCode>().is_err(), "{bad}");
    }
    assert!("ABCDEFGHIJKLMNOPQ".parse::<AgencyCode>().is_err());
    assert_eq!("AFG".parse::<CountryCode>().unwrap().as_str(), "AFG");
    for bad in ["", "AF", "afg", "AFGH", "A1B"] {
        assert!(bad.parse::<CountryCode>().is_err(), "{bad}");
    }
}

#[test]
fn documents_are_compared_without_separators_and_digits_of_any_script() {
    let key = |number: &str| document(DocumentKind::Tazkira, number).key();
    assert!(key("1399-0100-12345") == key("\u{6f1}\u{6f3}\u{6f9}\u{6f9} 010012345"));
    assert!(key("ab\u{2013}1") == key("AB\u{661}"));
    // Volume, page and entry of an old tazkira are kept apart.
    assert!(key("12/34/5") != key("1/234/5"));
    assert!(key("1") == reference(DocumentKind::Tazkira, "1").key());
    assert_eq!(key("p-1").canonical_text(), "TAZKIRA|AFG|P1");
    assert_eq!(key("p-1").number(), "P1");
}

#[test]
fn a_party_outside_the_registry_has_no_number() {
    assert!(Party::Named("somebody".into()).person().is_none());
    assert_eq!(
        format!("{:?}", Party::Named("somebody".into())),
        "Party { .. }"
    );
}

proptest::proptest! {
    /// Numbers of ASCII characters take a shorter way to the same form: a foreign letter in front sends them the long one.
    #[test]
    fn every_number_is_compared_alike(number in "[ -~\t\u{b}]{0,24}") {
        let long = comparable(&format!("\u{e9}{number}"));
        let short = comparable(&number);
        proptest::prop_assert_eq!(long.strip_prefix('\u{c9}'), Some(short.as_str()));
        proptest::prop_assert_eq!(is_comparable(&number), !short.is_empty());
    }
}
