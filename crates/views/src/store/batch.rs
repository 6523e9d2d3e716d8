use std::collections::BTreeMap;

use super::{Entry, KEY_BYTES_MAX, Table, VALUE_BYTES_MAX};

/// Puts and deletions over several tables that stand together or not at all. A later word about a key replaces an
/// earlier one, so each key is written once, and in key order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    tables: [BTreeMap<Vec<u8>, Option<Vec<u8>>>; Table::COUNT],
    bytes: usize,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a key.
    pub fn put(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.set(table, key.into(), Some(value.into()));
    }

    /// Removes a key, if it is there.
    pub fn delete(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.set(table, key.into(), None);
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
        self.table(table)
            .range(prefix.to_vec()..)
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
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
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// Takes the entries of one table out, in ascending key order, if none of them is a deletion.
    pub(crate) fn take_puts(&mut self, table: Table) -> Option<Vec<Entry>> {
        if self.table(table).values().any(Option::is_none) {
            return None;
        }
        let changes = std::mem::take(&mut self.tables[table.index()]);
        let entries = changes
            .into_iter()
            .filter_map(|(key, value)| value.map(|value| Entry { key, value }));
        Some(entries.collect())
    }

    fn table(&self, table: Table) -> &BTreeMap<Vec<u8>, Option<Vec<u8>>> {
        &self.tables[table.index()]
    }

    fn set(&mut self, table: Table, key: Vec<u8>, value: Option<Vec<u8>>) {
        let value_bytes = value.as_ref().map_or(0, Vec::len);
        // Keys and values come from our own encoders, whose inputs were bounded before.
        assert!(
            (1..=KEY_BYTES_MAX).contains(&key.len()),
            "key of {} bytes",
            key.len()
        );
        assert!(
            value_bytes <= VALUE_BYTES_MAX,
            "value of {value_bytes} bytes"
        );
        self.bytes += key.len() + value_bytes;
        self.tables[table.index()].insert(key, value);
    }
}
