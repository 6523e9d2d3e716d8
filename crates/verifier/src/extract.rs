//! The subject extract: that a registry signed it, that it is printed as it was signed, and that every record in it stands
//! in the ledger, signed by an author whose key was enrolled. Offline, from the page alone and the log keys one trusts.
//!
//! That nothing is left out, and that no key had been revoked when it signed, is the registry's word alone: the first
//! cannot be shown from outside, the second is for whoever verifies the ledger.

mod records;

use std::fmt;

use sabt_chain::checkpoint::{Checkpoint, CheckpointError, UnverifiedCheckpoint};
use sabt_chain::note::{NoteError, TrustedKeys};
use sabt_chain::policy::Policy;
use sabt_chain::{Origin, Position, Timestamp};
use sabt_extract::page;
use sabt_extract::signed::{ExtractError, VerifiedExtract};

use crate::class::{EXIT_SOUND, FaultClass};
use crate::json::Json;
use crate::mutant::{Check, removed};
use crate::report::{Utc, Witness};

pub use self::records::RecordFault;

/// What is to be verified, and against which keys.
#[derive(Debug)]
pub struct ExtractRequest {
    /// The page, as the registry handed it out.
    pub page: Vec<u8>,
    /// The log keys to trust: of the events ledger.
    pub keys: TrustedKeys,
    /// Which witnesses must have cosigned; `None`: cosignatures are not looked at.
    pub policy: Option<Policy>,
}

/// What came of it.
#[derive(Debug)]
pub struct ExtractReport {
    outcome: Result<ProvedExtract, ExtractFault>,
}

/// What a sound extract has shown.
#[derive(Debug)]
pub struct ProvedExtract {
    /// Events ledger of the registry that signed it.
    pub origin: Origin,
    /// When it was made.
    pub made_at: Timestamp,
    /// SHA-256 of the signed document.
    pub digest: [u8; 32],
    /// Records in it that stand in the ledger.
    pub records: u64,
    /// Of these, how many are told in the very words that their author signed; of the others that author is shown.
    pub in_words: u64,
    /// The key that enrolled the authors, to be compared with what the governance authority published.
    pub governance_key: [u8; 32],
    /// The checkpoint under which everything was proved.
    pub checkpoint: Checkpoint,
    /// Who cosigned it, if a policy was looked at.
    pub witnesses: Vec<Witness>,
    /// Look-ups that are told of later.
    pub deferred: u64,
}

/// Why an extract is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtractFault {
    /// The signed document: missing, changed, or signed by nobody whom one trusts.
    #[error("{}", in_full(.0))]
    Signed(ExtractError),
    /// The page does not show what was signed.
    #[error("line {line} of the page is not what the signed document prints")]
    Printed {
        /// 1-based.
        line: usize,
    },
    /// The checkpoint of the proofs.
    #[error("the checkpoint of the extract: {0}")]
    Checkpoint(CheckpointError),
    /// The checkpoint is of another log than the one that signed the extract.
    #[error("the checkpoint of the extract is of {0}")]
    OtherLog(String),
    /// A witness's cosignature does not verify.
    #[error("the checkpoint of the extract: {0}")]
    Cosignature(NoteError),
    /// Too few witnesses of the policy have cosigned.
    #[error("the checkpoint of the extract lacks a quorum of witnesses; missing: {missing}")]
    Quorum {
        /// The witnesses that have not cosigned.
        missing: String,
    },
    /// A record.
    #[error("the record at position {position} {fault}")]
    Record {
        /// Where it stands, as far as that is known.
        position: Position,
        /// What is wrong.
        fault: RecordFault,
    },
}

impl ExtractFault {
    /// The class it belongs to.
    pub const fn class(&self) -> FaultClass {
        match self {
            Self::Signed(ExtractError::Note(_) | ExtractError::NotByLog { .. }) => {
                FaultClass::ExtractSignature
            }
            Self::Signed(_) => FaultClass::Extract,
            Self::Printed { .. } => FaultClass::PrintOut,
            Self::Checkpoint(_) | Self::OtherLog(_) => FaultClass::CheckpointSignature,
            Self::Cosignature(_) => FaultClass::Cosignature,
            Self::Quorum { .. } => FaultClass::Quorum,
            Self::Record { fault, .. } => fault.class(),
        }
    }
}

/// Verifies an extract. Nothing is read but what is given.
pub fn verify_extract(request: &ExtractRequest) -> ExtractReport {
    ExtractReport {
        outcome: prove(request),
    }
}

fn prove(request: &ExtractRequest) -> Result<ProvedExtract, ExtractFault> {
    let signed = page::signed_in(&request.page).map_err(ExtractFault::Signed)?;
    let verified = signed.verify(&request.keys).map_err(ExtractFault::Signed)?;
    let difference = page::first_difference(&request.page, &verified);
    if let Some(line) = difference.map_err(ExtractFault::Signed)?
        && !removed(Check::PrintOut)
    {
        return Err(ExtractFault::Printed { line });
    }
    let (checkpoint, witnesses) = checkpoint(&verified, request)?;
    let proved = records::prove(verified.extract(), verified.origin(), &checkpoint)?;
    let extract = verified.extract();
    Ok(ProvedExtract {
        origin: verified.origin().clone(),
        made_at: Timestamp::from_micros(extract.made_at),
        digest: verified.digest(),
        records: extract.history.len() as u64,
        in_words: proved.in_words,
        governance_key: proved.governance_key,
        checkpoint,
        witnesses,
        deferred: extract.look_ups.as_ref().map_or(0, |looks| looks.deferred),
    })
}

