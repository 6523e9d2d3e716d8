//! The narrow store under the views: tables of byte keys and byte values, one atomic batch over all of them, and
//! snapshots.
//!
//! Views need no more of an engine than this, so that whoever measures a better engine can change it: three
//! engines stand behind [`Store`], and each passes the same conformance suite (`conformance`).
//!
//! | engine | use |
//! |---|---|
//! | [`FjallStore`] | the default: flat memory, least write amplification, fastest load |
//! | [`MemoryStore`] | the reference model; tests and small demonstrations |
//! | `SledStore` (feature `sled`) | selectable; multi-tree transactions only, readers wait for whole batches |
//!
//! [`Engine`] names them in the configuration. What every one promises:
//!
//! 1. [`Store::apply`] is all or nothing over all tables, also across a kill at any moment.
//! 2. After a kill the store holds exactly the first *n* applied batches for some *n*; batches are never
//!    reordered. (How many of the last ones may be missing is the engine's matter: the fold starts again from
//!    the position in the [`Table::Meta`] table, which stands in the same batch as the data.)
//! 3. A [`Snapshot`] sees whole batches only, and the same ones until it is dropped.
//! 4. After a failed write the store refuses all further writes; the remedy is to reopen it, or to rebuild.

mod batch;
#[cfg(test)]
pub(crate) mod conformance;
mod engine;
mod error;
mod fjall;
mod memory;
mod overlaid;
mod pace;
mod rewrite;
#[cfg(feature = "sled")]
mod sled;
mod table;
#[cfg(test)]
mod tests;
mod upkeep;

pub use self::batch::Batch;
pub use self::engine::{Engine, UnknownEngine};
pub use self::error::StoreError;
pub use self::fjall::{FjallOptions, FjallStore};
pub use self::memory::MemoryStore;
#[cfg(feature = "sled")]
pub use self::sled::{SledOptions, SledStore};
pub use self::table::Table;

pub(crate) use self::overlaid::Overlaid;

/// Largest key in bytes. The longest key is `ordinal (8) || position (8) || blinded recipient (16) || kind (1) ||
/// position (8)`; the rest is room.
pub const KEY_BYTES_MAX: usize = 64;

/// Largest value in bytes: a sealed or clear payload of at most 64 KiB beside a few fixed fields and at most
/// [`POSTINGS_MAX`](crate::POSTINGS_MAX) postings of 17 bytes (17 KiB); the rest is room.
pub const VALUE_BYTES_MAX: usize = 128 * 1024;

/// Entries a page of a scan holds, where a caller reads a whole prefix page by page: at the largest value of
/// 128 KiB a page stays below 32 MiB, at a usual value of 400 bytes it is 100 KiB.
pub const SCAN_PAGE_ENTRIES: usize = 256;

/// A key and its value as they stand in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The whole key, prefix included.
    pub key: Vec<u8>,
    /// The value; may be empty.
    pub value: Vec<u8>,
}

/// Identity of a store's whole content: BLAKE3 over all tables in order. Two stores with the same digest hold
/// byte for byte the same views, whichever engines they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoreDigest(pub [u8; 32]);

/// An engine that keeps [`Table`]s. See the module documentation for what it promises.
pub trait Store: Send + Sync {
    /// Opens a consistent view of all tables.
    ///
    /// A thread holds at most one snapshot at a time and drops it before it writes: two engines implement
    /// snapshots by a lock that a waiting writer closes to new readers.
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, StoreError>;

    /// Applies a batch atomically over all tables. Survives a kill of the process as promise 2 states.
    fn apply(&self, batch: Batch) -> Result<(), StoreError>;

    /// Puts entries in strictly ascending key order into one table, faster than through batches. **Not** atomic
    /// with anything else: use it only where putting the same entries again is harmless, and put the position
    /// last. Returns the number of entries.
    ///
    /// # Errors
    /// [`StoreError::Unsorted`] where a key does not follow its predecessor; entries before it may have been put.
    fn bulk_load(
        &self,
        table: Table,
        entries: &mut dyn Iterator<Item = Entry>,
    ) -> Result<u64, StoreError>;

    /// Makes everything applied so far survive a power loss.
    fn persist(&self) -> Result<(), StoreError>;

    /// Writes the whole store anew, so that no file of the engine holds anything that was deleted or overwritten before.
    /// Durable when this returns. Costs as much as copying the store; snapshots wait only while it is opened anew.
    /// Nothing may be applied meanwhile.
    ///
    /// Killed at any moment, the store opens with the same content, and what was to be forgotten may still be there.
    fn rewrite(&self) -> Result<(), StoreError>;
}

/// A consistent view of all tables at one moment.
pub trait Snapshot {
    /// The value of a key, or `None`.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first `limit` entries, in ascending key order, whose keys start with `prefix` and are not below `from`
    /// (a whole key; the empty slice begins at the start of the prefix).
    fn scan_prefix(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;
}

impl<S: Store + ?Sized> Store for std::sync::Arc<S> {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, StoreError> {
        (**self).snapshot()
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        (**self).apply(batch)
    }

    fn bulk_load(
        &self,
        table: Table,
        entries: &mut dyn Iterator<Item = Entry>,
    ) -> Result<u64, StoreError> {
        (**self).bulk_load(table, entries)
    }

    fn persist(&self) -> Result<(), StoreError> {
        (**self).persist()
    }

    fn rewrite(&self) -> Result<(), StoreError> {
        (**self).rewrite()
    }
}

/// Calls `visit` with every entry under a prefix, in key order, reading page by page. `visit` returns whether to
/// go on.
pub fn visit_prefix<E: From<StoreError>>(
    snapshot: &dyn Snapshot,
    table: Table,
    prefix: &[u8],
    mut visit: impl FnMut(Entry) -> Result<bool, E>,
) -> Result<(), E> {
    let mut from = Vec::new();
    loop {
        let page = snapshot.scan_prefix(table, prefix, &from, SCAN_PAGE_ENTRIES)?;
        let full = page.len() == SCAN_PAGE_ENTRIES;
        if let Some(last) = page.last() {
            from.clone_from(&last.key);
            // The smallest key above the last one.
            from.push(0);
        }
        for entry in page {
            if !visit(entry)? {
                return Ok(());
            }
        }
        if !full {
            return Ok(());
        }
    }
}

/// Computes the [`StoreDigest`] of a snapshot. Reads everything.
pub fn digest(snapshot: &dyn Snapshot) -> Result<StoreDigest, StoreError> {
    digest_of(snapshot, &Table::ALL)
}

/// Computes the identity of some tables, in the order given.
pub(crate) fn digest_of(
    snapshot: &dyn Snapshot,
    tables: &[Table],
) -> Result<StoreDigest, StoreError> {
    let mut hasher = blake3::Hasher::new_derive_key("sabt views digest v1");
    let mut framed = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    for table in tables.iter().copied() {
        framed(table.name().as_bytes());
        let mut entries = 0_u64;
        visit_prefix(snapshot, table, &[], |entry| -> Result<bool, StoreError> {
            framed(&entry.key);
            framed(&entry.value);
            entries += 1;
            Ok(true)
        })?;
        // The count ends a table, so that no entry can pass for the name of the next one.
        framed(&entries.to_be_bytes());
    }
    Ok(StoreDigest(*hasher.finalize().as_bytes()))
}
