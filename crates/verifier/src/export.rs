//! The exported form of a ledger: what a registry hands to an auditor.
//!
//! An exported directory holds, for each ledger, a directory of its name with three files:
//!
//! | file | holds |
//! |---|---|
//! | `records.bin` | the ledger's frames from position 0 on, one after another, as stored (`sabt_chain::frame`) |
//! | `checkpoint` | the newest signed checkpoint, a C2SP signed note |
//! | `log.vkey` | the log's public key, one line; a convenience: an auditor gets the key from somewhere else |

use std::io::{self, Write};

use sabt_chain::frame::{Frame, FrameError};
use sabt_chain::{Position, Size};

/// Name of the file of frames.
pub const RECORDS_FILE: &str = "records.bin";

/// Name of the file that holds the newest checkpoint, also in a registry's own directory.
pub const CHECKPOINT_FILE: &str = "checkpoint";

/// Name of the file that holds the log's public key.
pub const LOG_KEY_FILE: &str = "log.vkey";

/// Writes `records.bin`.
///
/// It takes frames as a journal gives them and refuses what no verifier would accept, so that an export that was written
/// is an export that can be read.
#[derive(Debug)]
pub struct RecordsWriter<W> {
    writer: W,
    size: Size,
    bytes: u64,
}

/// Why a frame was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The bytes are not one sound frame.
    #[error("not a sound frame: {0}")]
    Frame(#[from] FrameError),
    /// More than one frame.
    #[error("{bytes} bytes follow the frame")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
    /// The frame is not the next.
    #[error("a frame of position {found} comes where {expected} should")]
    Position {
        /// Position of the frame's first record.
        found: Position,
        /// Position that comes next.
        expected: Position,
    },
    /// Writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl<W: Write> RecordsWriter<W> {
    /// Writes to `writer` from position 0 on.
    pub const fn new(writer: W) -> Self {
        Self {
            writer,
            size: Size::EMPTY,
            bytes: 0,
        }
    }

    /// Writes the next frame.
    ///
    /// # Errors
    /// [`ExportError`]; after [`ExportError::Io`] the file is not to be used.
    pub fn write_frame(&mut self, frame: &[u8]) -> Result<(), ExportError> {
        let parsed = Frame::parse(frame)?;
        let trailing = frame.len() - parsed.bytes().len();
        if 0 < trailing {
            return Err(ExportError::TrailingBytes { bytes: trailing });
        }
        let (found, expected) = (parsed.header().first_position(), self.size.next_position());
        if found != expected {
            return Err(ExportError::Position { found, expected });
        }
        self.writer.write_all(frame)?;
        self.size = parsed.header().size_after();
        self.bytes += frame.len() as u64;
        Ok(())
    }

    /// How many records were written.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// How many bytes were written.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Flushes and gives the writer back, to be made durable by whoever owns it.
    ///
    /// # Errors
    /// [`ExportError::Io`], if flushing fails.
    pub fn finish(mut self) -> Result<W, ExportError> {
        self.writer.flush()?;
        Ok(self.writer)
    }
}

#[cfg(test)]
mod tests;
