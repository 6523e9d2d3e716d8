use crate::act::*;
use crate::fact::*;
use crate::law::{DocumentKind, PersonStatus, ResidenceBasis, ResidenceKind};
use crate::number::PersonNumber;
use crate::person::{DocumentState, PermissionState, StayReason, Verdict};
use crate::refusal::Reason;
use crate::testing::*;

use ResidenceKind as K;

fn renew(person: PersonNumber, number: &str, until: &str) -> RenewResidencePermit {
    RenewResidencePermit {
        person,
        permit_number: number.into(),
        valid_until: on(until),
    }
}

pub(super) fn grant(person: PersonNumber, status: PersonStatus) -> GrantStatus {
    GrantStatus {
        person,
        status,
        decided_by: String::new(),
    }
}

pub(super) fn visa(
    person: PersonNumber,
    number: &str,
    from: &str,
    until: &str,
    stay_days: u32,
) -> IssueVisa {
    IssueVisa {
        person,
        kind: VisaKind::Entry,
        visa_number: number.into(),
        valid_from: on(from),
        valid_until: on(until),
        stay_days,
        multiple_entry: false,
        issued_at: "Herat".into(),
    }
}

fn entry(person: PersonNumber, point: &str, kind: EntryKind) -> RecordEntry {
    RecordEntry {
        person,
        border_point: point.into(),
        kind,
        document: None,
    }
}

#[test]
fn crossings_name_official_points() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.as_office("DOG-01");
    let cases = [
        entry(person, "NOWHERE", EntryKind::WithVisa),
        entry(person, "NOWHERE", EntryKind::Unauthorised),
        entry(person, "", EntryKind::WithVisa),
    ];
    for body in cases {
        assert_eq!(
            registry.refused("1400-01-01", body),
            Reason::UnknownBorderPoint
        );
    }
    registry.ok("1400-01-01", entry(person, "", EntryKind::Unauthorised));
    registry.ok(
        "1400-01-01",
        entry(person, "DOGHAROUN", EntryKind::WithVisa),
    );
    assert!(registry.person(person).in_country());
    let exit = |point: &str| RecordExit {
        person,
        border_point: point.into(),
        kind: ExitKind::Travel,
        document: Some(reference(DocumentKind::Passport, "P1")),
    };
    assert_eq!(
        registry.refused("1400-02-01", exit("NOWHERE")),
        Reason::UnknownBorderPoint
    );
    registry.ok("1400-02-01", exit("DOGHAROUN"));
    assert!(!registry.person(person).in_country());
}

#[test]
fn lengths_of_residence() {
    let cases = [
        (K::Temporary, "1401-01-31", Ok(())),
        (K::Temporary, "1401-02-01", Err(Reason::TermTooLong)),
        (K::ThreeYear, "1403-01-31", Ok(())),
        (K::ThreeYear, "1403-02-01", Err(Reason::TermTooLong)),
        (K::GuestTown, "1400-07-30", Ok(())),
        (K::GuestTown, "1400-08-01", Err(Reason::TermTooLong)),
        (K::Temporary, "", Err(Reason::TermMissing)),
        (K::Special, "", Ok(())),
        (K::Temporary, "1399-01-01", Err(Reason::TermReversed)),
        (K::Amayesh, "1401-02-01", Ok(())),
    ];
    for (kind, until, expected) in cases {
        let mut registry = Registry::new();
        let person = registry.register("1370-01-01", Sex::Male);
        let body = permit(person, kind, "T1", "1400-02-01", until);
        let act = registry.act("1400-02-01", body);
        let found = registry
            .submit(&act)
            .map(|_| ())
            .map_err(|refusal| refusal.reason());
        assert_eq!(found, expected, "{kind:?} until {until}");
    }
}

#[test]
fn grounds_of_residence() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let of = |kind, basis| IssueResidencePermit {
        basis,
        ..permit(person, kind, "T1", "1400-01-01", "1400-06-01")
    };
    let cases = [
        of(K::ThreeYear, ResidenceBasis::General),
        of(K::SevenYear, ResidenceBasis::General),
        of(K::Refugee, ResidenceBasis::Refugee),
        of(K::Limited, ResidenceBasis::Stateless),
        of(K::ThreeYear, ResidenceBasis::Refugee),
        of(K::GuestTown, ResidenceBasis::Work),
    ];
    for body in cases {
        assert_eq!(registry.refused("1400-01-01", body), Reason::NotEligible);
    }
    registry.ok("1398-01-01", grant(person, PersonStatus::Refugee));
    registry.ok(
        "1399-01-01",
        permit(person, K::Refugee, "R1", "1399-01-01", "1399-12-29"),
    );
    registry.ok("1400-01-01", of(K::ThreeYear, ResidenceBasis::Refugee));
    let seven = permit(person, K::SevenYear, "S1", "1400-06-02", "1407-06-01");
    registry.ok("1400-06-02", seven);
}

