//! A ledger as static files: C2SP tlog-tiles in a directory, written in one pass and carried on later.
//!
//! ```text
//! <directory>/checkpoint
//!             tile/<L>/<N>[.p/<W>]          hashes of the tree
//!             tile/entries/<N>[.p/<W>]      envelopes
//!             tile/clear/<N>[.p/<W>]        payloads of governance, erasure and anchor records
//!             progress                      only while an export is unfinished
//! ```
//!
//! A checkpoint is written when everything it covers is durable, so that at any moment the directory is sound as far
//! as its checkpoint says. What the directory holds already is not fetched again: writing goes on where the last
//! checkpoint ends or, after an interruption, where `progress` says. It can only go on with records that continue
//! those which are there: the root over all of them must be the one that the new checkpoint signs.

mod error;
mod store;

use std::path::Path;

use sabt_chain::tile::{
    BundleCoordinate, ClearPayload, TILE_WIDTH, TileBuilder, TileCoordinate, TilePath, TileReader,
    encode_clear, encode_entries, encode_hashes,
};
use sabt_chain::{Digest, Envelope, Hash, Origin, Size};

pub use self::error::TilesError;
use self::store::{Head, Store};

/// After so many records what was written is made durable and `progress` says so: the records under one level-1 tile.
const PROGRESS_RECORDS: u64 = 1 << 16;

/// Writes the tiles of one ledger. Memory does not grow with the ledger: one run of entries and the partial tiles.
#[derive(Debug)]
pub struct TileWriter {
    store: Store,
    origin: Origin,
    builder: TileBuilder,
    /// Records of the run that is not full yet.
    entries: Vec<Vec<u8>>,
    /// Payloads in the clear of that run, each with the place of its record.
    clear: Vec<(u8, Vec<u8>)>,
    /// What the checkpoint covers that is there.
    covered: Size,
    /// Sizes of which partial tiles are there and will not be needed.
    stale: Vec<Size>,
}

impl TileWriter {
    /// Begins in `directory`, which is made where it is missing, or goes on there.
    ///
    /// # Errors
    /// [`TilesError::Foreign`] if another ledger stands there, [`TilesError::Damaged`] if what is there does not hold
    /// together, or what the disk said.
    pub fn open(directory: &Path, origin: &Origin) -> Result<Self, TilesError> {
        let store = Store::open(directory)?;
        let checkpoint = store.checkpoint(origin)?;
        let progress = store.progress(origin)?;
        let covered = checkpoint.map_or(Size::EMPTY, |head| head.size);
        let sizes = [checkpoint, progress].into_iter().flatten();
        let resumed = sizes.clone().max_by_key(|head| head.size);
        let mut writer = Self {
            store,
            origin: origin.clone(),
            builder: TileBuilder::new(),
            entries: Vec::new(),
            clear: Vec::new(),
            covered,
            stale: sizes.map(|head| head.size).collect(),
        };
        if let Some(head) = resumed {
            writer.resume(head)?;
        }
        Ok(writer)
    }

    /// How many records are there: the position of the record that [`TileWriter::push`] expects.
    pub const fn size(&self) -> Size {
        self.builder.size()
    }

    /// How many records the checkpoint covers that is there.
    pub const fn covered(&self) -> Size {
        self.covered
    }

    /// Takes up the partial tiles and the last run that stand there.
    fn resume(&mut self, head: Head) -> Result<(), TilesError> {
        let Head { size, root } = head;
        let reader = TileReader::new(&self.store, size);
        let builder = TileBuilder::resume(&reader, size);
        self.builder = builder.map_err(|err| self.store.damaged(err.to_string()))?;
        if self.builder.root() != root {
            let problem = format!("its tiles do not give the root of its {size} records");
            return Err(self.store.damaged(problem));
        }
        let last = size.get() / u64::from(TILE_WIDTH);
        if let Some(run) = BundleCoordinate::in_tree(last, size) {
            (self.entries, self.clear) = self.store.run(run)?;
            let leaves = self.entries.iter().map(|entry| Hash::leaf(entry));
            let hashes = self.store.hashes(TileCoordinate {
                level: sabt_chain::tile::TileLevel::LEAVES,
                index: run.index,
                width: run.width,
            })?;
            if !leaves.eq(hashes) {
                let problem = format!("{} does not fit its hashes", TilePath::Entries(run));
                return Err(self.store.damaged(problem));
            }
        }
        Ok(())
    }

