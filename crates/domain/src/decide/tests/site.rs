//! Sites: capacity, one at a time, holding, consistent ends, inspections.

use std::collections::BTreeSet;

use crate::access::FieldGroup;
use crate::act::*;
use crate::decide::States;
use crate::fact::*;
use crate::law::ProvinceCode;
use crate::number::{PersonNumber, SiteNumber};
use crate::refusal::Reason;
use crate::site::StayEnd;
use crate::testing::*;

const VICTIM: AdmissionGround = AdmissionGround::Victim;
const HELD: AdmissionGround = AdmissionGround::Holding;

/// A registry with a site, and somebody.
fn world(kind: SiteKind, capacity: u32) -> (Registry, SiteNumber, PersonNumber) {
    let mut registry = Registry::new();
    let site = open_site(&mut registry, kind, capacity);
    let person = registry.register("1370-01-01", Sex::Female);
    (registry, site, person)
}

/// How the last stay of somebody ended, and when.
fn end(registry: &Registry, person: PersonNumber) -> Option<(String, StayEnd)> {
    let person = registry.person(person);
    let last = person.site_stays.last().unwrap();
    last.end.map(|(on, end)| (on.to_string(), end))
}

fn held(registry: &mut Registry, person: PersonNumber, number: &str, since: &str) -> ActId {
    registry.ok(since, begin_holding(person, number)).id
}

#[test]
fn somebody_is_in_one_site_at_a_time() {
    let (mut registry, first, person) = world(SiteKind::GuestTown, 2);
    let second = open_site(&mut registry, SiteKind::GuestTown, 2);
    registry.ok("1402-01-01", admit(person, first, VICTIM));
    let again = registry.refused("1402-01-02", admit(person, second, VICTIM));
    assert_eq!(again, Reason::InAnotherSite);
    let elsewhere = discharge(person, second, DischargeReason::OwnWill);
    assert_eq!(registry.refused("1402-01-02", elsewhere), Reason::NotInSite);
    let from_elsewhere = transfer(person, second, first);
    assert_eq!(
        registry.refused("1402-01-02", from_elsewhere),
        Reason::NotInSite
    );
    let nowhere = transfer(person, first, first);
    assert_eq!(
        registry.refused("1402-01-02", nowhere),
        Reason::SubjectsNotDistinct
    );
    registry.ok("1402-01-02", transfer(person, first, second));
    assert_eq!(registry.person(person).site(), Some(second));
    assert!(registry.occupants(first).is_empty());
    // Going back in time, a second stay would lie under the first one.
    let earlier = registry.refused("1401-12-01", admit(person, first, VICTIM));
    assert_eq!(earlier, Reason::LaterActsContradict);
    registry.ok(
        "1402-01-03",
        discharge(person, second, DischargeReason::HousedElsewhere),
    );
    assert_eq!(registry.person(person).site(), None);
    let gone = discharge(person, second, DischargeReason::OwnWill);
    assert_eq!(registry.refused("1402-01-04", gone), Reason::NotInSite);
    registry.ok("1402-01-04", admit(person, first, VICTIM));
}

#[test]
fn a_ground_admits_to_the_kinds_of_site_that_take_it() {
    for kind in SiteKind::ALL {
        for ground in AdmissionGround::ALL {
            let (mut registry, site, person) = world(*kind, 1);
            held(&mut registry, person, "H-1", "1402-01-01");
            let act = registry.act("1402-01-02", admit(person, site, *ground));
            match registry.submit(&act) {
                Ok(_) => assert!(ground.sites().contains(kind)),
                Err(refusal) => {
                    assert!(!ground.sites().contains(kind));
                    assert_eq!(refusal.reason(), Reason::NotEligible);
                }
            }
        }
    }
}

