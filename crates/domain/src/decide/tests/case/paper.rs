use super::opened;
use crate::act::*;
use crate::case::CaseState;
use crate::fact::*;
use crate::law::{DocumentKind, PersonStatus, ProvinceCode};
use crate::life::At;
use crate::number::{CaseNumber, IranianNationalNumber, PersonNumber};
use crate::person::{DocumentState, Verdict};
use crate::refusal::Reason;
use crate::testing::*;

fn granted(service: &str) -> (Registry, PersonNumber, CaseNumber) {
    let (mut registry, person, case) = opened(service);
    registry.takes("1400-01-02", case, evidence());
    registry.takes("1400-01-03", case, grant_service());
    (registry, person, case)
}

fn key(kind: DocumentKind, number: &str) -> DocumentKey {
    DocumentKey::new(kind, CountryCode::IRAN, number)
}

#[test]
fn a_pass_needs_a_grant_and_lasts_90_days_after_its_first() {
    let (mut registry, person, case) = opened(MOVEMENT);
    let pass = |until| paper(vec![person], "M-1", ("1400-01-05", until), movement_pass());
    // 1400-01-05 and 90 days: the first day does not count.
    let (last, beyond) = ("1400-04-02", "1400-04-03");
    assert_eq!(
        registry.refuses("1400-01-05", case, pass(last)),
        Reason::CaseNotGranted
    );
    registry.takes("1400-01-03", case, grant_service());
    assert_eq!(
        registry.refuses("1400-01-05", case, pass(beyond)),
        Reason::TermTooLong
    );
    let endless = PaperIssue {
        valid_until: None,
        ..pass(last)
    };
    assert_eq!(
        registry.refuses("1400-01-05", case, endless),
        Reason::TermMissing
    );
    registry.takes("1400-01-05", case, pass(last));
    assert_eq!(
        registry.refuses("1400-01-06", case, pass(last)),
        Reason::DuplicateDocument
    );
    let state = |registry: &Registry, date| {
        let person = registry.person(person);
        person
            .document_state(&key(DocumentKind::MovementPass, "m-1"), day(date))
            .unwrap()
    };
    assert_eq!(state(&registry, "1400-01-04"), DocumentState::NotYetValid);
    assert_eq!(state(&registry, last), DocumentState::Valid);
    assert_eq!(state(&registry, beyond), DocumentState::Expired);
    let extend = |until| PaperExtension {
        paper_number: "M-1".into(),
        valid_until: on(until),
    };
    assert_eq!(
        registry.refuses("1400-04-01", case, extend(last)),
        Reason::TermReversed
    );
    assert_eq!(
        registry.refuses("1400-04-01", case, extend("1400-08-01")),
        Reason::TermTooLong
    );
    let extension = registry.takes("1400-04-01", case, extend("1400-06-30")).id;
    assert_eq!(state(&registry, "1400-06-30"), DocumentState::Valid);
    registry.ok("1400-04-02", annul(extension));
    assert_eq!(state(&registry, "1400-06-30"), DocumentState::Expired);
}

#[test]
fn a_paper_is_of_the_service_and_of_the_persons_of_the_case() {
    let (mut registry, person, case) = granted(MOVEMENT);
    let stranger = registry.register("1371-01-01", Sex::Male);
    let term = ("1400-01-05", "1400-02-01");
    let travel = paper(
        vec![person],
        "T-1",
        term,
        TravelPass {
            destination: "Qom".into(),
        },
    );
    assert_eq!(
        registry.refuses("1400-01-05", case, travel),
        Reason::PaperNotAllowed
    );
    let of = |holders| paper(holders, "M-1", term, movement_pass());
    assert_eq!(
        registry.refuses("1400-01-05", case, of(vec![stranger])),
        Reason::ApplicantNotAllowed
    );
    assert_eq!(
        registry.refuses("1400-01-05", case, of(vec![])),
        Reason::ApplicantNotAllowed
    );
    assert_eq!(
        registry.refuses("1400-01-05", case, of(vec![person, person])),
        Reason::SubjectsNotDistinct
    );
    let replaces = PaperIssue {
        replaces: "M-0".into(),
        ..of(vec![person])
    };
    assert_eq!(
        registry.refuses("1400-01-05", case, replaces),
        Reason::UnknownDocument
    );
    let issued = registry.takes("1400-01-05", case, of(vec![person]));
    // The life of the holder says kind, number and validity, and nothing else.
    assert_eq!(issued.decided.len(), 2);
    let hand_over = |number: &str| HandOver {
        paper_number: number.into(),
        receiver: "holder".into(),
    };
    assert_eq!(
        registry.refuses("1400-01-06", case, hand_over("M-2")),
        Reason::UnknownPaper
    );
    registry.takes("1400-01-06", case, hand_over("M-1"));
    assert_eq!(
        registry.refuses("1400-01-07", case, hand_over("M-1")),
        Reason::StepRepeated
    );
}

