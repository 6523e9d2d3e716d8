//! Tests over whole registries, built in memory.

pub(crate) mod altered;
mod approvals;
mod content;
mod damaged;
mod directory;
mod fault_table;
mod goldens;
mod heads;
mod rotation;
mod sound;
mod succession;
pub(crate) mod support;
mod sweep;
