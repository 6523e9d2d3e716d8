//! Grants as an issuer makes and keeps them, and as an officer brings them along.
//!
//! A file holds one signed grant in base64. What was issued from a directory stands under `grants/`: `<id>.grant`, and
//! beside it `<id>.revoked` once the registry has recorded that it holds no longer.

use std::path::{Path, PathBuf};

use sabt_chain::authorship::AuthorSigningKey;
use sabt_chain::{LedgerName, Origin};
use sabt_domain::access::{Grant, GrantId};
use sabt_proto::event::v1::SignedGrant;

use crate::error::CliError;
use crate::files::{self, Mode};
use crate::papers;

/// A grant that was issued, and its file.
#[derive(Clone)]
pub struct Issued {
    /// What it says.
    pub grant: Grant,
    /// Its file.
    pub path: PathBuf,
    /// Whether a revocation of it was recorded from this directory.
    pub revoked: bool,
}

/// Signs a grant for a registry.
///
/// # Errors
/// [`CliError::Name`] if the registry cannot have that name; [`CliError::Usage`] if the registry would not take it for a
/// grant.
pub fn sign(
    key: &AuthorSigningKey,
    registry: &str,
    grant: &Grant,
) -> Result<SignedGrant, CliError> {
    let bytes = grant.encode();
    // What the registry would not read is not signed.
    Grant::decode(&bytes).map_err(|refusal| {
        let wrong = papers::problem(&refusal, "purpose.grant.");
        CliError::usage(
            format!("no such grant can be issued: {wrong}"),
            "see `sabt grant issue --help`",
        )
    })?;
    let origin = Origin::new(registry, LedgerName::Events)?;
    Ok(SignedGrant {
        signature: key.sign_grant(&origin, &bytes).as_bytes().to_vec(),
        grant: bytes,
    })
}

/// A signed grant as text.
pub fn to_text(signed: &SignedGrant) -> String {
    papers::to_text(signed)
}

/// Reads a grant from a file, and what it says. Whether it holds is for the registry.
///
/// # Errors
/// [`CliError::File`] if it is missing, [`CliError::Content`] if it holds no grant.
pub fn read(path: &Path) -> Result<(SignedGrant, Grant), CliError> {
    papers::read(path, "a grant", |signed: &SignedGrant| {
        Grant::decode(&signed.grant)
    })
}

/// Keeps a grant under `dir/grants`; returns its file.
///
/// # Errors
/// [`CliError::File`].
pub fn keep(dir: &Path, id: &GrantId, signed: &SignedGrant) -> Result<PathBuf, CliError> {
    let directory = directory(dir);
    files::create_directory(&directory)?;
    let path = directory.join(format!("{id}.grant"));
    let line = format!("{}\n", to_text(signed));
    files::create(&path, line.as_bytes(), Mode::Secret)?;
    Ok(path)
}

/// Notes beside a grant that was issued from here that it is revoked; one that was not is passed over.
///
/// # Errors
/// [`CliError::File`].
pub fn note_revoked(dir: &Path, id: &GrantId) -> Result<(), CliError> {
    let file = directory(dir).join(format!("{id}.grant"));
    let note = file.with_extension("revoked");
    if file.exists() && !note.exists() {
        files::create(&note, b"", Mode::Secret)?;
    }
    Ok(())
}

/// What was issued from a directory, the newest last, and whether there is more than is listed.
///
/// # Errors
/// [`CliError`] if a file cannot be read.
pub fn list(dir: &Path) -> Result<(Vec<Issued>, bool), CliError> {
    let (newest, more) = papers::newest(&directory(dir), &["grant"])?;
    let issued = newest.into_iter().map(|path| {
        let (_, grant) = read(&path)?;
        let revoked = path.with_extension("revoked").exists();
        Ok(Issued {
            grant,
            path,
            revoked,
        })
    });
    Ok((issued.collect::<Result<_, CliError>>()?, more))
}

fn directory(dir: &Path) -> PathBuf {
    dir.join("grants")
}
