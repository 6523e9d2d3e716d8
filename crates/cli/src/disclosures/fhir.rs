//! HL7 FHIR R4 `AuditEvent`s by IHE Basic Audit Log Patterns (BALP 1.1).
//!
//! | verb | profile | interaction |
//! |---|---|---|
//! | candidate | `PatientQuery` | search, a name or a document was asked for |
//! | verified | `PatientQuery` | operation, answered by a verdict |
//! | opened | `PatientRead` | read |
//! | exported, synchronised | `PrivacyDisclosure.Source` | data left for another custodian |
//! | refused | none: BALP has patterns of success alone | operation, outcome 8 |
//!
//! The registry keeps digests of question and answer and no network addresses. Where a profile asks for those, the
//! element says so by `data-absent-reason`; nothing is made up.

mod event;

use sabt_proto::api::v1 as api;
use serde_json::{Value, json};

use super::Listing;
use crate::text::date_time;

/// Every entry in one Bundle, and how many are withheld: that number is always told, also when it is 0.
pub fn bundle(listing: &Listing<'_>) -> Value {
    let systems = Systems {
        registry: listing.registry,
    };
    let mut entries: Vec<_> = (listing.answer.entries.iter())
        .filter_map(|entry| event::audit_event(&systems, entry))
        .map(|resource| systems.entry(&resource))
        .collect();
    entries.push(systems.entry(&withheld(listing.answer)));
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "collection",
        "entry": entries,
    });
    if let Some(receipt) = listing.receipt() {
        bundle["identifier"] = systems.identifier("disclosures", &receipt.position.to_string());
        if let Some(at) = instant(receipt.recorded_at) {
            bundle["timestamp"] = at.into();
        }
    }
    bundle
}

/// What is not shown, in the one resource that is made to say so.
fn withheld(answer: &api::ListDisclosuresResponse) -> Value {
    let text = format!(
        "{} entries are withheld until their embargo ends",
        answer.withheld
    );
    let code = match answer.withheld {
        0 => "informational",
        _ => "suppressed",
    };
    let mut issues = vec![json!({
        "severity": "information",
        "code": code,
        "diagnostics": text,
    })];
    if answer.earlier != 0 {
        issues.push(json!({
            "severity": "warning",
            "code": "incomplete",
            "diagnostics": format!("{} earlier entries are not listed", answer.earlier),
        }));
    }
    json!({ "resourceType": "OperationOutcome", "id": "withheld", "issue": issues })
}

/// Namespaces of this registry's codes and numbers.
#[derive(Debug)]
struct Systems<'a> {
    registry: &'a str,
}

impl Systems<'_> {
    fn system(&self, kind: &str) -> String {
        format!("https://{}/{kind}", self.registry)
    }

    fn identifier(&self, kind: &str, value: &str) -> Value {
        json!({ "system": self.system(kind), "value": text(value) })
    }

    /// An entry of the bundle under an address of its own.
    fn entry(&self, resource: &Value) -> Value {
        let part = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
        let kind = self.system(&part("resourceType"));
        let url = format!("{kind}/{}", part("id"));
        json!({ "fullUrl": url, "resource": resource })
    }
}

/// Microseconds UTC as a FHIR instant: `2026-09-15T08:00:00.000000Z`. `None` beyond the years that an instant can state:
/// no other moment stands in for one.
fn instant(micros: i64) -> Option<String> {
    let fraction = micros.rem_euclid(1_000_000);
    let seconds = date_time(micros.div_euclid(1_000_000), 'T')?;
    Some(format!("{seconds}.{fraction:06}Z"))
}

/// The same in a text, where a moment beyond those years is told by its microseconds.
fn moment(micros: i64) -> String {
    instant(micros).unwrap_or_else(|| format!("{micros} microseconds after 1970"))
}

/// Text as FHIR allows it: no control characters, not empty.
fn text(value: &str) -> String {
    let clean: String = value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match clean.trim() {
        "" => "unknown".to_owned(),
        clean => clean.to_owned(),
    }
}