#[test]
fn a_pass_of_a_family_is_held_by_each_and_its_loss_is_each_ones() {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let case = registry
        .ok(
            "1400-01-01",
            RequestService {
                concerned: vec![husband, wife],
                ..request(MOVEMENT, Applicant::Household(household))
            },
        )
        .cases[0];
    registry.takes("1400-01-02", case, grant_service());
    let issue = paper(
        vec![husband, wife],
        "M-7",
        ("1400-01-03", "1400-02-01"),
        movement_pass(),
    );
    let issued = registry.takes("1400-01-03", case, issue).id;
    for person in [husband, wife] {
        assert_eq!(registry.person(person).documents.len(), 1);
    }
    registry.ok("1400-01-04", annul(issued));
    for person in [husband, wife] {
        assert!(registry.person(person).documents.is_empty());
    }
    assert!(registry.case(case).papers.is_empty());
}

#[test]
fn a_voluntary_return_has_evidence_of_the_will_and_an_exit_permit_may_lapse() {
    let (mut registry, person, case) = granted("12012154114");
    let exit = |declaration: &str| ExitPermit {
        kind: DepartureKind::VoluntaryReturn,
        border_point: "DOGHAROUN".into(),
        declaration_reference: declaration.into(),
    };
    let term = ("1400-02-01", "1400-02-15");
    let without = paper(vec![person], "E-1", term, exit(""));
    assert_eq!(
        registry.refuses("1400-02-01", case, without),
        Reason::ConsentMissing
    );
    registry.takes(
        "1400-02-01",
        case,
        paper(vec![person], "E-1", term, exit("D-1")),
    );
    let lapse = PaperLapse {
        paper_number: "E-1".into(),
    };
    assert_eq!(
        registry.refuses("1400-02-15", case, lapse.clone()),
        Reason::PermitStillValid
    );
    registry.takes("1400-02-16", case, lapse.clone());
    assert_eq!(
        registry.refuses("1400-02-17", case, lapse),
        Reason::StepRepeated
    );
    let again = PaperExtension {
        paper_number: "E-1".into(),
        valid_until: on("1400-03-01"),
    };
    assert_eq!(
        registry.refuses("1400-02-18", case, again),
        Reason::DocumentNotLive
    );
}

#[test]
fn booklets_last_a_year_and_relocation_goes_elsewhere() {
    let (mut registry, person, case) = granted("12012154111");
    let booklet = |until| {
        paper(
            vec![person],
            "B-1",
            ("1400-02-01", until),
            InsuranceBooklet {
                entitlement: InsuranceEntitlement::Free,
            },
        )
    };
    assert_eq!(
        registry.refuses("1400-02-01", case, booklet("1401-02-02")),
        Reason::TermTooLong
    );
    registry.takes("1400-02-01", case, booklet("1401-02-01"));
    registry.takes(
        "1401-02-01",
        case,
        PaperExtension {
            paper_number: "B-1".into(),
            valid_until: on("1402-02-01"),
        },
    );
    let (mut registry, person, case) = granted("12012154113");
    let relocation = |to_province| {
        paper(
            vec![person],
            "R-1",
            ("1400-02-01", "1400-03-01"),
            RelocationPermit {
                from_province: ProvinceCode::Tehran,
                to_province,
            },
        )
    };
    let nowhere = relocation(ProvinceCode::Tehran);
    assert_eq!(
        registry.refuses("1400-02-01", case, nowhere),
        Reason::InvalidField
    );
    registry.takes("1400-02-01", case, relocation(ProvinceCode::Qom));
}

