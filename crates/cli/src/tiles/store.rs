//! The files of a tile directory.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sabt_chain::checkpoint::TreeHead;
use sabt_chain::tile::{
    BundleCoordinate, TileCoordinate, TilePath, TileSource, decode_clear, decode_entries,
    decode_hashes,
};
use sabt_chain::{Hash, Origin, Size};
use sabt_journal::durable;
use sabt_verifier::export::CHECKPOINT_FILE;

use super::TilesError;

/// Name of the file that says how far an unfinished export has come.
const PROGRESS_FILE: &str = "progress";

/// Size and root, as a checkpoint's text says them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) size: Size,
    pub(super) root: Hash,
}

impl Head {
    /// What a checkpoint states, whoever signed it; `None` if it is not one of `origin`.
    pub(super) fn of_note(note: &str, origin: &Origin) -> Option<Self> {
        let mut lines = note.lines();
        let (stated, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        if stated != origin.as_str() {
            return None;
        }
        Some(Self {
            size: Size::new(size.parse().ok()?),
            root: Hash::from_base64(root)?,
        })
    }
}

/// A directory of tiles.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    /// The directory that was made or found last: most files follow one in the same.
    parent: PathBuf,
}

impl Store {
    pub(super) fn open(directory: &Path) -> Result<Self, TilesError> {
        let store = Self {
            directory: directory.to_owned(),
            parent: PathBuf::new(),
        };
        make_directories(directory)?;
        Ok(store)
    }

    pub(super) fn damaged(&self, problem: String) -> TilesError {
        TilesError::Damaged {
            directory: self.directory.clone(),
            problem,
        }
    }

    /// What the checkpoint says that is there.
    pub(super) fn checkpoint(&self, origin: &Origin) -> Result<Option<Head>, TilesError> {
        self.head(CHECKPOINT_FILE, origin)
    }

    /// How far an unfinished export has come.
    pub(super) fn progress(&self, origin: &Origin) -> Result<Option<Head>, TilesError> {
        self.head(PROGRESS_FILE, origin)
    }

    fn head(&self, name: &str, origin: &Origin) -> Result<Option<Head>, TilesError> {
        let path = self.directory.join(name);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TilesError::Path { path, source }),
        };
        if let Some(head) = Head::of_note(&text, origin) {
            return Ok(Some(head));
        }
        if text.lines().next() == Some(origin.as_str()) {
            return Err(self.damaged(format!("{name} states no size and root")));
        }
        Err(TilesError::Foreign {
            directory: self.directory.clone(),
            origin: origin.clone(),
        })
    }

    pub(super) fn put_checkpoint(&self, note: &str) -> Result<(), TilesError> {
        self.put(CHECKPOINT_FILE, note)
    }

    pub(super) fn put_progress(&self, head: &Head, origin: &Origin) -> Result<(), TilesError> {
        let head = TreeHead::new(origin, head.size, head.root);
        self.put(PROGRESS_FILE, &head.to_text())
    }

    fn put(&self, name: &str, text: &str) -> Result<(), TilesError> {
        let path = self.directory.join(name);
        durable::write_atomically(&path, text.as_bytes())
            .map_err(|source| TilesError::Path { path, source })
    }

    pub(super) fn end_progress(&self) -> Result<(), TilesError> {
        remove(self.directory.join(PROGRESS_FILE))
    }

    /// Writes a tile or bundle; not durable before [`Store::sync`].
    pub(super) fn write(&mut self, tile: TilePath, bytes: &[u8]) -> Result<(), TilesError> {
        let path = self.directory.join(tile.to_string());
        if let Some(parent) = path.parent()
            && parent != self.parent
        {
            make_directories(parent)?;
            parent.clone_into(&mut self.parent);
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o644)
            .open(&path);
        file.and_then(|mut file| file.write_all(bytes))
            .map_err(|source| TilesError::Path { path, source })
    }

    /// Makes everything durable that was written.
    pub(super) fn sync(&self) -> Result<(), TilesError> {
        durable::sync_file_system(&self.directory).map_err(|source| TilesError::Path {
            path: self.directory.clone(),
            source,
        })
    }

    /// Removes a partial tile or bundle, and its directory if that was the last.
    pub(super) fn remove(&mut self, tile: TilePath) -> Result<(), TilesError> {
        let path = self.directory.join(tile.to_string());
        if let Some(parent) = path.parent() {
            if self.parent == parent {
                self.parent = PathBuf::new();
            }
            remove(path.clone())?;
            // Refused, and rightly, while another partial tile stands beside it.
            drop(std::fs::remove_dir(parent));
        }
        Ok(())
    }

    /// The entries of a run, and its payloads in the clear.
    #[expect(
        clippy::type_complexity,
        reason = "two lists, taken apart where they arrive"
    )]
    pub(super) fn run(
        &self,
        run: BundleCoordinate,
    ) -> Result<(Vec<Vec<u8>>, Vec<(u8, Vec<u8>)>), TilesError> {
        let malformed = |path: TilePath| self.damaged(format!("{path} is malformed"));
        let bytes = self.read(TilePath::Entries(run))?;
        let entries = decode_entries(&bytes, run.width);
        let entries = entries.map_err(|_invalid| malformed(TilePath::Entries(run)))?;
        let entries = entries.into_iter().map(<[u8]>::to_vec).collect();
        let bytes = self.read(TilePath::Clear(run))?;
        let clear = decode_clear(&bytes, run.width);
        let clear = clear.map_err(|_invalid| malformed(TilePath::Clear(run)))?;
        let clear = clear.into_iter();
        let clear = clear.map(|payload| (payload.index, payload.bytes.to_vec()));
        Ok((entries, clear.collect()))
    }

    /// The hashes of a tile.
    pub(super) fn hashes(&self, tile: TileCoordinate) -> Result<Vec<Hash>, TilesError> {
        let path = TilePath::Hashes(tile);
        decode_hashes(&self.read(path)?, tile.width)
            .ok_or_else(|| self.damaged(format!("{path} is malformed")))
    }

    fn read(&self, tile: TilePath) -> Result<Vec<u8>, TilesError> {
        let path = self.directory.join(tile.to_string());
        match std::fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                Err(self.damaged(format!("{tile} is missing")))
            }
            Err(source) => Err(TilesError::Path { path, source }),
        }
    }
}

impl TileSource for Store {
    type Error = TilesError;

    fn tile(&self, coordinate: TileCoordinate) -> Result<Vec<Hash>, TilesError> {
        self.hashes(coordinate)
    }
}

/// Removes a file, if it is there.
fn remove(path: PathBuf) -> Result<(), TilesError> {
    match std::fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(TilesError::Path { path, source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn make_directories(path: &Path) -> Result<(), TilesError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .map_err(|source| TilesError::Path {
            path: path.to_owned(),
            source,
        })
}
