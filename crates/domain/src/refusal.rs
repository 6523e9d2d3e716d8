//! Refusals: why an act or a question did not pass, which rule says so, and what would make it pass.
//!
//! A refusal travels to the asker and into logs and disclosure records, so its texts never contain names,
//! numbers or anything else about a person.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

mod reason;
#[cfg(test)]
mod tests;

pub use reason::{Class, Reason};

/// What is wrong with one field of an act or a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path of the field in the message, e.g. `register_person.particulars.names[0].given`.
    pub path: String,
    /// What is wrong, as a clause: "is missing", "is longer than 200 characters".
    pub problem: Cow<'static, str>,
}

/// A refused act or question.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal(Box<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    reason: Reason,
    rule: Cow<'static, str>,
    message: Cow<'static, str>,
    remedy: Cow<'static, str>,
    violations: Vec<FieldViolation>,
    metadata: BTreeMap<&'static str, String>,
}

impl Refusal {
    /// A refusal under `rule`: the source of the rule, e.g. `law:art.23 note 1`, `service:row 14` or
    /// `design:7.1`. Message and remedy are those of the reason until replaced.
    pub fn new(reason: Reason, rule: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            reason,
            rule: rule.into(),
            message: Cow::Borrowed(reason.message()),
            remedy: Cow::Borrowed(reason.remedy()),
            violations: Vec::new(),
            metadata: BTreeMap::new(),
        }))
    }

    /// A refusal because of one malformed field; add more with [`Refusal::with_violation`].
    pub fn field(path: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Reason::InvalidField, "contract:sabt.event.v1").with_violation(path, problem)
    }

    /// The same with another message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same with another remedy.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.0.remedy = remedy.into();
        self
    }

    /// The same with a further field violation.
    #[must_use]
    pub fn with_violation(
        mut self,
        path: impl Into<String>,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.0.violations.push(FieldViolation {
            path: path.into(),
            problem: problem.into(),
        });
        self
    }

    /// The same with a further machine-readable detail, e.g. `current_version`. Never personal data.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.metadata.insert(key, value.to_string());
        self
    }

    /// Adds a field violation in place, for decoders that collect all of them.
    pub fn push_violation(
        &mut self,
        path: impl Into<String>,
        problem: impl Into<Cow<'static, str>>,
    ) {
        self.0.violations.push(FieldViolation {
            path: path.into(),
            problem: problem.into(),
        });
    }

    /// The stable reason.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The class of the reason.
    pub fn class(&self) -> Class {
        self.0.reason.class()
    }

    /// The source of the rule.
    pub fn rule(&self) -> &str {
        &self.0.rule
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What would make it pass.
    pub fn remedy(&self) -> &str {
        &self.0.remedy
    }

    /// The malformed fields, in the order in which they were found.
    pub fn violations(&self) -> &[FieldViolation] {
        &self.0.violations
    }

    /// Machine-readable details.
    pub fn metadata(&self) -> &BTreeMap<&'static str, String> {
        &self.0.metadata
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("reason", &self.0.reason)
            .field("rule", &self.0.rule)
            .field("message", &self.0.message)
            .field("remedy", &self.0.remedy)
            .field("violations", &self.0.violations)
            .field("metadata", &self.0.metadata)
            .finish()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({})",
            self.0.reason.code(),
            self.0.message,
            self.0.rule
        )?;
        for violation in &self.0.violations {
            write!(f, "; {} {}", violation.path, violation.problem)?;
        }
        write!(f, ". {}", self.0.remedy)
    }
}

impl std::error::Error for Refusal {}
