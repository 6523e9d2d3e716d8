//! The directory of a witness.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sabt_chain::note::{CosignerKey, KeyName, WitnessKey};
use sabt_journal::durable::{self, Directory};
use zeroize::Zeroizing;

use super::error::{InitError, OpenError};
use super::logs::KnownLogs;
use super::memory::MEMORY_DIRECTORY;

/// File of the key.
const KEY_FILE: &str = "witness.key";

/// File of the logs' verifier keys.
const LOGS_FILE: &str = "logs";

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// What the file of logs says before a key is written into it.
const LOGS_TEMPLATE: &str = "\
# Logs that this witness knows: one verifier key a line, as the log's operator publishes it:
#   registry.example/sabt/events+0123abcd+Aexample...
# A log that changes its key has both keys here meanwhile. The file is read when the witness starts.
";

/// Makes the directory of a witness named `name`, whose private key is `seed`, 32 random bytes: they are zeroed. The
/// key is written last, so that a directory with a key is whole.
///
/// # Errors
/// [`InitError::Exists`], if there is a witness already; nothing is changed then.
pub fn init(dir: &Path, name: KeyName, seed: [u8; 32]) -> Result<WitnessKey, InitError> {
    let key = CosignerKey::from_seed(name, seed);
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| InitError::File { path, source }
    };
    let key_path = dir.join(KEY_FILE);
    if key_path.exists() {
        return Err(InitError::Exists { path: key_path });
    }
    durable::create_directory(dir).map_err(file(dir))?;
    let memory = dir.join(MEMORY_DIRECTORY);
    durable::create_directory(&memory).map_err(file(&memory))?;
    let logs = dir.join(LOGS_FILE);
    if !logs.exists() {
        durable::create_file(&logs, LOGS_TEMPLATE.as_bytes()).map_err(file(&logs))?;
    }
    let text = key.to_text();
    durable::create_file(&key_path, text.as_bytes()).map_err(file(&key_path))?;
    Ok(key.witness().clone())
}

/// Opens the directory and keeps every other process out.
pub(super) fn lock(dir: &Path) -> Result<Directory, OpenError> {
    Directory::open(dir).map_err(|source| {
        let path = dir.to_owned();
        if source.kind() == io::ErrorKind::WouldBlock {
            OpenError::InUse { path }
        } else {
            OpenError::Directory { path, source }
        }
    })
}

pub(super) fn read_key(dir: &Path) -> Result<CosignerKey, OpenError> {
    let path = dir.join(KEY_FILE);
    let failed = |source| OpenError::File {
        path: path.clone(),
        source,
    };
    let mode = fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(OpenError::KeyMode { path, mode });
    }
    let text = Zeroizing::new(fs::read_to_string(&path).map_err(failed)?);
    text.trim_end()
        .parse()
        .map_err(|source| OpenError::Key { path, source })
}

pub(super) fn read_logs(dir: &Path) -> Result<KnownLogs, OpenError> {
    let path = dir.join(LOGS_FILE);
    let bytes = fs::read(&path).map_err(|source| OpenError::File {
        path: path.clone(),
        source,
    })?;
    KnownLogs::parse(&bytes).map_err(|source| OpenError::Logs { path, source })
}
