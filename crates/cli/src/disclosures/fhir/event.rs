//! One disclosure as one `AuditEvent`.

use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{Disclosure, DisclosureVerb, Role};
use serde_json::{Value, json};

use super::{Systems, instant, moment, text};

const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const LIFECYCLE: &str = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// What the pattern of a verb fixes.
struct Pattern {
    profile: Option<&'static str>,
    kind: (&'static str, &'static str),
    subtype: (&'static str, &'static str),
    action: &'static str,
    /// DICOM codes of the asking system and of the registry. BALP turns them round between query and read.
    client: &'static str,
    server: &'static str,
    /// What stands beside the person: a query that is not kept, or data that left.
    object: Object,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Object {
    Query,
    Data,
}

const SOURCE: &str = "110153";
const DESTINATION: &str = "110152";

const fn pattern(verb: DisclosureVerb) -> Pattern {
    let query = Pattern {
        profile: Some("PatientQuery"),
        kind: (EVENT_TYPE, "rest"),
        subtype: (INTERACTION, "search"),
        action: "E",
        client: SOURCE,
        server: DESTINATION,
        object: Object::Query,
    };
    let read = Pattern {
        profile: Some("PatientRead"),
        subtype: (INTERACTION, "read"),
        action: "R",
        client: DESTINATION,
        server: SOURCE,
        object: Object::Data,
        ..query
    };
    match verb {
        DisclosureVerb::Candidate => query,
        DisclosureVerb::Verified => Pattern {
            subtype: (INTERACTION, "operation"),
            ..query
        },
        DisclosureVerb::Opened => read,
        DisclosureVerb::Exported | DisclosureVerb::Synchronised | DisclosureVerb::Corrected => {
            Pattern {
                profile: Some("PrivacyDisclosure.Source"),
                kind: (DICOM, "110106"),
                subtype: (LIFECYCLE, "disclose"),
                ..read
            }
        }
        // An acknowledgement tells nothing: no profile of a disclosure fits it.
        DisclosureVerb::Acknowledged
        | DisclosureVerb::Alarmed
        | DisclosureVerb::Refused
        | DisclosureVerb::Unspecified => Pattern {
            profile: None,
            subtype: (INTERACTION, "operation"),
            ..query
        },
    }
}

/// The entry as an `AuditEvent`; `None` if it holds no disclosure.
pub(super) fn audit_event(systems: &Systems<'_>, entry: &api::DisclosureEntry) -> Option<Value> {
    let disclosure = entry.disclosure.as_ref()?;
    let pattern = pattern(disclosure.verb());
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": format!("disclosure-{}", entry.position),
        "type": coding(pattern.kind),
        "subtype": [coding(pattern.subtype)],
        "action": pattern.action,
        "outcome": "0",
        "purposeOfEvent": [purpose(systems, disclosure)],
        "agent": agents(systems, &pattern, disclosure),
        "source": {
            "observer": { "identifier": { "value": text(systems.registry) } },
            "type": [coding((SOURCE_TYPE, "4"))],
        },
        "entity": entities(systems, &pattern, entry, disclosure),
    });
    match instant(entry.recorded_at) {
        Some(at) => event["recorded"] = at.into(),
        // The element is asked for, and has no value that would be true.
        None => event["_recorded"] = absent("error"),
    }
    if let Some(profile) = pattern.profile {
        event["meta"] = json!({ "profile": [format!("{PROFILE}.{profile}")] });
    }
    if disclosure.verb() == DisclosureVerb::Refused {
        event["outcome"] = "8".into();
        event["outcomeDesc"] = text(&disclosure.refusal).into();
    }
    Some(event)
}

/// Why it was asked. The registry's own code, HL7's where it has one, and the legal basis in words.
fn purpose(systems: &Systems<'_>, disclosure: &Disclosure) -> Value {
    let mut coded = Vec::new();
    // A refused question may state anything; only what is in the closed list is a code.
    if let Some(purpose) = Purpose::from_code(&disclosure.purpose) {
        coded.push(coding((&systems.system("purpose"), purpose.code())));
        if purpose == Purpose::SubjectAccess {
            coded.push(coding((ACT_REASON, "PATRQT")));
        }
    }
    let words = format!(
        "{}: {}",
        text(&disclosure.purpose),
        text(&disclosure.legal_basis)
    );
    if coded.is_empty() {
        return json!({ "text": words });
    }
    json!({ "coding": coded, "text": words })
}

