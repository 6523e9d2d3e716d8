//! Names of fields and codes in the two languages of the print-out.
//!
//! An extract carries the names that its print-out shows, so that they are signed with it, and so that a later edition of
//! the table does not change what was printed under an earlier one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use sabt_proto::extract::v1::{Extract, Label, SignedExtract};

use crate::page;
use crate::signed::ExtractError;

/// The table of names: key, English, Persian.
const TABLE: &str = include_str!("../data/labels.tsv");

/// Most labels in an extract: every field and code of the contract, twice over.
pub const LABELS_MAX: usize = 2_000;

/// Names by their keys (`sabt.extract.v1.Label.key`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(BTreeMap<String, Words>);

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: String,
    /// Persian.
    pub fa: String,
}

impl Words {
    pub(crate) fn new(en: impl Into<String>, fa: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            fa: fa.into(),
        }
    }
}

impl Labels {
    /// The table of this program.
    pub fn known() -> Self {
        let row = |line: &str| {
            let mut columns = line.split('\t');
            let key = columns.next()?.to_owned();
            Some((key, Words::new(columns.next()?, columns.next()?)))
        };
        Self(TABLE.lines().filter_map(row).collect())
    }

    /// Those that an extract carries.
    pub fn of(extract: &Extract) -> Self {
        let labels = extract.labels.iter().take(LABELS_MAX);
        let words = |label: &Label| (label.key.clone(), Words::new(&label.en, &label.fa));
        Self(labels.map(words).collect())
    }

    /// Adds the name of a code in a field, e.g. of an agency.
    pub fn add_code(&mut self, field: &str, code: &str, en: &str, fa: &str) {
        self.0
            .insert(format!("c:{field}={code}"), Words::new(en, fa));
    }

    /// The name with this key.
    pub fn get(&self, key: &str) -> Option<&Words> {
        self.0.get(key)
    }

    /// Every key, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Gives an extract those names of a table that its print-out shows.
///
/// # Errors
/// As [`page::html`].
pub fn name(extract: &mut Extract, table: &Labels) -> Result<(), ExtractError> {
    let lookup = Lookup::new(table);
    page::print(extract, &SignedExtract::default(), &lookup)?;
    let used = lookup.used.into_inner();
    let label = |key: &String| {
        let words = table.get(key)?;
        Some(Label {
            key: key.clone(),
            en: words.en.clone(),
            fa: words.fa.clone(),
        })
    };
    extract.labels = used.iter().filter_map(label).collect();
    Ok(())
}

/// Looks names up and remembers which.
pub(crate) struct Lookup<'a> {
    labels: &'a Labels,
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Lookup<'a> {
    pub(crate) const fn new(labels: &'a Labels) -> Self {
        Self {
            labels,
            used: RefCell::new(BTreeSet::new()),
        }
    }

    /// The name with this key, if there is one.
    pub(crate) fn find(&self, key: &str) -> Option<&'a Words> {
        let words = self.labels.get(key)?;
        self.used.borrow_mut().insert(key.to_owned());
        Some(words)
    }

    /// The name with this key, else the key itself in words: a person is better served by a technical name than by none.
    pub(crate) fn words(&self, key: &str) -> Words {
        let bare = || key.split_once(':').map_or(key, |(_kind, name)| name);
        self.find(key)
            .cloned()
            .unwrap_or_else(|| Words::new(bare().replace('_', " "), ""))
    }
}

#[cfg(test)]
mod tests;
