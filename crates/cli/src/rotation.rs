//! Replacing the key of a log: the new key, what both keys and the governance authority sign, and what is left over
//! when something fails on the way.
//!
//! | file under `keys/` | what it is |
//! |---|---|
//! | `<ledger>.next.log.key` | a key that was made and is not in use yet, 0600 |
//! | `<ledger>.rotation` | the act as it was signed, until the registry has recorded it, 0600 |
//! | `<ledger>.<id>.log.key`, `<ledger>.<id>.log.vkey` | both halves of a key that took the place of another |
//!
//! Every step is durable before the next, so that the whole can be repeated after a failure anywhere: the key that was
//! made is used, and an act that was signed is submitted again as it is, which the registry answers with the receipt
//! that it gave before.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use prost::Message as _;
use sabt_chain::note::{SignerKey, VerifierKey};
use sabt_chain::rotation::Rotation;
use sabt_chain::{LedgerName, Origin, Timestamp};
use sabt_journal::durable;
use sabt_proto::api::v1::SignedAct;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Act, RotateLogKey};
use sabt_server::checkpoint::LogKeys;
use sabt_server::clock::Clock;
use zeroize::Zeroizing;

use crate::cast::GOVERNANCE;
use crate::data;
use crate::error::CliError;
use crate::files;
use crate::keys::{self, Keys};
use crate::sign::{Author, new_act_id};

/// What rotations rest on.
const BASIS: &str = "design:4 governance records";

/// What the name of a log's private key ends with.
const KEY_SUFFIX: &str = ".log.key";

/// The rotations of one log's key.
#[derive(Debug)]
pub struct Rotations {
    directory: PathBuf,
    origin: Origin,
}

/// A rotation that was signed, and may have been recorded or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// What is submitted.
    pub signed: SignedAct,
    /// What it states.
    pub body: RotateLogKey,
}

impl Rotations {
    /// Of the log named `origin`, whose keys stand under a data directory.
    pub fn new(keys: &Keys, origin: Origin) -> Self {
        Self {
            directory: keys.directory().to_owned(),
            origin,
        }
    }

