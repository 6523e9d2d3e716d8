//! What is shown of a message: its fields with their names, its values in both languages.

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, ReflectMessage as _,
    Value,
};
use sabt_proto::event::v1::{Calendar, Date};
use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::calendar;
use crate::label::{Lookup, Words};

/// The contract, as the program knows it.
#[expect(
    clippy::expect_used,
    reason = "the descriptors are part of the program, and every test reads them"
)]
pub(crate) static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(sabt_proto::DESCRIPTORS).expect("the descriptors of the contract")
});

/// Messages within messages that are followed: the contract goes some eight deep, and a correction may hold one more.
const DEPTH_MAX: usize = 16;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// UTC+3:30, all year.
const TEHRAN_OFFSET_MICROS: i64 = (3 * 3600 + 30 * 60) * MICROS_PER_SECOND;

/// A line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// How deep the field lies.
    pub(crate) depth: usize,
    /// Name of the field, with its number where there are several.
    pub(crate) name: Words,
    /// What it holds; none: the lines below, which lie deeper, belong to it.
    pub(crate) values: Vec<Shown>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    /// In both languages.
    Both(Words),
    /// As it is.
    AsIs(String),
}

/// The lines that show a message.
pub(crate) fn rows(message: &DynamicMessage, lookup: &Lookup<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for field in message.descriptor().fields() {
        collect(message, &field, lookup, 0, &mut rows);
    }
    rows
}

/// The lines that show these fields of a message.
pub(crate) fn rows_of(message: &DynamicMessage, names: &[&str], lookup: &Lookup<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for name in names {
        if let Some(field) = message.descriptor().get_field_by_name(name) {
            collect(message, &field, lookup, 0, &mut rows);
        }
    }
    rows
}

/// The line that shows one number.
pub(crate) fn counted(field: &str, number: u64, lookup: &Lookup<'_>) -> Row {
    Row {
        depth: 0,
        name: lookup.words(&format!("f:{field}")),
        values: vec![of_number(&number.to_string())],
    }
}

fn collect(
    message: &DynamicMessage,
    field: &FieldDescriptor,
    lookup: &Lookup<'_>,
    depth: usize,
    rows: &mut Vec<Row>,
) {
    if !message.has_field(field) {
        return;
    }
    let name = lookup.words(&format!("f:{}", field.name()));
    let value = message.get_field(field);
    let values = value
        .as_list()
        .unwrap_or_else(|| std::slice::from_ref(&*value));
    let mut told = Vec::new();
    for (number, value) in (1..).zip(values) {
        let Some(inner) = value.as_message().filter(|inner| date(inner).is_none()) else {
            told.push(shown(field, value, lookup));
            continue;
        };
        let name = if values.len() == 1 {
            name.clone()
        } else {
            numbered(&name, number)
        };
        rows.push(Row {
            depth,
            name,
            values: Vec::new(),
        });
        if depth < DEPTH_MAX {
            for field in inner.descriptor().fields() {
                collect(inner, &field, lookup, depth + 1, rows);
            }
        }
    }
    if !told.is_empty() {
        rows.push(Row {
            depth,
            name,
            values: told,
        });
    }
}

fn numbered(name: &Words, number: usize) -> Words {
    Words::new(
        format!("{} {number}", name.en),
        format!("{} {}", name.fa, persian(&number.to_string())),
    )
}

fn shown(field: &FieldDescriptor, value: &Value, lookup: &Lookup<'_>) -> Shown {
    match value {
        Value::Bool(yes) => {
            let key = if *yes { "t:yes" } else { "t:no" };
            Shown::Both(lookup.words(key))
        }
        Value::EnumNumber(number) => {
            let name = if let Kind::Enum(descriptor) = field.kind() {
                enum_name(&descriptor, *number)
            } else {
                None
            };
            let name = name.unwrap_or_else(|| number.to_string());
            Shown::Both(lookup.words(&format!("e:{name}")))
        }
        Value::I64(micros) => moment(*micros),
        Value::String(text) => match lookup.find(&format!("c:{}={text}", field.name())) {
            Some(words) => {
                let en = format!("{} ({text})", words.en);
                Shown::Both(Words::new(en, &words.fa))
            }
            None => Shown::AsIs(text.clone()),
        },
        Value::Bytes(bytes) => Shown::AsIs(hex(bytes)),
        Value::Message(message) => {
            date(message).map_or_else(|| Shown::AsIs(String::new()), |date| of_date(&date, lookup))
        }
        Value::I32(number) => of_number(&number.to_string()),
        Value::U32(number) => of_number(&number.to_string()),
        Value::U64(number) => of_number(&number.to_string()),
        // The contract has none of these.
        Value::F32(_) | Value::F64(_) | Value::List(_) | Value::Map(_) => {
            Shown::AsIs(String::new())
        }
    }
}

