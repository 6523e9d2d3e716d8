//! Looking for bytes in every file below a directory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Bytes by which a needle is looked up; every needle has at least as many.
const PREFIX_BYTES: usize = 8;
/// Length of the pieces of a sealed payload that may stand nowhere.
pub(super) const WINDOW_BYTES: usize = 16;

/// What may not stand in any file.
#[derive(Default)]
pub(super) struct Needles {
    by_prefix: HashMap<[u8; PREFIX_BYTES], Vec<(String, Vec<u8>)>>,
    /// Which first three bytes a needle has, so that nearly every place is passed over at once.
    beginnings: Vec<u64>,
}

/// A needle that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) what: String,
    pub(super) file: PathBuf,
    pub(super) offset: usize,
}

impl Needles {
    /// A text or another whole thing.
    pub(super) fn add(&mut self, what: &str, bytes: &[u8]) {
        let prefix = bytes.first_chunk().copied();
        let prefix: [u8; PREFIX_BYTES] = prefix.unwrap_or_else(|| panic!("{what} is too short"));
        self.beginnings.resize(1 << 18, 0);
        let beginning = beginning(bytes);
        self.beginnings[beginning / 64] |= 1 << (beginning % 64);
        let needles = self.by_prefix.entry(prefix).or_default();
        needles.push((what.to_owned(), bytes.to_vec()));
    }

    /// Every piece of a sealed payload.
    pub(super) fn add_windows(&mut self, what: &str, sealed: &[u8]) {
        for window in sealed.windows(WINDOW_BYTES) {
            self.add(what, window);
        }
    }

    /// Everything that is found below a directory, at most one of each kind in a file.
    pub(super) fn found_below(&self, directory: &Path) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for (path, bytes) in crate::auditors::files(directory) {
            let first = found.len();
            for (offset, place) in bytes.windows(PREFIX_BYTES).enumerate() {
                let beginning = beginning(place);
                if self.beginnings[beginning / 64] & (1 << (beginning % 64)) == 0 {
                    continue;
                }
                let prefix: [u8; PREFIX_BYTES] = place.try_into().unwrap();
                for (what, needle) in self.by_prefix.get(&prefix).into_iter().flatten() {
                    let known = found[first..].iter().any(|one| one.what == *what);
                    if !known && bytes[offset..].starts_with(needle) {
                        found.push(Found {
                            what: what.clone(),
                            file: path.clone(),
                            offset,
                        });
                    }
                }
            }
        }
        found
    }
}

fn beginning(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2])
}