#[test]
fn nobody_is_kept_in_a_closed_site_without_a_holding_that_stands() {
    let (mut registry, camp, person) = world(SiteKind::CareCamp, 5);
    let centre = open_site(&mut registry, SiteKind::ReturnCentre, 5);
    let none = registry.refused("1402-01-01", admit(person, camp, HELD));
    assert_eq!(none, Reason::HoldingMissing);
    let prison = BeginHolding {
        place_kind: HoldingPlace::Prison,
        ..begin_holding(person, "H-0")
    };
    let elsewhere = registry.ok("1402-01-01", prison).id;
    let none = registry.refused("1402-01-02", admit(person, camp, HELD));
    assert_eq!(none, Reason::HoldingMissing);
    registry.ok("1402-01-02", end_holding(person, elsewhere));
    let holding = held(&mut registry, person, "H-1", "1402-01-03");
    let admission = registry.ok("1402-01-04", admit(person, camp, HELD)).id;
    registry.ok("1402-01-05", transfer(person, camp, centre));
    // The stay rests on the holding: it cannot be taken away from under it, and it ends with it.
    let act = AnnulAct {
        target: holding,
        reason: "x".into(),
    };
    assert_eq!(
        registry.refused("1402-01-06", act),
        Reason::DependentActsStand
    );
    let freely = discharge(person, centre, DischargeReason::OwnWill);
    assert_eq!(
        registry.refused("1402-01-06", freely),
        Reason::HoldingStands
    );
    registry.ok("1402-01-07", end_holding(person, holding));
    let released = ("1402-01-07".to_owned(), StayEnd::Released);
    assert_eq!(end(&registry, person), Some(released));
    // A transfer rests on the admission.
    let act = AnnulAct {
        target: admission,
        reason: "x".into(),
    };
    assert_eq!(
        registry.refused("1402-01-08", act),
        Reason::DependentActsStand
    );
}

#[test]
fn the_month_of_a_holding_runs_on_through_admission_and_transfer() {
    let (mut registry, camp, person) = world(SiteKind::CareCamp, 5);
    let station = open_site(&mut registry, SiteKind::ExitStation, 5);
    let holding = held(&mut registry, person, "H-1", "1402-01-03");
    let until = |registry: &Registry| {
        let person = registry.person(person);
        person
            .removal
            .holding(holding)
            .and_then(crate::person::Holding::until)
    };
    let month = until(&registry);
    assert_eq!(month, Some(day("1402-02-03")));
    registry.ok("1402-01-20", admit(person, camp, HELD));
    registry.ok("1402-01-25", transfer(person, camp, station));
    assert_eq!(until(&registry), month);
    registry.ok("1402-01-26", extend_holding(person, holding, "1402-02-20"));
    assert_eq!(until(&registry), Some(day("1402-02-20")));
}

#[test]
fn a_victim_has_six_months_of_which_the_office_is_reminded() {
    let (mut registry, town, person) = world(SiteKind::GuestTown, 5);
    let other = open_site(&mut registry, SiteKind::GuestTown, 5);
    registry.ok("1402-01-10", admit(person, town, VICTIM));
    registry.ok("1402-03-01", transfer(person, town, other));
    let running = |date: &str| {
        let person = registry.life(person).person(&as_of(date)).unwrap();
        crate::deadline::open(&person, &[], [], day(date))
    };
    let open = running("1402-03-02");
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].kind.code(), "SITE_STAY_ENDS");
    assert_eq!(open[0].due, day("1402-07-10"));
    assert_eq!(open[0].limit.map(|limit| limit.id), Some("TL-58"));
    assert_eq!(open[0].number, other.to_string());
    assert_eq!(open[0].kind.bearer().code(), "ORGANISATION");
    // The index knows the month from the admission alone.
    let months = registry
        .life(person)
        .records()
        .iter()
        .flat_map(|recorded| crate::deadline::months(&recorded.event, day("1402-01-10")));
    let due = crate::deadline::month_of(day("1402-07-10"));
    assert!(months.into_iter().any(|month| month == due));
    assert!(running("1402-07-11").is_empty());
    assert_eq!(registry.person(person).site(), Some(other));
}

