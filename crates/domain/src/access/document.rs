//! Reading a policy document: lines to statements, statements to rows. Whether the rows may stand is for [`check`].
//!
//! A document is printable ASCII, so that no letter can look like another one. Its first line names it, lines that begin
//! with `#` are for people, and the rest are statements:
//!
//! ```text
//! sabt access policy 1405-2
//! replaces 1405-1
//! role REGISTRAR
//!   means   An office ...
//! row REGISTRAR for REGISTRATION
//!   methods GetPerson GetFamily
//!   groups  IDENTITY FAMILY
//!   needs   CASE
//!   source  duty:5
//! ```
//!
//! [`check`]: super::check

use std::collections::BTreeMap;

use super::error::{PolicyError, PolicyFault as Fault};
use super::{FieldGroup, FieldSet, Method, MethodSet, Need, Purpose, Role, Row};

/// Bytes of the longest document. The editions known have some seven thousand.
pub(super) const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the longest line, so that a line is read as a whole.
pub(super) const LINE_BYTES_MAX: usize = 120;
/// Bytes of the longest name of an edition.
const EDITION_BYTES_MAX: usize = 16;

/// How a document begins, before the name of its edition.
const TITLE: &str = "sabt access policy ";
/// What belongs to a statement is indented by this.
const INDENT: &str = "  ";

/// What a purpose is and rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// What the purpose is, as a sentence.
    pub means: String,
    /// The statute, duty or promise it rests on.
    pub source: String,
}

/// What a document says, unchecked.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) edition: String,
    pub(super) replaces: Option<String>,
    pub(super) roles: BTreeMap<Role, String>,
    pub(super) purposes: BTreeMap<Purpose, Ground>,
    pub(super) groups: BTreeMap<FieldGroup, String>,
    /// The rows, each with the line at which it begins.
    pub(super) rows: Vec<(usize, Row)>,
}

/// Reads a document.
///
/// # Errors
/// [`PolicyError`] at the first line that is wrong.
pub(super) fn read(text: &str) -> Result<Draft, PolicyError> {
    let mut lines = text.split_terminator('\n').zip(1..);
    let title = lines.next().map_or("", |(line, _)| line);
    let edition = title
        .strip_prefix(TITLE)
        .ok_or_else(|| PolicyError::at(1, Fault::NotAPolicy))?;
    let mut draft = Draft {
        edition: edition_name(1, edition)?,
        ..Draft::default()
    };
    for statement in statements(lines)? {
        statement.add_to(&mut draft)?;
    }
    Ok(draft)
}

/// The name of an edition: a Jalali year, a hyphen, a running number.
pub(super) fn edition_name(line: usize, name: &str) -> Result<String, PolicyError> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let named = name.len() <= EDITION_BYTES_MAX
        && name
            .split_once('-')
            .is_some_and(|(year, running)| year.len() == 4 && number(year) && number(running));
    if named {
        return Ok(name.to_owned());
    }
    let name = name.chars().take(EDITION_BYTES_MAX).collect();
    Err(PolicyError::at(line, Fault::Edition { name }))
}

/// A statement and what belongs to it.
struct Statement<'text> {
    line: usize,
    text: &'text str,
    entries: Vec<Entry<'text>>,
}

/// A line that belongs to a statement.
#[derive(Clone, Copy)]
struct Entry<'text> {
    line: usize,
    key: &'text str,
    value: &'text str,
}

fn statements<'text>(
    lines: impl Iterator<Item = (&'text str, usize)>,
) -> Result<Vec<Statement<'text>>, PolicyError> {
    let mut statements: Vec<Statement<'text>> = Vec::new();
    for (text, line) in lines {
        check_line(text, line)?;
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let Some(entry) = text.strip_prefix(INDENT) else {
            statements.push(Statement {
                line,
                text,
                entries: Vec::new(),
            });
            continue;
        };
        let (key, value) = entry.split_once(' ').unwrap_or((entry, ""));
        let statement = statements
            .last_mut()
            .filter(|_| !key.is_empty())
            .ok_or_else(|| PolicyError::at(line, Fault::Indentation))?;
        let value = value.trim_start();
        statement.entries.push(Entry { line, key, value });
    }
    Ok(statements)
}

fn check_line(text: &str, line: usize) -> Result<(), PolicyError> {
    let fault = if LINE_BYTES_MAX < text.len() {
        Fault::LineTooLong {
            max: LINE_BYTES_MAX,
        }
    } else if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        Fault::NotAscii
    } else if text.ends_with(' ') || (text.starts_with(' ') && !text.starts_with(INDENT)) {
        Fault::Indentation
    } else {
        return Ok(());
    };
    Err(PolicyError::at(line, fault))
}

