//! The catalogue of the law, row by row: every transition of status is exercised by a named test or lies outside the registry, and
//! the reading of every ambiguity stands beside the code that takes it. A gap fails.

use std::path::Path;

use crate::scenarios::coverage::is_test;
use crate::support;

/// Rows of law.md section 2: identifier, a few words, and the test that exercises the row, or the reason why it lies outside.
const TRANSITIONS: &str = include_str!("../coverage/transitions.tsv");

/// Rows of law.md section 13: identifier, a few words, and whether a reading is taken, or the reason why there is none to take.
const AMBIGUITIES: &str = include_str!("../coverage/ambiguities.tsv");

/// Words that a reason has at least.
const REASON_WORDS_MIN: usize = 4;

/// The columns of a table whose rows are numbered without a gap.
fn rows(table: &'static str, prefix: &str, count: usize) -> Vec<Vec<&'static str>> {
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(rows.len(), count);
    for (row, number) in rows.iter().zip(1..) {
        assert_eq!(row[0], format!("{prefix}-{number:02}"));
        assert!(row[1].len() > 3, "{}", row[0]);
    }
    rows
}

fn check_reason(row: &[&str]) {
    let reason = row.get(3).copied().unwrap_or_default();
    let words = reason.split(' ').count();
    assert!(REASON_WORDS_MIN <= words, "{} does not say why", row[0]);
}

#[test]
fn every_transition_of_the_law_is_exercised_or_says_why_not() {
    for row in rows(TRANSITIONS, "ST", 46) {
        match row[2] {
            "test" => assert!(is_test(row[3]), "{}: there is no {}", row[0], row[3]),
            "outside" => check_reason(&row),
            other => panic!("{}: {other}", row[0]),
        }
    }
}

#[test]
fn the_reading_of_every_ambiguity_stands_beside_the_code_that_takes_it() {
    let mut sources = String::new();
    read_docs(&support::root().join("crates/domain/src"), &mut sources);
    for row in rows(AMBIGUITIES, "AM", 63) {
        match row[2] {
            "read" => assert!(sources.contains(row[0]), "no reading of {}", row[0]),
            "outside" => check_reason(&row),
            other => panic!("{}: {other}", row[0]),
        }
    }
}

/// Comments and docstrings of the sources, tests aside, and what texts of law and policy cite.
fn read_docs(directory: &Path, into: &mut String) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if name != "tests" && name != "testing" {
                read_docs(&path, into);
            }
        } else if is_source(&path) && name != "tests.rs" && name != "testing.rs" {
            let text = std::fs::read_to_string(&path).unwrap();
            let documented = text
                .lines()
                .filter(|line| line.trim_start().starts_with("//"));
            documented.for_each(|line| into.push_str(line));
        }
    }
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}