#[test]
fn what_an_organisation_is_permitted_stands_in_its_case_alone() {
    let mut registry = Registry::new();
    let case = registry
        .ok(
            "1400-01-01",
            request(
                "12011076105",
                Applicant::Organisation(Organisation {
                    name: "Aid".into(),
                    registration_number: "7".into(),
                    international: true,
                }),
            ),
        )
        .cases[0];
    registry.takes("1400-01-02", case, evidence());
    let report = ActivityReport {
        reference: "r".into(),
        period: "1400".into(),
    };
    assert_eq!(
        registry.refuses("1400-01-03", case, report.clone()),
        Reason::CaseNotGranted
    );
    registry.takes("1400-01-03", case, grant_service());
    let permit = paper(
        vec![],
        "N-1",
        ("1400-01-04", "1401-01-04"),
        ActivityPermit {
            host_authority: "directorate".into(),
            province: None,
        },
    );
    let issued = registry.takes("1400-01-04", case, permit);
    assert_eq!(issued.decided.len(), 1);
    registry.takes("1400-06-01", case, report);
    registry.takes(
        "1401-01-01",
        case,
        PaperExtension {
            paper_number: "N-1".into(),
            valid_until: on("1402-01-04"),
        },
    );
    registry.takes("1402-02-01", case, closed(CaseOutcome::Granted));
    assert_eq!(registry.case(case).state(), CaseState::Closed);
}

fn nationality(person: PersonNumber) -> NationalityGrant {
    NationalityGrant {
        person,
        basis: NationalityBasis::IranianMother,
        certificate_number: "MFA-1".into(),
        certificate_date: Some(on("1400-03-01")),
        national_number: IranianNationalNumber::from_serial(77).unwrap(),
    }
}

#[test]
fn who_becomes_iranian_leaves_this_register_and_the_life_leads_on() {
    let (mut registry, person, case) = granted("10031076101");
    let (date, after) = ("1400-03-02", "1400-03-03");
    registry.ok(
        "1400-01-05",
        GrantStatus {
            person,
            status: PersonStatus::VisaHolder,
            decided_by: "organisation".into(),
        },
    );
    let step = registry.takes(date, case, nationality(person)).id;
    let closed = registry.person(person);
    let number = closed.closure.unwrap().national_number;
    assert!(number == IranianNationalNumber::from_serial(77).unwrap());
    assert!(closed.current_statuses().next().is_none());
    // Nobody is told that an Iranian may not stay.
    assert_eq!(closed.residence(day(after)).verdict, Verdict::Valid);
    assert_eq!(
        registry.refuses(after, case, nationality(person)),
        Reason::StepRepeated
    );
    let again = request(MOVEMENT, Applicant::Person(person));
    assert_eq!(registry.refused(after, again), Reason::RecordClosed);
    registry.ok(after, annul(step));
    assert!(registry.person(person).closure.is_none());
}

#[test]
fn nationality_comes_from_the_services_that_grant_it() {
    let (mut registry, person, case) = granted(MOVEMENT);
    assert_eq!(
        registry.refuses("1400-03-02", case, nationality(person)),
        Reason::StepNotAllowed
    );
    let (mut registry, person, case) = opened("10031076101");
    assert_eq!(
        registry.refuses("1400-03-02", case, nationality(person)),
        Reason::CaseNotGranted
    );
    registry.takes("1400-01-02", case, evidence());
    registry.takes("1400-01-03", case, grant_service());
    let stranger = registry.register("1371-01-01", Sex::Male);
    assert_eq!(
        registry.refuses("1400-03-02", case, nationality(stranger)),
        Reason::ApplicantNotAllowed
    );
    assert!(
        registry
            .life(person)
            .person(&At::END)
            .unwrap()
            .closure
            .is_none()
    );
}

/// Row 18: the papers of the dead are asked about after the death.
#[test]
fn a_case_about_the_papers_of_the_dead_may_follow_the_death() {
    let mut registry = Registry::new();
    let person = registry.register("1340-01-01", Sex::Male);
    registry.ok("1400-01-01", death(person));
    let asked = |service| request(service, Applicant::Person(person));
    assert_eq!(
        registry.refused("1400-02-01", asked(MOVEMENT)),
        Reason::PersonDeceased
    );
    registry.ok("1400-02-01", asked("10032154109"));
}