impl Statement<'_> {
    fn add_to(&self, draft: &mut Draft) -> Result<(), PolicyError> {
        let words: Vec<_> = self.text.split(' ').collect();
        let repeated = match words.as_slice() {
            ["replaces", edition] => {
                self.keys(&[])?;
                let edition = edition_name(self.line, edition)?;
                draft.replaces.replace(edition).is_some()
            }
            ["role", code] => {
                self.keys(&["means"])?;
                let role = role(self.line, code)?;
                draft.roles.insert(role, self.text_of("means")?).is_some()
            }
            ["purpose", code] => {
                self.keys(&["means", "source"])?;
                let purpose = purpose(self.line, code)?;
                let ground = Ground {
                    means: self.text_of("means")?,
                    source: self.text_of("source")?,
                };
                draft.purposes.insert(purpose, ground).is_some()
            }
            ["group", code] => {
                self.keys(&["means"])?;
                let group = group(self.line, code)?;
                draft.groups.insert(group, self.text_of("means")?).is_some()
            }
            ["row", role, "for", purpose] => {
                let row = self.row(role, purpose)?;
                draft.rows.push((self.line, row));
                false
            }
            _ => {
                let statement = self.text.to_owned();
                return Err(PolicyError::at(
                    self.line,
                    Fault::UnknownStatement { statement },
                ));
            }
        };
        if repeated {
            let key = self.text.to_owned();
            return Err(PolicyError::at(self.line, Fault::Repeated { key }));
        }
        Ok(())
    }

    fn row(&self, role_code: &str, purpose_code: &str) -> Result<Row, PolicyError> {
        self.keys(&["methods", "groups", "needs", "source"])?;
        let mut methods = MethodSet::EMPTY;
        for (line, code) in self.codes("methods")? {
            methods = methods.with(method(line, code)?);
        }
        let mut groups = FieldSet::EMPTY;
        for (line, code) in self.codes("groups")? {
            groups = groups.with(group(line, code)?);
        }
        for (key, empty) in [
            ("methods", methods.is_empty()),
            ("groups", groups.is_empty()),
        ] {
            if empty {
                return Err(PolicyError::at(self.line, Fault::Missing { key }));
            }
        }
        let mut case_reference = false;
        for (line, code) in self.codes("needs")? {
            match need(line, code)? {
                Need::Case => case_reference = true,
            }
        }
        Ok(Row {
            role: role(self.line, role_code)?,
            purpose: purpose(self.line, purpose_code)?,
            methods,
            groups,
            case_reference,
            source: self.text_of("source")?,
        })
    }

    /// Checks that nothing else belongs to the statement.
    fn keys(&self, known: &[&str]) -> Result<(), PolicyError> {
        match self
            .entries
            .iter()
            .find(|entry| !known.contains(&entry.key))
        {
            None => Ok(()),
            Some(entry) => {
                let key = entry.key.to_owned();
                Err(PolicyError::at(entry.line, Fault::UnknownKey { key }))
            }
        }
    }

    /// A text that must be there once.
    fn text_of(&self, key: &'static str) -> Result<String, PolicyError> {
        let mut entries = self.entries.iter().filter(|entry| entry.key == key);
        let missing = |line| PolicyError::at(line, Fault::Missing { key });
        let entry = entries.next().ok_or_else(|| missing(self.line))?;
        if let Some(again) = entries.next() {
            let key = key.to_owned();
            return Err(PolicyError::at(again.line, Fault::Repeated { key }));
        }
        if entry.value.is_empty() {
            return Err(missing(entry.line));
        }
        Ok(entry.value.to_owned())
    }

    /// The codes of a list, which may go over several lines.
    fn codes(&self, key: &'static str) -> Result<Vec<(usize, &str)>, PolicyError> {
        let mut codes: Vec<(usize, &str)> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.key == key) {
            if entry.value.is_empty() {
                return Err(PolicyError::at(entry.line, Fault::Missing { key }));
            }
            for code in entry.value.split(' ') {
                if codes.iter().any(|(_, known)| *known == code) {
                    let key = code.to_owned();
                    return Err(PolicyError::at(entry.line, Fault::Repeated { key }));
                }
                codes.push((entry.line, code));
            }
        }
        Ok(codes)
    }
}

macro_rules! known {
    ($($name:ident: $item:ident or $fault:ident;)+) => { $(
        pub(super) fn $name(line: usize, code: &str) -> Result<$item, PolicyError> {
            $item::from_code(code).ok_or_else(|| {
                let code = code.to_owned();
                PolicyError::at(line, Fault::$fault { code })
            })
        }
    )+ };
}

known! {
    role: Role or UnknownRole;
    purpose: Purpose or UnknownPurpose;
    method: Method or UnknownMethod;
    group: FieldGroup or UnknownGroup;
    need: Need or UnknownNeed;
}
