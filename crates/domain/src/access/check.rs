//! Whether what a policy document says may stand.

use std::collections::BTreeSet;

use super::bar::needs_case;
use super::document::Draft;
use super::error::{PolicyError, PolicyFault as Fault};
use super::{Bar, FieldGroup, Row};

/// Checks the rows of a document of any form.
///
/// # Errors
/// [`PolicyError`] at the first row that must not stand.
pub(super) fn rows(draft: &Draft) -> Result<(), PolicyError> {
    if draft.rows.is_empty() {
        return Err(PolicyError::at(1, Fault::Missing { key: "row" }));
    }
    let mut seen = BTreeSet::new();
    for (line, row) in &draft.rows {
        let fault = if seen.insert((row.role, row.purpose)) {
            fault_of(row)
        } else {
            Some(Fault::RowRepeated {
                role: row.role,
                purpose: row.purpose,
            })
        };
        if let Some(fault) = fault {
            return Err(PolicyError::at(*line, fault));
        }
    }
    Ok(())
}

fn fault_of(row: &Row) -> Option<Fault> {
    let role = row.role;
    let barred = row.groups.iter().find_map(|group| {
        let bar = Bar::against(role, row.purpose, group);
        bar.map(|bar| Fault::Barred { role, group, bar })
    });
    let closed = || {
        row.methods.iter().find_map(|method| {
            let bar = Bar::of_method(role, method);
            bar.map(|bar| Fault::MethodBarred { role, method, bar })
        })
    };
    let silent = || {
        row.methods.iter().find_map(|method| {
            let group = method
                .tells()
                .filter(|group| !row.groups.contains(*group))?;
            Some(Fault::NothingToTell { method, group })
        })
    };
    let caseless = || {
        let purpose = row.purpose;
        let missing = needs_case(purpose) && !row.case_reference;
        missing.then_some(Fault::CaseNotNeeded { purpose })
    };
    barred.or_else(closed).or_else(silent).or_else(caseless)
}

/// Checks that a document explains what its rows use, and that its rows use what it explains. A group that no row gives
/// may be explained: it is closed.
///
/// # Errors
/// [`PolicyError`] at the row, or at the first line for what no row uses.
pub(super) fn declarations(draft: &Draft) -> Result<(), PolicyError> {
    for (line, row) in &draft.rows {
        let role = (!draft.roles.contains_key(&row.role)).then(|| row.role.code());
        let purpose = (!draft.purposes.contains_key(&row.purpose)).then(|| row.purpose.code());
        let group = row
            .groups
            .iter()
            .find(|group| !draft.groups.contains_key(group))
            .map(FieldGroup::code);
        if let Some(code) = role.or(purpose).or(group) {
            return Err(PolicyError::at(*line, Fault::Undeclared { code }));
        }
    }
    let uses = |used: &dyn Fn(&Row) -> bool| draft.rows.iter().any(|(_, row)| used(row));
    let role = draft
        .roles
        .keys()
        .find(|role| !uses(&|row| row.role == **role));
    let purpose = draft
        .purposes
        .keys()
        .find(|purpose| !uses(&|row| row.purpose == **purpose));
    match role
        .map(|role| role.code())
        .or(purpose.map(|purpose| purpose.code()))
    {
        Some(code) => Err(PolicyError::at(1, Fault::Unused { code })),
        None => Ok(()),
    }
}
