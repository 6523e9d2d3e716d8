//! Acts that are malformed, whatever the registry knows.

use prost::Message as _;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act, Sex};
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support;

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = frames(world);
    rows.extend(heads(world));
    rows.extend(bodies(world));
    rows.extend(rules(world));
    rows
}

fn registration() -> Act {
    support::act(
        "1400-01-01",
        Body::RegisterPerson(support::register(Sex::Male, "1370-01-01")),
    )
}

/// What is not even an act, and what an act is wrapped in.
fn frames(world: &World) -> Vec<Row> {
    let signed = || world.signed(&registration());
    let with_bytes = |act: Vec<u8>| api::SignedAct { act, ..signed() };
    let mut unknown_field = signed().act;
    // Field 15000, a varint: 15000 << 3 as tag.
    unknown_field.extend([0xc0, 0xa9, 0x07, 0x01]);
    let short_nonce = api::SignedAct {
        nonce: vec![0; 31],
        ..signed()
    };
    let long_key_id = api::SignedAct {
        key_id: vec![0; 9],
        ..signed()
    };
    let no_signature = api::SignedAct {
        signature: Vec::new(),
        ..signed()
    };
    let invalid = Code::InvalidArgument;
    vec![
        Row::new(
            "bytes that are no act",
            with_bytes(vec![0xff; 40]),
            invalid,
            Reason::MalformedAct,
        ),
        Row::new(
            "unknown field",
            with_bytes(unknown_field),
            invalid,
            Reason::MalformedAct,
        ),
        Row::new(
            "oversized act",
            with_bytes(vec![0; 24 * 1024 + 1]),
            invalid,
            Reason::ActTooLarge,
        )
        .with(&[("act_bytes_max", "24576")]),
        Row::malformed(
            "nothing at all",
            api::SubmitActRequest::default(),
            &["signed_act"],
        ),
        Row::malformed("short nonce", short_nonce, &["signed_act.nonce"]),
        Row::malformed("long key id", long_key_id, &["signed_act.key_id"]),
        Row::malformed("no signature", no_signature, &["signed_act.signature"]),
        Row::malformed(
            "empty act",
            with_bytes(Vec::new()),
            &[
                "act_id",
                "office",
                "officer",
                "occurred_on",
                "recorded_at",
                "legal_basis",
                "body",
            ],
        ),
    ]
}

/// The head of an act: who, when, why.
fn heads(world: &World) -> Vec<Row> {
    let signed = |act: Act| world.signed(&act);
    let impossible = event::Date {
        month: 13,
        ..support::jalali("1400-01-01")
    };
    let no_calendar = event::Date {
        calendar: 0,
        ..support::jalali("1400-01-01")
    };
    let short_id = {
        let act = Act {
            act_id: vec![7; 15],
            ..registration()
        };
        api::SignedAct {
            act: act.encode_to_vec(),
            ..signed(registration())
        }
    };
    let control = Act {
        case_reference: "12\u{7}3".to_owned(),
        ..registration()
    };
    let long_basis = Act {
        legal_basis: "x".repeat(513),
        ..registration()
    };
    let lower_case = Act {
        office: "thr-01".to_owned(),
        ..registration()
    };
    let no_such_date = Act {
        occurred_on: Some(impossible),
        ..registration()
    };
    let undated = Act {
        occurred_on: None,
        recorded_at: 0,
        ..registration()
    };
    let no_calendar = Act {
        occurred_on: Some(no_calendar),
        ..registration()
    };
    let blind = event::ExpectedVersion {
        subject: "123".to_owned(),
        version: 1,
    };
    let blind = Act {
        expected: vec![blind],
        ..registration()
    };
    vec![
        Row::malformed("act id of 15 bytes", short_id, &["act_id"]),
        Row::malformed("control character", signed(control), &["case_reference"]),
        Row::malformed("legal basis too long", signed(long_basis), &["legal_basis"]),
        Row::malformed("office in small letters", signed(lower_case), &["office"]),
        Row::malformed("thirteenth month", signed(no_such_date), &["occurred_on"]),
        Row::malformed(
            "undated act",
            signed(undated),
            &["occurred_on", "recorded_at"],
        ),
        Row::malformed(
            "no calendar",
            signed(no_calendar),
            &["occurred_on.calendar"],
        ),
        Row::malformed(
            "expected version of nobody",
            signed(blind),
            &["expected[0].subject"],
        ),
    ]
}

