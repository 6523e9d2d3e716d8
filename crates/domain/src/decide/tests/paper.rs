use crate::act::*;
use crate::fact::*;
use crate::law::{DocumentKind, ProvinceCode};
use crate::number::PersonNumber;
use crate::person::{DocumentState, FileLocation};
use crate::refusal::Reason;
use crate::testing::*;

fn issue(person: PersonNumber, number: &str, replaces: Option<&str>) -> IssueDocument {
    IssueDocument {
        person,
        document: document(DocumentKind::AmayeshCard, number),
        replaces: replaces.map(|number| reference(DocumentKind::AmayeshCard, number)),
    }
}

fn lose(person: PersonNumber, number: &str) -> ReportDocumentLost {
    ReportDocumentLost {
        person,
        document: reference(DocumentKind::AmayeshCard, number),
        stolen: false,
    }
}

fn void(person: PersonNumber, number: &str, reason: VoidReason) -> VoidDocument {
    VoidDocument {
        person,
        document: reference(DocumentKind::AmayeshCard, number),
        reason,
    }
}

#[test]
fn documents_are_issued_lost_replaced_and_voided() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let other = registry.register("1370-01-01", Sex::Male);
    registry.ok("1398-01-01", issue(person, "A1", None));
    let cases = [
        (
            ActBody::from(issue(person, "A1", None)),
            Reason::DuplicateDocument,
        ),
        (issue(other, "a-1", None).into(), Reason::DuplicateDocument),
        (
            issue(person, "A2", Some("A9")).into(),
            Reason::UnknownDocument,
        ),
        (lose(person, "A9").into(), Reason::UnknownDocument),
        (lose(other, "A1").into(), Reason::UnknownDocument),
        (
            void(person, "A1", VoidReason::HolderDeceased).into(),
            Reason::DocumentNotLive,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(registry.refused("1399-01-01", body), reason);
    }
    registry.ok("1399-01-01", lose(person, "A1"));
    assert_eq!(
        registry.refused("1399-01-02", lose(person, "A1")),
        Reason::DocumentNotLive
    );
    registry.ok("1399-02-01", issue(person, "A2", Some("A1")));
    assert_eq!(
        registry.refused("1399-03-01", issue(person, "A3", Some("A1"))),
        Reason::DocumentNotLive,
    );
    registry.ok("1399-04-01", void(person, "A2", VoidReason::Damaged));
    assert_eq!(
        registry.refused("1399-05-01", void(person, "A2", VoidReason::Damaged)),
        Reason::DocumentNotLive,
    );
    let key = |number| reference(DocumentKind::AmayeshCard, number).key();
    let state = |number, date| {
        let then = registry.life(person).person(&as_of(date)).unwrap();
        then.document_state(&key(number), day(date))
    };
    assert_eq!(state("A1", "1398-06-01"), Some(DocumentState::Valid));
    assert_eq!(state("A1", "1399-01-15"), Some(DocumentState::Lost));
    assert_eq!(state("A1", "1399-06-01"), Some(DocumentState::Lost));
    assert_eq!(state("A2", "1399-03-01"), Some(DocumentState::Valid));
    assert_eq!(
        state("A2", "1399-06-01"),
        Some(DocumentState::Voided(VoidReason::Damaged))
    );
    assert_eq!(state("A2", "1399-01-15"), None);
    // A voided card may be issued again to the same person.
    registry.ok("1400-01-01", issue(person, "A2", None));
}

#[test]
fn a_document_that_ends_before_it_begins() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let mut body = issue(person, "A1", None);
    body.document.valid_until = Some(on("1394-12-29"));
    assert_eq!(registry.refused("1398-01-01", body), Reason::TermReversed);
}

#[test]
fn a_link_of_sameness_opens_a_document_to_both() {
    let mut registry = Registry::new();
    let one = registry.register("1370-01-01", Sex::Male);
    let two = registry.register("1370-01-01", Sex::Male);
    registry.ok("1398-01-01", issue(one, "A1", None));
    registry.ok(
        "1398-02-01",
        ConfirmSamePerson {
            person: one,
            other: two,
            evidence: "x".into(),
        },
    );
    registry.ok("1398-03-01", issue(two, "A1", None));
}

#[test]
fn a_file_is_in_one_province_or_on_its_way() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let send = |from_province, to_province| SendFileTransfer {
        person,
        from_province,
        to_province,
    };
    let receive = |province| ReceiveFileTransfer { person, province };
    let (tehran, khorasan) = (ProvinceCode::Tehran, ProvinceCode::RazaviKhorasan);
    assert_eq!(
        registry.refused("1400-01-01", send(tehran, tehran)),
        Reason::InvalidField
    );
    assert_eq!(
        registry.refused("1400-01-01", send(khorasan, tehran)),
        Reason::FileElsewhere
    );
    assert_eq!(
        registry.refused("1400-01-01", receive(tehran)),
        Reason::FileNotInTransit
    );
    registry.ok("1400-01-01", send(tehran, khorasan));
    assert!(
        registry.person(person).file
            == FileLocation::InTransit {
                from: tehran,
                to: khorasan
            }
    );
    assert_eq!(
        registry.refused("1400-01-02", send(tehran, khorasan)),
        Reason::FileInTransit
    );
    // The sender does not end the transit.
    assert_eq!(
        registry.refused("1400-01-02", receive(khorasan)),
        Reason::FileElsewhere
    );
    registry.as_office("RKH-01");
    assert_eq!(
        registry.refused("1400-01-02", receive(tehran)),
        Reason::FileNotInTransit
    );
    registry.ok("1400-01-02", receive(khorasan));
    assert!(registry.person(person).file == FileLocation::Held(khorasan));
    registry.as_office("THR-01");
    assert_eq!(
        registry.refused("1400-02-01", send(khorasan, tehran)),
        Reason::FileElsewhere
    );
}
