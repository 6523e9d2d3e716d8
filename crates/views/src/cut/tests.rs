use sabt_domain::access::{Permit, Purpose, Role};
use sabt_domain::act::{ActId, RenewResidencePermit};
use sabt_domain::event::{ActAnnulled, Event, EventBody, Recorded};
use sabt_domain::fact::{Nationality, NationalityState};
use sabt_domain::life::Life;
use sabt_domain::time::Timestamp;

use crate::testing::{TestRegistry, date, event, particulars, permit, registrar};

fn civil() -> Permit {
    permit(Role::CivilRegistry, Purpose::CivilRegistrationSync)
}

fn recorded(position: u64, event: Event) -> Recorded {
    Recorded {
        position,
        recorded_at: Timestamp::from_micros(0),
        act_id: ActId([u8::try_from(position).unwrap(); 16]),
        part: 0,
        event,
    }
}

fn annulment(target: u8) -> Event {
    let annulled = ActAnnulled {
        target: ActId([target; 16]),
        reason: "entered twice".to_owned(),
    };
    event("2022-01-02", EventBody::ActAnnulled(annulled))
}

#[test]
fn a_registration_is_told_without_what_it_carries_along() {
    let mut registry = TestRegistry::new();
    let subject = registry.subject();
    let whole = registry.registration(subject, "Zahra", "Karimi", "P1");
    let life = Life::default();
    let told = super::event(&registrar(), &life, &whole).unwrap();
    assert!(*told == whole);
    let cut = super::event(&civil(), &life, &whole).unwrap();
    let EventBody::PersonRegistered(cut) = cut.into_inner().body else {
        panic!("another event");
    };
    assert!(cut.documents.is_empty() && cut.address.is_none() && cut.file_province.is_none());
    assert_eq!(cut.particulars.names.len(), 2);
}

#[test]
fn statelessness_is_told_with_protection_only() {
    let mut stateless = particulars("Zahra", "Karimi", "1990-05-05");
    stateless.nationalities = vec![Nationality {
        country: None,
        state: NationalityState::Stateless,
    }];
    let told = super::particulars(&registrar(), stateless.clone()).unwrap();
    assert_eq!(told.nationalities.len(), 1);
    let told = super::particulars(&civil(), stateless.clone()).unwrap();
    assert!(told.nationalities.is_empty());
    let police = permit(Role::Police, Purpose::StayCheck);
    assert!(super::particulars(&police, stateless).is_none());
}

#[test]
fn what_names_a_permit_needs_protection() {
    let mut registry = TestRegistry::new();
    let subject = registry.subject();
    let renewal = RenewResidencePermit {
        person: registry.number(subject),
        permit_number: "R1".to_owned(),
        valid_until: date("2027-01-01"),
    };
    let renewal = event("2026-01-01", EventBody::ResidencePermitRenewed(renewal));
    assert!(super::event(&registrar(), &Life::default(), &renewal).is_some());
    assert!(super::event(&civil(), &Life::default(), &renewal).is_none());
}

#[test]
fn amendments_are_told_to_whom_their_target_is() {
    let mut registry = TestRegistry::new();
    let subject = registry.subject();
    let mut life = Life::default();
    let registration = registry.registration(subject, "Zahra", "Karimi", "P1");
    life.apply(recorded(0, registration));
    // A chain of annulments is followed to what it is about.
    for target in 0..5 {
        let annulment = annulment(target);
        assert!(super::event(&civil(), &life, &annulment).is_some());
        life.apply(recorded(u64::from(target) + 1, annulment));
    }
    // What it is about is not known: that there is something belongs to the history.
    let unknown = annulment(99);
    assert!(super::event(&civil(), &life, &unknown).is_none());
    assert!(super::event(&registrar(), &life, &unknown).is_some());
}

#[test]
fn a_chain_of_amendments_without_end_is_told_to_nobody() {
    let mut life = Life::default();
    // An act cannot annul itself; if one is recorded that says so, it is withheld.
    life.apply(recorded(0, annulment(0)));
    assert!(super::event(&registrar(), &life, &annulment(0)).is_none());
}
