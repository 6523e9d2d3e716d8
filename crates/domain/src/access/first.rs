//! The form of the first edition: a table of one line a row, columns parted by `|`. Registries have adopted it by the
//! digest of these bytes, so it is read for ever.

use super::document::{self, Draft, edition_name};
use super::error::{PolicyError, PolicyFault as Fault};
use super::{FieldGroup, FieldSet, MethodSet, Row};

/// How a document of this form begins, before the name of its edition.
const TITLE: &str = "sabt access matrix ";

/// The name of the edition, if the text has this form.
pub(super) fn title(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix(TITLE)
}

/// Reads a document of this form.
///
/// # Errors
/// [`PolicyError`] at the first line that is wrong.
pub(super) fn read(text: &str) -> Result<Draft, PolicyError> {
    let edition = title(text).ok_or_else(|| PolicyError::at(1, Fault::NotAPolicy))?;
    let mut draft = Draft {
        edition: edition_name(1, edition)?,
        ..Draft::default()
    };
    for (text, line) in text.lines().zip(1..).skip(1) {
        draft.rows.push((line, row(text, line)?));
    }
    Ok(draft)
}

fn row(text: &str, line: usize) -> Result<Row, PolicyError> {
    let columns: Vec<_> = text.split('|').collect();
    let [role, purpose, method_codes, group_codes, case, source] = columns.as_slice() else {
        let statement = text.to_owned();
        return Err(PolicyError::at(line, Fault::UnknownStatement { statement }));
    };
    let mut methods = MethodSet::EMPTY;
    for code in method_codes.split(',') {
        methods = methods.with(document::method(line, code)?);
    }
    let mut groups = FieldSet::EMPTY;
    for code in group_codes.split(',') {
        groups = groups.with(document::group(line, code)?);
    }
    if groups.contains(FieldGroup::Address) {
        // Addresses were one group then: what was adopted gave both.
        groups = groups.with(FieldGroup::ShelterAddress);
    }
    if source.is_empty() {
        return Err(PolicyError::at(line, Fault::Missing { key: "source" }));
    }
    Ok(Row {
        role: document::role(line, role)?,
        purpose: document::purpose(line, purpose)?,
        methods,
        groups,
        case_reference: match *case {
            "case required" => true,
            "case optional" => false,
            other => {
                let code = other.to_owned();
                return Err(PolicyError::at(line, Fault::UnknownNeed { code }));
            }
        },
        source: (*source).to_owned(),
    })
}
