//! A file of JSON values, one a line, that only ever grows.
//!
//! A line that was not written to its end says nothing: whoever wrote it was broken off, and what it would have said is
//! found out again.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::error::CliError;
use crate::files::{self, Mode};

/// The operations on such a file.
pub(super) struct Log;

/// Makes a file of these values, whole and durable. One that a broken-off attempt has left is replaced: nothing was sent
/// of it.
pub(super) fn create(path: &Path, values: &[Value]) -> Result<(), CliError> {
    Ok(files::replace(
        path,
        lines(values).as_bytes(),
        Mode::Secret,
    )?)
}

impl Log {
    /// Every whole line; none if there is no file.
    pub(super) fn read(path: &Path) -> Result<Vec<Value>, CliError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(CliError::path(path)(source)),
        };
        let whole = text.get(..whole(&text)).unwrap_or_default();
        whole
            .lines()
            .map(|line| serde_json::from_str(line).map_err(|_invalid| super::damaged(path)))
            .collect()
    }

    /// Adds a line. It may be lost with the machine's power: what it says can be asked again.
    pub(super) fn append(path: &Path, value: &Value) -> Result<(), CliError> {
        Self::add(path, std::slice::from_ref(value)).map(drop)
    }

    /// Adds lines, durable before it returns.
    pub(super) fn append_durably(path: &Path, values: &[Value]) -> Result<(), CliError> {
        if values.is_empty() {
            return Ok(());
        }
        let file = Self::add(path, values)?;
        files::sync(&file).map_err(CliError::path(path))
    }

    /// Adds lines. What follows the last whole line is cut first.
    fn add(path: &Path, values: &[Value]) -> Result<File, CliError> {
        let wrap = || CliError::path(path);
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(wrap())?;
        let end = whole_end(&mut file).map_err(wrap())?;
        file.set_len(end).map_err(wrap())?;
        file.write_all(lines(values).as_bytes()).map_err(wrap())?;
        Ok(file)
    }
}

fn lines(values: &[Value]) -> String {
    let mut text = String::new();
    for value in values {
        text.push_str(&value.to_string());
        text.push('\n');
    }
    text
}

/// Where the last whole line ends.
fn whole(text: &str) -> usize {
    text.rfind('\n').map_or(0, |end| end + 1)
}

/// The same of a file, read from its end: it is usually a whole line.
fn whole_end(file: &mut File) -> std::io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut byte = [0];
    while 0 < end {
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut byte)?;
        if byte == [b'\n'] {
            break;
        }
        end -= 1;
    }
    Ok(end)
}
