//! The file `hashes`: roots of runs, one after another. It may be lost, torn or foreign at any time.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use sabt_chain::Hash;

/// Name of the file in the directory of its ledger.
pub(crate) const HASHES_FILE: &str = "hashes";
/// What it begins with, as long as a hash; the roots follow.
const HEADER: [u8; Hash::BYTES] = *b"sabt roots of 256 records, v1\n\0\0";

/// The open file. Nothing is synced: what a crash takes away is noticed and hashed again.
#[derive(Debug)]
pub(super) struct RunRootFile {
    file: File,
    /// Roots written.
    roots: u64,
}

impl RunRootFile {
    /// Opens the file, or makes it, and reads what it holds. A file of another form holds nothing.
    ///
    /// # Errors
    /// Of the operating system.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<Hash>)> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, 0)?;
        let (chunks, _torn) = bytes.as_chunks::<{ Hash::BYTES }>();
        let hashes = match chunks.split_first() {
            Some((header, roots)) if *header == HEADER => {
                roots.iter().copied().map(Hash::from_bytes).collect()
            }
            _ => Vec::new(),
        };
        Ok((Self { file, roots: 0 }, hashes))
    }

    /// Keeps the first `roots` roots and nothing else.
    pub(super) fn cut(&mut self, roots: u64) -> io::Result<()> {
        self.file.set_len((roots + 1) * Hash::BYTES as u64)?;
        self.file.write_all_at(&HEADER, 0)?;
        self.roots = roots;
        Ok(())
    }

    /// Adds roots behind those written.
    pub(super) fn append(&mut self, roots: &[Hash]) -> io::Result<()> {
        let bytes: Vec<u8> = roots.iter().flat_map(|root| root.to_bytes()).collect();
        let offset = (self.roots + 1) * Hash::BYTES as u64;
        self.file.write_all_at(&bytes, offset)?;
        self.roots += roots.len() as u64;
        Ok(())
    }
}
