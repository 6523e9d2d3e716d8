use std::cmp::Ordering;

use super::{Batch, Entry, Snapshot, StoreError, Table};

/// A snapshot as it would be with a batch applied.
pub(crate) struct Overlaid<'a> {
    over: &'a Batch,
    under: Box<dyn Snapshot + 'a>,
}

impl<'a> Overlaid<'a> {
    pub(crate) fn new(over: &'a Batch, under: Box<dyn Snapshot + 'a>) -> Self {
        Self { over, under }
    }
}

impl Snapshot for Overlaid<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.over.pending(table, key) {
            Some(change) => Ok(change.map(<[u8]>::to_vec)),
            None => self.under.get(table, key),
        }
    }

    fn scan_prefix(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut changes = self.over.pending_from(table, prefix, from).peekable();
        if changes.peek().is_none() {
            return self.under.scan_prefix(table, prefix, from, limit);
        }
        let mut entries = Vec::new();
        let mut stored = Vec::new().into_iter().peekable();
        // The smallest key of the next page of what is stored; `None` after the last one.
        let mut next = Some(from.to_vec());
        while entries.len() < limit {
            if stored.peek().is_none()
                && let Some(from) = next.take()
            {
                let page = self.under.scan_prefix(table, prefix, &from, limit)?;
                if page.len() == limit {
                    next = page.last().map(|last| [&last.key, [0].as_slice()].concat());
                }
                stored = page.into_iter().peekable();
            }
            let order = match (changes.peek(), stored.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((key, _)), Some(entry)) => (*key).cmp(entry.key.as_slice()),
            };
            if order == Ordering::Greater {
                entries.extend(stored.next());
                continue;
            }
            if order == Ordering::Equal {
                stored.next();
            }
            if let Some((key, Some(value))) = changes.next() {
                let (key, value) = (key.to_vec(), value.to_vec());
                entries.push(Entry { key, value });
            }
        }
        Ok(entries)
    }
}
