//! Answers as tables for people. Text in Arabic script is isolated, so that columns stay in their places
//! on terminals that order right-to-left text.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;

/// A line under the header and nothing else: frames between columns break where terminals order
/// right-to-left text.
const STYLE: TableStyle = TableStyle::new()
    .header_separator(LineStyle::none().fill('\u{2500}').junction('\u{2500}'));

/// A table with a header.
pub fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    table
}

/// Wraps text that holds right-to-left letters in a first-strong isolate (Unicode UAX 9).
pub fn isolate(text: &str) -> String {
    let right_to_left = |c: char| matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC);
    if text.chars().any(right_to_left) {
        format!("\u{2068}{text}\u{2069}")
    } else {
        text.to_owned()
    }
}

/// Lower-hex, first eight bytes: enough to recognise a link or id on a screen.
pub fn short(bytes: &[u8]) -> String {
    hex::encode(bytes.get(..8).unwrap_or(bytes))
}

/// Microseconds UTC as `2026-11-22 01:20:18Z`; a dash for zero.
pub fn instant(micros: i64) -> String {
    if micros == 0 {
        return "-".to_owned();
    }
    time::OffsetDateTime::from_unix_timestamp(micros.div_euclid(1_000_000)).map_or_else(
        |_| micros.to_string(),
        |at| {
            format!(
                "{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z",
                at.year(),
                u8::from(at.month()),
                at.day(),
                at.hour(),
                at.minute(),
                at.second()
            )
        },
    )
}

/// A date as stated, with its calendar: `1399-09-09 Jalali`; a dash when absent.
pub fn date(date: Option<&event::Date>) -> String {
    let Some(date) = date else { return "-".to_owned() };
    let calendar = match date.calendar() {
        event::Calendar::Gregorian => "Gregorian",
        event::Calendar::Jalali => "Jalali",
        event::Calendar::Hijri => "Hijri",
        event::Calendar::Unspecified => "?",
    };
    match (date.month, date.day) {
        (0, _) => format!("{:04} {calendar}", date.year),
        (month, 0) => format!("{:04}-{month:02} {calendar}", date.year),
        (month, day) => format!("{:04}-{month:02}-{day:02} {calendar}", date.year),
    }
}

/// The last words of an enum name: `RESIDENCE_KIND_THREE_YEAR` of prefix `RESIDENCE_KIND_` is `three year`.
pub fn word(name: &str, prefix: &str) -> String {
    let rest = name.strip_prefix(prefix).unwrap_or(name);
    if rest == "UNSPECIFIED" { "-".to_owned() } else { rest.to_lowercase().replace('_', " ") }
}

/// A name on one line.
pub fn name(name: &event::Name) -> String {
    let text = format!("{} {}", name.given, name.family);
    isolate(text.trim())
}

/// Names of a person, written form first.
pub fn names(particulars: &event::Particulars) -> String {
    particulars.names.iter().map(name).collect::<Vec<_>>().join("\n")
}

/// An address on one line.
pub fn address(address: &event::Address) -> String {
    [&address.province, &address.county, &address.locality, &address.street]
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|part| isolate(part))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A verdict and, if it is not valid, why.
pub fn verdict(verdict: api::Verdict, reason_class: &str) -> String {
    let word = word(verdict.as_str_name(), "VERDICT_");
    if reason_class.is_empty() { word } else { format!("{word} ({})", reason_class.to_lowercase()) }
}

/// Who stands in a relation.
pub fn party(party: Option<&event::Party>) -> String {
    match party.and_then(|party| party.who.as_ref()) {
        Some(event::party::Who::Person(number)) => number.clone(),
        Some(event::party::Who::IranianNationalNumber(_)) => "Iranian national".to_owned(),
        Some(event::party::Who::Named(text)) => isolate(text),
        None => "unknown".to_owned(),
    }
}

/// A date as stated, its calendar in one letter: `1399-09-09 J`.
pub fn date_short(stated: Option<&event::Date>) -> String {
    let text = date(stated);
    match text.split_once(' ') {
        Some((day, calendar)) => {
            format!("{day:<10} {}", calendar.chars().next().unwrap_or('?'))
        }
        None => format!("{text:<12}"),
    }
}

/// Where an answer comes from, and that it was recorded before it left.
pub fn info(info: &api::AnswerInfo) -> String {
    let mut text = format!("As of record {}", count(info.position));
    if info.stale {
        text.push_str(", older than was asked for");
    }
    if let Some(disclosure) = &info.disclosure {
        text.push_str(&format!(
            ". This answer is disclosure {} of {}.",
            count(disclosure.position),
            disclosure.origin
        ));
    }
    text
}