#[test]
fn nobody_is_held_where_no_place_is_free() {
    let (mut registry, camp, one) = world(SiteKind::CareCamp, 1);
    let two = registry.register("1370-01-01", Sex::Male);
    for (person, number) in [(one, "H-1"), (two, "H-2")] {
        held(&mut registry, person, number, "1402-01-01");
    }
    registry.ok("1402-01-02", admit(one, camp, HELD));
    let insisted = RecordSiteAdmission {
        over_capacity_reason: "there are many".into(),
        ..admit(two, camp, HELD)
    };
    for body in [admit(two, camp, HELD), insisted] {
        assert_eq!(registry.refused("1402-01-02", body), Reason::SiteFull);
    }
    let more = ChangeSiteCapacity {
        site: camp,
        capacity: 2,
        reason: "a second house".into(),
    };
    registry.ok("1402-01-03", more);
    registry.ok("1402-01-03", admit(two, camp, HELD));
    // Fewer places than people is a fact, and nobody else comes.
    let fewer = ChangeSiteCapacity {
        site: camp,
        capacity: 1,
        reason: "fire".into(),
    };
    registry.ok("1402-01-04", fewer);
    assert_eq!(registry.occupants(camp).len(), 2);
}

#[test]
fn nobody_is_refused_shelter_for_want_of_a_place_and_the_reason_shows() {
    let (mut registry, town, one) = world(SiteKind::GuestTown, 1);
    let two = registry.register("1370-01-01", Sex::Male);
    registry.ok("1402-01-02", admit(one, town, AdmissionGround::Refuge));
    let full = registry.refused("1402-01-02", admit(two, town, VICTIM));
    assert_eq!(full, Reason::SiteFull);
    let body = RecordSiteAdmission {
        over_capacity_reason: "nowhere else to go at night".into(),
        ..admit(two, town, VICTIM)
    };
    registry.ok("1402-01-02", body);
    let person = registry.person(two);
    assert!(!person.site_stay().unwrap().over_capacity_reason.is_empty());
    assert_eq!(registry.occupants(town).len(), 2);
    // Whoever moves out leaves a place behind, whatever ends the stay.
    registry.ok("1402-01-03", death(one));
    registry.ok("1402-01-04", discharge(two, town, DischargeReason::OwnWill));
    let three = registry.register("1370-01-01", Sex::Male);
    registry.ok("1402-01-04", admit(three, town, VICTIM));
}

#[test]
fn death_and_every_departure_end_a_stay() {
    let (mut registry, centre, dead) = world(SiteKind::ReturnCentre, 9);
    with_police(&mut registry);
    let mut persons = vec![dead];
    for _ in 0..4 {
        persons.push(registry.register("1370-01-01", Sex::Male));
    }
    let order = registry
        .ok("1402-01-01", order_expulsion(persons[4], "E-1"))
        .id;
    registry.ok("1402-01-01", serve_on(persons[4], order, "1402-01-01"));
    for person in &persons {
        registry.ok(
            "1402-01-02",
            admit(*person, centre, AdmissionGround::Departure),
        );
    }
    registry.ok("1402-02-01", death(persons[0]));
    let exit = RecordExit {
        person: persons[1],
        border_point: "DOGHAROUN".into(),
        kind: ExitKind::Final,
        document: None,
    };
    registry.as_office("DOG-01");
    registry.ok("1402-02-01", exit);
    registry.as_office("THR-01");
    registry.ok("1402-02-01", voluntary_return(persons[2]));
    registry.ok("1402-02-01", third_country(persons[3]));
    registry.as_office("THR-66");
    registry.ok("1402-02-01", execute(persons[4], "E-1"));
    registry.as_office("THR-01");
    let on = || "1402-02-01".to_owned();
    assert_eq!(end(&registry, persons[0]), Some((on(), StayEnd::Died)));
    for person in &persons[1..] {
        let left = Some((on(), StayEnd::LeftTheCountry));
        assert_eq!(end(&registry, *person), left);
        let late = discharge(*person, centre, DischargeReason::OwnWill);
        assert_eq!(registry.refused("1402-02-02", late), Reason::NotInSite);
    }
    assert!(registry.occupants(centre).is_empty());
    // Taken back, the stay goes on.
    let target = registry.accepted[registry.accepted.len() - 3].id;
    registry.as_office("THR-01");
    let annulled = AnnulAct {
        target,
        reason: "another person".into(),
    };
    registry.ok("1402-02-03", annulled);
    assert_eq!(registry.occupants(centre).len(), 1);
}