/// The officer, the agency's system, the registry.
fn agents(systems: &Systems<'_>, pattern: &Pattern, disclosure: &Disclosure) -> Value {
    let role = disclosure.role();
    let mut officer = json!({
        "type": { "coding": [coding((PARTICIPATION, "IRCP"))] },
        "who": {
            "identifier": {
                "system": systems.system("officer"),
                "value": text(&disclosure.officer),
                "assigner": { "display": text(&disclosure.agency) },
            },
        },
        "requestor": true,
        "purposeOfUse": [purpose(systems, disclosure)],
    });
    if role != Role::Unspecified {
        let name = role.as_str_name();
        let code = name.strip_prefix("ROLE_").unwrap_or(name);
        officer["role"] = json!([{ "coding": [coding((&systems.system("role"), code))] }]);
    }
    if !disclosure.policy_edition.is_empty() {
        let edition: String = (disclosure.policy_edition.chars())
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
            .collect();
        officer["policy"] = json!([systems.system(&format!("access-matrix/{edition}"))]);
    }
    json!([
        officer,
        {
            "type": { "coding": [coding((DICOM, pattern.client))] },
            "who": { "identifier": systems.identifier("agency", &disclosure.agency) },
            "requestor": false,
            "network": absent("unknown"),
        },
        {
            "type": { "coding": [coding((DICOM, pattern.server))] },
            "who": { "identifier": { "value": text(systems.registry) } },
            "requestor": false,
            "network": absent("unknown"),
        },
    ])
}

/// The person, and the query or the data, with what the record holds beside.
fn entities(
    systems: &Systems<'_>,
    pattern: &Pattern,
    entry: &api::DisclosureEntry,
    disclosure: &Disclosure,
) -> Value {
    let mut entities = Vec::new();
    if !disclosure.subject.is_empty() {
        entities.push(json!({
            "what": {
                "type": "Patient",
                "identifier": systems.identifier("number", &disclosure.subject),
            },
            "type": coding((ENTITY_TYPE, "1")),
            "role": coding((OBJECT_ROLE, "1")),
        }));
    }
    let record = systems.identifier("disclosures", &entry.position.to_string());
    entities.push(match pattern.object {
        Object::Query => json!({
            "type": coding((ENTITY_TYPE, "2")),
            "role": coding((OBJECT_ROLE, "24")),
            "description": text(&disclosure.method),
            "_query": absent("masked"),
        }),
        Object::Data => json!({
            "what": { "identifier": record },
            "type": coding((ENTITY_TYPE, "2")),
            "role": coding((OBJECT_ROLE, "4")),
            "description": text(&disclosure.method),
        }),
    });
    // The ledger's record: what settles a dispute about question or answer.
    entities.push(json!({
        "what": { "identifier": record },
        "type": coding((ENTITY_TYPE, "4")),
        "role": coding((OBJECT_ROLE, "13")),
        "detail": details(entry, disclosure),
    }));
    entities.into()
}

fn details(entry: &api::DisclosureEntry, disclosure: &Disclosure) -> Value {
    let mut details = vec![json!({
        "type": "answeredAt",
        "valueString": disclosure.answered_at.to_string(),
    })];
    for (name, value) in [
        ("legalBasis", &disclosure.legal_basis),
        ("caseReference", &disclosure.case_reference),
        ("fieldGroups", &disclosure.field_groups.join(" ")),
        ("policyEdition", &disclosure.policy_edition),
        ("consentReference", &disclosure.consent_reference),
        ("deferralReason", &disclosure.deferral_reason),
        ("deferralOrder", &disclosure.deferral_order),
    ] {
        if !value.trim().is_empty() {
            details.push(json!({ "type": name, "valueString": text(value) }));
        }
    }
    if entry.withheld_until != 0 {
        let until = moment(entry.withheld_until);
        details.push(json!({ "type": "withheldUntil", "valueString": until }));
    }
    for order in &entry.extensions {
        let until = moment(order.until);
        let words = format!("{} {}, until {until}", order.court, order.order_number);
        details.push(json!({ "type": "extension", "valueString": text(&words) }));
    }
    for (name, bytes) in [
        ("requestDigest", &disclosure.request_digest),
        ("answerDigest", &disclosure.answer_digest),
        ("salt", &disclosure.salt),
    ] {
        if !bytes.is_empty() {
            details.push(json!({ "type": name, "valueString": hex::encode(bytes) }));
        }
    }
    details.into()
}

fn coding((system, code): (&str, &str)) -> Value {
    json!({ "system": system, "code": code })
}

/// An element whose value is not there, and why (FHIR R4 `data-absent-reason`).
fn absent(why: &str) -> Value {
    json!({ "extension": [{ "url": ABSENT, "valueCode": why }] })
}
