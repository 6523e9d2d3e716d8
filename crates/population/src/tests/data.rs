use std::collections::BTreeSet;

use sabt_domain::law::ProvinceCode;
use sabt_domain::mrz::read;
use sabt_proto::event::v1::{Role, act::Body};

use super::plan;
use crate::tables::{
    AGENCIES, Language, ORIGINS, PROVINCES, STREETS, Sex, family_names, given_names,
};
use crate::{AuthorRef, Seed, agencies, author_key, offices};

fn is_latin(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphabetic() || " -'".contains(c))
}

fn is_arabic_script(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c == ' ' || c == '\u{200c}' || ('\u{600}'..='\u{6ff}').contains(&c))
}

#[test]
fn names_are_many_and_in_their_scripts() {
    for language in Language::ALL {
        for sex in [Sex::Female, Sex::Male] {
            let names = given_names(language, sex);
            let least = if language == Language::Urdu { 80 } else { 120 };
            assert!(
                least <= names.len(),
                "{language:?} {sex:?}: {}",
                names.len()
            );
            let distinct: BTreeSet<&str> = names.iter().map(|form| form.written).collect();
            assert_eq!(distinct.len(), names.len());
        }
        for form in [Sex::Female, Sex::Male]
            .into_iter()
            .flat_map(|sex| given_names(language, sex))
            .chain(family_names(language))
        {
            assert!(is_arabic_script(form.written), "{}", form.latin);
            assert!(is_latin(form.latin), "{}", form.latin);
        }
    }
    let families: usize = Language::ALL
        .into_iter()
        .map(|language| family_names(language).len())
        .sum();
    assert!(150 <= families);
}

#[test]
fn provinces_are_those_of_the_law() {
    let ours: BTreeSet<&str> = PROVINCES.iter().map(|row| row.code).collect();
    let law: BTreeSet<&str> = ProvinceCode::ALL
        .iter()
        .map(|province| province.code())
        .collect();
    assert_eq!(ours, law);
    assert_eq!(PROVINCES.len(), 31);
    assert!(
        PROVINCES
            .iter()
            .all(|row| !row.towns.is_empty() && row.weights.iter().all(|w| 0 < *w))
    );
    assert!(ORIGINS.iter().all(|row| !row.places.is_empty()));
    assert!(!STREETS.is_empty());
}

#[test]
fn every_author_of_a_plan_is_enrolled() {
    let offices: BTreeSet<AuthorRef> = offices()
        .into_iter()
        .map(|office| AuthorRef {
            agency: office.agency.to_owned(),
            office: office.code,
        })
        .collect();
    for planned in plan(3, 500) {
        assert!(offices.contains(&planned.author), "{:?}", planned.author);
        if planned.is_accepted() {
            assert_eq!(planned.act.office, planned.author.office);
        }
    }
}

#[test]
fn offices_have_codes_and_keys_of_their_own() {
    let offices = offices();
    let agencies = agencies();
    assert_eq!(agencies.len(), AGENCIES.len());
    assert!(
        agencies
            .iter()
            .all(|agency| agency.role != Role::Unspecified)
    );
    let codes: BTreeSet<&str> = offices.iter().map(|office| office.code.as_str()).collect();
    assert_eq!(codes.len(), offices.len());
    let keys: BTreeSet<[u8; 32]> = offices
        .iter()
        .map(|office| {
            let author = AuthorRef {
                agency: office.agency.to_owned(),
                office: office.code.clone(),
            };
            author_key(Seed(1), &author)
        })
        .collect();
    assert_eq!(keys.len(), offices.len());
    for agency in agencies {
        assert!(offices.iter().any(|office| office.agency == agency.code));
    }
}

#[test]
fn zones_of_passports_have_right_check_digits() {
    let mut zones = 0;
    for planned in plan(3, 800) {
        let documents = match planned.act.body {
            Some(Body::RegisterPerson(body)) => body.documents,
            Some(Body::IssueDocument(body)) => body.document.into_iter().collect(),
            _ => continue,
        };
        for document in documents
            .into_iter()
            .filter(|document| !document.mrz.is_empty())
        {
            let lines: Vec<&str> = document.mrz.iter().map(String::as_str).collect();
            let reading = read(&lines).expect("a zone that was written can be read");
            assert_eq!(reading.checks.wrong().count(), 0);
            assert_eq!(reading.zone.document_number, document.number);
            zones += 1;
        }
    }
    assert!(20 < zones);
}
