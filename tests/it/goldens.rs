//! What may never change: the contract of calls, bytes on the wire, and stores that were written before.

mod api;
mod stores;
mod wire;
