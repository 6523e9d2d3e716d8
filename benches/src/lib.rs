//! Benchmarks of Sabt. They print figures and never pass or fail: machines are noisy, ratios within one run count.

pub mod callers;
pub mod figures;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// What a benchmark comes to; an error ends it.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The names of works that several systems do.
pub mod work {
    /// One `fdatasync` of a frame over zeros, of the machine.
    pub const SYNC: &str = "fdatasync";
    /// An answer at once over mutual TLS, of the machine.
    pub const ECHO: &str = "echo over mutual TLS";
    /// One event, durable before it is acknowledged.
    pub const APPEND: &str = "append, one event a request";
    /// Many events, as a migration sends them.
    pub const BULK: &str = "append in bulk, one writer";
    /// All events to one reader.
    pub const REPLAY: &str = "replay";
    /// The chain over all events, verified by a client.
    pub const VERIFY: &str = "verify the chain";
    /// The present state of one subject.
    pub const STATE: &str = "present state by key";
    /// Bytes on disk for each event.
    pub const BYTES: &str = "bytes on disk per event";
    /// The same with read models.
    pub const BYTES_ALL: &str = "bytes on disk per event, with read models";
}

/// A figure of `/proc/<process>/status` in KiB (proc(5)), e.g. `VmRSS`; 0 where the system does not say.
pub fn status_kib(process: &str, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .and_then(|value| value.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Bytes that the files of a directory take on the disk, those of its directories with them.
///
/// # Errors
/// If it cannot be read.
pub fn bytes_on_disk(directory: &Path) -> Outcome<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() {
            bytes_on_disk(&entry.path())?
        } else {
            // In units of 512 bytes, whatever the size of a block (stat(2)).
            about.blocks() * 512
        };
    }
    Ok(bytes)
}

/// The segments of a ledger, in the order of their records.
///
/// # Errors
/// If its directory cannot be read.
pub fn segments(ledger: &Path) -> Outcome<Vec<PathBuf>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(ledger)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "seg") {
            segments.push(path);
        }
    }
    segments.sort();
    Ok(segments)
}

/// A segment up to the last byte that is written: the rest is zeros that wait for records.
///
/// # Errors
/// If it cannot be read.
pub fn written(segment: &Path) -> Outcome<Vec<u8>> {
    let mut bytes = fs::read(segment)?;
    let last = bytes.iter().rposition(|byte| *byte != 0);
    bytes.truncate(last.map_or(0, |last| last + 1));
    Ok(bytes)
}
