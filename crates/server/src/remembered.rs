//! What need not be found out again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sabt_chain::authorship::AuthorKey;

use crate::grants::Grants;
use crate::limits::AUTHOR_KEYS_KEPT_MAX;

/// What was found out of signatures and of the keys that make them. None of it says whether a key may sign, or a grant
/// holds, now: for that the enrolment is asked each time.
pub(crate) struct Signatures {
    pub(crate) grants: Grants,
    /// Keys of authors by the bytes that were read.
    pub(crate) author_keys: Remembered<[u8; AuthorKey::BYTES], Arc<AuthorKey>>,
}

impl Default for Signatures {
    fn default() -> Self {
        Self {
            grants: Grants::default(),
            author_keys: Remembered::at_most(AUTHOR_KEYS_KEPT_MAX),
        }
    }
}

/// Values that follow from their key alone and are costly to come by, up to a number of them: the oldest is the first to go.
pub(crate) struct Remembered<K, V> {
    most: usize,
    known: Mutex<Known<K, V>>,
}

struct Known<K, V> {
    values: BTreeMap<K, V>,
    /// Keys in the order in which they came.
    order: VecDeque<K>,
}

impl<K: Ord + Clone, V: Clone> Remembered<K, V> {
    /// Nothing yet, and at most so many values.
    pub(crate) fn at_most(most: usize) -> Self {
        let known = Known {
            values: BTreeMap::new(),
            order: VecDeque::new(),
        };
        Self {
            most,
            known: Mutex::new(known),
        }
    }

    /// The value of a key, found out now unless it is remembered. What cannot be found out is not remembered.
    pub(crate) fn get<E>(&self, key: &K, find: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(value) = self.known().values.get(key) {
            return Ok(value.clone());
        }
        // Nobody waits meanwhile; two who ask for the same at once both find it out.
        let value = find()?;
        self.known().keep(key.clone(), value.clone(), self.most);
        Ok(value)
    }

    /// How many values are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let known = self.known();
        assert_eq!(known.values.len(), known.order.len());
        known.values.len()
    }

    fn known(&self) -> MutexGuard<'_, Known<K, V>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Clone, V> Known<K, V> {
    fn keep(&mut self, key: K, value: V, most: usize) {
        if self.values.insert(key.clone(), value).is_some() {
            return;
        }
        self.order.push_back(key);
        if most < self.order.len()
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