#[test]
fn a_refugee_waits_a_year_for_three_year_residence() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok("1399-05-01", grant(person, PersonStatus::Refugee));
    let body = |from| IssueResidencePermit {
        basis: ResidenceBasis::Refugee,
        ..permit(person, K::ThreeYear, "T1", from, "1402-01-01")
    };
    assert_eq!(
        registry.refused("1400-04-31", body("1400-04-31")),
        Reason::NotEligible
    );
    registry.ok("1400-05-01", body("1400-05-01"));
}

#[test]
fn statelessness_is_a_claim_with_a_status() {
    let mut registry = Registry::new();
    let mut body = register_person("1370-01-01", Sex::Male);
    body.particulars.nationalities = vec![Nationality {
        country: None,
        state: NationalityState::Stateless,
    }];
    let person = registry.ok("1399-01-01", body).persons[0];
    registry.ok(
        "1400-01-01",
        permit(person, K::Limited, "L1", "1400-01-01", "1401-01-01"),
    );
}

#[test]
fn scopes_follow_age_and_household() {
    let mut registry = Registry::new();
    let (husband, wife, _) = registry.couple();
    let child = registry.child("1393-01-01", husband, wife);
    let alone = registry.register("1393-01-01", Sex::Male);
    let of = |person, scope, number| IssueResidencePermit {
        scope,
        ..permit(person, K::Temporary, number, "1400-01-01", "1400-12-29")
    };
    let cases = [(child, PermitScope::Individual, "1")];
    for (person, scope, number) in cases {
        let body = of(person, scope, number);
        assert_eq!(
            registry.refused("1400-01-01", body),
            Reason::ScopeNotAllowed
        );
    }
    registry.ok("1400-01-01", of(child, PermitScope::Family, "1"));
    registry.ok("1400-01-01", of(wife, PermitScope::Family, "2"));
    registry.ok("1400-01-01", of(husband, PermitScope::Individual, "3"));
    // A minor without a household fits neither kind (AM-11).
    registry.ok("1400-01-01", of(alone, PermitScope::Individual, "4"));
    let adult = registry.register("1370-01-01", Sex::Male);
    let body = of(adult, PermitScope::Family, "5");
    assert_eq!(
        registry.refused("1400-01-01", body),
        Reason::ScopeNotAllowed
    );
}

#[test]
fn permits_do_not_overlap() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let of = |number, from, until| permit(person, K::Temporary, number, from, until);
    registry.ok("1400-01-01", of("T1", "1400-01-01", "1400-12-29"));
    let cases = [
        (of("T2", "1400-06-01", "1401-05-31"), Reason::PermitOverlap),
        (of("T2", "1400-12-29", "1401-05-31"), Reason::PermitOverlap),
        (of("T2", "1399-06-01", "1400-01-01"), Reason::PermitOverlap),
        (
            of("T1", "1401-01-01", "1401-05-31"),
            Reason::DuplicatePermit,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-06-01", body), reason);
    }
    registry.ok("1400-06-01", of("T2", "1401-01-01", "1401-12-29"));
    registry.ok("1399-06-01", of("T0", "1399-06-01", "1399-12-29"));
}

#[test]
fn renewals_have_limits() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1400-01-01",
        permit(person, K::Temporary, "T1", "1400-01-01", "1400-12-29"),
    );
    let cases = [
        (renew(person, "T9", "1401-12-29"), Reason::UnknownPermit),
        (renew(person, "T1", "1400-11-01"), Reason::TermReversed),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-11-01", body), reason);
    }
    registry.ok("1400-11-01", renew(person, "T1", "1401-12-29"));
    assert_eq!(
        registry.refused("1401-11-01", renew(person, "T1", "1402-12-29")),
        Reason::RenewalLimit
    );
    registry.ok(
        "1402-01-01",
        permit(person, K::ThreeYear, "Y1", "1402-01-01", "1404-12-29"),
    );
    assert_eq!(
        registry.refused("1404-01-01", renew(person, "Y1", "1408-01-01")),
        Reason::TermTooLong
    );
    registry.ok("1404-01-01", renew(person, "Y1", "1407-12-29"));
    assert_eq!(
        registry.refused("1404-02-01", renew(person, "Y1", "1409-12-29")),
        Reason::RenewalLimit
    );
}

#[test]
fn a_renewal_does_not_run_into_the_next_permit() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1400-01-01",
        permit(person, K::Temporary, "T1", "1400-01-01", "1400-12-29"),
    );
    registry.ok(
        "1401-01-01",
        permit(person, K::Temporary, "T2", "1401-01-01", "1401-12-29"),
    );
    assert_eq!(
        registry.refused("1400-11-01", renew(person, "T1", "1401-06-01")),
        Reason::PermitOverlap
    );
}

