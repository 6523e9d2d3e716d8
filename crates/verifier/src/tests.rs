//! Tests over whole registries, built in memory.

pub(crate) mod altered;
mod content;
mod damaged;
mod directory;
mod sound;
pub(crate) mod support;
mod sweep;
