//! A refusal, as the registry told it, in plain words.

use std::collections::BTreeMap;
use std::fmt;

use sabt_proto::api::v1 as api;
use serde_json::{Value, json};
use tonic::Status;
use tonic_types::StatusExt as _;

/// Keys of `ErrorInfo.metadata` that have their own place.
const RULE: &str = "rule";
const REMEDY: &str = "remedy";

/// Why the registry refused, and what would make it pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Stable code, e.g. `VERSION_CONFLICT`.
    pub reason: String,
    /// What happened.
    pub message: String,
    /// Article, design promise or limit that stands against it.
    pub rule: String,
    /// What would make it pass.
    pub remedy: String,
    /// More about it, by name: numbers of the policy, limits, fields in violation.
    pub details: BTreeMap<String, String>,
}

impl Refused {
    /// The refusal in a failed call; `None` if the call failed for another reason than a refusal.
    pub fn from_status(status: &Status) -> Option<Self> {
        let info = status.get_details_error_info()?;
        let mut details: BTreeMap<String, String> = info.metadata.into_iter().collect();
        let rule = details.remove(RULE).unwrap_or_default();
        let remedy = details.remove(REMEDY).unwrap_or_default();
        if let Some(request) = status.get_details_bad_request() {
            let violations = request.field_violations.into_iter();
            details.extend(violations.map(|violation| (violation.field, violation.description)));
        }
        let message = status.message().to_owned();
        Some(Self {
            reason: info.reason,
            message,
            rule,
            remedy,
            details,
        })
    }

    /// As one JSON object.
    pub fn to_json(&self) -> Value {
        let Self {
            reason,
            message,
            rule,
            remedy,
            details,
        } = self;
        json!({
            "reason": reason, "message": message, "rule": rule, "remedy": remedy,
            "details": details,
        })
    }

    /// A few lines for a table.
    pub fn brief(&self) -> String {
        let Self {
            reason,
            message,
            rule,
            remedy,
            details,
        } = self;
        let mut lines = vec![format!("{reason}: {message}"), format!("{rule}: {remedy}")];
        lines.extend(
            details
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        lines.join("\n")
    }

    /// The option of this program that supplies what was missing.
    fn hint(&self) -> Option<&'static str> {
        match self.reason.as_str() {
            "CASE_REFERENCE_MISSING" => Some("give it with --case NUMBER"),
            "CONSENT_MISSING" => Some("give it with --consent REFERENCE"),
            "LEGAL_BASIS_MISSING" => Some("give it with --legal-basis TEXT"),
            "PURPOSE_MISSING" | "PURPOSE_UNKNOWN" | "PURPOSE_NOT_ALLOWED" => {
                Some("choose another with --purpose CODE, or ask --as somebody else")
            }
            "METHOD_NOT_ALLOWED" => Some("ask --as somebody whose work it is"),
            "UNKNOWN_RECORD" => {
                Some("a ledger shorter than the state file says was cut or replaced")
            }
            _ => None,
        }
    }
}

impl From<api::Refusal> for Refused {
    fn from(refusal: api::Refusal) -> Self {
        let mut details: BTreeMap<String, String> = refusal.metadata.into_iter().collect();
        details.remove(RULE);
        details.remove(REMEDY);
        Self {
            reason: refusal.reason,
            message: refusal.message,
            rule: refusal.rule,
            remedy: refusal.remedy,
            details,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {}", self.message)?;
        write!(f, "\n  reason  {}", self.reason)?;
        write!(f, "\n  rule    {}", self.rule)?;
        write!(f, "\n  remedy  {}", self.remedy)?;
        for (name, value) in &self.details {
            write!(f, "\n  {name}: {value}")?;
        }
        if let Some(hint) = self.hint() {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}
