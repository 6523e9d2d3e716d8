//! Disclosures as FHIR and as CEF: goldens, the structure FHIR and BALP ask for, and hostile values.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{self as event, Disclosure, DisclosureVerb};
use serde_json::Value;

use super::golden;
use crate::disclosures::{Listing, cef, fhir};

const PERSON: &str = "367662731569";
const RECORDED_AT: i64 = 1_789_459_200_123_456;
const VERBS: [DisclosureVerb; 9] = [
    DisclosureVerb::Candidate,
    DisclosureVerb::Verified,
    DisclosureVerb::Opened,
    DisclosureVerb::Exported,
    DisclosureVerb::Synchronised,
    DisclosureVerb::Refused,
    DisclosureVerb::Corrected,
    DisclosureVerb::Acknowledged,
    DisclosureVerb::Alarmed,
];

fn disclosure(verb: DisclosureVerb) -> Disclosure {
    Disclosure {
        verb: verb.into(),
        agency: "BORDER".to_owned(),
        officer: "B3001".to_owned(),
        role: event::Role::BorderPolice.into(),
        purpose: "BORDER_CONTROL".to_owned(),
        legal_basis: "law:art. 7(2)-(3), 15".to_owned(),
        case_reference: "1405|7=x".to_owned(),
        method: "sabt.api.v1.Persons/GetPerson".to_owned(),
        field_groups: vec!["IDENTITY".to_owned(), "PRESENCE".to_owned()],
        policy_edition: "1405-1".to_owned(),
        subject: PERSON.to_owned(),
        answered_at: 48_631,
        request_digest: vec![0xab; 32],
        answer_digest: vec![0xcd; 32],
        salt: vec![0xef; 32],
        refusal: if verb == DisclosureVerb::Refused {
            "METHOD_NOT_ALLOWED".to_owned()
        } else {
            String::new()
        },
        ..Disclosure::default()
    }
}

fn answer(disclosures: Vec<Disclosure>, withheld: u64) -> api::ListDisclosuresResponse {
    api::ListDisclosuresResponse {
        info: Some(api::AnswerInfo {
            disclosure: Some(api::DisclosureReceipt {
                origin: "demo.example/sabt/disclosures".to_owned(),
                position: 7_502,
                recorded_at: RECORDED_AT,
                ..api::DisclosureReceipt::default()
            }),
            ..api::AnswerInfo::default()
        }),
        entries: (3..)
            .zip(disclosures)
            .map(|(position, disclosure)| api::DisclosureEntry {
                position,
                recorded_at: RECORDED_AT,
                disclosure: Some(disclosure),
                ..api::DisclosureEntry::default()
            })
            .collect(),
        withheld,
        ..api::ListDisclosuresResponse::default()
    }
}

fn listing(answer: &api::ListDisclosuresResponse) -> Listing<'_> {
    Listing {
        registry: "demo.example/sabt",
        person: PERSON,
        version: "0.1.0",
        answer,
    }
}

fn every_verb() -> api::ListDisclosuresResponse {
    let mut disclosures: Vec<_> = VERBS.into_iter().map(disclosure).collect();
    disclosures[2].embargo_until = RECORDED_AT + 1;
    disclosures[2].deferral_reason = "a search is under way".to_owned();
    disclosures[2].deferral_order = "1405/31".to_owned();
    disclosures[2].consent_reference = "FORM-7".to_owned();
    let mut answer = answer(disclosures, 2);
    answer.entries[2].withheld_until = RECORDED_AT + 2;
    answer.entries[2].extensions = vec![api::DeferralExtension {
        position: 48_700,
        recorded_at: RECORDED_AT,
        until: RECORDED_AT + 2,
        court: "Tehran 4".to_owned(),
        order_number: "1405/77".to_owned(),
    }];
    answer
}

#[test]
fn goldens() {
    let answer = every_verb();
    golden("disclosures-cef", &cef::lines(&listing(&answer)).join("\n"));
    let bundle = fhir::bundle(&listing(&answer));
    golden("disclosures-fhir", &format!("{bundle:#}"));
}

