//! Words, numbers, dates and lines as people read them.

use sabt_proto::event::v1 as event;
use unicode_width::UnicodeWidthStr as _;

/// Wraps text that holds right-to-left letters in a first-strong isolate (Unicode UAX 9).
pub fn isolate(text: &str) -> String {
    let right_to_left =
        |c: char| matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC);
    if text.chars().any(right_to_left) {
        format!("\u{2068}{text}\u{2069}")
    } else {
        text.to_owned()
    }
}

/// Microseconds UTC as `2026-11-22 01:20:18Z`; a dash for zero.
pub fn instant(micros: i64) -> String {
    if micros == 0 {
        return "-".to_owned();
    }
    date_time(micros.div_euclid(1_000_000), ' ')
        .map_or_else(|| micros.to_string(), |text| format!("{text}Z"))
}

/// Seconds UTC as `2026-11-22 01:20:18`, with a sign of one's choice between date and time; `None` beyond the years that
/// have four digits.
pub fn date_time(seconds: i64, between: char) -> Option<String> {
    let at = time::OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    if !(0..=9_999).contains(&at.year()) {
        return None;
    }
    Some(format!(
        "{:04}-{:02}-{:02}{between}{:02}:{:02}:{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    ))
}

/// A date as stated, with its calendar: `1399-09-09 Jalali`; a dash when absent.
pub fn date(date: Option<&event::Date>) -> String {
    let Some(date) = date else {
        return "-".to_owned();
    };
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

/// A code as words: `THREE_YEAR` is `three year`.
pub fn words(code: &str) -> String {
    code.to_lowercase().replace('_', " ")
}

/// The last words of an enum name: `RESIDENCE_KIND_THREE_YEAR` of prefix `RESIDENCE_KIND_` is `three year`.
pub fn word(name: &str, prefix: &str) -> String {
    let rest = name.strip_prefix(prefix).unwrap_or(name);
    if rest == "UNSPECIFIED" {
        "-".to_owned()
    } else {
        words(rest)
    }
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

/// So many records: `1 record`, `1,234 records`.
pub fn records(value: u64) -> String {
    let noun = if value == 1 { "record" } else { "records" };
    format!("{} {noun}", count(value))
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

/// Breaks a text into lines of at most `width` columns, between words; each line begins with `indent`. A
/// no-break space (U+00A0) holds two words together and is written as a space.
pub fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    let mut used = indent.width();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let Some(line) = lines.last_mut() else { break };
        let first = used == indent.width();
        if !first && width < used + 1 + word.width() {
            lines.push(format!("{indent}{word}"));
            used = indent.width() + word.width();
            continue;
        }
        if !first {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += word.width();
    }
    lines.join("\n").replace('\u{a0}', " ")
}

/// A heading across a page of this width.
pub fn heading(text: &str, width: usize) -> String {
    let rule = width.saturating_sub(text.width() + 4);
    format!("\u{2500}\u{2500} {text} {}", "\u{2500}".repeat(rule))
}