/// What a registry says of itself.
pub fn status(status: &api::GetStatusResponse) -> Table {
    let mut out = table(["what", "state"]);
    out.add_row(["registry", &status.registry]);
    out.add_row(["version", &status.version]);
    out.add_row(["events", &count(status.events)]);
    out.add_row(["disclosures", &count(status.disclosures)]);
    let behind = status.events.saturating_sub(status.views_position);
    let folded = count(status.views_position);
    out.add_row([
        "folded into views",
        &if behind == 0 { folded } else { format!("{folded}, {} behind", count(behind)) },
    ]);
    out.add_row(["accepts acts", if status.writable { "yes" } else { "NO" }]);
    if !status.problem.is_empty() {
        out.add_row(["problem", &status.problem]);
    }
    out
}

/// Persons found.
pub fn candidates(candidates: &[api::Candidate]) -> Table {
    let mut out = table(["person", "name", "born"]);
    for candidate in candidates {
        let born = match candidate.birth_year {
            0 => "-".to_owned(),
            year => year.to_string(),
        };
        let named = candidate.name.as_ref().map_or_else(|| "-".to_owned(), name);
        out.add_row([candidate.person.clone(), named, born]);
    }
    out
}

/// A receipt.
pub fn receipt(receipt: &api::Receipt) -> Table {
    let mut out = table(["receipt", ""]);
    out.add_row(["act", &crate::sign::act_id_text(&receipt.act_id)]);
    let last = receipt.position + u64::from(receipt.parts.max(1)) - 1;
    let positions = if last == receipt.position {
        count(receipt.position)
    } else {
        format!("{} to {}", count(receipt.position), count(last))
    };
    out.add_row(["position", &positions]);
    out.add_row(["link", &hex::encode(&receipt.link)]);
    out.add_row(["recorded", &instant(receipt.recorded_at)]);
    if !receipt.numbers.is_empty() {
        out.add_row(["numbers given", &receipt.numbers.join(", ")]);
    }
    if receipt.repeated {
        out.add_row(["repeated", "yes: it had been recorded before"]);
    }
    out
}

/// A person.
pub fn person(person: &api::Person) -> Table {
    let mut out = table(["field", "value"]);
    out.add_row(["number", &person.number]);
    out.add_row(["version", &person.version.to_string()]);
    if let Some(particulars) = &person.particulars {
        out.add_row(["name", &names(particulars)]);
        out.add_row(["sex", &word(particulars.sex().as_str_name(), "SEX_")]);
        out.add_row(["born", &date(particulars.birth_date.as_ref())]);
        let nationalities: Vec<_> = particulars
            .nationalities
            .iter()
            .map(|n| {
                let state = word(n.state().as_str_name(), "NATIONALITY_STATE_");
                format!("{} ({state})", if n.country.is_empty() { "-" } else { &n.country })
            })
            .collect();
        out.add_row(["nationality", &nationalities.join(", ")]);
    }
    if person.died_on.is_some() {
        out.add_row(["died", &date(person.died_on.as_ref())]);
    }
    for document in &person.documents {
        out.add_row(["document", &document_line(document)]);
    }
    if let Some(residence) = &person.residence {
        out.add_row(["residence", &residence_line(residence)]);
    }
    if !person.statuses.is_empty() {
        let statuses: Vec<_> =
            person.statuses().map(|s| word(s.as_str_name(), "PERSON_STATUS_")).collect();
        out.add_row(["status", &statuses.join(", ")]);
    }
    if let Some(value) = &person.address {
        out.add_row(["address", &address(value)]);
    }
    if person.file_in_transit {
        out.add_row(["file", "in transit between provinces"]);
    } else if !person.file_province.is_empty() {
        out.add_row(["file", &person.file_province]);
    }
    if !person.household.is_empty() {
        out.add_row(["household", &person.household]);
    }
    if let Some(presence) = &person.presence {
        let place = if presence.in_country { "in the country" } else { "abroad" };
        let since = date(presence.since.as_ref());
        out.add_row(["presence", &format!("{place} since {since} ({})", presence.last_border_point)]);
    }
    if !person.same_as.is_empty() {
        out.add_row(["same person as", &person.same_as.join(", ")]);
    }
    if !person.withheld.is_empty() {
        out.add_row(["withheld", &person.withheld.join(", ")]);
    }
    out
}

fn document_line(document: &api::PersonDocument) -> String {
    let state = verdict(document.verdict(), &document.reason_class);
    match &document.document {
        Some(d) => format!(
            "{} {} {} until {}: {state}",
            word(d.kind().as_str_name(), "DOCUMENT_KIND_"),
            d.issuer,
            d.number,
            date(d.valid_until.as_ref())
        ),
        None => state,
    }
}

fn residence_line(residence: &api::Residence) -> String {
    let state = verdict(residence.verdict(), &residence.reason_class);
    if residence.permit_number.is_empty() {
        return state;
    }
    format!(
        "{state}: {} permit {} until {} ({})",
        word(residence.kind().as_str_name(), "RESIDENCE_KIND_"),
        residence.permit_number,
        date(residence.valid_until.as_ref()),
        residence.legal_basis
    )
}

