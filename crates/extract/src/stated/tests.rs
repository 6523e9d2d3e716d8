use sabt_proto::event::v1::{self as event, act, event as told};

use super::*;
use crate::testing::{jalali, particulars};

fn signed(body: act::Body) -> Act {
    Act {
        office: "THR-01".to_owned(),
        legal_basis: "duty:12".to_owned(),
        recorded_at: 7,
        occurred_on: Some(jalali(1402, 3, 5)),
        body: Some(body),
        ..Act::default()
    }
}

fn stated(body: told::Body) -> Event {
    Event {
        occurred_on: Some(jalali(1402, 3, 5)),
        office_recorded_at: 7,
        office: "THR-01".to_owned(),
        legal_basis: "duty:12".to_owned(),
        law_edition: "1405-1".to_owned(),
        body: Some(body),
        ..Event::default()
    }
}

fn permit(number: &str, person: &str) -> event::IssueResidencePermit {
    event::IssueResidencePermit {
        person: person.to_owned(),
        kind: event::ResidenceKind::Temporary.into(),
        permit_number: number.to_owned(),
        valid_until: Some(jalali(1405, 12, 29)),
        ..event::IssueResidencePermit::default()
    }
}

#[test]
fn what_an_act_states_is_stated_alike() {
    let act = signed(act::Body::IssueResidencePermit(permit(
        "T-1",
        "1234 5678 9012",
    )));
    let event = |permit| stated(told::Body::ResidencePermitIssued(permit));
    assert!(agrees(&event(permit("T-1", "123456789012")), &act));
    assert!(!agrees(&event(permit("T-2", "123456789012")), &act));
    let mut longer = permit("T-1", "123456789012");
    longer.valid_until = None;
    assert!(!agrees(&event(longer), &act));
    let mut other_office = event(permit("T-1", "123456789012"));
    other_office.office = "RKH-01".to_owned();
    assert!(!agrees(&other_office, &act));
    let mut other_day = event(permit("T-1", "123456789012"));
    other_day.occurred_on = Some(jalali(1402, 3, 6));
    assert!(!agrees(&other_day, &act));
    assert!(!agrees(&Event::default(), &act));
}

#[test]
fn what_the_registry_adds_is_its_own() {
    let register = event::RegisterPerson {
        particulars: Some(particulars()),
        evidence: event::EvidenceState::NoDocument.into(),
        documents: Vec::new(),
        address: None,
    };
    let act = signed(act::Body::RegisterPerson(register));
    let registered = event::PersonRegistered {
        number: "123456789012".to_owned(),
        particulars: Some(particulars()),
        evidence: event::EvidenceState::NoDocument.into(),
        file_province: "IR-23".to_owned(),
        ..event::PersonRegistered::default()
    };
    assert!(agrees(
        &stated(told::Body::PersonRegistered(registered.clone())),
        &act
    ));
    let mut other = registered;
    other.particulars.as_mut().unwrap().names[0].given = "Zahra".to_owned();
    assert!(!agrees(&stated(told::Body::PersonRegistered(other)), &act));
    // Brought about, not stated.
    let left = event::HouseholdLeft::default();
    assert!(agrees(&stated(told::Body::HouseholdLeft(left)), &act));
}
