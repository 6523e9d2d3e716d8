//! The progress line, on standard error, if somebody is watching.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use sabt_verifier::Progress;

/// How often the line is written.
const INTERVAL: Duration = Duration::from_millis(200);

/// Width of the bar, characters.
const BAR_WIDTH: u64 = 24;

/// What is written, and when it was.
struct Line {
    started: Instant,
    shown: Instant,
    /// Records that were done at the start, because they were verified before.
    before: Option<u64>,
}

/// Shows a verification's progress, if standard error is a terminal.
pub(crate) fn line() -> Option<Box<dyn Fn(Progress)>> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let now = Instant::now();
    let line = RefCell::new(Line {
        started: now,
        shown: now,
        before: None,
    });
    Some(Box::new(move |progress| {
        let mut line = line.borrow_mut();
        let before = *line.before.get_or_insert(progress.done);
        if line.shown.elapsed() < INTERVAL {
            return;
        }
        line.shown = Instant::now();
        let text = render(progress, before, line.started.elapsed());
        // Progress is a courtesy: if it cannot be shown, the verification goes on.
        drop(write!(io::stderr(), "\r\x1b[K{text}"));
    }))
}

/// Takes the line away.
pub(crate) fn clear() {
    drop(write!(io::stderr(), "\r\x1b[K"));
}

/// The line: a bar over both ledgers, what is being read, records in a second, and how long it will take.
fn render(progress: Progress, before: u64, elapsed: Duration) -> String {
    let Progress {
        ledger,
        anchors,
        records,
        signed,
        done,
        total,
    } = progress;
    let what = if anchors { ", anchors" } else { "" };
    let of = signed.map(|size| format!(" of {size}")).unwrap_or_default();
    let read = done.saturating_sub(before);
    let milliseconds = u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    let rate = read.saturating_mul(1000) / milliseconds;
    let bar = match total.filter(|total| *total != 0) {
        Some(total) => format!("{} ", bar(done.min(total), total)),
        None => String::new(),
    };
    let left = match total.filter(|_| rate != 0 && !anchors) {
        Some(total) => format!(", {} left", duration(total.saturating_sub(done) / rate)),
        None => String::new(),
    };
    format!("{bar}{ledger}{what}: {records}{of} records, {rate}/s{left}")
}

fn bar(done: u64, total: u64) -> String {
    let part = |whole: u64| {
        let part = u128::from(done) * u128::from(whole) / u128::from(total);
        usize::try_from(part).unwrap_or_default()
    };
    let (full, percent) = (part(BAR_WIDTH), part(100));
    let width = usize::try_from(BAR_WIDTH).unwrap_or_default();
    format!("[{:<width$}] {percent:>3} %", "#".repeat(full))
}

fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests;