/// The checkpoint that the proofs end in, signed by the log that signed the extract, with its witnesses.
fn checkpoint(
    verified: &VerifiedExtract,
    request: &ExtractRequest,
) -> Result<(Checkpoint, Vec<Witness>), ExtractFault> {
    let provenance = verified.extract().provenance.as_ref();
    let note = provenance.map_or("", |provenance| &provenance.checkpoint);
    let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes())
        .and_then(|checkpoint| checkpoint.verify(&request.keys))
        .map_err(ExtractFault::Checkpoint)?;
    if !checkpoint.is_of(verified.origin()) {
        let origin = checkpoint.origin().to_string();
        return Err(ExtractFault::OtherLog(origin));
    }
    let Some(policy) = &request.policy else {
        return Ok((checkpoint, Vec::new()));
    };
    let evaluation = policy.evaluate(&checkpoint);
    let evaluation = evaluation.map_err(ExtractFault::Cosignature)?;
    if !evaluation.has_quorum() && !removed(Check::Quorum) {
        let missing: Vec<String> = evaluation
            .missing()
            .iter()
            .map(ToString::to_string)
            .collect();
        let missing = missing.join(", ");
        return Err(ExtractFault::Quorum { missing });
    }
    let witness = evaluation
        .cosigners()
        .iter()
        .map(|(name, cosigner)| Witness {
            name: name.to_string(),
            cosigned_at_seconds: cosigner.time.as_seconds(),
        });
    let witnesses = witness.collect();
    Ok((checkpoint, witnesses))
}

/// An error with its cause.
fn in_full(error: &ExtractError) -> String {
    use std::error::Error as _;

    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    use fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

impl ExtractReport {
    /// Exit code of the program: 0, or that of the fault.
    pub fn exit_code(&self) -> u8 {
        let fault = self.outcome.as_ref().err();
        fault.map_or(EXIT_SOUND, |fault| fault.class().exit_code())
    }

    /// What was proved, or why the extract is not to be trusted.
    pub const fn outcome(&self) -> Result<&ProvedExtract, &ExtractFault> {
        self.outcome.as_ref()
    }

    /// The report as one JSON object. Members are added, never renamed or removed.
    pub fn to_json(&self) -> String {
        let (proved, fault) = (self.outcome.as_ref().ok(), self.outcome.as_ref().err());
        Json::Object(vec![
            ("sound", Json::Bool(proved.is_some())),
            ("exit_code", Json::Number(self.exit_code().into())),
            ("extract", Json::optional(proved, ProvedExtract::json)),
            (
                "fault",
                Json::optional(fault, |fault| {
                    Json::Object(vec![
                        ("class", Json::text(fault.class())),
                        ("what", Json::text(fault)),
                        ("remedy", Json::text(fault.class().remedy())),
                    ])
                }),
            ),
        ])
        .to_string()
    }
}

impl ProvedExtract {
    fn json(&self) -> Json {
        let witness = |witness: &Witness| {
            Json::Object(vec![
                ("name", Json::text(&witness.name)),
                (
                    "cosigned_at_seconds",
                    Json::Number(witness.cosigned_at_seconds),
                ),
            ])
        };
        Json::Object(vec![
            ("origin", Json::text(&self.origin)),
            ("made_at", Json::Signed(self.made_at.as_micros())),
            ("digest", Json::text(hex(&self.digest))),
            ("records", Json::Number(self.records)),
            ("in_words", Json::Number(self.in_words)),
            ("governance_key", Json::text(hex(&self.governance_key))),
            ("size", Json::Number(self.checkpoint.size().get())),
            ("root", Json::text(self.checkpoint.root())),
            (
                "witnesses",
                Json::Array(self.witnesses.iter().map(witness).collect()),
            ),
            ("deferred", Json::Number(self.deferred)),
        ])
    }
}

impl fmt::Display for ExtractReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(proved) => write!(f, "{proved}"),
            Err(fault) => {
                let class = fault.class();
                writeln!(f, "result       NOT SOUND: {class} ({})", class.exit_code())?;
                writeln!(f, "  what       {fault}")?;
                write!(f, "  remedy     {}", class.remedy())
            }
        }
    }
}

impl fmt::Display for ProvedExtract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, root) = (self.checkpoint.size(), self.checkpoint.root());
        writeln!(f, "extract      signed by {}", self.origin)?;
        writeln!(f, "  made       {}", Utc(self.made_at))?;
        writeln!(f, "  SHA-256    {}", hex(&self.digest))?;
        writeln!(f, "  printed    as it was signed")?;
        writeln!(
            f,
            "  records    {}, each in the ledger and signed by an enrolled author; {} of them in the words that were signed",
            self.records, self.in_words
        )?;
        writeln!(f, "  signed     tree of {size} records, root {root}")?;
        for witness in &self.witnesses {
            writeln!(f, "  witness    {witness}")?;
        }
        writeln!(f, "  governance {} (compare)", hex(&self.governance_key))?;
        write!(
            f,
            "result       sound; that nothing is left out is the registry's word alone"
        )
    }
}

#[cfg(test)]
pub(crate) mod tests;
