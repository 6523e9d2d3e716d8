//! A batch: acts from one file that are submitted, and taken back, as one.
//!
//! Everything that is to be sent is signed and written to the batch's directory before any of it is sent. An act is known
//! to the registry by its identifier and its bytes, so that sending it again tells what became of it and records nothing
//! twice. So a batch that was broken off at whatever point goes on from what its directory says.
//!
//! | file | what |
//! |---|---|
//! | `batch.json` | identifier, registry, digest of the file of acts, number of acts |
//! | `signed.jsonl` | every act as it is sent; whole before the first is sent |
//! | `outcomes.jsonl` | receipt or refusal, a line each, as they come |
//! | `quarantine.jsonl` | acts that were refused, with reason, rule and remedy |
//! | `retraction.jsonl` | acts that annul acts of the batch, before they are sent |
//! | `retraction-outcomes.jsonl` | receipt or refusal of these |
//!
//! The directory holds what the acts say of persons; only its owner may enter it.

mod log;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Act, AnnulAct, Date};
use sabt_server::clock::Clock;
use serde_json::{Value, json};

use self::log::Log;
use crate::error::CliError;
use crate::files::{self, Mode};
use crate::intake::Intake;
use crate::json;
use crate::refused::Refused;
use crate::sign::{Author, act_id_text, new_act_id};

const BATCH: &str = "batch.json";
const SIGNED: &str = "signed.jsonl";
const OUTCOMES: &str = "outcomes.jsonl";
const QUARANTINE: &str = "quarantine.jsonl";
const RETRACTION: &str = "retraction.jsonl";
const RETRACTION_OUTCOMES: &str = "retraction-outcomes.jsonl";

/// What became of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Recorded at this position.
    Recorded(u64),
    /// Refused: reason, message, rule and remedy, as they were told.
    Refused(Value),
}

/// An act that is ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    /// Line of the file of acts, from 1: of a retraction, the line of what it takes back.
    pub line: usize,
    /// Identifier of the act.
    pub act_id: Vec<u8>,
    /// The act as it is sent.
    pub act: api::SignedAct,
}

/// A batch and its directory.
#[derive(Debug)]
pub struct Batch {
    directory: PathBuf,
    id: Vec<u8>,
    registry: String,
    /// BLAKE3 of the file of acts that it was made of, hexadecimal.
    file_digest: String,
    acts: Vec<Signed>,
    outcomes: BTreeMap<usize, Outcome>,
    /// The last attempt to take each act back.
    retractions: BTreeMap<usize, Signed>,
    retracted: BTreeMap<Vec<u8>, Outcome>,
}

/// What a batch has come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Acts of the batch.
    pub acts: usize,
    /// Acts that stand.
    pub recorded: usize,
    /// Acts that were refused.
    pub refused: usize,
    /// Acts of which nothing is known yet.
    pub open: usize,
    /// Acts that were taken back.
    pub retracted: usize,
    /// Acts that could not be taken back at the last attempt.
    pub kept: usize,
}

/// Who takes a batch back, why and on what ground.
#[derive(Debug, Clone)]
pub struct Retraction {
    /// Why.
    pub reason: String,
    /// What the annulments rest on.
    pub legal_basis: String,
    /// Code of the officer.
    pub officer: String,
    /// Day of the annulments.
    pub on: Date,
}

impl Batch {
    /// The directory of the batch that is made of a file.
    pub fn directory_of(file: &Path) -> PathBuf {
        let mut name = file.as_os_str().to_owned();
        name.push(".batch");
        name.into()
    }

    /// Makes the batch of a file of acts: gives every act the identifier of the batch, signs it, and writes all of it
    /// down. Nothing is sent.
    ///
    /// # Errors
    /// [`CliError`] if an act belongs to another batch or cannot be signed, or the directory cannot be written.
    pub fn make(
        directory: &Path,
        registry: &str,
        digest: [u8; 32],
        acts: Vec<Intake>,
        author: &Author,
        clock: &Clock,
    ) -> Result<Self, CliError> {
        let id = new_act_id(clock).to_vec();
        let mut signed = Vec::with_capacity(acts.len());
        for Intake { line, mut act } in acts {
            if !act.batch_id.is_empty() {
                return Err(CliError::usage(
                    format!("line {line}: the act belongs to a batch already"),
                    "leave batch_id out; the batch gives it",
                ));
            }
            act.batch_id.clone_from(&id);
            signed.push(Signed {
                line,
                act_id: act.act_id.clone(),
                act: author.sign(&act)?,
            });
        }
        files::create_directory(directory)?;
        let lines: Vec<Value> = signed.iter().map(written).collect::<Result<_, _>>()?;
        log::create(&directory.join(SIGNED), &lines)?;
        let about = json!({
            "batch_id": act_id_text(&id),
            "registry": registry,
            "file_blake3": hex::encode(digest),
            "acts": signed.len(),
        });
        // Last of all: a directory without it is no batch, and nothing of it was sent.
        files::create(
            &directory.join(BATCH),
            about.to_string().as_bytes(),
            Mode::Secret,
        )?;
        Self::open(directory)
    }