#[test]
fn a_departure_that_is_learnt_late_does_not_wait_for_the_discharge_to_be_taken_back() {
    let (mut registry, town, person) = world(SiteKind::GuestTown, 9);
    registry.ok("1402-01-02", admit(person, town, VICTIM));
    registry.ok(
        "1402-02-10",
        discharge(person, town, DischargeReason::LeftWithoutNotice),
    );
    registry.as_office("DOG-01");
    let exit = RecordExit {
        person,
        border_point: "DOGHAROUN".into(),
        kind: ExitKind::Final,
        document: None,
    };
    registry.ok("1402-02-01", exit);
    let left = ("1402-02-01".to_owned(), StayEnd::LeftTheCountry);
    assert_eq!(end(&registry, person), Some(left));
    registry.as_office("THR-01");
    registry.ok("1402-02-03", death(person));
}

#[test]
fn a_site_is_run_by_one_agency_and_inspected_by_another_office() {
    let (mut registry, town, person) = world(SiteKind::GuestTown, 9);
    registry.author = crate::governance::Author::governance();
    registry.office = code("REGISTRY");
    registry.ok(
        "1399-01-02",
        enrol_agency("OTHER", crate::access::Role::Registrar),
    );
    registry.ok(
        "1399-01-02",
        enrol_office("THR-50", "OTHER", ProvinceCode::Tehran),
    );
    registry.as_office("THR-50");
    let refused = registry.refused("1402-01-01", admit(person, town, VICTIM));
    assert_eq!(refused, Reason::OfficeNotAllowed);
    let closing = CloseSite { site: town };
    assert_eq!(
        registry.refused("1402-01-01", closing),
        Reason::OfficeNotAllowed
    );
    registry.ok("1402-01-01", inspect(town, "1402-07-01"));
    registry.as_office("THR-01");
    let own = registry.refused("1402-01-02", inspect(town, "1402-07-01"));
    assert_eq!(own, Reason::OfficeNotAllowed);
    registry.as_office("RKH-01");
    let both = InspectSite {
        findings: vec![InspectionFinding::NoDefect, InspectionFinding::Safety],
        ..inspect(town, "1402-07-01")
    };
    assert_eq!(registry.refused("1402-01-02", both), Reason::InvalidField);
    let past = inspect(town, "1402-01-02");
    assert_eq!(registry.refused("1402-01-02", past), Reason::TermReversed);
    let found = InspectSite {
        findings: vec![
            InspectionFinding::Overcrowded,
            InspectionFinding::UnlawfulHolding,
        ],
        ..inspect(town, "1402-03-01")
    };
    registry.ok("1402-01-02", found);
    let site = registry.life(town).site(&as_of("1402-01-02")).unwrap();
    assert_eq!(site.inspections.len(), 2);
    assert_eq!(site.inspection_due(), Some(on("1402-03-01")));
    let before = registry.life(town).site(&as_of("1402-01-01")).unwrap();
    assert_eq!(before.inspection_due(), Some(on("1402-07-01")));
    registry.as_office("THR-01");
    registry.ok("1402-01-03", CloseSite { site: town });
    let closed = registry.life(town).site(&as_of("1402-01-03")).unwrap();
    assert_eq!(closed.inspections.len(), 2);
    assert_eq!(closed.inspection_due(), None);
}

