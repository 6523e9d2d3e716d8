use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::act::{GrantStatus, IssueVisa};
use crate::fact::{Sex, VisaKind};
use crate::law::{ResidenceBasis, ResidenceKind};
use crate::number::PersonNumber;
use crate::person::{HeldStatus, PermitEnd, PermitEndGround};
use crate::testing::*;
use crate::time::PartialDate;

/// A day on which the permits of these tests are valid.
const DAY: &str = "1404-06-01";

fn person() -> (Registry, PersonNumber) {
    let mut registry = Registry::new();
    let number = registry.register("1370-01-01", Sex::Male);
    (registry, number)
}

fn with_permit(kind: ResidenceKind, until: &str) -> Person {
    let (registry, number) = person();
    let issued = permit(number, kind, "R-1", "1404-01-01", until);
    let mut person = registry.person(number);
    person.permits.push(super::super::HeldPermit {
        number: issued.permit_number,
        kind,
        basis: issued.basis,
        scope: issued.scope,
        from: issued.valid_from,
        until: issued.valid_until,
        renewals: 0,
        legal_basis: String::new(),
        end: None,
    });
    person
}

fn refugee() -> Person {
    let (registry, number) = person();
    let mut person = registry.person(number);
    person.statuses.push(status(PersonStatus::Refugee));
    person
}

fn status(status: PersonStatus) -> HeldStatus {
    HeldStatus {
        status,
        since: on("1404-01-01"),
        until: None,
    }
}

fn told(person: &Person, right: Right) -> (Verdict, RightReason) {
    let answer = person.right(right, day(DAY));
    (answer.verdict, answer.reason)
}

