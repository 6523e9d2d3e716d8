use super::Table;

/// Why a store could not do its part. The remedy for all but [`StoreError::Unsorted`] is the same: reopen, and if
/// that fails too, delete the views directory and rebuild it from the ledger.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The engine could not be opened.
    #[error("the {engine} view store cannot be opened")]
    Open {
        /// Name of the engine.
        engine: &'static str,
        /// What the engine said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A read failed.
    #[error("the {engine} view store failed to read table {}", table.name())]
    Read {
        /// Name of the engine.
        engine: &'static str,
        /// Table that was read.
        table: Table,
        /// What the engine said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A write failed. From now on every write is refused.
    #[error("the {engine} view store failed to write")]
    Write {
        /// Name of the engine.
        engine: &'static str,
        /// What the engine said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An earlier write failed, so this one was not tried.
    #[error("the {engine} view store refuses writes after an earlier failure")]
    Latched {
        /// Name of the engine.
        engine: &'static str,
    },
    /// A thread panicked while it changed the store.
    #[error("the {engine} view store was left by a panic")]
    Poisoned {
        /// Name of the engine.
        engine: &'static str,
    },
    /// The entries of a bulk load are not in strictly ascending key order.
    #[error("bulk load into {} is not sorted at entry {entry}", table.name())]
    Unsorted {
        /// Table to be loaded.
        table: Table,
        /// Index of the entry that does not follow its predecessor.
        entry: u64,
    },
}
