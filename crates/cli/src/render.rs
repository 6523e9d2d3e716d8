//! Answers as tables for people. Text in Arabic script is isolated, so that columns stay in their places
//! on terminals that order right-to-left text.

pub mod case;

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;

use crate::commands::removal;
use crate::text::{count, date, instant, isolate, word, words};

/// A line under the header and nothing else: frames between columns break where terminals order
/// right-to-left text.
pub(crate) const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('\u{2500}').junction('\u{2500}'));

/// A table with a header.
pub fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    table
}

/// A name on one line.
pub fn name(name: &event::Name) -> String {
    let text = format!("{} {}", name.given, name.family);
    isolate(text.trim())
}

/// Names of a person, written form first.
pub fn names(particulars: &event::Particulars) -> String {
    particulars
        .names
        .iter()
        .map(name)
        .collect::<Vec<_>>()
        .join("\n")
}

/// An address on one line.
pub fn address(address: &event::Address) -> String {
    [
        &address.province,
        &address.county,
        &address.locality,
        &address.street,
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .map(|part| isolate(part))
    .collect::<Vec<_>>()
    .join(", ")
}

/// A verdict and, if it is not valid, why.
pub fn verdict(verdict: api::Verdict, reason_class: &str) -> String {
    let word = word(verdict.as_str_name(), "VERDICT_");
    if reason_class.is_empty() {
        return word;
    }
    format!("{word} ({})", words(reason_class))
}

/// What is contested, as a sentence: whoever reads an answer reads this too.
pub fn contested(mark: &api::Contested) -> String {
    let group = words(&mark.field_group);
    let what = match (mark.person.is_empty(), mark.field.is_empty()) {
        (true, _) => format!("what this {group} rests on"),
        (false, true) => format!("{group} of {}", mark.person),
        (false, false) => format!("{group} of {} ({})", mark.person, mark.field),
    };
    let ground = word(mark.ground().as_str_name(), "DISPUTE_GROUND_");
    let since = date(mark.since.as_ref());
    let by = date(mark.answer_by.as_ref());
    format!("CONTESTED: {what}, since {since} ({ground}); an answer is due by {by}.")
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

/// Where an answer comes from, and that it was recorded before it left.
pub fn info(info: &api::AnswerInfo) -> String {
    let stale = if info.stale {
        ", older than was asked for"
    } else {
        ""
    };
    let mut text = format!("As of record {}{stale}.", count(info.position));
    if let Some(disclosure) = &info.disclosure {
        let position = count(disclosure.position);
        text = format!(
            "{text} This answer stands at {position} of {}.",
            disclosure.origin
        );
    }
    text
}

/// A claim to asylum.
pub fn claim(claim: &api::AsylumClaim) -> Table {
    let mut out = table(["claim", &claim.number]);
    let place = Some(claim.place.as_str()).filter(|place| !place.is_empty());
    let lodged_at = word(claim.lodged_at().as_str_name(), "ASYLUM_LODGING_");
    let lodged = match place {
        Some(place) => format!(
            "{}, {lodged_at} {}",
            date(claim.lodged_on.as_ref()),
            isolate(place)
        ),
        None => format!("{}, {lodged_at}", date(claim.lodged_on.as_ref())),
    };
    out.add_row(["lodged", &lodged]);
    let grounds: Vec<String> = claim
        .grounds()
        .map(|ground| word(ground.as_str_name(), "ASYLUM_GROUND_"))
        .collect();
    out.add_row(["grounds", &grounds.join(", ")]);
    for interview in &claim.interviews {
        let held = format!(
            "{}, {}",
            date(interview.on.as_ref()),
            isolate(&interview.reference)
        );
        out.add_row(["interview", &held]);
    }
    if let Some(shelter) = &claim.shelter_address {
        out.add_row(["shelter", &address(shelter)]);
    }
    let Some(decision) = &claim.decision else {
        out.add_row(["decision", "pending"]);
        return out;
    };
    let outcome = word(decision.outcome().as_str_name(), "ASYLUM_OUTCOME_");
    out.add_row([outcome, date(decision.on.as_ref())]);
    for (what, text) in [
        ("decided by", &decision.decided_by),
        ("declaration", &decision.declaration_reference),
    ] {
        if !text.is_empty() {
            out.add_row([what, &isolate(text)]);
        }
    }
    if let Some(adverse) = &decision.adverse {
        out.add_row(["decided by", &isolate(&adverse.decided_by)]);
        out.add_row(["ground", &isolate(&adverse.ground)]);
        out.add_row(["served", &date(adverse.served_on.as_ref())]);
        out.add_row(["appeal to", &isolate(&adverse.appeal_body)]);
    }
    out
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
        &if behind == 0 {
            folded
        } else {
            format!("{folded}, {} behind", count(behind))
        },
    ]);
    if status.open_corrections != 0 {
        let open = format!("{} not acknowledged", count(status.open_corrections));
        out.add_row(["corrections", &open]);
    }
    if status.open_emergencies != 0 {
        let open = format!("{} NOT JUSTIFIED", count(status.open_emergencies));
        out.add_row(["opened in emergencies", &open]);
    }
    if status.open_drawn_lookups != 0 {
        let open = format!("{} to be justified", count(status.open_drawn_lookups));
        out.add_row(["look-ups drawn", &open]);
    }
    if status.overdue_justifications != 0 {
        let overdue = format!("{} OVERDUE", count(status.overdue_justifications));
        out.add_row(["justifications", &overdue]);
    }
    if status.erasures != 0 {
        let done = format!("{} carried out", count(status.erasures));
        out.add_row(["erasures", &done]);
    }
    out.add_row(["accepts acts", if status.writable { "yes" } else { "NO" }]);
    if !status.problem.is_empty() {
        out.add_row(["problem", &status.problem]);
    }
    if !status.transport_problem.is_empty() {
        out.add_row(["TLS", &status.transport_problem]);
    }
    for ledger in &status.ledgers {
        ledger_status(ledger, &mut out);
    }
    out
}

