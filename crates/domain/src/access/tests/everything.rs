//! Every role, purpose, group and method, against the documents as a person reads them: a second reader, which knows
//! neither the parser nor the compiled sets.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::*;
use crate::access::asker::Asker;

/// What a document gives: codes of groups and methods by the codes of role and purpose.
type Given = BTreeMap<(String, String), BTreeSet<String>>;

fn read_rows(document: &str) -> Given {
    let mut given = Given::new();
    if document.starts_with("sabt access matrix") {
        for line in document.lines().skip(1) {
            let columns: Vec<&str> = line.split('|').collect();
            let codes = columns[2].split(',').chain(columns[3].split(','));
            let mut codes: BTreeSet<String> = codes.map(str::to_owned).collect();
            if codes.contains("ADDRESS") {
                codes.insert("SHELTER_ADDRESS".to_owned());
            }
            given.insert((columns[0].to_owned(), columns[1].to_owned()), codes);
        }
        return given;
    }
    let mut lines = document.lines().peekable();
    while let Some(line) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["row", role, "for", purpose] = words.as_slice() {
            let codes = given
                .entry(((*role).to_owned(), (*purpose).to_owned()))
                .or_default();
            while let Some(line) = lines.next_if(|line| line.starts_with("  ")) {
                let mut words = line.split_whitespace();
                if matches!(words.next(), Some("methods" | "groups")) {
                    codes.extend(words.map(str::to_owned));
                }
            }
        }
    }
    given
}

fn asker(roles: impl IntoIterator<Item = Role>, state: &str) -> Asker {
    Asker {
        agency: "AGENCY".to_owned(),
        officer: "OFFICER".to_owned(),
        roles: roles.into_iter().collect(),
        state: state.to_owned(),
        rights: BTreeSet::new(),
    }
}

#[test]
fn a_permit_gives_what_the_document_says_and_nothing_else() {
    let mut checked = 0;
    for matrix in Matrix::editions() {
        let rows = read_rows(matrix.document());
        assert_eq!(rows.len(), matrix.rows().len());
        for role in Role::ALL {
            for purpose in Purpose::ALL {
                let key = (role.code().to_owned(), purpose.code().to_owned());
                let row = rows.get(&key);
                for state in ["IRN", "AFG", "IRQ", ""] {
                    let asker = asker([*role], state);
                    let permit = matrix.permit(&asker, purpose.code(), "basis", "case");
                    assert_eq!(permit.is_ok(), row.is_some(), "{key:?}");
                    for group in FieldGroup::ALL {
                        let says = row.is_some_and(|codes| codes.contains(group.code()));
                        let says = says && (state == "IRN" || !group.is_firewalled());
                        let gives = permit.as_ref().is_ok_and(|permit| permit.allows(*group));
                        assert_eq!(gives, says, "{key:?} {} {state}", group.code());
                        checked += 1;
                    }
                    for method in Method::ALL {
                        let says = row.is_some_and(|codes| codes.contains(method.code()));
                        let opens = permit
                            .as_ref()
                            .is_ok_and(|permit| permit.allows_method(*method));
                        // What a document opens can still be kept back, never the other way round.
                        assert!(says || !opens, "{key:?} {}", method.code());
                        checked += 1;
                    }
                }
            }
        }
    }
    let each = FieldGroup::ALL.len() + Method::ALL.len();
    let editions = Matrix::editions().len();
    assert_eq!(
        checked,
        editions * Role::ALL.len() * Purpose::ALL.len() * 4 * each
    );
}

#[test]
fn an_explanation_agrees_with_the_permit() {
    for matrix in Matrix::editions() {
        for role in Role::ALL {
            for purpose in Purpose::ALL {
                let permit = matrix.permit(&asker([*role], "IRN"), purpose.code(), "basis", "case");
                for group in FieldGroup::ALL {
                    let given = permit.as_ref().is_ok_and(|permit| permit.allows(*group));
                    let decision = matrix.explain(*role, *purpose, *group);
                    match decision {
                        Decision::Given(row) | Decision::NotInRow(row) => {
                            assert_eq!((row.role, row.purpose), (*role, *purpose));
                        }
                        Decision::NoRow | Decision::Barred(_) => {}
                    }
                    assert_eq!(matches!(decision, Decision::Given(_)), given);
                }
            }
        }
    }
}

proptest! {
    /// However many roles an agency has, one row holds: what leaves was given to one of its roles for this purpose.
    #[test]
    fn rights_are_never_added_up(
        roles in proptest::collection::btree_set(proptest::sample::select(Role::ALL), 0..=Role::ALL.len()),
        purpose in proptest::sample::select(Purpose::ALL),
        edition in proptest::sample::select(Matrix::editions().iter().collect::<Vec<_>>()),
    ) {
        let rows: Vec<&Row> = edition
            .rows()
            .iter()
            .filter(|row| row.purpose == purpose && roles.contains(&row.role))
            .collect();
        let asker = asker(roles, "IRN");
        match edition.permit(&asker, purpose.code(), "basis", "case") {
            Ok(permit) => {
                let row = rows.first().unwrap();
                prop_assert_eq!(permit.role(), row.role);
                for group in FieldGroup::ALL {
                    prop_assert_eq!(permit.allows(*group), row.groups.contains(*group));
                }
            }
            Err(_) => prop_assert!(rows.is_empty()),
        }
    }

    /// A document with any word in the place of another one is refused, or says something else; it never panics.
    #[test]
    fn a_document_damaged_anywhere_is_read_or_refused(
        at in 0..Matrix::newest().document().len(),
        byte in proptest::num::u8::ANY,
    ) {
        let mut bytes = Matrix::newest().document().as_bytes().to_vec();
        bytes[at] = byte;
        let text = String::from_utf8_lossy(&bytes);
        match Matrix::parse(&text) {
            Ok(matrix) => prop_assert_eq!(
                matrix.digest() == Matrix::newest().digest(),
                text == Matrix::newest().document()
            ),
            Err(error) => prop_assert!(0 < error.line),
        }
    }
}
