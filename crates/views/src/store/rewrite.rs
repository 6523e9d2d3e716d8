//! Putting a fresh store in the place of one whose files still hold what was overwritten.
//!
//! An engine keeps deleted and overwritten values in its journals and files until it happens to compact them, and none of
//! ours can be made to forget on demand. So what is there now is copied into a fresh store beside the old one, and their
//! directories change places by two renames. At every moment one of the two names holds a whole store:
//!
//! | left by a crash | what [`Beside::settle`] does |
//! |---|---|
//! | store, part of a fresh one | removes the fresh one: it was not whole |
//! | old store set aside, whole fresh one, no store | puts the fresh one in place, removes the old |
//! | store (the fresh one), old store set aside | removes the old one |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Entry, SCAN_PAGE_ENTRIES, Snapshot, Store, StoreError, Table};

/// The directories beside that of a store.
pub(super) struct Beside {
    store: PathBuf,
    /// Where a fresh store is made.
    fresh: PathBuf,
    /// Where the old store waits to be removed.
    old: PathBuf,
}

impl Beside {
    pub(super) fn of(store: &Path) -> Self {
        let beside = |ending: &str| {
            let mut name = store.file_name().unwrap_or_default().to_owned();
            name.push(ending);
            store.with_file_name(name)
        };
        Self {
            store: store.to_owned(),
            fresh: beside(".fresh"),
            old: beside(".old"),
        }
    }

    /// Where a fresh store is made.
    pub(super) fn fresh(&self) -> &Path {
        &self.fresh
    }

    /// Finishes or takes back what a crash left.
    pub(super) fn settle(&self) -> io::Result<()> {
        // The old store is set aside only once the fresh one is whole.
        if !self.store.exists() && self.old.exists() && self.fresh.exists() {
            rename(&self.fresh, &self.store)?;
        }
        self.clear()
    }

    /// Puts the fresh store in place. Both must be closed.
    pub(super) fn replace(&self) -> io::Result<()> {
        rename(&self.store, &self.old)?;
        rename(&self.fresh, &self.store)?;
        self.clear()
    }

    /// Removes what stands beside the store, durably.
    fn clear(&self) -> io::Result<()> {
        for directory in [&self.fresh, &self.old] {
            match fs::remove_dir_all(directory) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        match self.store.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
            Some(_) | None => Ok(()),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a store may be thrown away: a rename that is lost is made again by the next start"
)]
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

#[expect(
    clippy::disallowed_methods,
    reason = "what was to be forgotten must be gone from the directory before anybody is told so"
)]
fn sync(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

/// Copies every table into an empty store, durably.
pub(super) fn copy(from: &dyn Snapshot, to: &dyn Store) -> Result<(), StoreError> {
    for table in Table::ALL {
        let mut entries = Entries {
            from,
            table,
            page: Vec::new().into_iter(),
            next: Some(Vec::new()),
            failed: None,
        };
        to.bulk_load(table, &mut entries)?;
        if let Some(error) = entries.failed {
            return Err(error);
        }
    }
    to.persist()
}

/// The entries of one table in ascending order, read page by page.
struct Entries<'a> {
    from: &'a dyn Snapshot,
    table: Table,
    page: std::vec::IntoIter<Entry>,
    /// The smallest key of the next page; `None` after the last one.
    next: Option<Vec<u8>>,
    failed: Option<StoreError>,
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.page.next() {
                return Some(entry);
            }
            let from = self.next.take()?;
            let page = self
                .from
                .scan_prefix(self.table, &[], &from, SCAN_PAGE_ENTRIES);
            match page {
                Ok(page) => {
                    if page.len() == SCAN_PAGE_ENTRIES {
                        self.next = page.last().map(|last| {
                            let mut next = last.key.clone();
                            next.push(0);
                            next
                        });
                    }
                    self.page = page.into_iter();
                }
                Err(error) => self.failed = Some(error),
            }
        }
    }
}