/// What an act states.
fn bodies(world: &World) -> Vec<Row> {
    let register = |body| world.act("1400-01-01", Body::RegisterPerson(body));
    let nobody = event::RegisterPerson {
        particulars: Some(event::Particulars::default()),
        address: Some(support::address("IR-99")),
        ..support::register(Sex::Male, "1370-01-01")
    };
    let named = |names: Vec<event::Name>, sex: i32| {
        let usual = support::particulars(Sex::Male, "1370-01-01");
        register(event::RegisterPerson {
            particulars: Some(event::Particulars {
                names,
                sex,
                ..usual
            }),
            ..support::register(Sex::Male, "1370-01-01")
        })
    };
    let name = || {
        support::particulars(Sex::Male, "1370-01-01")
            .names
            .remove(0)
    };
    let reordered = event::Name {
        given: "a\u{202e}b".to_owned(),
        ..name()
    };
    let nameless = event::Name {
        given: " ".to_owned(),
        family: String::new(),
        ..name()
    };
    let male = i32::from(Sex::Male);
    let mut misread = world.people.man.clone();
    let last = misread.pop().unwrap();
    misread.push(if last == '0' { '1' } else { '0' });
    let entry = event::RecordEntry {
        person: misread,
        kind: event::EntryKind::WithVisa.into(),
        ..event::RecordEntry::default()
    };
    let postal = event::ChangeAddress {
        subject: world.people.man.clone(),
        address: Some(event::Address {
            postal_code: "12345".to_owned(),
            ..support::address("IR-23")
        }),
    };
    let crowd = event::FormHousehold {
        head: world.people.man.clone(),
        members: vec![support::member(&world.people.other, event::Relation::Child); 81],
        address: None,
    };
    vec![
        Row::malformed(
            "several fields at once",
            register(nobody),
            &[
                "register_person.particulars.names",
                "register_person.particulars.sex",
                "register_person.address.province",
            ],
        ),
        Row::malformed(
            "reordering mark in a name",
            named(vec![reordered], male),
            &["register_person.particulars.names[0].given"],
        ),
        Row::malformed(
            "neither given nor family name",
            named(vec![name(), nameless], male),
            &["register_person.particulars.names[1]"],
        ),
        Row::malformed(
            "seventeen names",
            named(vec![name(); 17], male),
            &["register_person.particulars.names"],
        ),
        Row::malformed(
            "unknown sex",
            named(vec![name()], 99),
            &["register_person.particulars.sex"],
        ),
        Row::malformed(
            "wrong check digit",
            world.act("1400-01-01", Body::RecordEntry(entry)),
            &["record_entry.person"],
        ),
        Row::malformed(
            "postal code of five digits",
            world.act("1400-01-01", Body::ChangeAddress(postal)),
            &["change_address.address.postal_code"],
        ),
        Row::malformed(
            "more members than a household has",
            world.act("1400-01-01", Body::FormHousehold(crowd)),
            &["form_household.members"],
        ),
    ]
}

/// Fields that are well-formed each, but not together.
fn rules(world: &World) -> Vec<Row> {
    let unseen = event::RegisterPerson {
        evidence: event::EvidenceState::Document.into(),
        ..support::register(Sex::Male, "1370-01-01")
    };
    let term = event::RegisterMarriage {
        term_months: 3,
        ..support::marriage(
            support::party(&world.people.man),
            support::party(&world.people.single),
        )
    };
    let deed = event::RegisterMarriage {
        form: event::MarriageForm::OfficialDeed.into(),
        registered_with: event::RegisteredWith::Iran.into(),
        ..support::marriage(
            support::party(&world.people.man),
            support::party(&world.people.single),
        )
    };
    let transfer = event::SendFileTransfer {
        person: world.people.man.clone(),
        from_province: "IR-23".to_owned(),
        to_province: "IR-23".to_owned(),
    };
    let misdated = event::RegisterBirth {
        child: Some(support::particulars(Sex::Female, "1400-01-02")),
        ..event::RegisterBirth::default()
    };
    let entry = event::RecordEntry {
        person: world.people.man.clone(),
        border_point: "NOWHERE".to_owned(),
        kind: event::EntryKind::WithVisa.into(),
        document: None,
    };
    let invalid = Code::InvalidArgument;
    vec![
        Row::malformed(
            "documents seen, none shown",
            world.act("1400-01-01", Body::RegisterPerson(unseen)),
            &["register_person.evidence"],
        ),
        Row::malformed(
            "term of a permanent marriage",
            world.act("1404-01-01", Body::RegisterMarriage(term)),
            &["register_marriage.term_months"],
        ),
        Row::malformed(
            "official marriage without deed",
            world.act("1404-01-01", Body::RegisterMarriage(deed)),
            &["register_marriage.deed_number"],
        ),
        Row::malformed(
            "file sent to its own province",
            world.act("1404-01-01", Body::SendFileTransfer(transfer)),
            &["send_file_transfer.to_province"],
        ),
        Row::new(
            "birth of another day",
            world.act("1400-01-01", Body::RegisterBirth(misdated)),
            invalid,
            Reason::InvalidDate,
        ),
        Row::new(
            "border point that is none",
            world.act("1400-01-01", Body::RecordEntry(entry)),
            invalid,
            Reason::UnknownBorderPoint,
        ),
    ]
}
