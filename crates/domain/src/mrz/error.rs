//! Errors; none contains a character of the zone.

/// Why lines are not a zone, or a zone cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MrzError {
    /// Number or length of the lines fit no format.
    #[error("{lines} lines, the longest of {longest} characters, are no machine-readable zone")]
    Shape {
        /// Lines given.
        lines: usize,
        /// Characters of the longest.
        longest: usize,
    },
    /// A character outside A to Z, 0 to 9 and the filler.
    #[error("character {index} of line {line} is not of the machine-readable alphabet")]
    Character {
        /// 0-based index of the line.
        line: usize,
        /// 0-based index in the line.
        index: usize,
    },
    /// A field to be written is empty, too long, or has a character that cannot be written.
    #[error("the field {field} cannot be written")]
    Field {
        /// Name of the field.
        field: &'static str,
    },
}
