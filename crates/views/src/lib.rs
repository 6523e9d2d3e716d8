//! Views: read models folded from the records of the two ledgers, in an embedded store.
//!
//! A view is nothing but a fold: it can be thrown away and rebuilt from position 0, and a rebuild is byte for byte what the
//! running fold has made ([`Views::digest`]). Data and position are committed in one atomic batch, so a killed process
//! finds the fold of some whole number of calls.
//!
//! **Architecture invariant:** views never append to a ledger, read no clock, and know no rule of law: they load lives and ask
//! `sabt-domain` what they come to.
//!
//! # Privacy at rest
//!
//! The directory of the views holds no readable personal data.
//!
//! - A subject's events stand in it sealed under the subject's key, exactly as in the ledger, and are opened when a
//!   question is asked. Destroying the key blinds the views at once, and in every backup of them.
//! - What is searched by (names with birth years, documents, campaigns, officers) stands in it as a keyed hash only; see the module `blind`.
//!   The erasure record takes these entries away as well.
//! - Disclosures stand in it sealed under the audit key of their month.
//! - What belongs to the asylum compartment stands in tables of its own, sealed and blinded under keys of its own, so that
//!   the other tables do not differ by it.
//! - Who was told something that was corrected stands in it as a keyed hash of agency and purpose beside positions.
//! - What stands in the clear: positions, times, act ids, author commitments, how many records a subject has, and
//!   that somebody took part in some campaign or was observed not to, and on which day; which disclosures wait to be
//!   justified, and which of them were made in an emergency; internal ordinals, which are no public numbers and say nothing without the vault; and the payloads of governance
//!   records, which hold no personal data.
//!
//! # Parts
//!
//! | part | what it is |
//! |---|---|
//! | [`store`] | the narrow store and its engines |
//! | [`Views`] | opening, folding, position |
//! | [`Rebuild`] | filling an empty store from position 0 |
//! | [`StateReader`] | what the writer loads to decide; needs [`WriterAccess`] |
//! | [`query`] | what may be asked; needs a permit |

mod blind;
mod corrections;
mod cut;
mod error;
mod fold;
mod keys;
mod load;
mod meta;
pub mod query;
mod reader;
mod rebuild;
mod registry_keys;
mod roster;
pub mod store;
mod value;
mod views;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use error::{ContentError, FoldError, OpenError, ResumeError, ViewsError};
pub use load::{DOCUMENT_HOLDERS_LOADED_MAX, LoadedAct, StateReader, WriterAccess};
pub use meta::{Mark, Marks};
pub use reader::LIFE_RECORDS_MAX;
pub use rebuild::{Portion, Rebuild};
pub use value::{POSTINGS_MAX, ValueError};
pub use views::Views;

/// Version of what the tables mean. Views of another version are rebuilt.
pub const VIEW_VERSION: u32 = 7;
