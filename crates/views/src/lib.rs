//! Views.

pub mod store;
pub mod value;

/// Version.
pub const VIEW_VERSION: u32 = 1;