#[test]
fn a_site_ends_when_nobody_stays_in_it_and_takes_nobody_after() {
    let (mut registry, town, person) = world(SiteKind::GuestTown, 9);
    let unknown = SiteNumber::from_serial(99_000_000_000).unwrap();
    let nowhere = registry.refused("1402-01-01", admit(person, unknown, VICTIM));
    assert_eq!(nowhere, Reason::UnknownSite);
    let early = registry.refused("1398-12-29", admit(person, town, VICTIM));
    assert_eq!(early, Reason::SiteNotOpen);
    registry.ok("1402-01-01", admit(person, town, VICTIM));
    let closing = CloseSite { site: town };
    assert_eq!(
        registry.refused("1402-01-02", closing.clone()),
        Reason::SiteOccupied
    );
    registry.ok(
        "1402-01-02",
        discharge(person, town, DischargeReason::OwnWill),
    );
    let closed = registry.ok("1402-01-03", closing).id;
    let late = registry.refused("1402-01-04", admit(person, town, VICTIM));
    assert_eq!(late, Reason::SiteClosed);
    registry.ok(
        "1402-01-05",
        AnnulAct {
            target: closed,
            reason: "a mistake".into(),
        },
    );
    registry.ok("1402-01-05", admit(person, town, VICTIM));
    let opening = AnnulAct {
        target: registry.acts_of(town)[0],
        reason: "x".into(),
    };
    assert_eq!(
        registry.refused("1402-01-05", opening),
        Reason::TargetNotAmendable
    );
    let empty = OpenSite {
        kind: SiteKind::CareCamp,
        name: "x".into(),
        province: ProvinceCode::Tehran,
        capacity: 0,
    };
    assert_eq!(registry.refused("1402-01-05", empty), Reason::InvalidField);
}

#[test]
fn the_opening_of_a_site_is_corrected_under_its_number() {
    let (mut registry, site, _) = world(SiteKind::GuestTown, 9);
    let target = registry.acts_of(site)[0];
    let mut replacement = registry.act(
        "1399-01-01",
        OpenSite {
            kind: SiteKind::CareCamp,
            name: "camp 4".into(),
            province: ProvinceCode::Tehran,
            capacity: 12,
        },
    );
    replacement.id = ActId([0; 16]);
    registry.ok(
        "1400-01-01",
        CorrectAct {
            target,
            replacement: Box::new(replacement),
            reason: "misread".into(),
        },
    );
    let corrected = registry.life(site).site(&as_of("1400-01-01")).unwrap();
    assert!(corrected.number == site && corrected.capacity == 12);
    assert_eq!(corrected.terms.kind, SiteKind::CareCamp);
}

#[test]
fn a_closed_site_in_which_somebody_is_found_again_says_so_and_lets_them_go() {
    let (mut registry, town, person) = world(SiteKind::GuestTown, 9);
    let other = open_site(&mut registry, SiteKind::GuestTown, 9);
    let second = registry.register("1370-01-01", Sex::Male);
    for somebody in [person, second] {
        registry.ok("1402-01-01", admit(somebody, town, VICTIM));
    }
    let mut targets = Vec::new();
    for somebody in [person, second] {
        let left = discharge(somebody, town, DischargeReason::OwnWill);
        targets.push(registry.ok("1402-01-02", left).id);
    }
    registry.ok("1402-01-03", CloseSite { site: town });
    for target in targets {
        let annulled = AnnulAct {
            target,
            reason: "they were still there".into(),
        };
        registry.ok("1402-01-04", annulled);
    }
    assert!(registry.person(person).site() == Some(town));
    assert_eq!(registry.occupants(town).len(), 2);
    let closed = registry.life(town).site(&as_of("1402-01-05")).unwrap();
    assert!(closed.closed_on.is_some());
    // Nobody else comes, and nobody is shut in.
    let third = registry.register("1370-01-01", Sex::Male);
    let refused = registry.refused("1402-01-05", admit(third, town, VICTIM));
    assert_eq!(refused, Reason::SiteClosed);
    let left = discharge(person, town, DischargeReason::HousedElsewhere);
    registry.ok("1402-01-05", left);
    registry.ok("1402-01-05", transfer(second, town, other));
    assert!(registry.occupants(town).is_empty());
}

