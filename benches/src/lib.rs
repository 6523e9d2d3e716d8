//! Benchmarks of Sabt. They print figures and never pass or fail: machines are noisy, ratios within one run count.

use std::fs;

/// A figure of `/proc/<process>/status` in KiB (proc(5)), e.g. `VmRSS`; 0 where the system does not say.
pub fn status_kib(process: &str, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .and_then(|value| value.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
