//! A table as a plot: bars, one for each category of the first variable.
//!
//! Written by hand: a bar is a rectangle and a text, and a library for plots would bring fonts, scales and colours that a
//! plain, accessible page does not need. Every bar says its figure in text, nothing is told by colour alone, and
//! title and description stand where screen readers look for them.

use sabt_proto::api::v1 as api;

use super::days;
use crate::text::{count, instant, wrap};

/// Bars at most; the smallest of more are left out, and the plot says so.
const BARS_MAX: usize = 40;

/// Measures in pixels.
const WIDTH: u64 = 860;
const MARGIN: u64 = 24;
const LABEL_WIDTH: u64 = 180;
const FIGURE_WIDTH: u64 = 90;
const BAR_HEIGHT: u64 = 18;
const BAR_STEP: u64 = 24;
const HEAD: u64 = 84;
const NOTE_STEP: u64 = 16;
/// Characters of a note on one line.
const NOTE_COLUMNS: usize = 138;

/// The plot of a registry's answer.
pub fn plot(registry: &str, answer: &api::GetStatisticsResponse) -> String {
    let (bars, left_out) = bars(answer);
    let most = bars.iter().map(|(_, figure)| *figure).max().unwrap_or(0);
    let notes = notes(registry, answer, left_out);
    let foot = HEAD + BAR_STEP * number(bars.len()) + MARGIN;
    let height = foot + NOTE_STEP * number(notes.len()) + MARGIN;
    let variable = answer.variables.first();
    let by = variable.map(|variable| variable.code.replace('-', " "));
    let by = by.unwrap_or_default();
    let (what, days) = days(answer);
    let mut svg = String::new();
    let mut put = |text: String| svg.push_str(&text);
    put(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title description\" \
         font-family=\"system-ui, 'Segoe UI', 'Noto Sans', sans-serif\" font-size=\"13\" fill=\"#1a1a1a\">\n"
    ));
    put(format!(
        "<title id=\"title\">{}, by {by}</title>\n",
        escape(&answer.title)
    ));
    put(format!(
        "<desc id=\"description\">{} {what}: {}. One bar for each category, with its figure beside it.</desc>\n",
        escape(&answer.definition),
        escape(&days)
    ));
    put(format!(
        "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    ));
    put(format!(
        "<text x=\"{MARGIN}\" y=\"36\" font-size=\"19\" font-weight=\"600\">{}</text>\n",
        escape(&heading(answer, &by))
    ));
    put(format!(
        "<text x=\"{MARGIN}\" y=\"60\" fill=\"#4a4a4a\">{what}: {}</text>\n",
        escape(&days)
    ));
    for (nth, (category, figure)) in (0_u64..).zip(&bars) {
        bar(&mut put, HEAD + BAR_STEP * nth, category, *figure, most);
    }
    for (nth, note) in (1_u64..).zip(&notes) {
        put(format!(
            "<text x=\"{MARGIN}\" y=\"{}\" font-size=\"11\" fill=\"#4a4a4a\">{}</text>\n",
            foot + NOTE_STEP * nth,
            escape(note)
        ));
    }
    put("</svg>\n".to_owned());
    svg
}

fn bar(put: &mut impl FnMut(String), top: u64, category: &str, figure: u64, most: u64) {
    let left = MARGIN + LABEL_WIDTH;
    let longest = WIDTH - left - FIGURE_WIDTH - MARGIN;
    let length = (figure.saturating_mul(longest) / most.max(1)).max(1);
    let base = top + BAR_HEIGHT - 4;
    put(format!(
        "<g><text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>\
         <rect x=\"{left}\" y=\"{top}\" width=\"{length}\" height=\"{BAR_HEIGHT}\" fill=\"#2a6496\"/>\
         <text x=\"{}\" y=\"{base}\">{}</text></g>\n",
        left - 8,
        escape(category),
        left + length + 8,
        count(figure)
    ));
}

/// Categories of the first variable with their figures over all others: in their order where they have one, else the
/// largest first; and how many are left out.
fn bars(answer: &api::GetStatisticsResponse) -> (Vec<(&str, u64)>, usize) {
    let of_first = answer.cells.iter().filter_map(|cell| {
        let (first, others) = cell.categories.split_first()?;
        let fits = !first.is_empty() && others.iter().all(String::is_empty);
        fits.then_some((first.as_str(), cell.figure))
    });
    let mut bars: Vec<(&str, u64)> = of_first.collect();
    let first = answer.variables.first();
    let is_ordered = first.is_some_and(|variable| variable.code == "age-group");
    if !is_ordered {
        bars.sort_by_key(|(category, figure)| (std::cmp::Reverse(*figure), *category));
    }
    let left_out = bars.len().saturating_sub(BARS_MAX);
    bars.truncate(BARS_MAX);
    (bars, left_out)
}

fn heading(answer: &api::GetStatisticsResponse, by: &str) -> String {
    let what = answer.title.split(" by ").next().unwrap_or_default();
    format!("{what} by {by}")
}

fn notes(registry: &str, answer: &api::GetStatisticsResponse, left_out: usize) -> Vec<String> {
    let variable = answer.variables.first();
    let mut notes = vec![
        answer.definition.clone(),
        variable.map_or_else(String::new, |variable| variable.definition.clone()),
        format!(
            "Source: {registry}, cut-off at position {}, {}.",
            answer.cut_off,
            instant(answer.known_at)
        ),
        answer.method.clone(),
    ];
    if left_out != 0 {
        notes.insert(0, format!("{left_out} smaller categories are not shown."));
    }
    let text = notes.join(" ");
    let wrapped = wrap(&text, NOTE_COLUMNS, "");
    wrapped.lines().map(str::to_owned).collect()
}

/// Text as it may stand in XML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A length as a factor of pixels; lengths here are small.
fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