    /// The rotation that was signed and of which it is not known whether it was recorded.
    ///
    /// # Errors
    /// [`CliError::Path`], [`CliError::Content`].
    pub fn unfinished(&self) -> Result<Option<Unfinished>, CliError> {
        let path = self.pending();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CliError::Path { path, source }),
        };
        let signed = SignedAct::decode(bytes.as_slice()).ok();
        let act = signed.and_then(|signed| {
            let act = Act::decode(signed.act.as_slice()).ok()?;
            Some((signed, act.body?))
        });
        match act {
            Some((signed, Body::RotateLogKey(body))) => Ok(Some(Unfinished { signed, body })),
            _ => Err(CliError::Content {
                path,
                problem: "holds no signed rotation; remove it and run this again".to_owned(),
            }),
        }
    }

    /// The keys here that `next` could take the place of, the youngest file first. Which of them the registry knows as
    /// the newest key of the log, it says itself.
    ///
    /// # Errors
    /// [`CliError::Unsound`] if there is none; [`CliError::Path`], [`CliError::Content`].
    pub fn candidates(&self, next: &SignerKey) -> Result<Vec<SignerKey>, CliError> {
        let mut held = self.held()?;
        held.retain(|(_, key)| key.verifier() != next.verifier());
        if held.is_empty() {
            let (directory, origin) = (self.directory.display(), &self.origin);
            return Err(CliError::Unsound(format!(
                "no key of {origin} stands in {directory}\n  \
                 hint: run this where the registry's own log keys stand"
            )));
        }
        held.sort_by_key(|(made, _)| std::cmp::Reverse(*made));
        Ok(held.into_iter().map(|(_, key)| key).collect())
    }

    /// The key that takes over: the one that was made before and is not in use yet, or a new one.
    ///
    /// # Errors
    /// [`CliError::Randomness`], [`CliError::Path`], [`CliError::Content`].
    pub fn next_key(&self) -> Result<SignerKey, CliError> {
        let path = self.next();
        if let Some(key) = read_key(&path)? {
            return Ok(key);
        }
        let key = SignerKey::from_seed((&self.origin).into(), *keys::random_seed()?);
        durable::create_file(&path, private(&key).as_bytes()).map_err(CliError::path(&path))?;
        Ok(key)
    }

    /// The private half of a key that an unfinished rotation names.
    ///
    /// # Errors
    /// [`CliError::Content`] if it is not here.
    pub fn key_of(&self, vkey: &str) -> Result<SignerKey, CliError> {
        let held = self.held()?.into_iter().map(|(_, key)| key);
        let mut all = held.chain(read_key(&self.next())?);
        all.find(|key| key.verifier().to_string() == vkey)
            .ok_or_else(|| CliError::Content {
                path: self.pending(),
                problem: format!(
                    "names the key {vkey}, whose private half is not here; put it back, or remove \
                     the file to give the rotation up"
                ),
            })
    }

    /// Signs the rotation with both keys and the act with the authority's, and keeps it until it is recorded. The new
    /// key is then where the server looks for it.
    ///
    /// # Errors
    /// [`CliError::Usage`] for keys that cannot follow one another; [`CliError::Path`]; what signing says.
    pub fn begin(
        &self,
        authority: &Author,
        old: &SignerKey,
        new: &SignerKey,
        retire_at: Timestamp,
        clock: &Clock,
    ) -> Result<Unfinished, CliError> {
        let (old_key, new_key) = (old.verifier().clone(), new.verifier().clone());
        let rotation = Rotation::new(old_key, new_key, retire_at).map_err(|err| {
            let hint = "a key gives way to another one of the same log";
            CliError::usage(err.to_string(), hint)
        })?;
        let body = RotateLogKey {
            old_log_key: old.verifier().to_string(),
            new_log_key: new.verifier().to_string(),
            retire_at: retire_at.as_micros(),
            old_signature: rotation.sign(old).as_bytes().to_vec(),
            new_signature: rotation.sign(new).as_bytes().to_vec(),
        };
        let signed = authority.sign(&act(body.clone(), clock))?;
        self.place(new)?;
        let path = self.pending();
        durable::write_atomically(&path, &signed.encode_to_vec()).map_err(CliError::path(&path))?;
        Ok(Unfinished { signed, body })
    }

    /// Puts the private half of a key where the server looks for it.
    fn place(&self, key: &SignerKey) -> Result<(), CliError> {
        let name = LogKeys::successor_file(self.origin.ledger(), key.verifier().id());
        let path = self.directory.join(name);
        match durable::create_file(&path, private(key).as_bytes()) {
            Ok(()) => Ok(()),
            // Put there before this was interrupted.
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => match read_key(&path)? {
                Some(there) if there.verifier() == key.verifier() => Ok(()),
                _ => Err(CliError::Path { path, source: err }),
            },
            Err(source) => Err(CliError::Path { path, source }),
        }
    }

    /// After the registry has recorded it: writes the public half beside the private one, and removes what was kept for
    /// a repetition. Returns the file of the public half.
    ///
    /// # Errors
    /// [`CliError::Path`], [`CliError::File`].
    pub fn finish(&self, recorded: &Unfinished) -> Result<PathBuf, CliError> {
        let key = self.key_of(&recorded.body.new_log_key)?;
        let public = self.public_file(key.verifier());
        match files::create(
            &public,
            format!("{}\n", key.verifier()).as_bytes(),
            files::Mode::Public,
        ) {
            Ok(()) => {}
            Err(_) if public.exists() => {}
            Err(err) => return Err(err.into()),
        }
        for leftover in [self.next(), self.pending()] {
            match durable::remove_file(&leftover) {
                Ok(()) => {}
                Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                Err(source) => {
                    let path = leftover;
                    return Err(CliError::Path { path, source });
                }
            }
        }
        Ok(public)
    }

    /// Every private key of the log, with the time at which its file was made.
    fn held(&self) -> Result<Vec<(SystemTime, SignerKey)>, CliError> {
        let prefix = format!("{}.", self.origin.ledger());
        let wrap = || CliError::path(&self.directory);
        let mut held = Vec::new();
        for entry in std::fs::read_dir(&self.directory).map_err(wrap())? {
            let entry = entry.map_err(wrap())?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_key = name.starts_with(&prefix) && name.ends_with(KEY_SUFFIX);
            if !is_key || entry.path() == self.next() {
                continue;
            }
            let made = entry.metadata().and_then(|file| file.modified());
            if let Some(key) = read_key(&entry.path())?
                && key.verifier().name().as_str() == self.origin.as_str()
            {
                held.push((made.unwrap_or(SystemTime::UNIX_EPOCH), key));
            }
        }
        Ok(held)
    }

    fn next(&self) -> PathBuf {
        self.file("next.log.key")
    }

    fn pending(&self) -> PathBuf {
        self.file("rotation")
    }

    fn public_file(&self, key: &VerifierKey) -> PathBuf {
        self.file(&format!("{}.log.vkey", key.id()))
    }

    fn file(&self, rest: &str) -> PathBuf {
        self.directory
            .join(format!("{}.{rest}", self.origin.ledger()))
    }

    /// Which ledger's log it is.
    pub fn ledger(&self) -> LedgerName {
        self.origin.ledger()
    }
}

/// The act as the governance authority states it.
fn act(body: RotateLogKey, clock: &Clock) -> Act {
    Act {
        act_id: new_act_id(clock).to_vec(),
        office: GOVERNANCE.agency.to_owned(),
        officer: GOVERNANCE.officer.to_owned(),
        occurred_on: Some(data::today(clock)),
        recorded_at: clock.now_micros(),
        legal_basis: BASIS.to_owned(),
        case_reference: String::new(),
        batch_id: Vec::new(),
        expected: Vec::new(),
        body: Some(Body::RotateLogKey(body)),
    }
}

/// A private key as its file holds it.
fn private(key: &SignerKey) -> Zeroizing<String> {
    Zeroizing::new(format!("{}\n", key.to_text().as_str()))
}

/// The private key in a file; `None` if there is no such file.
fn read_key(path: &Path) -> Result<Option<SignerKey>, CliError> {
    let text = match files::read_text(path) {
        Ok(text) => Zeroizing::new(text),
        Err(err) if err.is_missing() => return Ok(None),
        Err(err) => return Err(err.into()),
    };
    text.trim_end()
        .parse()
        .map(Some)
        .map_err(|err| CliError::Content {
            path: path.to_owned(),
            problem: format!("is not a signing key of a log: {err}"),
        })
}
