//! Tests of the checkpoint path.

mod anchoring;
mod crash;
mod opening;
mod panel;
mod witnesses;
mod world;
