//! Generated code of the contracts in `proto/`, committed so that no build needs a generator.
//!
//! `event::v1` is the stored contract, `extract::v1` what persons are handed: both readable for ever. `api::v1` (feature
//! `api`) is the RPC contract.
//! Regenerate with `cargo run -p sabt-codegen`; the test command compares.

/// Messages of stored records.
pub mod event {
    /// Version 1, package `sabt.event.v1`.
    #[allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::pedantic,
        rustdoc::all,
        reason = "generated; the documentation is in the .proto files"
    )]
    pub mod v1 {
        include!("generated/sabt.event.v1.rs");
    }
}

/// Messages of the subject extract.
pub mod extract {
    /// Version 1, package `sabt.extract.v1`.
    #[allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::pedantic,
        rustdoc::all,
        reason = "generated; the documentation is in the .proto files"
    )]
    pub mod v1 {
        include!("generated/sabt.extract.v1.rs");
    }
}

/// Messages and services of the RPC contract.
#[cfg(feature = "api")]
pub mod api {
    /// Version 1, package `sabt.api.v1`.
    #[allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::pedantic,
        rustdoc::all,
        reason = "generated; the documentation is in the .proto files"
    )]
    pub mod v1 {
        include!("generated/sabt.api.v1.rs");
    }
}

/// The compiled descriptors of the contracts (a serialised `FileDescriptorSet`), for reflection and JSON.
pub const DESCRIPTORS: &[u8] = include_bytes!("generated/descriptors.bin");