    /// Opens a batch.
    ///
    /// # Errors
    /// [`CliError`] if the directory holds none, or a file of it is damaged.
    pub fn open(directory: &Path) -> Result<Self, CliError> {
        let path = directory.join(BATCH);
        let about: Value =
            serde_json::from_str(&files::read_text(&path)?).map_err(|_invalid| damaged(&path))?;
        let text = |key: &str| about.get(key).and_then(Value::as_str).map(str::to_owned);
        let id = text("batch_id").and_then(|id| id_of(&id));
        let mut batch = Self {
            directory: directory.to_owned(),
            id: id.ok_or_else(|| damaged(&path))?,
            registry: text("registry").ok_or_else(|| damaged(&path))?,
            file_digest: text("file_blake3").unwrap_or_default(),
            acts: read(&directory.join(SIGNED), signed)?,
            outcomes: BTreeMap::new(),
            retractions: BTreeMap::new(),
            retracted: BTreeMap::new(),
        };
        for (line, _, outcome) in read(&directory.join(OUTCOMES), outcome)? {
            batch.outcomes.insert(line, outcome);
        }
        for attempt in read(&directory.join(RETRACTION), signed)? {
            batch.retractions.insert(attempt.line, attempt);
        }
        for (_, act_id, outcome) in read(&directory.join(RETRACTION_OUTCOMES), outcome)? {
            batch.retracted.insert(act_id, outcome);
        }
        Ok(batch)
    }

    /// True if the directory holds a batch.
    pub fn is_at(directory: &Path) -> bool {
        directory.join(BATCH).exists()
    }

    /// True if it was made of a file of acts with this digest.
    pub fn is_of(&self, digest: [u8; 32]) -> bool {
        self.file_digest == hex::encode(digest)
    }

    /// The identifier that stands in every act of the batch.
    pub fn id(&self) -> String {
        act_id_text(&self.id)
    }

    /// The registry that it was signed for.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Where refused acts are found.
    pub fn quarantine(&self) -> PathBuf {
        self.directory.join(QUARANTINE)
    }

    /// What it has come to.
    pub fn standing(&self) -> Standing {
        let mut standing = Standing {
            acts: self.acts.len(),
            ..Standing::default()
        };
        for act in &self.acts {
            match self.outcomes.get(&act.line) {
                None => standing.open += 1,
                Some(Outcome::Refused(_)) => standing.refused += 1,
                Some(Outcome::Recorded(_)) => match self.retraction_of(act.line) {
                    Some(Outcome::Recorded(_)) => standing.retracted += 1,
                    Some(Outcome::Refused(_)) => {
                        standing.kept += 1;
                        standing.recorded += 1;
                    }
                    None => standing.recorded += 1,
                },
            }
        }
        standing
    }

    /// Acts of which nothing is known, in the order of the file: what is to be sent, for the first time or again.
    pub fn open_acts(&self) -> Vec<Signed> {
        let open = |act: &&Signed| !self.outcomes.contains_key(&act.line);
        self.acts.iter().filter(open).cloned().collect()
    }

    /// Writes down what became of an act.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be written.
    pub fn note(&mut self, act: &Signed, outcome: Outcome) -> Result<(), CliError> {
        Log::append(&self.directory.join(OUTCOMES), &told(act, &outcome))?;
        self.outcomes.insert(act.line, outcome);
        Ok(())
    }

    /// Writes the acts that were refused to the quarantine, each with why.
    ///
    /// # Errors
    /// [`CliError`] if they cannot be written.
    pub fn write_quarantine(&self) -> Result<usize, CliError> {
        let mut text = String::new();
        let mut count = 0;
        for act in &self.acts {
            let Some(Outcome::Refused(refusal)) = self.outcomes.get(&act.line) else {
                continue;
            };
            let stated = statement(&act.act)?;
            let line = json!({
                "line": act.line,
                "act_id": act_id_text(&act.act_id),
                "refusal": refusal,
                "act": json::to_value("sabt.event.v1.Act", &Act {
                    // What is put right is another act, of another batch.
                    act_id: Vec::new(),
                    batch_id: Vec::new(),
                    ..stated
                })?,
            });
            text.push_str(&line.to_string());
            text.push('\n');
            count += 1;
        }
        files::replace(&self.quarantine(), text.as_bytes(), Mode::Secret)?;
        Ok(count)
    }

