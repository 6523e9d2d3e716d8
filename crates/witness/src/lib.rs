//! Both sides of C2SP tlog-witness: the log's client, and a small witness.
//!
//! A witness remembers, for every log it knows, the largest checkpoint that it has seen, and cosigns only checkpoints
//! that continue it. It never sees a record: a checkpoint is a name, a size and a root. Who demands the cosignatures
//! of several witnesses cannot be shown another history than everybody else.
//!
//! | module | responsibility |
//! |---|---|
//! | [`client`] | what a log, or who restores one, asks of a witness; blocking |
//! | [`server`] | a witness: its memory on disk, and its HTTP interface |
//!
//! **Architecture invariant:** bytes, signatures and the decision of a witness are `sabt_chain`'s. This crate moves
//! and stores them. It reads no clock: the time of a cosignature comes from the caller.

pub mod client;
mod origin;
pub mod server;

#[cfg(test)]
mod testing;