/// A family.
pub fn family(answer: &api::GetFamilyResponse) -> Table {
    let mut out = table(["relation", "who", "name", "since", "until"]);
    for relative in &answer.relatives {
        out.add_row([
            relative.relation.clone(),
            party(relative.who.as_ref()),
            relative.name.as_ref().map_or_else(|| "-".to_owned(), name),
            date(relative.since.as_ref()),
            date(relative.until.as_ref()),
        ]);
    }
    out
}

/// A household on one line.
pub fn household_line(household: &api::Household) -> String {
    let head = if household.head.is_empty() { "nobody" } else { &household.head };
    let place = household.address.as_ref().map(address).unwrap_or_default();
    let place = if place.is_empty() { String::new() } else { format!(", {place}") };
    format!("Household {}, head {head}{place}", household.code)
}

/// The members of a household.
pub fn household(household: &api::Household) -> Table {
    let mut out = table(["member", "relation to head"]);
    for member in &household.members {
        out.add_row([
            member.person.clone(),
            word(member.relation().as_str_name(), "RELATION_"),
        ]);
    }
    out
}

/// The history of a person, every amendment visible.
pub fn history(entries: &[api::HistoryEntry]) -> Table {
    let mut out = table(["position", "recorded", "held on", "event", "office", "state"]);
    for entry in entries {
        let event = entry.event.as_ref();
        out.add_row([
            entry.position.to_string(),
            instant(entry.recorded_at),
            date(event.and_then(|e| e.occurred_on.as_ref())),
            event.map_or_else(|| "withheld".to_owned(), event_name),
            event.map_or_else(String::new, |e| e.office.clone()),
            entry.state.to_lowercase().replace('_', " "),
        ]);
    }
    out
}

/// The disclosures about a person.
pub fn disclosures(entries: &[api::DisclosureEntry]) -> Table {
    let mut out = table(["when", "who", "why", "what was told"]);
    for entry in entries {
        let Some(d) = &entry.disclosure else { continue };
        let mut why = format!("{}\n{}", d.purpose, d.legal_basis);
        if !d.case_reference.is_empty() {
            why.push_str(&format!("\ncase {}", isolate(&d.case_reference)));
        }
        let verb = word(d.verb().as_str_name(), "DISCLOSURE_VERB_");
        let told = if d.refusal.is_empty() {
            format!("{verb}: {}", d.field_groups.join(", ").to_lowercase().replace('_', " "))
        } else {
            format!("{verb}: {}", d.refusal)
        };
        out.add_row([
            instant(entry.recorded_at),
            format!("{}\nofficer {}", d.agency, d.officer),
            why,
            told,
        ]);
    }
    out
}

/// What kind of event it is, in words, from its place in the contract.
pub fn event_name(event: &event::Event) -> String {
    let member = crate::json::member("sabt.event.v1.Event", "body", event);
    member.map_or_else(|| "unknown".to_owned(), |name| name.replace('_', " "))
}

/// What kind of act it is, in words.
pub fn act_name(act: &event::Act) -> String {
    let member = crate::json::member("sabt.event.v1.Act", "body", act);
    member.map_or_else(|| "nothing".to_owned(), |name| name.replace('_', " "))
}

/// Bytes for people: `1.5 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut scale = 1_u64;
    while count / scale >= 1024 && unit + 1 < UNITS.len() {
        scale *= 1024;
        unit += 1;
    }
    if unit == 0 {
        return format!("{count} B");
    }
    let tenths = u128::from(count) * 10 / u128::from(scale);
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A count with thin separators: `1,234,567`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time span for people: `412 us`, `3.2 ms`, `12.4 s`.
pub fn duration(span: std::time::Duration) -> String {
    let micros = span.as_micros();
    match micros {
        0..1_000 => format!("{micros} us"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

/// A time span in whole milliseconds.
pub fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// How many a second.
pub fn rate(amount: u64, span: std::time::Duration) -> u64 {
    let micros = span.as_micros().max(1);
    u64::try_from(u128::from(amount) * 1_000_000 / micros).unwrap_or(u64::MAX)
}

/// A path as one would type it in a shell: quoted where it must be.
pub fn shell(path: &std::path::Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "-_./+@%:,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A text cut to `chars` characters, with an ellipsis where something was left out.
pub fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    text.chars().take(chars.saturating_sub(1)).chain(['\u{2026}']).collect()
}

/// A heading across the page.
pub fn heading(text: &str) -> String {
    const WIDTH: usize = 100;
    let rule = WIDTH.saturating_sub(text.chars().count() + 5);
    format!("\u{2500}\u{2500} {text} {}", "\u{2500}".repeat(rule))
}