#[test]
fn a_person_is_always_told_how_many_entries_are_withheld() {
    for withheld in [0, 1, 7] {
        let answer = answer(vec![], withheld);
        let lines = cef::lines(&listing(&answer));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].ends_with(&format!(" cnt={withheld}")), "{lines:?}");
        let bundle = fhir::bundle(&listing(&answer));
        let told = &bundle["entry"][0]["resource"]["issue"][0]["diagnostics"];
        assert!(
            told.as_str()
                .unwrap()
                .starts_with(&format!("{withheld} entries"))
        );
    }
}

/// A moment beyond the years of FHIR is said to be missing, and no other stands in for it.
#[test]
fn a_moment_that_cannot_be_stated_is_not_made_up() {
    for micros in [i64::MAX, i64::MIN, -70_000_000_000_000_000] {
        let mut answer = every_verb();
        for entry in &mut answer.entries {
            (entry.recorded_at, entry.withheld_until) = (micros, micros);
        }
        let bundle = fhir::bundle(&listing(&answer));
        for event in audit_events(&bundle) {
            assert!(event["recorded"].is_null(), "{event}");
            let absent = &event["_recorded"]["extension"][0];
            assert_eq!(absent["valueCode"], "error", "{event}");
            assert!(!event.to_string().contains("1970-01-01"), "{event}");
            assert!(event.to_string().contains(&micros.to_string()), "{event}");
        }
    }
}

#[test]
fn every_verb_has_the_form_its_profile_asks_for() {
    let answer = every_verb();
    let bundle = fhir::bundle(&listing(&answer));
    let events = audit_events(&bundle);
    assert_eq!(events.len(), VERBS.len());
    for (verb, event) in VERBS.into_iter().zip(&events) {
        check_event(event);
        let profile = event["meta"]["profile"][0].as_str();
        let expected = match verb {
            DisclosureVerb::Candidate | DisclosureVerb::Verified => Some("PatientQuery"),
            DisclosureVerb::Opened => Some("PatientRead"),
            DisclosureVerb::Exported | DisclosureVerb::Synchronised | DisclosureVerb::Corrected => {
                Some("PrivacyDisclosure.Source")
            }
            DisclosureVerb::Refused
            | DisclosureVerb::Unspecified
            | DisclosureVerb::Alarmed
            | DisclosureVerb::Acknowledged => None,
        };
        let balp = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
        assert_eq!(
            profile,
            expected.map(|name| format!("{balp}{name}")).as_deref()
        );
        check_profile(expected, event);
        let failed = verb == DisclosureVerb::Refused;
        assert_eq!(event["outcome"], if failed { "8" } else { "0" });
        assert_eq!(event["outcomeDesc"].is_string(), failed);
    }
}

fn audit_events(bundle: &Value) -> Vec<Value> {
    assert_eq!(bundle["resourceType"], "Bundle");
    assert_eq!(bundle["type"], "collection");
    let entries = bundle["entry"].as_array().unwrap();
    let urls: BTreeSet<_> = entries
        .iter()
        .map(|e| e["fullUrl"].as_str().unwrap())
        .collect();
    assert_eq!(urls.len(), entries.len(), "two entries under one address");
    entries
        .iter()
        .map(|entry| entry["resource"].clone())
        .filter(|resource| resource["resourceType"] == "AuditEvent")
        .collect()
}

/// What FHIR R4 requires of every `AuditEvent`, and that codes stand in their value sets.
fn check_event(event: &Value) {
    check_strings(event);
    let id = event["id"].as_str().unwrap();
    assert!(
        id.len() <= 64
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    );
    check_coding(&event["type"]);
    check_coding(&event["subtype"][0]);
    assert!(["C", "R", "U", "D", "E"].contains(&event["action"].as_str().unwrap()));
    assert!(["0", "4", "8", "12"].contains(&event["outcome"].as_str().unwrap()));
    check_instant(event["recorded"].as_str().unwrap());
    assert!(event["source"]["observer"]["identifier"]["value"].is_string());
    check_coding(&event["source"]["type"][0]);
    let agents = event["agent"].as_array().unwrap();
    let requestors = agents.iter().filter(|a| a["requestor"].as_bool().unwrap());
    assert_eq!(requestors.count(), 1);
    for agent in agents {
        check_coding(&agent["type"]["coding"][0]);
        assert!(agent["who"]["identifier"]["value"].is_string());
    }
    for entity in event["entity"].as_array().unwrap() {
        check_coding(&entity["type"]);
        check_coding(&entity["role"]);
        // sev-1: either a name or a query, not both.
        assert!(entity["name"].is_null() || entity["query"].is_null());
        for detail in entity["detail"].as_array().into_iter().flatten() {
            assert!(detail["type"].is_string() && detail["valueString"].is_string());
        }
    }
}

