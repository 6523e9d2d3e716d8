//! Reading a segment in larger pieces than are asked for.

use std::io;

/// What was read ahead of a segment. Its memory is used again: new memory costs more than what is read into it.
pub(crate) struct Ahead {
    /// At least so many bytes are read at once.
    least: usize,
    /// Where begins what is at hand, in bytes from the start of the segment, and how much it is.
    start: u64,
    length: usize,
    memory: Vec<u8>,
}

impl Ahead {
    /// Nothing yet; at least `least` bytes will be read at once, where there are so many.
    pub(crate) const fn of(least: usize) -> Self {
        Self {
            least,
            start: 0,
            length: 0,
            memory: Vec::new(),
        }
    }

    /// What is at hand from `offset` on.
    pub(crate) fn from(&self, offset: u64) -> &[u8] {
        let skipped = offset.checked_sub(self.start);
        skipped
            .and_then(|skipped| usize::try_from(skipped).ok())
            .and_then(|skipped| self.memory.get(skipped..self.length))
            .unwrap_or_default()
    }

    /// Forgets what is at hand.
    pub(crate) const fn clear(&mut self) {
        self.length = 0;
    }

    /// Makes sure that `needed` bytes from `offset` on are at hand. If they are not, `read` fills a buffer with at most
    /// `room` bytes that stand there; should it fail, nothing is at hand.
    pub(crate) fn fill(
        &mut self,
        offset: u64,
        needed: usize,
        room: usize,
        read: impl FnOnce(&mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        if needed <= self.from(offset).len() {
            return Ok(());
        }
        self.clear();
        let length = needed.max(self.least).min(room);
        if self.memory.len() < length {
            self.memory.resize(length, 0);
        }
        read(self.memory.get_mut(..length).unwrap_or_default())?;
        self.start = offset;
        self.length = length;
        Ok(())
    }
}
