use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use super::{Entry, KEY_BYTES_MAX, Table, VALUE_BYTES_MAX};

/// What a batch says of the keys of one table.
type Changes = BTreeMap<Key, Option<Vec<u8>>>;

/// Puts and deletions over several tables that stand together or not at all. A later word about a key replaces an
/// earlier one, so each key is written once, and in key order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    tables: [Changes; Table::COUNT],
    bytes: usize,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a key.
    pub fn put(&mut self, table: Table, key: impl AsRef<[u8]>, value: impl Into<Vec<u8>>) {
        self.set(table, key.as_ref(), Some(value.into()));
    }

    /// Removes a key, if it is there.
    pub fn delete(&mut self, table: Table, key: impl AsRef<[u8]>) {
        self.set(table, key.as_ref(), None);
    }

    /// What this batch says of a key: `None` if nothing, `Some(None)` if it deletes it.
    pub fn pending(&self, table: Table, key: &[u8]) -> Option<Option<&[u8]>> {
        self.table(table).get(key).map(Option::as_deref)
    }

    /// What this batch says of the keys of a table under a prefix, in key order; `None` for a deletion.
    pub fn pending_prefix<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        self.pending_from(table, prefix, &[])
    }

    /// The same from a key on.
    pub(crate) fn pending_from<'a>(
        &'a self,
        table: Table,
        prefix: &'a [u8],
        from: &[u8],
    ) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let range = (Bound::Included(prefix.max(from)), Bound::Unbounded);
        self.table(table)
            .range::<[u8], _>(range)
            .map(|(key, value)| (key.bytes(), value.as_deref()))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// True if the batch says nothing.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(BTreeMap::is_empty)
    }

    /// Number of keys the batch speaks of.
    pub fn len(&self) -> usize {
        self.tables.iter().map(BTreeMap::len).sum()
    }

    /// Bytes of all keys and values ever set, an upper bound of what the batch holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The changes of one table in ascending key order; `None` deletes.
    pub fn changes(&self, table: Table) -> impl ExactSizeIterator<Item = (&[u8], Option<&[u8]>)> {
        self.table(table)
            .iter()
            .map(|(key, value)| (key.bytes(), value.as_deref()))
    }

    /// The entries that one table is to get, in ascending key order, without what is deleted.
    pub(crate) fn puts(&self, table: Table) -> impl Iterator<Item = Entry> {
        self.changes(table).filter_map(|(key, value)| {
            let (key, value) = (key.to_vec(), value?.to_vec());
            Some(Entry { key, value })
        })
    }

    fn table(&self, table: Table) -> &Changes {
        &self.tables[table.index()]
    }

    fn set(&mut self, table: Table, key: &[u8], value: Option<Vec<u8>>) {
        let value_bytes = value.as_ref().map_or(0, Vec::len);
        // Keys and values come from our own encoders, whose inputs were bounded before.
        assert!(
            value_bytes <= VALUE_BYTES_MAX,
            "value of {value_bytes} bytes"
        );
        self.bytes += key.len() + value_bytes;
        self.tables[table.index()].insert(Key::new(key), value);
    }
}

/// A key in place: a batch of a rebuild holds hundreds of thousands, and finding the place of one touches many of them.
#[derive(Clone)]
struct Key {
    len: u8,
    bytes: [u8; KEY_BYTES_MAX],
}

impl Key {
    /// # Panics
    /// If the key is empty or longer than [`KEY_BYTES_MAX`].
    fn new(key: &[u8]) -> Self {
        assert!(
            (1..=KEY_BYTES_MAX).contains(&key.len()),
            "key of {} bytes",
            key.len()
        );
        let mut bytes = [0; KEY_BYTES_MAX];
        bytes[..key.len()].copy_from_slice(key);
        let len = u8::try_from(key.len()).unwrap_or(u8::MAX);
        Self { len, bytes }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.bytes()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().fmt(f)
    }
}

const _: () = assert!(KEY_BYTES_MAX <= 255, "the length of a key is one byte");
