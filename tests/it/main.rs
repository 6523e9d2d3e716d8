//! Integration tests: whole registries, served in process or as a program, asked over mutual TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

mod access;
mod asylum;
mod auditors;
mod batches;
mod calls;
mod campaigns;
mod catalogue;
mod checkpoints;
mod corners;
mod corrections;
mod crash;
mod erasure;
mod go;
mod goldens;
mod grants;
mod invariants;
mod journey;
mod processes;
mod python;
mod queries;
mod refusals;
mod removal;
mod restore;
mod rotation;
mod scenarios;
mod sites;
mod statistics;
mod support;
mod sweep;
mod synthetic;
mod transport;
mod watch;
mod witnesses;
mod work;