    /// What annuls the acts that stand, the last act first, so that no act is annulled from under another of the batch.
    /// Annulments are written down before they are handed out; one whose fate is unknown is handed out again as it is, and
    /// in the place of one that was refused comes another.
    ///
    /// # Errors
    /// [`CliError`] if one cannot be signed or written.
    pub fn annulments(
        &mut self,
        retraction: &Retraction,
        author: &Author,
        clock: &Clock,
    ) -> Result<Vec<Signed>, CliError> {
        let mut all = Vec::new();
        let mut new = Vec::new();
        for act in self.acts.iter().rev() {
            if !matches!(self.outcomes.get(&act.line), Some(Outcome::Recorded(_))) {
                continue;
            }
            match (
                self.retractions.get(&act.line),
                self.retraction_of(act.line),
            ) {
                (Some(_), Some(Outcome::Recorded(_))) => {}
                (Some(attempt), None) => all.push(attempt.clone()),
                (None, _) | (Some(_), Some(Outcome::Refused(_))) => {
                    let annulment = annulment(act, &self.id, retraction, clock)?;
                    let attempt = Signed {
                        line: act.line,
                        act_id: annulment.act_id.clone(),
                        act: author.sign(&annulment)?,
                    };
                    new.push(attempt.clone());
                    all.push(attempt);
                }
            }
        }
        let lines: Vec<Value> = new.iter().map(written).collect::<Result<_, _>>()?;
        Log::append_durably(&self.directory.join(RETRACTION), &lines)?;
        for attempt in new {
            self.retractions.insert(attempt.line, attempt);
        }
        Ok(all)
    }

    /// Writes down what became of an annulment.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be written.
    pub fn note_annulment(&mut self, attempt: &Signed, outcome: Outcome) -> Result<(), CliError> {
        let path = self.directory.join(RETRACTION_OUTCOMES);
        Log::append(&path, &told(attempt, &outcome))?;
        self.retracted.insert(attempt.act_id.clone(), outcome);
        Ok(())
    }

    fn retraction_of(&self, line: usize) -> Option<&Outcome> {
        self.retracted.get(&self.retractions.get(&line)?.act_id)
    }
}

impl Outcome {
    /// From what the registry said.
    pub fn of(outcome: &Result<api::Receipt, Refused>) -> Self {
        match outcome {
            Ok(receipt) => Self::Recorded(receipt.position),
            Err(refused) => Self::Refused(refused.to_json()),
        }
    }
}

/// The act that takes another one back, in the name of the same office.
fn annulment(
    act: &Signed,
    batch: &[u8],
    retraction: &Retraction,
    clock: &Clock,
) -> Result<Act, CliError> {
    Ok(Act {
        act_id: new_act_id(clock).to_vec(),
        office: statement(&act.act)?.office,
        officer: retraction.officer.clone(),
        occurred_on: Some(retraction.on),
        recorded_at: clock.now_micros(),
        legal_basis: retraction.legal_basis.clone(),
        batch_id: batch.to_vec(),
        body: Some(Body::AnnulAct(AnnulAct {
            target_act_id: act.act_id.clone(),
            reason: retraction.reason.clone(),
        })),
        ..Act::default()
    })
}

/// What a signed act says.
fn statement(signed: &api::SignedAct) -> Result<Act, CliError> {
    prost::Message::decode(signed.act.as_slice())
        .map_err(|_invalid| CliError::Otherwise("a signed act of the batch is damaged".to_owned()))
}

fn written(signed: &Signed) -> Result<Value, CliError> {
    Ok(json!({
        "line": signed.line,
        "act_id": act_id_text(&signed.act_id),
        "signed_act": json::to_value("sabt.api.v1.SignedAct", &signed.act)?,
    }))
}

fn told(act: &Signed, outcome: &Outcome) -> Value {
    let id = act_id_text(&act.act_id);
    match outcome {
        Outcome::Recorded(position) => {
            json!({ "line": act.line, "act_id": id, "position": position })
        }
        Outcome::Refused(refusal) => {
            json!({ "line": act.line, "act_id": id, "refusal": refusal })
        }
    }
}

/// Reads every line of a file of the batch; a file that is not there has none.
fn read<T>(path: &Path, of: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, CliError> {
    Log::read(path)?
        .iter()
        .map(|line| of(line).ok_or_else(|| damaged(path)))
        .collect()
}

fn signed(line: &Value) -> Option<Signed> {
    let act = line.get("signed_act")?.to_string();
    Some(Signed {
        line: number(line)?,
        act_id: id_of(line.get("act_id")?.as_str()?)?,
        act: json::from_str("sabt.api.v1.SignedAct", &act).ok()?,
    })
}

fn outcome(line: &Value) -> Option<(usize, Vec<u8>, Outcome)> {
    let outcome = match line.get("refusal") {
        Some(refusal) => Outcome::Refused(refusal.clone()),
        None => Outcome::Recorded(line.get("position")?.as_u64()?),
    };
    Some((
        number(line)?,
        id_of(line.get("act_id")?.as_str()?)?,
        outcome,
    ))
}

fn number(line: &Value) -> Option<usize> {
    usize::try_from(line.get("line")?.as_u64()?).ok()
}

fn id_of(text: &str) -> Option<Vec<u8>> {
    let id = uuid::Uuid::parse_str(text).ok()?;
    Some(id.into_bytes().to_vec())
}

fn damaged(path: &Path) -> CliError {
    CliError::Content {
        path: path.to_owned(),
        problem: "is no file of a batch, or damaged".to_owned(),
    }
}
