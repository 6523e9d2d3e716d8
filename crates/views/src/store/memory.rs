//! The reference engine: sorted maps in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{RwLock, RwLockReadGuard};

use super::{Batch, Entry, Snapshot, Store, StoreError, Table};

const ENGINE: &str = "memory";

type Tables = [BTreeMap<Vec<u8>, Vec<u8>>; Table::COUNT];

/// Views in memory. Nothing outlives the value; the other engines are tested against it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: RwLock<Tables>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot + '_>, StoreError> {
        match self.tables.read() {
            Ok(tables) => Ok(Box::new(MemorySnapshot { tables })),
            Err(_poisoned) => Err(StoreError::Poisoned { engine: ENGINE }),
        }
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let Ok(mut tables) = self.tables.write() else {
            return Err(StoreError::Poisoned { engine: ENGINE });
        };
        for table in Table::ALL {
            let map = &mut tables[table.index()];
            for (key, value) in batch.changes(table) {
                match value {
                    Some(value) => map.insert(key.to_vec(), value.to_vec()),
                    None => map.remove(key),
                };
            }
        }
        Ok(())
    }

    fn bulk_load(
        &self,
        table: Table,
        entries: &mut dyn Iterator<Item = Entry>,
    ) -> Result<u64, StoreError> {
        let Ok(mut tables) = self.tables.write() else {
            return Err(StoreError::Poisoned { engine: ENGINE });
        };
        let map = &mut tables[table.index()];
        let mut order = Ascending::new(table);
        for entry in entries {
            order.admit(&entry.key)?;
            map.insert(entry.key, entry.value);
        }
        Ok(order.entries)
    }

    fn persist(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn rewrite(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Checks that the keys of a bulk load ascend strictly.
pub(super) struct Ascending {
    table: Table,
    last: Option<Vec<u8>>,
    pub(super) entries: u64,
}

impl Ascending {
    pub(super) fn new(table: Table) -> Self {
        Self {
            table,
            last: None,
            entries: 0,
        }
    }

    pub(super) fn admit(&mut self, key: &[u8]) -> Result<(), StoreError> {
        let follows = self.last.as_deref().is_none_or(|last| last < key);
        if !follows {
            return Err(StoreError::Unsorted {
                table: self.table,
                entry: self.entries,
            });
        }
        let last = self.last.get_or_insert_default();
        last.clear();
        last.extend_from_slice(key);
        self.entries += 1;
        Ok(())
    }
}

struct MemorySnapshot<'a> {
    tables: RwLockReadGuard<'a, Tables>,
}

impl Snapshot for MemorySnapshot<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables[table.index()].get(key).cloned())
    }

    fn scan_prefix(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let start = prefix.max(from);
        let range = (Bound::Included(start), Bound::Unbounded);
        let entries = self.tables[table.index()]
            .range::<[u8], _>(range)
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| Entry {
                key: key.clone(),
                value: value.clone(),
            });
        Ok(entries.collect())
    }
}
