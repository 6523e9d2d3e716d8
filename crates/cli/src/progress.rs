//! Progress bars, on standard error and only where somebody watches.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over a known number of steps, counted in `unit`.
pub fn bar(total: u64, unit: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let template = format!("  {{bar:32}} {{human_pos}} of {{human_len}} {unit}, {{elapsed}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
