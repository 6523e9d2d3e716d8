//! Files, read-only: on disk or in memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory tree in memory: paths with `/`, relative to its root, and contents. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(Arc<BTreeMap<String, Arc<[u8]>>>);

impl MemoryFiles {
    /// A tree of these files.
    pub fn new(files: impl IntoIterator<Item = (String, Arc<[u8]>)>) -> Self {
        Self(Arc::new(files.into_iter().collect()))
    }
}

/// Where files are.
#[derive(Clone, Debug)]
pub(crate) enum Files {
    Disk(PathBuf),
    Memory(MemoryFiles),
}

/// An open file.
pub(crate) trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

impl Files {
    pub(crate) fn on_disk(root: &Path) -> Self {
        Self::Disk(root.to_owned())
    }

    pub(crate) fn in_memory(files: &MemoryFiles) -> Self {
        Self::Memory(files.clone())
    }

    /// Whether somebody else may be writing to them.
    pub(crate) const fn may_change(&self) -> bool {
        matches!(self, Self::Disk(_))
    }

    /// The names of the files in a directory, sorted.
    pub(crate) fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        match self {
            Self::Disk(root) => {
                for entry in fs::read_dir(root.join(directory))? {
                    // A name that is not UTF-8 is none of ours.
                    names.extend(entry?.file_name().into_string());
                }
            }
            Self::Memory(MemoryFiles(files)) => {
                let prefix = format!("{directory}/");
                let below = files.keys().filter_map(|path| path.strip_prefix(&prefix));
                names.extend(below.map(str::to_owned));
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Opens a file at an offset; also gives its length in bytes.
    pub(crate) fn open(&self, path: &str, offset: u64) -> io::Result<(Box<dyn ReadSeek>, u64)> {
        let (mut file, length): (Box<dyn ReadSeek>, u64) = match self {
            Self::Disk(root) => {
                let file = File::open(root.join(path))?;
                let length = file.metadata()?.len();
                (Box::new(file), length)
            }
            Self::Memory(MemoryFiles(files)) => {
                let bytes = files.get(path).ok_or(io::ErrorKind::NotFound)?;
                (Box::new(Cursor::new(Arc::clone(bytes))), bytes.len() as u64)
            }
        };
        file.seek(SeekFrom::Start(offset))?;
        Ok((file, length))
    }
}
