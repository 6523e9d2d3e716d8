//! Secrets in files: who may read them, and what they must look like.

#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::durable;
use crate::secret::{RandomnessError, SECRET_BYTES, SecretKey};

/// Length of a secret written in hexadecimal.
const HEX_BYTES: usize = 2 * SECRET_BYTES;

/// More than this is never read of a secret file: hexadecimal digits and one line ending, and one
/// byte more to notice that there is more.
const FILE_BYTES_MAX: usize = HEX_BYTES + 2 + 1;

/// Why a secret or key file was refused.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// There is no such file.
    #[error("{path} is missing")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file exists already; secrets are never overwritten.
    #[error("{path} exists already and is never overwritten")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A directory, device or pipe stands where the file should.
    #[error("{path} is not a regular file")]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// Somebody besides the owner may read or write the file.
    #[error("{path} has mode {mode:04o}; only 0600 and 0400 are accepted (chmod 600 {path})")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to another user than the one this process runs as.
    #[error("{path} belongs to user {owner}, but this process runs as user {process}")]
    Owner {
        /// The file.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
        /// The process's effective user id.
        process: u32,
    },
    /// What the file holds is not a key.
    #[error("{path} does not hold a key: {problem}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: ContentProblem,
    },
    /// No randomness for a new secret.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// The operating system refused.
    #[error("{path} cannot be used")]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
}

/// What is wrong with the content of a secret file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentProblem {
    /// Neither 32 raw bytes nor 64 hexadecimal digits with at most one line ending.
    #[error("expected 32 bytes, or 64 hexadecimal digits and a line ending")]
    Length,
    /// 64 characters, but not all of them are hexadecimal digits.
    #[error("64 characters that are not all hexadecimal digits")]
    NotHexadecimal,
    /// 32 hexadecimal digits: half a key, not 32 random bytes.
    #[error("32 hexadecimal digits are half a key")]
    HalfHexadecimal,
    /// All bytes are zero: an empty disk block, not a key.
    #[error("all bytes are zero")]
    Zero,
}

/// Reads the secret at `path`: 32 raw bytes, or 64 hexadecimal digits with at most one line ending.
pub(crate) fn read_secret(path: &Path) -> Result<SecretKey, PrivateFileError> {
    let file = open_private(path, Access::Read)?;
    let mut content = Zeroizing::new([0_u8; FILE_BYTES_MAX]);
    let mut length = 0;
    while length < FILE_BYTES_MAX {
        match (&file).read(&mut content[length..]) {
            Ok(0) => break,
            Ok(bytes) => length += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(PrivateFileError::Io {
                    path: path.to_owned(),
                    source,
                });
            }
        }
    }
    parse_secret(&content[..length]).map_err(|problem| PrivateFileError::Content {
        path: path.to_owned(),
        problem,
    })
}

/// Makes a new secret and writes it to `path` in hexadecimal, durable when this returns.
pub(crate) fn generate_secret(path: &Path) -> Result<SecretKey, PrivateFileError> {
    let secret = SecretKey::generate()?;
    write_secret(path, &secret)?;
    Ok(secret)
}

/// Writes a secret to `path` in hexadecimal, durable when this returns; what is there is never overwritten.
pub(crate) fn write_secret(path: &Path, secret: &SecretKey) -> Result<(), PrivateFileError> {
    let mut line = Zeroizing::new([b'\n'; HEX_BYTES + 1]);
    hex::encode_to_slice(secret.expose(), &mut line[..HEX_BYTES])
        .expect("64 characters hold 32 bytes in hexadecimal");
    durable::write_new_private(path, &line[..]).map_err(|source| refusal(path, source))
}

/// What a private file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    ReadWrite,
}

/// Opens a file that only its owner, who must be us, may read. Permissions are read from the open
/// descriptor, so the file that was checked is the file that is used.
pub(crate) fn open_private(path: &Path, access: Access) -> Result<File, PrivateFileError> {
    let file = OpenOptions::new()
        .read(true)
        .write(access == Access::ReadWrite)
        .open(path)
        .map_err(|source| refusal(path, source))?;
    let metadata = file.metadata().map_err(|source| refusal(path, source))?;
    if !metadata.is_file() {
        return Err(PrivateFileError::NotRegular {
            path: path.to_owned(),
        });
    }
    let mode = metadata.mode() & 0o7777;
    if mode != 0o600 && mode != 0o400 {
        return Err(PrivateFileError::Mode {
            path: path.to_owned(),
            mode,
        });
    }
    let (owner, process) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != process {
        return Err(PrivateFileError::Owner {
            path: path.to_owned(),
            owner,
            process,
        });
    }
    Ok(file)
}

/// The variant that fits an error of opening or creating `path`.
pub(crate) fn refusal(path: &Path, source: io::Error) -> PrivateFileError {
    let path = path.to_owned();
    if source.kind() == io::ErrorKind::NotFound {
        PrivateFileError::Missing { path }
    } else if source.kind() == io::ErrorKind::AlreadyExists {
        PrivateFileError::Exists { path }
    } else {
        PrivateFileError::Io { path, source }
    }
}

fn parse_secret(content: &[u8]) -> Result<SecretKey, ContentProblem> {
    let line = content.strip_suffix(b"\n").unwrap_or(content);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let secret = if let Ok(raw) = <&[u8; SECRET_BYTES]>::try_from(content) {
        if raw.iter().all(u8::is_ascii_hexdigit) {
            return Err(ContentProblem::HalfHexadecimal);
        }
        SecretKey::copied_from(raw)
    } else if line.len() == HEX_BYTES {
        SecretKey::try_filled(|bytes| hex::decode_to_slice(line, bytes))
            .map_err(|_not_a_digit: hex::FromHexError| ContentProblem::NotHexadecimal)?
    } else {
        return Err(ContentProblem::Length);
    };
    if secret.expose().iter().all(|byte| *byte == 0) {
        return Err(ContentProblem::Zero);
    }
    Ok(secret)
}