/// How far a ledger is signed and published, what its witnesses say, what the scrubber found.
fn ledger_status(status: &api::LedgerStatus, out: &mut Table) {
    let name = word(status.ledger().as_str_name(), "LEDGER_");
    let behind = status.size.saturating_sub(status.published);
    let published = count(status.published);
    let published = if behind == 0 {
        published
    } else {
        format!("{published}, {} behind", count(behind))
    };
    out.add_row([format!("{name}: published"), published]);
    if status.anchored != 0 {
        let anchored = format!("{} in the other ledger", count(status.anchored));
        out.add_row([format!("{name}: anchored"), anchored]);
    }
    for witness in &status.witnesses {
        let mut says = format!("has cosigned {}", count(witness.cosigned));
        if !witness.problem.is_empty() {
            says = format!("{says}; {}", witness.problem);
        }
        out.add_row([format!("{name}: witness {}", witness.name), says]);
    }
    let Some(scrub) = &status.scrub else {
        return;
    };
    let share = scrub.bytes_read.saturating_mul(100) / scrub.bytes.max(1);
    let pass = match scrub.last_pass_at {
        0 => format!("first pass at {}%", share.min(100)),
        at => format!("last pass ended {}", instant(at)),
    };
    let found = match scrub.damages {
        0 => "sound".to_owned(),
        damages => format!("{} DAMAGED", count(damages)),
    };
    out.add_row([format!("{name}: scrubbed"), format!("{found}; {pass}")]);
    if !scrub.first_damage.is_empty() {
        out.add_row([format!("{name}: first damage"), scrub.first_damage.clone()]);
    }
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
    if person.version != 0 {
        out.add_row(["version", &person.version.to_string()]);
    }
    if let Some(particulars) = &person.particulars {
        out.add_row(["name", &names(particulars)]);
        out.add_row(["sex", &word(particulars.sex().as_str_name(), "SEX_")]);
        out.add_row(["born", &date(particulars.birth_date.as_ref())]);
        let nationalities: Vec<_> = particulars
            .nationalities
            .iter()
            .map(|n| {
                let state = word(n.state().as_str_name(), "NATIONALITY_STATE_");
                format!(
                    "{} ({state})",
                    if n.country.is_empty() {
                        "-"
                    } else {
                        &n.country
                    }
                )
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
        let statuses: Vec<_> = person
            .statuses()
            .map(|s| word(s.as_str_name(), "PERSON_STATUS_"))
            .collect();
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
        out.add_row(["presence", &presence_line(presence)]);
    }
    if let Some(told) = &person.removal {
        removal::rows(told, &mut out);
    }
    if !person.same_as.is_empty() {
        out.add_row(["same person as", &person.same_as.join(", ")]);
    }
    lists(person, &mut out);
    if !person.withheld.is_empty() {
        let withheld = words(&person.withheld.join(", "));
        out.add_row(["withheld", &withheld]);
    }
    out
}

fn biometric_line(one: &api::BiometricReference) -> String {
    let modality = word(one.modality().as_str_name(), "BIOMETRIC_MODALITY_");
    let taken = date(one.taken_on.as_ref());
    let withdrawn = if one.withdrawn_on.is_some() {
        let ground = word(one.withdrawal().as_str_name(), "BIOMETRIC_WITHDRAWAL_");
        format!(", withdrawn {}: {ground}", date(one.withdrawn_on.as_ref()))
    } else {
        String::new()
    };
    format!(
        "{modality} of {taken}: {} in {}, reference {}{withdrawn}",
        isolate(&one.reference),
        isolate(&one.system),
        one.number
    )
}

/// Lists of which most persons have nothing.
fn lists(person: &api::Person, out: &mut Table) {
    for stay in &person.site_stays {
        out.add_row(["stay in a site", &stay_line(stay)]);
    }
    for reference in &person.biometric_references {
        out.add_row(["biometrics", &biometric_line(reference)]);
    }
}

fn stay_line(stay: &api::SiteStay) -> String {
    let ground = word(stay.ground().as_str_name(), "ADMISSION_GROUND_");
    let since = date(stay.since.as_ref());
    let end = if stay.ended_on.is_some() {
        let ended = words(&stay.ended);
        format!(", {ended} {}", date(stay.ended_on.as_ref()))
    } else if stay.until.is_some() {
        format!(", until {}", date(stay.until.as_ref()))
    } else {
        String::new()
    };
    let beyond = if stay.over_capacity_reason.is_empty() {
        String::new()
    } else {
        let reason = isolate(&stay.over_capacity_reason);
        format!(" (no place was free: {reason})")
    };
    format!("{}, {ground}, since {since}{end}{beyond}", stay.site)
}

fn presence_line(presence: &api::Presence) -> String {
    let place = if presence.in_country {
        "in the country"
    } else {
        "abroad"
    };
    if presence.since.is_none() {
        return format!("{place}; no crossing is recorded");
    }
    let since = date(presence.since.as_ref());
    format!("{place} since {since}, by {}", presence.last_border_point)
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
    let head = if household.head.is_empty() {
        "nobody"
    } else {
        &household.head
    };
    let place = household.address.as_ref().map(address).unwrap_or_default();
    let place = if place.is_empty() {
        String::new()
    } else {
        format!(", {place}")
    };
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
    let mut out = table([
        "position", "recorded", "held on", "event", "office", "state",
    ]);
    for entry in entries {
        let event = entry.event.as_ref();
        out.add_row([
            count(entry.position),
            instant(entry.recorded_at),
            date(event.and_then(|e| e.occurred_on.as_ref())),
            event.map_or_else(|| "withheld".to_owned(), event_name),
            event.map_or_else(String::new, |e| e.office.clone()),
            history_state(entry),
        ]);
    }
    out
}

/// Whether an entry is in force, and how many acts changed that.
fn history_state(entry: &api::HistoryEntry) -> String {
    let mut state = words(&entry.state);
    if entry.contested {
        state.push_str(", CONTESTED");
    }
    match entry.amended_by.len() {
        0 | 1 => state,
        acts => format!("{state}, by {acts} acts"),
    }
}

/// The disclosures about a person.
pub fn disclosures(entries: &[api::DisclosureEntry]) -> Table {
    let mut out = table(["when", "who", "why", "what was told"]);
    for entry in entries {
        let Some(d) = &entry.disclosure else { continue };
        let mut why = format!("{}\n{}", d.purpose, d.legal_basis);
        if !d.case_reference.is_empty() {
            why = format!("{why}\ncase {}", isolate(&d.case_reference));
        }
        if !d.consent_reference.is_empty() {
            why = format!("{why}\nconsent {}", isolate(&d.consent_reference));
        }
        if !d.grant_id.is_empty() {
            why = format!("{why}\ngrant {}", crate::sign::act_id_text(&d.grant_id));
        }
        let verb = word(d.verb().as_str_name(), "DISCLOSURE_VERB_");
        let method = d.method.rsplit('/').next().unwrap_or_default();
        let mut told = if d.refusal.is_empty() {
            words(&d.field_groups.join(", "))
        } else {
            d.refusal.clone()
        };
        if entry.withheld_until != 0 {
            let until = instant(entry.withheld_until);
            let order = isolate(&d.deferral_order);
            told = format!("{told}\nwithheld until {until}, order {order}");
        }
        for order in &entry.extensions {
            let (court, number) = (isolate(&order.court), isolate(&order.order_number));
            told = format!("{told}\nextended by {court}, order {number}");
        }
        out.add_row([
            instant(entry.recorded_at),
            format!("{}\nofficer {}", d.agency, d.officer),
            why,
            format!("{verb} ({method}): {told}"),
        ]);
    }
    out
}

/// Corrections that wait for an agency.
pub fn corrections(corrections: &[api::Correction]) -> Table {
    let mut out = table(["correction", "recorded", "about", "what changed", "told by"]);
    for one in corrections {
        let about = if one.subject.is_empty() {
            "not told"
        } else {
            &one.subject
        };
        out.add_row([
            count(one.position),
            instant(one.recorded_at),
            about.to_owned(),
            words(&one.field_groups.join(", ")),
            receipts(one.first_disclosure, one.last_disclosure),
        ]);
    }
    out
}

/// The answers that told what was corrected, as their receipts name them.
fn receipts(first: u64, last: u64) -> String {
    if first == last {
        format!("receipt {}", count(first))
    } else {
        format!("receipts {} to {}", count(first), count(last))
    }
}

/// Agencies that have not acknowledged corrections.
pub fn open_recipients(recipients: &[api::OpenRecipient]) -> Table {
    let mut out = table(["agency", "purpose", "open", "oldest since"]);
    for one in recipients {
        out.add_row([
            one.agency.clone(),
            one.purpose.clone(),
            count(one.open),
            instant(one.since),
        ]);
    }
    out
}

/// Corrections that were not acknowledged.
pub fn open_notices(notices: &[api::OpenNotice]) -> Table {
    let mut out = table(["correction", "recorded", "agency", "purpose", "told by"]);
    for one in notices {
        out.add_row([
            count(one.position),
            instant(one.recorded_at),
            one.agency.clone(),
            one.purpose.clone(),
            receipts(one.first_disclosure, one.last_disclosure),
        ]);
    }
    out
}

/// Look-ups that draw attention.
pub fn lookup_flags(flags: &[api::LookupFlag]) -> Table {
    let mut out = table(["rule", "agency", "officer", "look-up", "recorded"]);
    for one in flags {
        out.add_row([
            words(&one.rule),
            one.agency.clone(),
            one.officer.clone(),
            count(one.position),
            instant(one.recorded_at),
        ]);
    }
    out
}

/// Look-ups that wait to be justified, or were.
pub fn drawn_lookups(lookups: &[api::DrawnLookup]) -> Table {
    let mut out = table(["look-up", "agency", "officer", "recorded", "why", "state"]);
    for one in lookups {
        let state = if one.justified_at != 0 {
            let ground = word(one.ground().as_str_name(), "LOOKUP_GROUND_");
            format!("{ground}, {}", instant(one.justified_at))
        } else if one.overdue {
            format!("OVERDUE since {}", instant(one.due_at))
        } else {
            format!("until {}", instant(one.due_at))
        };
        out.add_row([
            count(one.position),
            one.agency.clone(),
            one.officer.clone(),
            instant(one.recorded_at),
            if one.emergency { "EMERGENCY" } else { "lot" }.to_owned(),
            state,
        ]);
    }
    out
}

/// How many disclosures are withheld; told also when there are none.
pub fn withheld(entries: u64) -> String {
    match entries {
        0 => "No entry is withheld.".to_owned(),
        1 => "1 more is withheld until its embargo ends.".to_owned(),
        _ => format!("{entries} more are withheld until their embargo ends."),
    }
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
