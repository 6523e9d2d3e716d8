//! Unwrapped keys, kept in memory up to a limit.
//!
//! Sharded, so that readers do not wait for each other, and second-chance (CLOCK) within a shard:
//! a key that was used since the hand last passed stays. Keys are wiped when the last user drops
//! them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::secret::SecretKey;

/// Keys kept unwrapped at most, over all shards. With table, index and allocator about 140
/// bytes a key, 9 MiB in all. A miss costs one 64-byte read and one unwrapping, some 2 us with a
/// master key file.
pub(crate) const CACHE_KEYS_MAX: usize = 65_536;

const SHARDS: usize = 16;
const SHARD_KEYS_MAX: usize = CACHE_KEYS_MAX / SHARDS;

pub(crate) struct KeyCache {
    shards: [Mutex<Shard>; SHARDS],
}

/// A key, or what to show when it has been loaded.
pub(crate) enum Lookup {
    Hit(Arc<SecretKey>),
    Miss(Ticket),
}

/// Says as of when a key was not in the cache. A key loaded on a ticket from before a removal is
/// not kept, so that a key being destroyed cannot slip back in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    removals: u64,
}

impl KeyCache {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    pub(crate) fn lookup(&self, ordinal: u64) -> Lookup {
        let mut shard = self.shard(ordinal);
        match shard.places.get(&ordinal).copied() {
            Some(place) => {
                let entry = &mut shard.entries[place];
                entry.used = true;
                Lookup::Hit(Arc::clone(&entry.key))
            }
            None => Lookup::Miss(Ticket {
                removals: shard.removals,
            }),
        }
    }

    /// Keeps `key`, unless a key of its shard has been removed since the ticket was given.
    pub(crate) fn insert(&self, ordinal: u64, key: &Arc<SecretKey>, ticket: Ticket) {
        let mut shard = self.shard(ordinal);
        if shard.removals == ticket.removals && !shard.places.contains_key(&ordinal) {
            shard.insert(Entry {
                ordinal,
                key: Arc::clone(key),
                used: false,
            });
        }
    }

    /// Forgets a key and invalidates every ticket of its shard.
    pub(crate) fn remove(&self, ordinal: u64) {
        let mut shard = self.shard(ordinal);
        shard.removals = shard.removals.wrapping_add(1);
        shard.remove(ordinal);
    }

    /// Keys held now.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        (0..SHARDS as u64)
            .map(|shard| self.shard(shard).entries.len())
            .sum()
    }

    fn shard(&self, ordinal: u64) -> MutexGuard<'_, Shard> {
        let shard = usize::try_from(ordinal % SHARDS as u64).expect("a shard's number is below 16");
        self.shards[shard]
            .lock()
            .expect("no thread panicked while it held a shard of the keys")
    }
}

#[derive(Default)]
struct Shard {
    removals: u64,
    places: HashMap<u64, usize>,
    entries: Vec<Entry>,
    hand: usize,
}

struct Entry {
    ordinal: u64,
    key: Arc<SecretKey>,
    used: bool,
}

impl Shard {
    fn insert(&mut self, entry: Entry) {
        if self.entries.len() < SHARD_KEYS_MAX {
            self.places.insert(entry.ordinal, self.entries.len());
            self.entries.push(entry);
            return;
        }
        // Every entry passed loses its mark, so the hand stops after one round at the latest.
        while self.entries[self.hand].used {
            self.entries[self.hand].used = false;
            self.advance();
        }
        self.places.remove(&self.entries[self.hand].ordinal);
        self.places.insert(entry.ordinal, self.hand);
        self.entries[self.hand] = entry;
        self.advance();
    }

    fn remove(&mut self, ordinal: u64) {
        let Some(place) = self.places.remove(&ordinal) else {
            return;
        };
        self.entries.swap_remove(place);
        if let Some(moved) = self.entries.get(place) {
            self.places.insert(moved.ordinal, place);
        }
        if self.hand == self.entries.len() {
            self.hand = 0;
        }
    }

    fn advance(&mut self) {
        self.hand = (self.hand + 1) % SHARD_KEYS_MAX;
    }
}