#[test]
fn a_date_known_in_part_is_before_the_opening_only_as_a_whole() {
    let (mut registry, _, person) = world(SiteKind::GuestTown, 9);
    let terms = OpenSite {
        kind: SiteKind::GuestTown,
        name: "site 4".into(),
        province: ProvinceCode::Tehran,
        capacity: 9,
    };
    let town = registry.ok("1402-05-10", terms).sites[0];
    for before in ["1402-05-09", "1402-04", "1401"] {
        let refused = registry.refused(before, admit(person, town, VICTIM));
        assert_eq!(refused, Reason::SiteNotOpen, "{before}");
    }
    registry.ok("1402", admit(person, town, VICTIM));
}

/// Acts of one group are decided one after the other on what was counted before the first of them.
#[test]
fn who_is_in_a_site_is_counted_once_a_group_and_followed_from_then_on() {
    let (mut registry, town, one) = world(SiteKind::GuestTown, 9);
    let other = open_site(&mut registry, SiteKind::GuestTown, 9);
    let two = registry.register("1370-01-01", Sex::Male);
    registry.ok("1402-01-01", admit(one, town, VICTIM));
    let before = registry.occupants(town);
    registry.ok("1402-01-02", transfer(one, town, other));
    registry.ok("1402-01-02", admit(two, town, VICTIM));
    // What the index says is older than the lives that acts of the group have changed.
    let mut states = States::default();
    let load = |states: &mut States, registry: &Registry, person| {
        let subject = SubjectId::Person(person);
        states
            .lives
            .insert(subject.clone(), registry.life(person).clone());
        subject
    };
    for person in [one, two] {
        load(&mut states, &registry, person);
    }
    states.count_occupants(town, before.clone());
    assert!(states.occupants[&town].iter().eq([&two]));
    states.count_occupants(other, BTreeSet::new());
    assert!(states.occupants[&other].iter().eq([&one]));
    // Without their lives it is the index that is believed.
    let mut unloaded = States::default();
    unloaded.count_occupants(town, before.clone());
    assert_eq!(unloaded.occupants[&town], before);
    // Another act of the group.
    registry.ok("1402-01-03", transfer(two, town, other));
    let changed = load(&mut states, &registry, two);
    states.follow_stays([&changed]);
    assert!(states.occupants[&town].is_empty());
    assert_eq!(states.occupants[&other], registry.occupants(other));
}

#[test]
fn where_somebody_is_sheltered_is_told_as_the_address_of_a_shelter() {
    let (mut registry, town, person) = world(SiteKind::GuestTown, 9);
    let at_home = registry.person(person);
    assert_eq!(FieldGroup::of_address(&at_home), FieldGroup::Address);
    registry.ok("1402-01-01", admit(person, town, VICTIM));
    registry.ok(
        "1402-01-02",
        discharge(person, town, DischargeReason::OwnWill),
    );
    // Whoever ever was may still have to be kept from being found.
    let since = registry.person(person);
    assert_eq!(FieldGroup::of_address(&since), FieldGroup::ShelterAddress);
    for ground in AdmissionGround::ALL {
        let group = FieldGroup::of_stay(*ground);
        assert!(group.is_firewalled(), "{ground:?}");
        assert_eq!(group == FieldGroup::ShelterAddress, ground.shelters());
    }
}