/// What BALP adds: the roles of agents, the person among the entities, a query or data beside.
fn check_profile(profile: Option<&str>, event: &Value) {
    let agent = |code: &str| {
        let of_type = |a: &&Value| a["type"]["coding"][0]["code"] == code;
        let mut found = event["agent"].as_array().unwrap().iter().filter(of_type);
        let agent = found.next().unwrap().clone();
        assert!(found.next().is_none());
        agent
    };
    let entity = |code: &str| {
        let of_type = |e: &&Value| e["type"]["code"] == code;
        event["entity"]
            .as_array()
            .unwrap()
            .iter()
            .find(of_type)
            .unwrap()
            .clone()
    };
    let server = match profile {
        Some("PatientRead" | "PrivacyDisclosure.Source") => agent("110153"),
        _ => agent("110152"),
    };
    assert_eq!(server["who"], event["source"]["observer"]);
    for system in [agent("110152"), agent("110153")] {
        assert!(system["network"].is_object());
    }
    assert!(agent("IRCP")["network"].is_null());
    let person = entity("1");
    assert_eq!(person["what"]["type"], "Patient");
    assert_eq!(person["what"]["identifier"]["value"], PERSON);
    assert_eq!(person["role"]["code"], "1");
    let beside = entity("2");
    let (kind, action, query) = match profile {
        Some("PatientRead") => ("rest", "R", false),
        Some("PrivacyDisclosure.Source") => ("110106", "R", false),
        _ => ("rest", "E", true),
    };
    assert_eq!(event["type"]["code"], kind);
    assert_eq!(event["action"], action);
    assert_eq!(beside["role"]["code"], if query { "24" } else { "4" });
    assert_eq!(beside["what"].is_null(), query);
    assert_eq!(beside["_query"].is_object(), query);
    assert!(beside["detail"].is_null());
}

fn check_coding(coding: &Value) {
    assert!(
        coding["system"].as_str().unwrap().starts_with("http"),
        "{coding}"
    );
    let code = coding["code"].as_str().unwrap();
    assert!(
        !code.is_empty() && code.trim() == code && !code.contains("  "),
        "{code}"
    );
}

/// FHIR's pattern of an instant, in so far as it is used: `YYYY-MM-DDThh:mm:ss.ffffffZ`.
fn check_instant(text: &str) {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000000Z");
}

/// No string is empty or holds control characters, and no array or object is empty.
fn check_strings(value: &Value) {
    match value {
        Value::String(text) => {
            assert!(!text.trim().is_empty() && !text.chars().any(char::is_control));
        }
        Value::Array(items) => {
            assert!(!items.is_empty());
            items.iter().for_each(check_strings);
        }
        Value::Object(fields) => {
            assert!(!fields.is_empty());
            fields.values().for_each(check_strings);
        }
        Value::Null => panic!("null in FHIR"),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A reader of CEF after the standard, which knows nothing of the writer: seven fields of a header, then the extension.
fn read_cef(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let mut fields = vec![String::new()];
    let mut rest = line.chars();
    while fields.len() <= 7 {
        match rest.next().expect("a header of seven fields") {
            '\\' => fields.last_mut().unwrap().push(rest.next().unwrap()),
            '|' => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields.pop();
    // A key is the word before an equals sign that is not escaped.
    let rest: Vec<char> = rest.collect();
    let mut signs = vec![];
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '=' => {
                signs.push(at);
                at += 1;
            }
            _ => at += 1,
        }
    }
    let begin = |sign: usize| {
        let gap = rest[..sign].iter().rposition(|c| *c == ' ');
        gap.map_or(0, |gap| gap + 1)
    };
    let pairs = (0..signs.len()).map(|index| {
        let key = rest[begin(signs[index])..signs[index]].iter().collect();
        let end = signs
            .get(index + 1)
            .map_or(rest.len(), |next| begin(*next) - 1);
        let mut value = String::new();
        let mut chars = rest[signs[index] + 1..end].iter();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next().unwrap() {
                    'n' => value.push('\n'),
                    c => value.push(*c),
                },
                c => value.push(*c),
            }
        }
        (key, value)
    });
    (fields, pairs.collect())
}

