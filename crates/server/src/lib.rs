//! The shell of Sabt: TLS, identity, permits, the writers, gRPC, metrics. The only runtime and the only clock.
//!
//! **Architecture invariant:** no rule of law stands here. What may be recorded is decided by `sabt-domain`,
//! what may be told by its access matrix; this crate carries both out in the right order.
//!
//! Read [`registry::Registry::open`] for what is there, `writer::Writer::commit` for the way of an act, and
//! `api::ask::ask` for the way of a question.

mod api;
pub mod auditors;
pub mod backup;
pub mod checkpoint;
pub mod clock;
pub mod config;
mod copy;
mod crash;
mod disclose;
mod erase;
mod erasures;
pub mod fault;
mod folder;
mod grants;
mod guard;
pub mod identity;
mod ledger;
pub mod limits;
pub mod listen;
mod rates;
pub mod registry;
mod remembered;
pub mod restore;
mod scrub;
pub mod serve;
mod statistics;
pub mod status;
pub mod telemetry;
mod tree;
mod writer;