#[test]
fn a_replacement_is_the_same_permit_under_a_new_number() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1400-01-01",
        permit(person, K::Temporary, "T1", "1400-01-01", "1400-12-29"),
    );
    registry.ok("1400-02-01", renew(person, "T1", "1401-12-29"));
    let replace = |number: &str, new: &str| ReplaceResidencePermit {
        person,
        permit_number: number.into(),
        new_permit_number: new.into(),
        reason: ReplacementReason::Damaged,
    };
    assert_eq!(
        registry.refused("1400-03-01", replace("T1", "T1")),
        Reason::DuplicatePermit
    );
    registry.ok("1400-03-01", replace("T1", "T2"));
    assert_eq!(
        registry.refused("1400-04-01", replace("T1", "T3")),
        Reason::PermitNotInForce
    );
    // The renewal counts on.
    assert_eq!(
        registry.refused("1400-04-01", renew(person, "T2", "1402-01-01")),
        Reason::RenewalLimit
    );
    let answer = registry.person(person).residence(day("1401-06-01"));
    assert_eq!(answer.verdict, Verdict::Valid);
    assert_eq!(answer.permission.unwrap().number, "T2");
}

#[test]
fn a_conversion_needs_consent_and_ends_the_card() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1400-01-01",
        permit(person, K::Amayesh, "A1", "1400-01-01", "1401-01-01"),
    );
    registry.ok(
        "1400-01-01",
        IssueDocument {
            person,
            document: document(DocumentKind::AmayeshCard, "C1"),
            replaces: None,
        },
    );
    let convert = |consent: &str| ConvertResidencePermit {
        person,
        permit_number: "A1".into(),
        kind: K::Temporary,
        basis: ResidenceBasis::General,
        new_permit_number: "T1".into(),
        valid_from: on("1400-06-01"),
        valid_until: Some(on("1401-05-31")),
        consent_reference: consent.into(),
    };
    assert_eq!(
        registry.refused("1400-06-01", convert("")),
        Reason::ConsentMissing
    );
    registry.ok("1400-06-01", convert("form 12"));
    let found = registry.person(person);
    let key = reference(DocumentKind::AmayeshCard, "C1").key();
    assert_eq!(
        found.document_state(&key, day("1400-06-01")),
        Some(DocumentState::Voided(VoidReason::StatusConverted)),
    );
    let answer = found.residence(day("1400-07-01"));
    assert_eq!(answer.permission.unwrap().number, "T1");
    let states: Vec<_> = answer.permissions.iter().map(|p| p.state).collect();
    assert_eq!(states, [PermissionState::Valid, PermissionState::Converted]);
    assert_eq!(
        registry.refused("1400-07-01", renew(person, "A1", "1402-01-01")),
        Reason::PermitNotInForce
    );
}

#[test]
fn a_permit_lapses_only_after_its_last_day() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1401-01-01",
        permit(person, K::Temporary, "T1", "1401-01-01", "1401-12-29"),
    );
    let lapse = RecordResidencePermitLapse {
        person,
        permit_number: "T1".into(),
    };
    assert_eq!(
        registry.refused("1401-12-29", lapse.clone()),
        Reason::PermitStillValid
    );
    registry.ok("1402-01-01", lapse.clone());
    assert_eq!(
        registry.refused("1402-02-01", lapse),
        Reason::PermitNotInForce
    );
    let answer = registry.person(person).residence(day("1402-02-01"));
    assert_eq!(
        (answer.verdict, answer.reason),
        (Verdict::NotValid, Some(StayReason::Lapsed))
    );
}

#[test]
fn a_stay_is_valid_not_valid_or_unknown() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let verdict = |registry: &Registry, date: &str| {
        let answer = registry
            .life(person)
            .person(&as_of(date))
            .unwrap()
            .residence(day(date));
        (answer.verdict, answer.reason)
    };
    assert_eq!(
        verdict(&registry, "1400-01-01"),
        (Verdict::Unknown, Some(StayReason::NoRecord))
    );
    registry.ok(
        "1400-01-01",
        visa(person, "V1", "1400-01-01", "1400-03-01", 30),
    );
    let (v, n) = (Verdict::Valid, Verdict::NotValid);
    assert_eq!(verdict(&registry, "1400-02-01"), (v, None));
    assert_eq!(
        verdict(&registry, "1400-03-02"),
        (n, Some(StayReason::Expired))
    );
    registry.ok(
        "1400-02-20",
        entry(person, "DOGHAROUN", EntryKind::WithVisa),
    );
    // Thirty days after the day of entry, beyond the last day of the visa.
    assert_eq!(verdict(&registry, "1400-03-19"), (v, None));
    assert_eq!(
        verdict(&registry, "1400-03-20"),
        (n, Some(StayReason::Expired))
    );
    registry.ok(
        "1400-03-19",
        permit(person, K::Temporary, "T1", "1400-04-01", "1401-03-31"),
    );
    assert_eq!(
        verdict(&registry, "1400-03-25"),
        (n, Some(StayReason::Expired))
    );
    assert_eq!(verdict(&registry, "1400-04-01"), (v, None));
    let dup = visa(person, "T1", "1400-01-01", "1400-03-01", 30);
    assert_eq!(registry.refused("1400-05-01", dup), Reason::DuplicatePermit);
    registry.ok("1400-06-01", death(person));
    assert_eq!(
        verdict(&registry, "1400-06-02"),
        (n, Some(StayReason::Deceased))
    );
}