#[test]
fn what_each_is_told() {
    let (registry, number) = person();
    let mut people = vec![("nothing recorded".to_owned(), registry.person(number))];
    for kind in ResidenceKind::ALL {
        people.push((kind.code().to_owned(), with_permit(*kind, "1404-12-29")));
    }
    people.push(("refugee without a permit".to_owned(), refugee()));
    let ended = with_permit(ResidenceKind::Temporary, "1404-05-31");
    people.push(("temporary, ended".to_owned(), ended));
    let mut table = String::new();
    for (name, person) in people {
        writeln!(table, "{name}").unwrap();
        for right in Right::ALL {
            let (verdict, reason) = told(&person, *right);
            let reason = reason.code();
            writeln!(
                table,
                "  {:<20} {:<9} {reason}",
                right.code(),
                format!("{verdict:?}")
            )
            .unwrap();
        }
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/law"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("rights-told", table) });
}

#[test]
fn missing_residence_bars_neither_school_nor_court_nor_treatment() {
    let (registry, number) = person();
    let nobody = registry.person(number);
    let ended = with_permit(ResidenceKind::Temporary, "1404-01-31");
    for person in [nobody, ended] {
        for right in [Right::Education, Right::Suits, Right::EmergencyTreatment] {
            let expected = (Verdict::Valid, RightReason::NotTiedToResidence);
            assert_eq!(told(&person, right), expected, "{}", right.code());
        }
    }
}

#[test]
fn residence_that_has_ended_or_not_begun_gives_no_right_that_rests_on_it() {
    let expected = |reason| (Verdict::NotValid, reason);
    let ended = with_permit(ResidenceKind::SevenYear, "1404-05-31");
    assert_eq!(
        told(&ended, Right::Work),
        expected(RightReason::ResidenceEnded)
    );
    let mut revoked = with_permit(ResidenceKind::SevenYear, "1404-12-29");
    revoked.permits[0].end = Some(PermitEnd {
        on: on("1404-03-01"),
        ground: PermitEndGround::Revoked,
    });
    // Of what is taken away no more is told than of what ran out.
    assert_eq!(
        told(&revoked, Right::Work),
        expected(RightReason::ResidenceEnded)
    );
    let mut later = with_permit(ResidenceKind::SevenYear, "1405-12-29");
    later.permits[0].from = on("1404-07-01");
    assert_eq!(
        told(&later, Right::Work),
        expected(RightReason::NotYetResident)
    );
}

#[test]
fn a_visa_alone_settles_nothing() {
    let (mut registry, number) = person();
    registry.ok(
        "1404-05-01",
        IssueVisa {
            person: number,
            kind: VisaKind::ALL[0],
            visa_number: "V-1".to_owned(),
            valid_from: on("1404-05-01"),
            valid_until: on("1404-12-01"),
            stay_days: 0,
            multiple_entry: false,
            issued_at: String::new(),
        },
    );
    let expected = (Verdict::Unknown, RightReason::NotSettled);
    assert_eq!(told(&registry.person(number), Right::Work), expected);
}

#[test]
fn refuge_gives_what_a_permit_would_and_its_end_takes_it() {
    let (mut registry, number) = person();
    registry.ok(
        "1404-02-01",
        GrantStatus {
            person: number,
            status: PersonStatus::Refugee,
            decided_by: String::new(),
        },
    );
    let held = (Verdict::Valid, RightReason::Held);
    assert_eq!(told(&registry.person(number), Right::Medical), held);
    // A permit beside it adds what the bill gives its holders.
    let mut resident = with_permit(ResidenceKind::ThreeYear, "1406-01-01");
    resident.statuses.push(status(PersonStatus::Refugee));
    assert_eq!(told(&resident, Right::Work), held);
    // One that ended takes nothing of what refuge gives, and turns nothing unsettled into a no.
    let mut lapsed = with_permit(ResidenceKind::ThreeYear, "1404-02-01");
    lapsed.statuses.push(status(PersonStatus::Refugee));
    let unsettled = (Verdict::Unknown, RightReason::NotSettled);
    assert_eq!(told(&lapsed, Right::Work), held);
    assert_eq!(told(&lapsed, Right::Movables), unsettled);
    lapsed.statuses[0].until = Some(on("1404-03-01"));
    assert_eq!(told(&lapsed, Right::Work).0, Verdict::NotValid);
}

#[test]
fn the_articles_are_the_same_for_everybody() {
    for right in Right::ALL {
        let sources: Vec<_> = ResidenceKind::ALL
            .iter()
            .map(|kind| {
                with_permit(*kind, "1404-12-29")
                    .right(*right, day(DAY))
                    .source
            })
            .chain([refugee().right(*right, day(DAY)).source])
            .collect();
        assert!(sources.iter().all(|source| *source == right.source()));
    }
}

/// All answers about somebody under protection, taken together, are those about somebody who is not: no set of verdicts
/// and reasons tells of protection.
#[test]
fn no_set_of_answers_is_given_to_those_under_protection_alone() {
    let answers = |person: &Person| -> Vec<_> {
        Right::ALL
            .iter()
            .map(|right| told(person, *right))
            .collect()
    };
    let (registry, number) = person();
    let others = [
        with_permit(ResidenceKind::Temporary, "1404-12-29"),
        with_permit(ResidenceKind::Amayesh, "1404-12-29"),
        registry.person(number),
    ]
    .map(|person| answers(&person));
    let mut lapsed = with_permit(ResidenceKind::Temporary, "1404-02-01");
    lapsed.statuses.push(status(PersonStatus::Refugee));
    for person in [
        with_permit(ResidenceKind::Refugee, "1404-12-29"),
        with_permit(ResidenceKind::Limited, "1404-12-29"),
        with_permit(ResidenceKind::GuestTown, "1404-12-29"),
        refugee(),
        lapsed,
    ] {
        assert!(others.contains(&answers(&person)));
    }
}

#[test]
fn a_claim_to_asylum_changes_no_answer() {
    for kind in ResidenceKind::ALL {
        for until in ["1404-12-29", "1404-02-01"] {
            let without = with_permit(*kind, until);
            let mut with = without.clone();
            with.statuses.push(status(PersonStatus::AsylumSeeker));
            for right in Right::ALL {
                assert_eq!(told(&with, *right), told(&without, *right));
            }
        }
    }
}

#[test]
fn nobody_has_a_right_after_death() {
    let (mut registry, number) = person();
    registry.ok("1404-03-01", death(number));
    for right in Right::ALL {
        let expected = (Verdict::NotValid, RightReason::Deceased);
        assert_eq!(told(&registry.person(number), *right), expected);
    }
}

proptest! {
    /// It answers about everybody on every day, and never "yes" without an article and an edition.
    #[test]
    fn every_question_is_answered(
        held in proptest::collection::vec((0_usize..8, 0_i32..4000, 1_i32..4000, 0_usize..6), 0..4),
        statuses in proptest::collection::vec((0_usize..11, any::<bool>()), 0..3),
        on_day in 0_i32..9000,
    ) {
        let (registry, number) = person();
        let mut person = registry.person(number);
        let start = day("1395-01-01");
        let date = |days: i32| -> PartialDate {
            start
                .plus_days(days)
                .unwrap()
                .date_in(crate::time::Calendar::Jalali)
                .unwrap()
        };
        for (kind, from, length, end) in held {
            let grounds = [
                PermitEndGround::Revoked, PermitEndGround::Lapsed, PermitEndGround::Replaced,
                PermitEndGround::Converted, PermitEndGround::HolderDeceased,
            ];
            person.permits.push(super::super::HeldPermit {
                number: "R".to_owned(),
                kind: ResidenceKind::ALL[kind],
                basis: ResidenceBasis::General,
                scope: crate::fact::PermitScope::Individual,
                from: date(from),
                until: Some(date(from + length)),
                renewals: 0,
                legal_basis: String::new(),
                end: grounds.get(end).map(|ground| PermitEnd { on: date(from + length / 2), ground: *ground }),
            });
        }
        for (index, over) in statuses {
            person.statuses.push(HeldStatus {
                until: over.then(|| on("1404-02-01")),
                ..status(PersonStatus::ALL[index])
            });
        }
        for right in Right::ALL {
            let answer = person.right(*right, start.plus_days(on_day).unwrap());
            prop_assert!(answer.source.contains("art. ") && !answer.edition.is_empty());
            if answer.verdict == Verdict::Valid {
                let free = answer.reason == RightReason::NotTiedToResidence;
                prop_assert!(free != right.rests_on_residence());
            }
        }
    }
}
