use crate::act::*;
use crate::fact::*;
use crate::number::PersonNumber;
use crate::refusal::Reason;
use crate::testing::*;

fn person(number: PersonNumber) -> Party {
    Party::Person(number)
}

fn licence(wife: Party, husband: Party, number: &str, until: &str) -> IssueMarriageLicence {
    IssueMarriageLicence {
        wife,
        husband,
        licence_number: number.into(),
        level: IssuingLevel::Provincial,
        valid_until: (!until.is_empty()).then(|| on(until)),
    }
}

#[test]
fn a_licence_is_for_one_iranian_and_is_no_marriage() {
    let mut registry = Registry::new();
    let man = registry.register("1370-01-01", Sex::Male);
    let woman = registry.register("1370-01-01", Sex::Female);
    let cases = [
        (
            licence(person(woman), person(man), "L1", ""),
            Reason::PartyNotForeign,
        ),
        (
            licence(iranian(1_234), iranian(5_678), "L1", ""),
            Reason::PartyNotForeign,
        ),
        (
            licence(iranian(1_234), Party::Named("x".into()), "L1", ""),
            Reason::PartyNotForeign,
        ),
        (
            licence(iranian(1_234), person(woman), "L1", ""),
            Reason::SubjectsNotDistinct,
        ),
        (
            licence(iranian(1_234), person(man), "L1", "1399-01-01"),
            Reason::TermReversed,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-01-01", body), reason);
    }
    registry.ok(
        "1400-01-01",
        licence(iranian(1_234), person(man), "L1", "1400-06-01"),
    );
    assert!(registry.person(man).spouses.is_empty());
    let again = licence(iranian(1_234), person(man), "L1", "");
    assert_eq!(
        registry.refused("1400-01-02", again),
        Reason::DuplicatePermit
    );
}

#[test]
fn an_iranian_party_makes_a_licence_necessary() {
    let mut registry = Registry::new();
    let man = registry.register("1370-01-01", Sex::Male);
    let wedding = |wife: Party, number: &str| RegisterMarriage {
        licence_number: number.into(),
        ..marriage(person(man), wife)
    };
    let none = wedding(iranian(1_234), "");
    assert_eq!(
        registry.refused("1400-02-01", none),
        Reason::LicenceRequired
    );
    registry.ok(
        "1400-01-01",
        licence(iranian(1_234), person(man), "L1", "1400-06-01"),
    );
    let of_another = wedding(iranian(5_678), "L1");
    assert_eq!(
        registry.refused("1400-02-01", of_another),
        Reason::LicenceRequired
    );
    let late = wedding(iranian(1_234), "L1");
    assert_eq!(registry.refused("1400-06-02", late), Reason::LicenceUsed);
    registry.ok("1400-02-01", wedding(iranian(1_234), "L1"));
    registry.ok("1400-03-01", divorce(person(man), iranian(1_234)));
    let used = wedding(iranian(1_234), "L1");
    assert_eq!(registry.refused("1400-04-01", used), Reason::LicenceUsed);
    // Row 12: an Iranian husband needs a registration permit.
    let woman = registry.register("1375-01-01", Sex::Female);
    let body = marriage(iranian(5_678), person(woman));
    assert_eq!(
        registry.refused("1400-02-01", body.clone()),
        Reason::LicenceRequired
    );
    registry.ok(
        "1400-01-01",
        licence(person(woman), iranian(5_678), "R1", ""),
    );
    let body = RegisterMarriage {
        licence_number: "R1".into(),
        ..body
    };
    registry.ok("1400-02-01", body);
}

#[test]
fn marriages_that_cannot_be() {
    let mut registry = Registry::new();
    let man = registry.register("1370-01-01", Sex::Male);
    let woman = registry.register("1370-01-01", Sex::Female);
    let plain = || marriage(person(man), person(woman));
    let cases = [
        (
            marriage(person(man), person(man)),
            Reason::SubjectsNotDistinct,
        ),
        (
            marriage(person(woman), person(man)),
            Reason::SubjectsNotDistinct,
        ),
        (
            marriage(Party::Named("a".into()), Party::Named("b".into())),
            Reason::PartyNotForeign,
        ),
        (
            RegisterMarriage {
                term_months: 3,
                ..plain()
            },
            Reason::InvalidField,
        ),
        (
            RegisterMarriage {
                kind: MarriageKind::Temporary,
                ..plain()
            },
            Reason::InvalidField,
        ),
        (
            RegisterMarriage {
                registered_with: None,
                ..plain()
            },
            Reason::InvalidField,
        ),
        (
            RegisterMarriage {
                deed_number: String::new(),
                ..plain()
            },
            Reason::InvalidField,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1400-01-01", body), reason);
    }
    // A religious marriage may stand unregistered (AM-53).
    registry.ok(
        "1400-01-01",
        RegisterMarriage {
            form: MarriageForm::Religious,
            registered_with: None,
            deed_number: String::new(),
            ..plain()
        },
    );
    assert_eq!(
        registry.refused("1400-02-01", plain()),
        Reason::AlreadyMarried
    );
}

#[test]
fn a_wife_has_one_husband_and_a_term_ends() {
    let mut registry = Registry::new();
    let first = registry.register("1370-01-01", Sex::Male);
    let second = registry.register("1370-01-01", Sex::Male);
    let woman = registry.register("1370-01-01", Sex::Female);
    let other = registry.register("1370-01-01", Sex::Female);
    registry.ok(
        "1400-01-10",
        RegisterMarriage {
            kind: MarriageKind::Temporary,
            term_months: 6,
            ..marriage(person(first), person(woman))
        },
    );
    let body = marriage(person(second), person(woman));
    assert_eq!(
        registry.refused("1400-07-09", body.clone()),
        Reason::AlreadyMarried
    );
    registry.ok("1400-07-10", body);
    // The sources set no limit to a husband's marriages.
    registry.ok("1400-08-01", marriage(person(second), person(other)));
    // A marriage told late may not overlap the one that stands.
    let third = registry.register("1370-01-01", Sex::Male);
    let late = marriage(person(third), person(woman));
    assert_eq!(
        registry.refused("1399-12-01", late),
        Reason::LaterActsContradict
    );
}

#[test]
fn a_divorce_ends_a_marriage_and_rules_on_custody() {
    let mut registry = Registry::new();
    let (husband, wife, _) = registry.couple();
    let child = registry.child("1395-01-01", husband, wife);
    let stranger = registry.register("1398-01-01", Sex::Male);
    let rules_on = |child| RegisterDivorce {
        custody: vec![Custody {
            child,
            custodian: person(wife),
        }],
        ..divorce(person(husband), person(wife))
    };
    let early = divorce(person(husband), person(wife));
    assert_eq!(registry.refused("1391-01-01", early), Reason::NotMarried);
    assert_eq!(
        registry.refused("1400-01-01", rules_on(stranger)),
        Reason::ParentageConflict
    );
    let outcome = registry.ok("1400-01-01", rules_on(child));
    assert_eq!(outcome.decided.len(), 3);
    assert!(registry.person(child).custodian == Some(person(wife)));
    for one in [husband, wife] {
        assert!(
            registry
                .person(one)
                .spouses_on(day("1400-01-01"))
                .next()
                .is_none()
        );
    }
    let again = divorce(person(husband), person(wife));
    assert_eq!(registry.refused("1400-02-01", again), Reason::NotMarried);
    registry.ok("1400-03-01", marriage(person(husband), person(wife)));
}

#[test]
fn identity_links_are_found_and_withdrawn() {
    let mut registry = Registry::new();
    let one = registry.register("1370-01-01", Sex::Male);
    let two = registry.register("1370-01-01", Sex::Male);
    let same = |person, other| ConfirmSamePerson {
        person,
        other,
        evidence: "papers".into(),
    };
    let distinct = |person, other| ConfirmDistinctPersons {
        person,
        other,
        evidence: "papers".into(),
    };
    let withdraw = |person, other| WithdrawIdentityLink {
        person,
        other,
        reason: "a mistake".into(),
    };
    assert_eq!(
        registry.refused("1400-01-01", same(one, one)),
        Reason::SubjectsNotDistinct
    );
    assert_eq!(
        registry.refused("1400-01-01", withdraw(one, two)),
        Reason::UnknownIdentityLink
    );
    registry.ok("1400-01-01", same(one, two));
    assert!(registry.person(one).same_as.contains(&two));
    assert!(registry.person(two).same_as.contains(&one));
    assert_eq!(
        registry.refused("1400-01-02", same(two, one)),
        Reason::IdentityContradiction
    );
    assert_eq!(
        registry.refused("1400-01-02", distinct(two, one)),
        Reason::IdentityContradiction
    );
    registry.ok("1400-01-03", withdraw(two, one));
    assert!(registry.person(one).same_as.is_empty() && registry.person(two).same_as.is_empty());
    registry.ok("1400-01-04", distinct(one, two));
    assert_eq!(
        registry.refused("1400-01-05", same(one, two)),
        Reason::IdentityContradiction
    );
}
