//! Following the ledger: every record in order, every link recomputed, so that a job knows that it missed
//! nothing, also from one sitting to the next.

use std::path::{Path, PathBuf};

use sabt_chain::{Chain, Envelope, LedgerName, Link, Origin, Position};
use sabt_proto::api::v1 as api;
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::files;

/// The records delivered do not follow one another. Nothing after the last good one may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A record is missing or comes twice.
    #[error("the feed delivered position {found} where {expected} comes next")]
    Gap {
        /// Position that comes next.
        expected: u64,
        /// Position delivered.
        found: u64,
    },
    /// An envelope is malformed, or says another position than the entry.
    #[error("the envelope at position {position} is not that of the record")]
    Envelope {
        /// The position.
        position: u64,
    },
    /// A record does not hold the link of the one before.
    #[error(
        "the record at position {position} does not follow the one before: history was changed\n  \
         hint: keep the state file, stop using the feed, and tell the auditor"
    )]
    Link {
        /// The position.
        position: u64,
    },
}

/// How far a follower has come.
#[derive(Debug, Clone)]
pub struct Follower {
    chain: Chain,
    next: u64,
    /// Link of the record before `next`; `None` where the job began in the middle and trusts the first.
    link: Option<Link>,
}

/// What a state file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    origin: String,
    next: u64,
    /// Hexadecimal; absent before the first record.
    link: Option<String>,
}

impl Follower {
    /// Follows the events of a registry from a position on. From 0 on even the first record is checked: it
    /// must follow the origin.
    ///
    /// # Errors
    /// [`CliError::Name`].
    pub fn new(registry: &str, from: u64) -> Result<Self, CliError> {
        let chain = Chain::new(&Origin::new(registry, LedgerName::Events)?);
        let link = (from == 0).then(|| chain.genesis());
        Ok(Self {
            chain,
            next: from,
            link,
        })
    }

    /// Resumes where a state file left off; a file that is not there is a beginning.
    ///
    /// # Errors
    /// [`CliError`] if the file cannot be read, or belongs to another registry.
    pub fn resume(registry: &str, path: &Path) -> Result<Self, CliError> {
        let mut follower = Self::new(registry, 0)?;
        let text = match files::read_text(path) {
            Ok(text) => text,
            Err(err) if err.is_missing() => return Ok(follower),
            Err(err) => return Err(err.into()),
        };
        let damaged = |problem: &str| CliError::Content {
            path: path.to_owned(),
            problem: problem.to_owned(),
        };
        let state: State = serde_json::from_str(&text)
            .map_err(|err| damaged(&format!("is not a state file of `sabt feed`: {err}")))?;
        if state.origin != follower.chain.origin().as_str() {
            return Err(damaged(&format!(
                "follows {}, another ledger",
                state.origin
            )));
        }
        follower.next = state.next;
        if let Some(link) = state.link {
            let link: Link = link
                .parse()
                .map_err(|_hex| damaged("holds a damaged link"))?;
            follower.link = Some(link);
        } else if state.next != 0 {
            return Err(damaged("holds a position without a link"));
        }
        Ok(follower)
    }

    /// Keeps the position and link reached; the old state or the new one stands, never half of one.
    ///
    /// # Errors
    /// [`CliError::Path`].
    pub fn save(&self, path: &Path) -> Result<(), CliError> {
        let state = State {
            origin: self.chain.origin().as_str().to_owned(),
            next: self.next,
            link: self.link.map(|link| link.to_string()),
        };
        let text = serde_json::json!(state).to_string() + "\n";
        // A bare file name has an empty parent, which is no directory that can be made durable.
        let here = path
            .parent()
            .is_some_and(|parent| parent.as_os_str().is_empty());
        let target = if here {
            PathBuf::from(".").join(path)
        } else {
            path.to_owned()
        };
        sabt_journal::durable::write_atomically(&target, text.as_bytes())
            .map_err(CliError::path(path))
    }

    /// Position wanted next.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Link of the last record.
    pub fn link(&self) -> Option<Link> {
        self.link
    }

    /// Takes the next record and returns its link.
    ///
    /// # Errors
    /// [`Broken`]; the follower then stands where it stood.
    pub fn take(&mut self, entry: &api::FeedEntry) -> Result<Link, Broken> {
        let position = entry.position;
        if position != self.next {
            return Err(Broken::Gap {
                expected: self.next,
                found: position,
            });
        }
        let envelope = Envelope::decode(&entry.envelope)
            .ok()
            .filter(|envelope| envelope.position == Position::new(position))
            .ok_or(Broken::Envelope { position })?;
        if self.link.is_some_and(|link| link != envelope.previous) {
            return Err(Broken::Link { position });
        }
        let link = self.chain.link(&entry.envelope);
        self.link = Some(link);
        self.next += 1;
        Ok(link)
    }
}