fn enum_name(descriptor: &EnumDescriptor, number: i32) -> Option<String> {
    Some(descriptor.get_value(number)?.name().to_owned())
}

/// A date, if the message is one.
fn date(message: &DynamicMessage) -> Option<Date> {
    let is_date = message.descriptor().full_name() == "sabt.event.v1.Date";
    is_date.then(|| message.transcode_to().ok()).flatten()
}

/// A date by both calendars; one that is partial or too far away as it was stated.
fn of_date(date: &Date, lookup: &Lookup<'_>) -> Shown {
    let both = calendar::day_of(date).and_then(|day| {
        let jalali = civil(calendar::jalali(day)?, '/');
        Some((civil(calendar::gregorian(day), '-'), jalali))
    });
    let mut stated = date.year.to_string();
    for part in [date.month, date.day] {
        if part != 0 {
            extend(&mut stated, format_args!("-{part:02}"));
        }
    }
    let stated_in = |words: &mut Words, text: &str| {
        let calendar = lookup.words(&format!("e:{}", date.calendar().as_str_name()));
        extend(&mut words.en, format_args!("{text} ({})", calendar.en));
        let text = persian(&text.replace('-', "/"));
        extend(&mut words.fa, format_args!("{text} ({})", calendar.fa));
    };
    let mut words = Words::new("", "");
    match both {
        Some((gregorian, jalali)) => {
            words = Words::new(gregorian, persian(&jalali));
            if date.calendar() == Calendar::Hijri {
                words.en.push_str(", ");
                words.fa.push_str("\u{60c} ");
                stated_in(&mut words, &stated);
            }
        }
        None => stated_in(&mut words, &stated),
    }
    Shown::Both(words)
}

/// A point in time: UTC and Gregorian, Tehran and Jalali.
pub(crate) fn moment(micros: i64) -> Shown {
    let clock = |micros: i64| {
        let seconds = micros.rem_euclid(MICROS_PER_DAY) / MICROS_PER_SECOND;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("{hour:02}:{minute:02}:{second:02}")
    };
    let day = civil(calendar::gregorian(micros.div_euclid(MICROS_PER_DAY)), '-');
    let en = format!("{day} {} UTC", clock(micros));
    let local = micros.saturating_add(TEHRAN_OFFSET_MICROS);
    let jalali = calendar::jalali(local.div_euclid(MICROS_PER_DAY));
    let fa = jalali.map(|day| {
        // "time of Tehran"
        let zone = "\u{628}\u{647} \u{648}\u{642}\u{62a} \u{62a}\u{647}\u{631}\u{627}\u{646}";
        format!("{} {} {zone}", civil(day, '/'), clock(local))
    });
    Shown::Both(Words::new(en, persian(&fa.unwrap_or_default())))
}

fn of_number(number: &str) -> Shown {
    Shown::Both(Words::new(number, persian(number)))
}

fn civil((year, month, day): calendar::Civil, separator: char) -> String {
    format!("{year:04}{separator}{month:02}{separator}{day:02}")
}

/// The text with its digits as Persian writes them.
pub(crate) fn persian(text: &str) -> String {
    let digit = |c: char| {
        let value = c.to_digit(10).filter(|_| c.is_ascii_digit())?;
        char::from_u32(u32::from('\u{6f0}') + value)
    };
    text.chars().map(|c| digit(c).unwrap_or(c)).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        extend(&mut text, format_args!("{byte:02x}"));
    }
    text
}

#[expect(clippy::expect_used, reason = "a String takes every write")]
pub(crate) fn extend(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a String takes every write");
}

#[cfg(test)]
mod tests;
