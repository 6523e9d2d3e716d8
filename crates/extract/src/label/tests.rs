use std::collections::BTreeSet;

use prost_reflect::{Kind, MessageDescriptor};

use super::*;
use crate::shown::POOL;
use crate::testing::extract;

/// Fields and values of enums that can stand on a page.
fn shown_keys() -> BTreeSet<String> {
    let root = POOL.get_message_by_name("sabt.extract.v1.Extract").unwrap();
    let (mut seen, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut pending: Vec<MessageDescriptor> = vec![root];
    while let Some(message) = pending.pop() {
        let not_shown = ["sabt.event.v1.Date", "sabt.extract.v1.Provenance"];
        if not_shown.contains(&message.full_name()) || !seen.insert(message.full_name().to_owned())
        {
            continue;
        }
        for field in message.fields() {
            // Bodies of events that are never about a person (100 to 109 govern, 110 to 119 are about a claim, which is a
            // subject of its own), and what is not shown as a field.
            let governance = message.name() == "Event" && (100..=119).contains(&field.number());
            let revoked = matches!(field.name(), "grant_revoked" | "lookup_justified");
            let apart = matches!(field.name(), "act" | "nonce") && message.name() == "Event";
            let head = message.name() == "Extract" && field.number() > 6;
            let list = matches!(field.name(), "labels" | "provenance" | "entries");
            if governance || revoked || apart || list {
                continue;
            }
            if !head || matches!(field.name(), "statuses" | "withheld") {
                keys.insert(format!("f:{}", field.name()));
            }
            if let Kind::Message(inner) = field.kind() {
                pending.push(inner);
            } else if let Kind::Enum(values) = field.kind() {
                let values = values.values().filter(|value| value.number() != 0);
                keys.extend(values.map(|value| format!("e:{}", value.name())));
            }
        }
    }
    keys
}

#[test]
fn everything_on_a_page_has_a_name_in_both_languages() {
    let labels = Labels::known();
    let missing: Vec<_> = shown_keys()
        .into_iter()
        .filter(|key| labels.get(key).is_none())
        .collect();
    assert!(missing.is_empty(), "data/labels.tsv lacks {missing:#?}");
    assert!(labels.0.len() <= LABELS_MAX);
    for (key, words) in &labels.0 {
        assert!(!words.en.is_empty() && words.en.is_ascii(), "{key}");
        let persian = |c: char| ('\u{600}'..='\u{6ff}').contains(&c);
        assert!(words.fa.chars().any(persian), "{key}");
    }
}

/// Whoever looked states a purpose; the person reads it in their own language.
#[test]
fn every_purpose_has_a_name() {
    let labels = Labels::known();
    for purpose in sabt_domain::access::Purpose::ALL {
        let key = format!("c:purpose={}", purpose.code());
        assert!(labels.get(&key).is_some(), "data/labels.tsv lacks {key}");
    }
}

/// What was told, or is withheld, stands on the page by its group.
#[test]
fn every_group_about_a_person_has_a_name() {
    use sabt_domain::access::FieldGroup;
    let labels = Labels::known();
    let groups = FieldGroup::ALL.iter();
    for group in groups.filter(|group| group.is_told_when_withheld()) {
        for field in ["field_groups", "withheld"] {
            let key = format!("c:{field}={}", group.code());
            assert!(labels.get(&key).is_some(), "data/labels.tsv lacks {key}");
        }
    }
}

/// A page that was printed is printed the same when the table has other words: those of the extract count.
#[test]
fn an_extract_carries_its_words() {
    let extract = extract();
    let own = Labels::of(&extract);
    for section in [
        "s:identity",
        "s:history",
        "t:intro",
        "f:given",
        "e:SEX_FEMALE",
    ] {
        assert!(own.get(section).is_some(), "{section}");
    }
    assert!(own.get("e:SEX_MALE").is_none());
    assert!(own.get("c:office=THR-01").is_some());
    let lookup = Lookup::new(&own);
    assert_eq!(
        lookup.words("f:no_such_field"),
        Words::new("no such field", "")
    );
}
