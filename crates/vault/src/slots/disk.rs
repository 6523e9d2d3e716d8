//! The latch: nothing is tried again after an error.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::durable::Storage;
use crate::slots::{IoStep, KeyFileError};

/// A storage that refuses everything after its first error.
pub(super) struct LatchedDisk {
    storage: Box<dyn Storage>,
    failed: AtomicBool,
}

impl LatchedDisk {
    pub(super) fn new(storage: Box<dyn Storage>) -> Self {
        Self {
            storage,
            failed: AtomicBool::new(false),
        }
    }

    pub(super) fn check(&self) -> Result<(), KeyFileError> {
        if self.failed.load(Ordering::Acquire) {
            Err(KeyFileError::PreviousIo)
        } else {
            Ok(())
        }
    }

    pub(super) fn size_bytes(&self) -> Result<u64, KeyFileError> {
        self.run(IoStep::Measure, |storage| storage.size_bytes())
    }

    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), KeyFileError> {
        self.run(IoStep::Read, |storage| {
            storage.read_exact_at(buffer, offset)
        })
    }

    pub(super) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), KeyFileError> {
        self.run(IoStep::Write, |storage| storage.write_all_at(bytes, offset))
    }

    pub(super) fn sync(&self) -> Result<(), KeyFileError> {
        self.run(IoStep::Sync, |storage| storage.sync())
    }

    fn run<T>(
        &self,
        step: IoStep,
        operation: impl FnOnce(&dyn Storage) -> io::Result<T>,
    ) -> Result<T, KeyFileError> {
        self.check()?;
        operation(&*self.storage).map_err(|source| {
            self.failed.store(true, Ordering::Release);
            KeyFileError::Io { step, source }
        })
    }
}