/// What of a value must come through: everything but control characters and line ends, which have one form each.
fn essence(text: &str) -> String {
    let strange = |c: &char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffd}')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let plain: String = text.chars().filter(|c| !strange(c)).collect();
    plain.trim().to_owned()
}

/// Text of letters and of everything that means something to a reader of logs.
fn hostile() -> impl Strategy<Value = String> {
    let signs = prop::sample::select(vec![
        "\\",
        "|",
        "=",
        "\n",
        "\r",
        "\r\n",
        "\u{85}",
        "\u{2028}",
        "\u{1c}",
        "\u{202e}",
        "\0",
        " ",
        "\"",
        "act=OPENED",
        " duid=1",
        "CEF:0|a|b|c|d|e|9|",
        "\\=",
        "\\\\n",
        "\u{62b}",
        "x",
    ]);
    let word = prop_oneof![signs.prop_map(str::to_owned), any::<String>()];
    prop::collection::vec(word, 0..6).prop_map(|words| words.concat())
}

/// A disclosure whose texts are what somebody said.
fn lying(verb: DisclosureVerb, said: &[String]) -> Disclosure {
    Disclosure {
        agency: said[0].clone(),
        officer: said[1].clone(),
        purpose: said[2].clone(),
        legal_basis: said[3].clone(),
        case_reference: said[4].clone(),
        method: said[5].clone(),
        field_groups: vec![said[6].clone()],
        policy_edition: said[7].clone(),
        ..disclosure(verb)
    }
}

proptest! {
    #[test]
    fn no_value_forges_a_field_or_a_line(
        said in prop::collection::vec(hostile(), 8),
        verb in prop::sample::select(VERBS.to_vec()),
    ) {
        let lying = lying(verb, &said);
        let answer = answer(vec![lying.clone()], 1);
        let lines = cef::lines(&listing(&answer));
        prop_assert_eq!(lines.len(), 2);
        let ends = |c: char| {
            matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
        };
        prop_assert!(!lines[0].contains(ends));
        let (header, fields) = read_cef(&lines[0]);
        prop_assert_eq!(&header[..4], ["CEF:0", "Sabt", "Registry", "0.1.0"]);
        prop_assert_eq!(&header[4], &format!("DISCLOSURE_{}", verb.as_str_name().trim_start_matches("DISCLOSURE_VERB_")));
        let mut seen = BTreeSet::new();
        for (key, _) in &fields {
            prop_assert!(seen.insert(key.clone()), "{} stands twice", key);
        }
        let value = |key: &str| fields.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v.as_str());
        prop_assert_eq!(value("act"), header[4].trim_start_matches("DISCLOSURE_"));
        prop_assert_eq!(value("duid"), PERSON);
        let known = [
            "rt", "externalId", "deviceExternalId", "act", "outcome", "reason", "suid", "spriv", "duid", "request",
            "cs1Label", "cs1", "cs2Label", "cs2", "cs3Label", "cs3", "cs4Label", "cs4", "cs5Label", "cs5", "cs6Label",
            "cs6",
        ];
        prop_assert!(seen.iter().all(|key| known.contains(&key.as_str())), "{:?}", seen);
        for (key, text) in [
            ("suid", &lying.officer), ("request", &lying.method), ("cs1", &lying.agency), ("cs2", &lying.purpose),
            ("cs3", &lying.legal_basis), ("cs4", &lying.case_reference), ("cs6", &lying.policy_edition),
        ] {
            prop_assert_eq!(essence(value(key)), essence(text), "{}", key);
        }
    }

    #[test]
    fn no_value_breaks_the_form_of_fhir(
        said in prop::collection::vec(hostile(), 8),
        verb in prop::sample::select(VERBS.to_vec()),
    ) {
        let answer = answer(vec![lying(verb, &said)], 1);
        let bundle = fhir::bundle(&listing(&answer));
        let read: Value = serde_json::from_str(&bundle.to_string()).unwrap();
        let events = audit_events(&read);
        prop_assert_eq!(events.len(), 1);
        check_event(&events[0]);
    }
}
