//! A disk in memory that fails on command and forgets what was not synced.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::durable::Storage;

const SECTOR: usize = 512;

/// Clones share the same disk, so a test can look behind the key file's back.
#[derive(Clone, Default)]
pub(super) struct MemoryDisk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    durable: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
    changes: usize,
    fail_at: Option<usize>,
}

impl MemoryDisk {
    /// Writes and syncs so far.
    pub(super) fn changes(&self) -> usize {
        self.state().changes
    }

    /// Lets the write or sync with this number, counted from 0, fail. A failing write may have
    /// reached the disk all the same.
    pub(super) fn fail_at(&self, change: usize) {
        self.state().fail_at = Some(change);
    }

    /// The disk as another process finds it after a power loss: what was synced, and of the rest
    /// such sectors as `coin` decides.
    pub(super) fn after_power_loss(&self, mut coin: impl FnMut() -> bool) -> Self {
        let state = self.state();
        let mut durable = state.durable.clone();
        for (offset, bytes) in &state.pending {
            if coin() && durable.len() < offset + bytes.len() {
                durable.resize(offset + bytes.len(), 0);
            }
            for (index, sector) in bytes.chunks(SECTOR).enumerate() {
                if coin() {
                    apply(&mut durable, offset + index * SECTOR, sector);
                }
            }
        }
        Self(Arc::new(Mutex::new(State {
            durable,
            ..State::default()
        })))
    }

    /// Everything on the disk, synced or not.
    pub(super) fn content(&self) -> Vec<u8> {
        let state = self.state();
        let mut content = state.durable.clone();
        for (offset, bytes) in &state.pending {
            apply(&mut content, *offset, bytes);
        }
        content
    }

    /// A disk that holds exactly `content`.
    pub(super) fn holding(content: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State {
            durable: content,
            ..State::default()
        })))
    }

    /// Changes one byte behind the key file's back.
    pub(super) fn flip(&self, offset: usize, mask: u8) {
        self.state().durable[offset] ^= mask;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn change(&mut self) -> io::Result<()> {
        let change = self.changes;
        self.changes += 1;
        if self.fail_at == Some(change) {
            Err(io::Error::other("injected"))
        } else {
            Ok(())
        }
    }
}

impl Storage for MemoryDisk {
    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.content().len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let content = self.content();
        let start = usize::try_from(offset).unwrap();
        let bytes = content
            .get(start..start + buffer.len())
            .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.state();
        state
            .pending
            .push((usize::try_from(offset).unwrap(), bytes.to_vec()));
        state.change()
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        for (offset, bytes) in std::mem::take(&mut state.pending) {
            apply(&mut state.durable, offset, &bytes);
        }
        Ok(())
    }
}

fn apply(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if content.len() < offset + bytes.len() {
        content.resize(offset + bytes.len(), 0);
    }
    content[offset..offset + bytes.len()].copy_from_slice(bytes);
}
