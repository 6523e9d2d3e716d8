use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;

#[test]
fn codes_are_unique_and_screaming() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert!(
            reason
                .code()
                .chars()
                .all(|c| c.is_ascii_uppercase() || c == '_'),
            "{reason:?}"
        );
        assert_eq!(Reason::from_code(reason.code()), Some(*reason));
    }
    assert_eq!(Reason::from_code("NO_SUCH_REASON"), None);
}

#[test]
fn texts_are_sentences() {
    for reason in Reason::ALL {
        for text in [reason.message(), reason.remedy()] {
            assert!(
                text.ends_with('.') && text.starts_with(|c: char| c.is_ascii_uppercase()),
                "{text}"
            );
        }
    }
}

#[test]
fn the_table_of_reasons_is_golden() {
    let mut table = String::new();
    for reason in Reason::ALL {
        writeln!(table, "{:<24} {:?}", reason.code(), reason.class()).unwrap();
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/access"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("reasons", table);
    });
}

#[test]
fn a_refusal_carries_what_it_was_given() {
    let refusal = Refusal::new(Reason::VersionConflict, "design:6")
        .with("current_version", 7)
        .with_message("Changed.")
        .with_remedy("Read again.");
    assert_eq!(refusal.class(), Class::Aborted);
    assert_eq!(
        refusal
            .metadata()
            .get("current_version")
            .map(String::as_str),
        Some("7")
    );
    assert_eq!(
        refusal.to_string(),
        "VERSION_CONFLICT: Changed. (design:6). Read again."
    );
    assert!(size_of::<Refusal>() <= 8, "a refusal is cheap to return");
}

#[test]
fn violations_keep_their_order() {
    let mut refusal = Refusal::field("act_id", "is not 16 bytes");
    refusal.push_violation("office", "is missing");
    let paths: Vec<_> = refusal
        .violations()
        .iter()
        .map(|v| v.path.as_str())
        .collect();
    assert_eq!(paths, ["act_id", "office"]);
    assert_eq!(refusal.reason(), Reason::InvalidField);
    assert!(
        refusal
            .to_string()
            .contains("act_id is not 16 bytes; office is missing")
    );
}
