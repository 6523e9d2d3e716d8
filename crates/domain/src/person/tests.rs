use crate::act::IssueDocument;
use crate::fact::Sex;
use crate::law::DocumentKind;
use crate::person::DocumentState;
use crate::testing::*;

#[test]
fn documents_are_valid_between_their_days() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let mut card = document(DocumentKind::AmayeshCard, "A1");
    card.issued_on = Some(on("1400-06"));
    card.valid_until = Some(on("1401"));
    let key = card.key();
    registry.ok(
        "1400-06-15",
        IssueDocument {
            person,
            document: card,
            replaces: None,
        },
    );
    let person = registry.person(person);
    let state = |date| person.document_state(&key, day(date)).unwrap();
    // Partial dates are read in the holder's favour.
    assert_eq!(state("1400-05-31"), DocumentState::NotYetValid);
    assert_eq!(state("1400-06-01"), DocumentState::Valid);
    assert_eq!(state("1401-12-29"), DocumentState::Valid);
    assert_eq!(state("1402-01-01"), DocumentState::Expired);
    let classes = ["", "NOT_YET_VALID", "EXPIRED", "LOST"];
    let states = [
        DocumentState::Valid,
        DocumentState::NotYetValid,
        DocumentState::Expired,
        DocumentState::Lost,
    ];
    assert_eq!(states.map(DocumentState::reason_class), classes);
}

#[test]
fn an_age_counts_from_the_last_day_a_birth_may_mean() {
    let mut registry = Registry::new();
    let exact = registry.register("1380-05-10", Sex::Male);
    let partial = registry.register("1380", Sex::Male);
    let unknown = registry.register("", Sex::Male);
    let age = |number, date| registry.person(number).age_years(day(date));
    assert_eq!(age(exact, "1398-05-09"), Some(17));
    assert_eq!(age(exact, "1398-05-10"), Some(18));
    assert_eq!(age(partial, "1398-05-10"), Some(17));
    assert_eq!(age(unknown, "1398-05-10"), None);
}
