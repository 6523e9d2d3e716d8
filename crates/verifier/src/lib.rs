//! The auditor's program: verifies a registry's two ledgers without trusting the operator and without reading personal
//! data.
//!
//! It needs three things: the records (a data directory, an export, or a running registry), the log keys from somebody
//! other than the operator, and `sabt-chain`. It depends on nothing that writes or serves a ledger, so that a fault there
//! is not repeated here.
//!
//! | module | responsibility |
//! |---|---|
//! | `source`, `walk` | reading files or a server; cutting them into frames |
//! | `feed`, `work` | reading ahead, computing on all cores, giving back in order |
//! | `survey`, `examine`, `signatures` | what needs no order: hashes, digests, signatures, of runs and of records |
//! | `ledger`, `suspect`, `roots`, `waypoints` | what needs order: positions, links, times, acts, the tree, signed roots |
//! | `content`, `authors`, `erasures`, `approvals` | what records say: kinds, authors in force, erasures and who approved them, anchors |
//! | `succession` | the ledger of another registry that a ledger carries on |
//! | `act_ids`, `anchors` | act ids used twice; what the ledgers anchor of each other |
//! | `state`, `keeper` | what an auditor remembers, and going on from it |
//! | `mend`, `header`, `crc` | telling which field of damaged bytes is wrong |
//! | [`proof`] | proofs of single records, in files of their own |
//! | [`extract`] | subject extracts: signature, print-out, every record |
//! | `head`, `trust` | checkpoints judged by the log keys in force, remembered ones, witnesses |
//! | [`class`], [`fault`], [`report`] | classes and exit codes, one fault, the report |
//! | [`export`] | the exported form of a ledger, for whoever writes one |
//! | `mutant` | taking single checks away, so that tests show that each is needed |

pub mod class;
pub mod export;
pub mod extract;
pub mod fault;
pub mod field;
pub mod proof;
pub mod report;

mod act_ids;
mod anchors;
mod approvals;
mod authors;
mod content;
mod crc;
mod erasures;
mod examine;
mod faults;
mod feed;
mod head;
mod header;
mod json;
mod keeper;
mod ledger;
mod mend;
mod mutant;
mod roots;
mod run;
mod signatures;
mod source;
mod state;
mod succession;
mod survey;
mod suspect;
mod trust;
mod walk;
mod waypoints;
mod work;

pub use act_ids::ScratchError;
pub use run::{Options, Progress, VerifyError, verify};
#[cfg(feature = "server")]
pub use source::{AuditEndpoint, EndpointError, ServerAddress, ServerError};
pub use source::{MemoryFiles, Source, SourceError};
pub use state::StateError;
pub use trust::{TrustError, TrustedLogs};

/// How many faults a report lists unless told otherwise: more than anybody reads, and few enough to print.
pub const FAULTS_LISTED: usize = 100;

#[cfg(test)]
mod tests;
