//! Reading scenarios, strictly.

use crate::support;

/// A scenario.
pub(super) struct Scenario {
    pub(super) file: String,
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

/// A line of a scenario.
pub(super) struct Line {
    /// 1-based.
    pub(super) number: usize,
    pub(super) sentence: Sentence,
}

#[derive(Debug)]
pub(super) enum Sentence {
    /// Who there is.
    Given(String),
    /// What an office records on a Jalali day.
    On(String, String),
    /// What follows.
    Then(String),
}

/// Every scenario, file by file.
pub(super) fn scenarios() -> Vec<Scenario> {
    let directory = support::root().join("tests/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        read(name, &std::fs::read_to_string(path).unwrap())
    };
    files.iter().flat_map(read).collect()
}

fn read(file: &str, text: &str) -> Vec<Scenario> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(title) = line.strip_prefix("Scenario: ") {
            scenarios.push(Scenario {
                file: file.to_owned(),
                title: title.to_owned(),
                lines: Vec::new(),
            });
            continue;
        }
        let scenario = scenarios
            .last_mut()
            .unwrap_or_else(|| panic!("{file}:{number}: stands before the first scenario"));
        let sentence =
            sentence(line).unwrap_or_else(|| panic!("{file}:{number}: not a sentence: {line}"));
        scenario.lines.push(Line { number, sentence });
    }
    assert!(!scenarios.is_empty(), "{file} holds no scenario");
    scenarios
}

fn sentence(line: &str) -> Option<Sentence> {
    if let Some(text) = line.strip_prefix("Given ") {
        return Some(Sentence::Given(text.to_owned()));
    }
    if let Some(text) = line.strip_prefix("Then ") {
        return Some(Sentence::Then(text.to_owned()));
    }
    let (date, text) = line.strip_prefix("On ")?.split_once(' ')?;
    Some(Sentence::On(date.to_owned(), text.to_owned()))
}

/// The parts of a text that stand in the gaps of a pattern, each gap written `{}`; `None` if the text has another form or a
/// gap is empty.
pub(super) fn gaps<'text, const N: usize>(
    pattern: &str,
    text: &'text str,
) -> Option<[&'text str; N]> {
    let mut found = Vec::with_capacity(N);
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let pieces: Vec<_> = pieces.collect();
    for (index, piece) in pieces.iter().enumerate() {
        let last = index + 1 == pieces.len();
        let (gap, after) = match (last, piece.is_empty()) {
            (true, true) => (rest, ""),
            (true, false) => (rest.strip_suffix(piece)?, ""),
            (false, _) => rest.split_once(piece)?,
        };
        if gap.is_empty() {
            return None;
        }
        found.push(gap);
        rest = after;
    }
    if pieces.is_empty() && !rest.is_empty() {
        return None;
    }
    found.try_into().ok()
}

#[test]
fn a_text_fits_its_pattern_alone() {
    assert_eq!(
        gaps("{} asks for {}", "Maryam asks for 12"),
        Some(["Maryam", "12"])
    );
    assert_eq!(
        gaps("the fee of {} rials", "the fee of 5 rials"),
        Some(["5"])
    );
    assert_eq!(gaps::<0>("no fee is due", "no fee is due"), Some([]));
    assert_eq!(gaps::<0>("no fee is due", "no fee is due now"), None);
    assert_eq!(gaps::<2>("{} asks for {}", "Maryam asks for "), None);
    assert_eq!(gaps::<1>("the fee of {} rials", "a fee of 5 rials"), None);
}
