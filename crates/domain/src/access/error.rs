//! What is wrong with a policy document.

use super::{Bar, FieldGroup, Method, Purpose, Role};

/// A policy document that cannot be applied, and where it says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct PolicyError {
    /// Line of the document, from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: PolicyFault,
}

impl PolicyError {
    pub(super) fn at(line: usize, fault: PolicyFault) -> Self {
        Self { line, fault }
    }
}

/// What can be wrong with a policy document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFault {
    /// The document is too long.
    #[error("the document is longer than {max} bytes")]
    DocumentTooLong {
        /// Bytes allowed.
        max: usize,
    },
    /// A line is too long to be read.
    #[error("the line is longer than {max} bytes")]
    LineTooLong {
        /// Bytes allowed.
        max: usize,
    },
    /// A character that could look like another one, or like none.
    #[error("the line holds a character other than printable ASCII")]
    NotAscii,
    /// The document does not begin like one.
    #[error("a policy begins with \"sabt access policy EDITION\"")]
    NotAPolicy,
    /// The name of an edition is not one.
    #[error(
        "{name:?} is not the name of an edition: a Jalali year and a running number, e.g. 1405-2"
    )]
    Edition {
        /// What stands there.
        name: String,
    },
    /// The indentation is wrong.
    #[error(
        "a statement begins at the margin, what belongs to it is indented by two spaces, and nothing ends in a space"
    )]
    Indentation,
    /// A statement that is none.
    #[error("{statement:?} is no statement: replaces, role, purpose, group and row are")]
    UnknownStatement {
        /// What stands there.
        statement: String,
    },
    /// Something that does not belong to the statement.
    #[error("{key:?} does not belong here")]
    UnknownKey {
        /// What stands there.
        key: String,
    },
    /// Something that may be said once is said again.
    #[error("{key:?} is said a second time")]
    Repeated {
        /// What.
        key: String,
    },
    /// Something that must be said is not.
    #[error("{key:?} is missing")]
    Missing {
        /// What.
        key: &'static str,
    },
    /// A role that there is not.
    #[error("there is no role {code:?}")]
    UnknownRole {
        /// What stands there.
        code: String,
    },
    /// A purpose that there is not.
    #[error("there is no purpose {code:?}")]
    UnknownPurpose {
        /// What stands there.
        code: String,
    },
    /// A method that there is not.
    #[error("there is no method {code:?}")]
    UnknownMethod {
        /// What stands there.
        code: String,
    },
    /// A field group that there is not.
    #[error("there is no field group {code:?}")]
    UnknownGroup {
        /// What stands there.
        code: String,
    },
    /// A need that there is not.
    #[error("there is no need {code:?}: CASE is one")]
    UnknownNeed {
        /// What stands there.
        code: String,
    },
    /// A row names something that the document does not explain.
    #[error("{code} is used and nowhere declared")]
    Undeclared {
        /// Code of the role, purpose or group.
        code: &'static str,
    },
    /// Something is explained and no row uses it.
    #[error("{code} is declared and used by no row")]
    Unused {
        /// Code of the role or purpose.
        code: &'static str,
    },
    /// Two rows for the same question: it would depend on their order which holds.
    #[error("there is a second row for {} and {}", .role.code(), .purpose.code())]
    RowRepeated {
        /// The role.
        role: Role,
        /// The purpose.
        purpose: Purpose,
    },
    /// A row gives what no policy may give.
    #[error("{} may not be given {} ({}): {}", .role.code(), .group.code(), .bar.rule, .bar.text)]
    Barred {
        /// The role.
        role: Role,
        /// The group.
        group: FieldGroup,
        /// The rule.
        bar: Bar,
    },
    /// A row opens a method that no policy may open to the role.
    #[error("{} may not call {} ({}): {}", .role.code(), .method.code(), .bar.rule, .bar.text)]
    MethodBarred {
        /// The role.
        role: Role,
        /// The method.
        method: Method,
        /// The rule.
        bar: Bar,
    },
    /// A row opens a method that could tell nothing.
    #[error("{} is opened without {}, without which it tells nothing", .method.code(), .group.code())]
    NothingToTell {
        /// The method.
        method: Method,
        /// The group that is missing.
        group: FieldGroup,
    },
    /// A row for somebody's request does not ask which.
    #[error("questions for {} name the case they serve: the row needs CASE (design:7.5)", .purpose.code())]
    CaseNotNeeded {
        /// The purpose.
        purpose: Purpose,
    },
}
