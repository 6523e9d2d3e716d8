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

/// Something to read in which stretches of zeros may be known without reading them.
pub(crate) trait ReadSparse: Read {
    /// Passes over zeros that the system knows to be there, at most so many; how many it passed over.
    fn pass_zeros(&mut self, most: u64) -> io::Result<u64>;
}

impl<T: ReadSparse + ?Sized> ReadSparse for Box<T> {
    fn pass_zeros(&mut self, most: u64) -> io::Result<u64> {
        (**self).pass_zeros(most)
    }
}

impl ReadSparse for File {
    /// A segment is laid out at its full length when it is made, and what was not written yet, the system need not read
    /// from the disk to give zeros: it can tell where data comes next.
    #[cfg(target_os = "linux")]
    fn pass_zeros(&mut self, most: u64) -> io::Result<u64> {
        let here = self.stream_position()?;
        let length = self.metadata()?.len();
        let data = match rustix::fs::seek(&*self, rustix::fs::SeekFrom::Data(here)) {
            Ok(data) => data,
            Err(rustix::io::Errno::NXIO) => length,
            // A file system that cannot tell.
            Err(_) => here,
        };
        let passed = data.clamp(here, here.max(length)) - here;
        let passed = passed.min(most);
        self.seek(SeekFrom::Start(here + passed))?;
        Ok(passed)
    }

    /// Only Linux is asked.
    #[cfg(not(target_os = "linux"))]
    fn pass_zeros(&mut self, _most: u64) -> io::Result<u64> {
        Ok(0)
    }
}

impl<T: AsRef<[u8]>> ReadSparse for Cursor<T> {
    fn pass_zeros(&mut self, _most: u64) -> io::Result<u64> {
        Ok(0)
    }
}

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

    /// A file's bytes, `None` if there is none; of more than `limit` bytes, `limit + 1`, so that a longer file is refused
    /// and not cut.
    pub(crate) fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let read = self.open(path, 0).and_then(|(file, _)| {
            let mut bytes = Vec::new();
            file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Opens a file at an offset; also gives its length in bytes.
    pub(crate) fn open(&self, path: &str, offset: u64) -> io::Result<(Box<dyn ReadSparse>, u64)> {
        match self {
            Self::Disk(root) => {
                let mut file = File::open(root.join(path))?;
                let length = file.metadata()?.len();
                file.seek(SeekFrom::Start(offset))?;
                Ok((Box::new(file), length))
            }
            Self::Memory(MemoryFiles(files)) => {
                let bytes = files.get(path).ok_or(io::ErrorKind::NotFound)?;
                let mut file = Cursor::new(Arc::clone(bytes));
                file.set_position(offset);
                Ok((Box::new(file), bytes.len() as u64))
            }
        }
    }
}

#[cfg(test)]
mod tests;
