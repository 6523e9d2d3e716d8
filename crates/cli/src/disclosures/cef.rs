//! Common Event Format, version 0 (`ArcSight` CEF Implementation Standard): one line an entry.
//!
//! Fields of the header are fixed; everything that was said by an asker stands in the extension, where a backslash, an
//! equals sign and a line break are escaped. So no value can begin a field or a line.

use std::fmt::{Display, Write as _};

use sabt_proto::event::v1::{Disclosure, DisclosureVerb};

use super::Listing;

/// Vendor and product in every header.
const PRODUCT: &str = "Sabt|Registry";

/// Class of the line that tells how many entries are withheld.
const WITHHELD: Class = Class {
    id: "DISCLOSURES_WITHHELD",
    name: "Entries withheld until their embargo ends",
    severity: 3,
};

/// What is fixed for a class of events. The severity, 0 to 10, speaks of how much left the registry, never of the person.
#[derive(Debug, Clone, Copy)]
struct Class {
    id: &'static str,
    name: &'static str,
    severity: u8,
}

/// Every entry on a line, then how many are withheld: that number is always told, also when it is 0.
pub fn lines(listing: &Listing<'_>) -> Vec<String> {
    let mut lines: Vec<_> = (listing.answer.entries.iter())
        .filter_map(|entry| {
            let disclosure = entry.disclosure.as_ref()?;
            let mut line = Line::new(listing.version, class(disclosure.verb()));
            line.field("rt", &entry.recorded_at.div_euclid(1_000));
            line.field("externalId", &entry.position);
            line.field("deviceExternalId", listing.registry);
            say(&mut line, disclosure);
            if entry.withheld_until != 0 {
                line.field("deviceCustomDate1Label", "withheldUntil");
                let millis = entry.withheld_until.div_euclid(1_000);
                line.field("deviceCustomDate1", &millis);
                if !disclosure.deferral_order.trim().is_empty() {
                    line.field("flexString1Label", "deferralOrder");
                    line.field("flexString1", &disclosure.deferral_order);
                }
            }
            Some(line.text)
        })
        .collect();
    let mut line = Line::new(listing.version, WITHHELD);
    if let Some(receipt) = listing.receipt() {
        line.field("rt", &receipt.recorded_at.div_euclid(1_000));
    }
    line.field("deviceExternalId", listing.registry);
    line.field("duid", listing.person);
    line.field("cnt", &listing.answer.withheld);
    if listing.answer.earlier != 0 {
        line.field("cn1Label", "earlierNotListed");
        line.field("cn1", &listing.answer.earlier);
    }
    lines.push(line.text);
    lines
}

fn say(line: &mut Line, disclosure: &Disclosure) {
    let refused = disclosure.verb() == DisclosureVerb::Refused;
    let role = disclosure.role().as_str_name();
    line.field("act", verb(disclosure.verb()));
    line.field("outcome", if refused { "failure" } else { "success" });
    line.field("reason", &disclosure.refusal);
    line.field("suid", &disclosure.officer);
    line.field("spriv", role.strip_prefix("ROLE_").unwrap_or(role));
    line.field("duid", &disclosure.subject);
    line.field("request", &disclosure.method);
    if !disclosure.consent_reference.trim().is_empty() {
        line.field("flexString2Label", "consentReference");
        line.field("flexString2", &disclosure.consent_reference);
    }
    for (number, label, value) in [
        (1, "agency", &disclosure.agency),
        (2, "purpose", &disclosure.purpose),
        (3, "legalBasis", &disclosure.legal_basis),
        (4, "caseReference", &disclosure.case_reference),
        (5, "fieldGroups", &disclosure.field_groups.join(",")),
        (6, "policyEdition", &disclosure.policy_edition),
    ] {
        if !value.trim().is_empty() {
            line.field(&format!("cs{number}Label"), label);
            line.field(&format!("cs{number}"), value);
        }
    }
}

const fn class(verb: DisclosureVerb) -> Class {
    let (id, name, severity) = match verb {
        DisclosureVerb::Unspecified => ("DISCLOSURE", "Disclosure of unknown kind", 5),
        DisclosureVerb::Candidate => ("DISCLOSURE_CANDIDATE", "Person listed as a candidate", 3),
        DisclosureVerb::Verified => ("DISCLOSURE_VERIFIED", "Document or stay verified", 1),
        DisclosureVerb::Opened => ("DISCLOSURE_OPENED", "Record of a person opened", 4),
        DisclosureVerb::Exported => ("DISCLOSURE_EXPORTED", "Record of a person exported", 5),
        DisclosureVerb::Synchronised => {
            ("DISCLOSURE_SYNCHRONISED", "Events delivered by a feed", 4)
        }
        DisclosureVerb::Refused => ("DISCLOSURE_REFUSED", "Request refused", 6),
        DisclosureVerb::Corrected => ("DISCLOSURE_CORRECTED", "Correction delivered", 2),
        DisclosureVerb::Alarmed => ("DISCLOSURE_ALARMED", "Record opened in an emergency", 8),
        DisclosureVerb::Acknowledged => ("DISCLOSURE_ACKNOWLEDGED", "Correction acknowledged", 1),
    };
    Class { id, name, severity }
}

fn verb(verb: DisclosureVerb) -> &'static str {
    let name = verb.as_str_name();
    name.strip_prefix("DISCLOSURE_VERB_").unwrap_or(name)
}

/// A line in the making.
struct Line {
    text: String,
    fields: usize,
}

impl Line {
    fn new(version: &str, class: Class) -> Self {
        let text = format!(
            "CEF:0|{PRODUCT}|{}|{}|{}|{}|",
            header(version),
            class.id,
            class.name,
            class.severity
        );
        Self { text, fields: 0 }
    }

    /// Adds a field; an empty one says nothing and is left out.
    fn field(&mut self, key: &str, value: &(impl Display + ?Sized)) {
        let value = extension(&value.to_string());
        if value.is_empty() {
            return;
        }
        let gap = if self.fields == 0 { "" } else { " " };
        self.fields += 1;
        // Writing to a String cannot fail.
        let _infallible = write!(self.text, "{gap}{key}={value}");
    }
}

/// A value of the header: backslash and pipe escaped; a header cannot hold a line break.
fn header(value: &str) -> String {
    escape(value, '|', " ")
}

/// A value of the extension: backslash and equals sign escaped, line breaks written as `\n`.
fn extension(value: &str) -> String {
    escape(value.trim(), '=', "\\n")
}

/// Characters at which some reader ends a line become `line_break`; other control characters, and those that reorder
/// text on a screen, become U+FFFD.
fn escape(value: &str, special: char, line_break: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push_str("\\\\"),
            c if c == special => out.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n'
            | '\r'
            | '\u{b}'
            | '\u{c}'
            | '\u{1c}'..='\u{1e}'
            | '\u{85}'
            | '\u{2028}'
            | '\u{2029}' => out.push_str(line_break),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
