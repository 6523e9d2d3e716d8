use sabt_domain::law::DocumentKind;
use sabt_vault::secret::SecretKey;

use super::Blinder;
use crate::testing::document;

#[test]
fn equal_values_meet_and_others_do_not() {
    let blinder = Blinder::new(&SecretKey::copied_from(&[1; 32]));
    let other_key = Blinder::new(&SecretKey::copied_from(&[2; 32]));
    let passport = document(DocumentKind::Passport, "P-1 2").key();
    let same = document(DocumentKind::Passport, "p12").key();
    assert_eq!(blinder.document(&passport), blinder.document(&same));
    let all = [
        blinder.name("s:a b", Some(1990)),
        blinder.name("s:a b", Some(1991)),
        blinder.name("s:a b", None),
        blinder.name("s:a c", Some(1990)),
        blinder.name("", None),
        blinder.document(&passport),
        blinder.document(&document(DocumentKind::Tazkira, "P12").key()),
        other_key.name("s:a b", Some(1990)),
        other_key.document(&passport),
    ];
    for (index, left) in all.iter().enumerate() {
        assert!(!all[..index].contains(left));
    }
}
