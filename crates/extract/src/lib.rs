//! The subject extract: one signed, printable document of everything held about a person, which the person keeps and
//! anybody verifies offline.
//!
//! What is signed is a message (`sabt.extract.v1.Extract`) in canonical bytes. What is printed is a function of these
//! bytes ([`page`]): whoever verifies prints again and compares, so that a doctored print-out shows. The words of the
//! print-out are signed too ([`label`]): a program of another age prints the same.
//!
//! ```text
//! page     = html(extract, note), and the signed extract once more in an inert element
//! signed   = extract bytes + note
//! note     = C2SP signed note by a key of the events log over
//!            "sabt extract v1" LF origin LF base64(SHA-256(extract bytes)) LF
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`signed`] | signing, reading, canonical form, the signature |
//! | [`page`] | the print-out, and reading it back |
//! | [`stated`] | whether a record says what its author signed |
//! | [`label`] | names of fields and codes in Persian and English |
//! | `shown`, `calendar` | values as they are shown; days in three calendars |
//!
//! **Architecture invariant:** pure, and knows no more of a registry than the contract says: no files, no clock, no keys
//! but those it is handed. Registry, command line and the auditor's program share it.

pub mod label;
pub mod page;
pub mod signed;
pub mod stated;

mod calendar;
mod shown;

/// The form in which extracts are printed. Another form is another number: a page of this one is printed the same for
/// ever.
pub const FORM: u32 = 1;

/// Most records in an extract: a hundred a year for ten years, far more than lives have. Each costs some 2 KiB with its
/// proof.
pub const EXTRACT_RECORDS_MAX: usize = 1_000;

/// Most look-ups listed in an extract, the newest ones; those before are counted. At some 600 bytes they take 600 KiB.
pub const EXTRACT_LOOK_UPS_MAX: usize = 1_000;

/// Longest extract in bytes: records and look-ups at their most usual, with room for words.
pub const EXTRACT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest page in bytes: the extract in base64 at 4/3 with line feeds, and a print-out that repeats each value with
/// its names at some ten times its length.
pub const PAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Longest signed extract: its bytes, a note of at most 1 MB, and the lengths before them.
pub(crate) const SIGNED_BYTES_MAX: usize =
    EXTRACT_BYTES_MAX + sabt_chain::note::NOTE_BYTES_MAX + 16;

const _: () = assert!(SIGNED_BYTES_MAX.div_ceil(3) * 4 + SIGNED_BYTES_MAX / 32 < PAGE_BYTES_MAX);

#[cfg(test)]
mod testing;