    /// Writes the next record: its envelope, and its payload if that is in the clear.
    ///
    /// # Errors
    /// [`TilesError::Record`] if it is not the next, or the payload is not its own; or what the disk said.
    pub fn push(&mut self, envelope: &[u8], clear: Option<&[u8]>) -> Result<(), TilesError> {
        let position = self.size().next_position();
        let wrong = |problem| TilesError::Record { position, problem };
        let parsed = Envelope::decode(envelope).map_err(|_invalid| wrong("is no envelope"))?;
        if parsed.position != position {
            return Err(wrong("has another position"));
        }
        match (clear, parsed.kind.is_clear()) {
            (Some(payload), true) if Digest::of(payload) == parsed.sealed_digest => {
                let place = position.get() % u64::from(TILE_WIDTH);
                let place = u8::try_from(place).unwrap_or(u8::MAX);
                self.clear.push((place, payload.to_vec()));
            }
            (None, false) => {}
            (Some(_), true) => return Err(wrong("has a payload of another digest")),
            (Some(_), false) => return Err(wrong("has a sealed payload, which is not exported")),
            (None, true) => return Err(wrong("lacks its payload, which is in the clear")),
        }
        self.entries.push(envelope.to_vec());
        let Self { store, builder, .. } = self;
        builder.append(Hash::leaf(envelope), |tile, hashes| {
            store.write(TilePath::Hashes(tile), &encode_hashes(hashes))
        })?;
        if self.entries.len() == usize::from(TILE_WIDTH) {
            self.write_run()?;
            self.entries.clear();
            self.clear.clear();
            if self.size().get().is_multiple_of(PROGRESS_RECORDS) {
                self.keep_progress()?;
            }
        }
        Ok(())
    }

    /// Writes every record of `records`, as [`TileWriter::push`] does.
    ///
    /// # Errors
    /// Those of [`TileWriter::push`].
    pub fn extend<E: AsRef<[u8]>, C: AsRef<[u8]>>(
        &mut self,
        records: impl IntoIterator<Item = (E, Option<C>)>,
    ) -> Result<(), TilesError> {
        records.into_iter().try_for_each(|(envelope, clear)| {
            self.push(envelope.as_ref(), clear.as_ref().map(AsRef::as_ref))
        })
    }

    /// Ends with the checkpoint over all records that are there: writes the partial tiles, makes everything durable,
    /// then writes the checkpoint, and removes what an earlier one needed. Its signatures are for verifiers to look at.
    ///
    /// More records may follow, and another checkpoint.
    ///
    /// # Errors
    /// [`TilesError::Checkpoint`] if it is not the checkpoint of these records: the directory then stays as its last
    /// checkpoint says. Or what the disk said.
    pub fn finish(&mut self, checkpoint: &str) -> Result<(), TilesError> {
        let head = Head::of_note(checkpoint, &self.origin).ok_or(TilesError::Checkpoint {
            problem: format!("it is no checkpoint of {}", self.origin),
        })?;
        let size = self.size();
        if head.size != size {
            let problem = format!("it covers {} records, {size} are there", head.size);
            return Err(TilesError::Checkpoint { problem });
        }
        if head.root != self.builder.root() {
            let problem = format!(
                "it does not continue the {} records exported before with those that followed",
                self.covered
            );
            return Err(TilesError::Checkpoint { problem });
        }
        self.write_partials()?;
        self.store.sync()?;
        self.store.put_checkpoint(checkpoint)?;
        self.covered = size;
        self.store.end_progress()?;
        // Crash here: partial tiles of an earlier checkpoint stay behind. They are still right.
        for stale in std::mem::take(&mut self.stale) {
            self.remove_partials(stale)?;
        }
        self.stale.push(size);
        Ok(())
    }

    /// Makes what is there durable and says so, for a later run to go on from.
    fn keep_progress(&mut self) -> Result<(), TilesError> {
        self.write_partials()?;
        self.store.sync()?;
        let head = Head {
            size: self.size(),
            root: self.builder.root(),
        };
        self.store.put_progress(&head, &self.origin)?;
        self.stale.push(head.size);
        Ok(())
    }

    /// Writes the tiles and the run that are not full.
    fn write_partials(&mut self) -> Result<(), TilesError> {
        for (tile, hashes) in self.builder.partials() {
            self.store
                .write(TilePath::Hashes(tile), &encode_hashes(hashes))?;
        }
        self.write_run()
    }

    /// Writes the run as far as it goes.
    fn write_run(&mut self) -> Result<(), TilesError> {
        let Some(last) = self.size().last_position() else {
            return Ok(());
        };
        let Some(run) = BundleCoordinate::holding(last, self.size()) else {
            return Ok(());
        };
        if self.entries.is_empty() {
            // The last run is full, and was written when it became so.
            return Ok(());
        }
        let entries = encode_entries(self.entries.iter().map(Vec::as_slice))?;
        let clear = self.clear.iter().map(|(index, bytes)| ClearPayload {
            index: *index,
            bytes,
        });
        let clear = encode_clear(clear)?;
        self.store.write(TilePath::Entries(run), &entries)?;
        self.store.write(TilePath::Clear(run), &clear)
    }

    /// Removes the partial tiles of a tree of `size` records, but for those that the present one has too.
    fn remove_partials(&mut self, size: Size) -> Result<(), TilesError> {
        let now = self.size();
        for path in partials(size) {
            if !partials(now).any(|present| present == path) {
                self.store.remove(path)?;
            }
        }
        Ok(())
    }
}

/// Everything that is partial at this size.
fn partials(size: Size) -> impl Iterator<Item = TilePath> {
    let last = BundleCoordinate::in_tree(size.get() / u64::from(TILE_WIDTH), size);
    let run = last.into_iter();
    let run = run.flat_map(|run| [TilePath::Entries(run), TilePath::Clear(run)]);
    TileCoordinate::partials(size)
        .map(TilePath::Hashes)
        .chain(run)
}

#[cfg(test)]
mod tests;
