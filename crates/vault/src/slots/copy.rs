//! Copies of key files: for a backup, and for a registry that succeeds another one.

use std::path::Path;

use super::disk::LatchedDisk;
use super::header::{HEADER_BYTES, Identity, Mark, SECTOR_BYTES};
use super::slot::{SLOT_BYTES, Slot};
use super::{BLOCK_BYTES, BLOCK_SLOTS, KeyFile, KeyFileError, slot_offset};
use crate::durable;
use crate::files::{self, Access};

/// Copies a key file, which another process may have open, over an earlier copy of itself or to where there is none.
/// Durable when this returns.
///
/// The copy is written in place, so that a key that was destroyed since the last copy is overwritten there as well and
/// not left in blocks that the file system has set free. Keys come before the mark that counts them: a crash on the way
/// leaves a copy with the old mark, whose keys are all there.
///
/// # Errors
/// [`KeyFileError`]: the source is damaged, or what stands at the destination is the key file of another registry.
pub fn copy_key_file(source: &Path, destination: &Path) -> Result<(), KeyFileError> {
    let from = LatchedDisk::new(Box::new(files::open_private(source, Access::Read)?));
    let mut page = vec![0; usize::try_from(HEADER_BYTES).unwrap_or(usize::MAX)];
    from.read(0, &mut page)?;
    let (sectors, _) = page.as_chunks::<SECTOR_BYTES>();
    let [identity, a, b, ..] = sectors else {
        return Err(KeyFileError::HeaderCorrupt);
    };
    let identity = Identity::decode(identity)?;
    let mark = Mark::latest(a, b).ok_or(KeyFileError::HeaderCorrupt)?;

    let to = if destination.exists() {
        let file = files::open_private(destination, Access::ReadWrite)?;
        file.try_lock().map_err(KeyFileError::from_lock)?;
        let to = LatchedDisk::new(Box::new(file));
        check_copy(&to, &identity)?;
        to
    } else {
        let file = durable::create_private(destination)
            .map_err(|source| files::refusal(destination, source))?;
        LatchedDisk::new(Box::new(file))
    };
    // Also of a file that was there: an earlier copying may have been cut off before its name was durable.
    durable::sync_directory_of(destination)
        .map_err(|source| files::refusal(destination, source))?;
    let mut first = 0;
    while first < mark.provisioned {
        let block = settled_block(&from, first)?;
        to.write(slot_offset(first), &block)?;
        first += u64::from(BLOCK_SLOTS);
    }
    to.sync()?;
    to.write(0, &page)?;
    to.sync()
}

/// Refuses to write over the key file of another registry. A copying that was cut off may have left a file without a
/// header; that is taken over.
fn check_copy(to: &LatchedDisk, identity: &Identity) -> Result<(), KeyFileError> {
    if to.size_bytes()? < HEADER_BYTES {
        return Ok(());
    }
    let mut sector = [0; SECTOR_BYTES];
    to.read(0, &mut sector)?;
    if sector.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    let found = Identity::decode(&sector)?;
    if found.kind != identity.kind {
        let (expected, found) = (identity.kind, found.kind);
        return Err(KeyFileError::WrongKind { expected, found });
    }
    if found == *identity {
        Ok(())
    } else {
        Err(KeyFileError::WrongRegistry)
    }
}

/// A block in which every slot is whole. The owner of the file may be destroying a key at this moment: a slot that is
/// neither live nor destroyed is read once more.
fn settled_block(from: &LatchedDisk, first: u64) -> Result<Vec<u8>, KeyFileError> {
    let mut block = vec![0; BLOCK_BYTES];
    from.read(slot_offset(first), &mut block)?;
    for (ordinal, bytes) in (first..).zip(block.as_chunks_mut::<SLOT_BYTES>().0) {
        if is_used(bytes) {
            continue;
        }
        from.read(slot_offset(ordinal), bytes)?;
        if !is_used(bytes) {
            return Err(KeyFileError::CorruptSlot { ordinal });
        }
    }
    Ok(block)
}

fn is_used(bytes: &[u8; SLOT_BYTES]) -> bool {
    matches!(Slot::decode(bytes), Some(Slot::Live(_) | Slot::Destroyed))
}

impl KeyFile {
    /// Takes over every key of `old`, wrapped anew for this file; a key that was destroyed there is destroyed here. For
    /// a file that nobody has used yet: its own fresh keys are written over.
    pub(crate) fn succeed(&self, old: &Self) -> Result<(), KeyFileError> {
        let mut mark = self.writer();
        let provisioned = old.provisioned();
        let mut first = 0;
        while first < provisioned {
            let source = old.read_block(first)?;
            let mut block = Vec::with_capacity(BLOCK_BYTES);
            for (ordinal, bytes) in (first..).zip(source.as_chunks::<SLOT_BYTES>().0) {
                let slot = match Slot::decode(bytes) {
                    Some(Slot::Live(wrapped)) => {
                        let key = old.unwrap(ordinal, &wrapped)?;
                        let context = self.scope.slot_context(ordinal);
                        Slot::Live(self.kek.wrap(&context, &key).map_err(KeyFileError::Kek)?)
                    }
                    Some(Slot::Destroyed) => Slot::Destroyed,
                    Some(Slot::Empty) | None => {
                        return Err(KeyFileError::CorruptSlot { ordinal });
                    }
                };
                block.extend_from_slice(&slot.encode());
            }
            self.disk.write(slot_offset(first), &block)?;
            first += u64::from(BLOCK_SLOTS);
        }
        self.disk.sync()?;
        self.commit_mark(&mut mark, provisioned)
    }
}
