use std::collections::BTreeSet;

use super::*;
use crate::law::Edition;

/// The rows of the printed table, as they stand in the digest of the services: row, identifier, Persian title, English title,
/// level, unit, recipients, scope; parted by tabs.
const PRINTED: &str = include_str!("../../../testdata/services.tsv");

fn id(text: &str) -> ServiceId {
    text.parse().unwrap()
}

fn printed() -> impl Iterator<Item = [&'static str; 8]> {
    PRINTED.lines().map(|line| {
        let columns: Vec<_> = line.split('\t').collect();
        columns.try_into().expect("eight columns")
    })
}

#[test]
fn the_catalogue_holds_every_printed_row_as_it_is_printed() {
    let catalogue = Catalogue::newest();
    let mut rows = 0;
    for [row, identifier, fa, en, level, unit, recipients, scope] in printed() {
        let service = catalogue.service(&id(identifier)).expect(row);
        assert_eq!(service.row, row);
        assert_eq!(
            (service.title_fa.as_str(), service.title_en.as_str()),
            (fa, en)
        );
        assert_eq!(service.level.code().to_lowercase(), level);
        assert_eq!(
            (service.unit.as_str(), service.recipients.as_str()),
            (unit, recipients)
        );
        let expected = match scope {
            "in (person)" => ServiceScope::Person,
            "in (other)" => ServiceScope::Other,
            _ => ServiceScope::Out,
        };
        assert_eq!(service.scope, expected, "{row}");
        rows += 1;
    }
    assert_eq!(rows, 32);
    let numbered = catalogue
        .services()
        .iter()
        .filter(|service| !service.row.is_empty());
    assert_eq!(numbered.count(), rows);
    let in_scope = catalogue
        .services()
        .iter()
        .filter(|service| service.scope != ServiceScope::Out && !service.row.is_empty());
    assert_eq!(in_scope.count(), 25);
}

#[test]
fn every_edition_is_one_of_the_law_tables() {
    for catalogue in Catalogue::editions() {
        let edition = Edition::from_code(&catalogue.edition).unwrap();
        assert_eq!(edition.from(), Some(catalogue.from));
        assert_eq!(Catalogue::in_force(catalogue.from), catalogue);
    }
    let long_ago = Day::from_epoch_days(0);
    assert_eq!(Catalogue::in_force(long_ago).edition, "1405-1");
}

#[test]
fn the_subject_group_is_no_filter_and_serials_may_be_missing() {
    let catalogue = Catalogue::newest();
    let gatherings = catalogue.service(&id("12012155101")).unwrap();
    let movement = catalogue.service(&id("12012154101")).unwrap();
    assert_eq!(gatherings.scope, ServiceScope::Out);
    assert_eq!(movement.scope, ServiceScope::Person);
    assert!(catalogue.service(&id("12012154116")).is_none());
    let card = catalogue.service(&id("12011076106")).unwrap();
    assert_eq!(card.parent, Some(id("10031076000")));
}

#[test]
fn identifiers_are_eleven_digits_of_any_script() {
    assert_eq!(id("\u{6f1}2012154101"), id("12012154101"));
    assert_eq!(id("DUTY-17").as_str(), "DUTY-17");
    for wrong in [
        "",
        "1201215410",
        "120121541011",
        "DUTY-1",
        "DUTY-123",
        "1201215410x",
        "duty-17",
    ] {
        assert_eq!(wrong.parse::<ServiceId>(), Err(InvalidServiceId), "{wrong}");
    }
}

#[test]
fn what_protects_is_kept_apart() {
    let catalogue = Catalogue::newest();
    let group = |identifier| FieldGroup::of_service(&id(identifier));
    assert_eq!(group("12012154120"), FieldGroup::Schooling);
    assert_eq!(group("12011076106"), FieldGroup::Protection);
    assert_eq!(group("12012154115"), FieldGroup::Protection);
    assert_eq!(group("12012154101"), FieldGroup::ServiceCases);
    assert_eq!(group("99999999999"), FieldGroup::Protection);
    let adverse = catalogue
        .services()
        .iter()
        .filter(|service| service.adverse);
    let rows: BTreeSet<_> = adverse.map(|service| service.row.as_str()).collect();
    assert_eq!(rows, BTreeSet::from(["24"]));
    // An interview is an event, never a gate (AM-24).
    let gate = |service: &Service| service.needs.contains(&Requirement::Interview);
    assert!(!catalogue.services().iter().any(gate));
}

/// A row that says everything it must.
const ROW: &str = "sabt services 1405-1
from 1405/01/01

service 12012154130
  fa          x
  en          A service
  level       PROVINCIAL
  unit        DG-FN
  recipients  foreign nationals
  scope       PERSON
  reason      events on a person
  subject     PERSON
  allows      EXAM
  needs       EXAM
  papers      TRAVEL_PASS
  group       SERVICE_CASES
  data        nothing
  source      a test
";

fn fault(from: &str, to: &str) -> (usize, CatalogueFault) {
    assert!(ROW.contains(from), "{from}");
    let error = Catalogue::parse(&ROW.replacen(from, to, 1)).unwrap_err();
    assert!(!error.to_string().is_empty());
    (error.line, error.fault)
}

#[test]
fn a_catalogue_is_read_strictly() {
    use CatalogueFault as Fault;
    assert!(Catalogue::parse(ROW).is_ok());
    let unknown = |key, value: &str| Fault::UnknownValue {
        key,
        value: value.to_owned(),
    };
    assert_eq!(
        fault("sabt services", "services"),
        (1, Fault::NotACatalogue)
    );
    assert_eq!(fault("from 1405/01/01", "from 1405"), (2, Fault::NoDay));
    assert_eq!(fault("12012154130", "1"), (4, unknown("service", "1")));
    assert_eq!(fault("  fa          x\n", ""), (4, Fault::Missing("fa")));
    assert_eq!(
        fault("  data        nothing\n", ""),
        (4, Fault::Missing("data"))
    );
    assert_eq!(
        fault("  subject     PERSON\n", ""),
        (4, Fault::Missing("subject"))
    );
    assert_eq!(
        fault("PROVINCIAL", "CENTRAL"),
        (4, Fault::LevelOfIdentifier)
    );
    assert_eq!(
        fault("allows      EXAM", "allows      OATH"),
        (4, Fault::NeedNotAllowed("EXAM"))
    );
    assert_eq!(
        fault("needs       EXAM", "needs       TEST"),
        (4, unknown("needs", "TEST"))
    );
    assert_eq!(
        fault("needs       EXAM", "needs       EXAM EXAM"),
        (4, Fault::Twice("EXAM".into()))
    );
    assert_eq!(
        fault("group       SERVICE_CASES", "group       IDENTITY"),
        (4, unknown("group", "IDENTITY"))
    );
    assert_eq!(
        fault("group       SERVICE_CASES", "adverse     no"),
        (4, unknown("adverse", "no"))
    );
    assert_eq!(
        fault("  en          A", "  en A\n  en          A"),
        (7, Fault::Twice("en".into()))
    );
    assert_eq!(
        fault("  unit", "  office"),
        (8, Fault::UnknownStatement("  office        DG-FN".into()))
    );
    assert_eq!(
        fault("  unit        ", "unit "),
        (8, Fault::UnknownStatement("unit DG-FN".into()))
    );
    let twice = format!("{ROW}{}", ROW.split_once("\n\n").unwrap().1);
    let error = Catalogue::parse(&twice).unwrap_err();
    assert_eq!(error.fault, Fault::Twice("12012154130".into()));
    assert!(Catalogue::parse(&"x".repeat(2 << 20)).is_err());
}
