//! Why a policy file is refused.

use super::{
    POLICY_BYTES_MAX, POLICY_GROUPS_MAX, POLICY_LOGS_MAX, POLICY_WITNESSES_MAX, PolicyName,
};
use crate::note::NoteKeyError;

/// Why a policy file is refused. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Longer than [`POLICY_BYTES_MAX`].
    #[error("a policy has at most {POLICY_BYTES_MAX} bytes, this one has {bytes}")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// A control character other than tab and line feed.
    #[error("line {line} of the policy has the byte {byte:#04x}, which may not stand there")]
    Character {
        /// The line.
        line: usize,
        /// The byte.
        byte: u8,
    },
    /// A line does not start with `log`, `witness`, `group`, `quorum` or `#`.
    #[error("line {line} of the policy is neither log, witness, group nor quorum")]
    Keyword {
        /// The line.
        line: usize,
    },
    /// A line has too few or too many items. A comment is a line of its own.
    #[error("line {line} of the policy is not written as \"{form}\"")]
    Items {
        /// The line.
        line: usize,
        /// How such a line is written.
        form: &'static str,
    },
    /// A key is malformed, or of a type that does not belong there.
    #[error("the key in line {line} of the policy is refused")]
    Key {
        /// The line.
        line: usize,
        /// What is wrong with it.
        #[source]
        error: NoteKeyError,
    },
    /// A URL that is not UTF-8.
    #[error("the URL in line {line} of the policy is not UTF-8")]
    Url {
        /// The line.
        line: usize,
    },
    /// A public key that stands in an earlier line, under whatever name.
    #[error("the key in line {line} of the policy stands in an earlier line")]
    DuplicateKey {
        /// The line.
        line: usize,
    },
    /// A name that an earlier witness or group has, or the reserved `none`.
    #[error("the name {name} in line {line} of the policy is taken")]
    DuplicateName {
        /// The line.
        line: usize,
        /// The name.
        name: PolicyName,
    },
    /// A name that no earlier line defines.
    #[error("line {line} of the policy names {name}, which no earlier line defines")]
    UnknownName {
        /// The line.
        line: usize,
        /// The name.
        name: PolicyName,
    },
    /// A witness or group is a member twice, of one group or of two: it would count twice.
    #[error("line {line} of the policy makes {name} a member a second time")]
    DuplicateMember {
        /// The line.
        line: usize,
        /// The name.
        name: PolicyName,
    },
    /// The threshold is not `any`, `all` or a number from 1 up to the number of members.
    #[error("the threshold in line {line} of the policy is not any, all, or 1 to {members}")]
    Threshold {
        /// The line.
        line: usize,
        /// How many members the group has.
        members: usize,
    },
    /// More logs, witnesses or groups than [`POLICY_LOGS_MAX`], [`POLICY_WITNESSES_MAX`], [`POLICY_GROUPS_MAX`].
    #[error(
        "a policy has at most {POLICY_LOGS_MAX} logs, {POLICY_WITNESSES_MAX} witnesses and {POLICY_GROUPS_MAX} groups"
    )]
    TooMany,
    /// None, or more than one, quorum line.
    #[error("a policy has exactly one quorum line, this one has {lines}")]
    Quorum {
        /// How many there are.
        lines: usize,
    },
}
