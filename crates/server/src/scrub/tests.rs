use std::time::Duration;

use super::Pace;
use crate::config::ScrubConfig;
use crate::limits::SCRUB_GRANULE_BYTES;

#[test]
fn the_rate_is_kept_whatever_the_steps() {
    let rates = [
        ScrubConfig::BYTES_PER_SECOND_MIN,
        8 * 1024 * 1024,
        u64::MAX / 2,
    ];
    for rate in rates {
        for step in [1, 700, 4_096, SCRUB_GRANULE_BYTES, 16 * 1024 * 1024] {
            let mut pace = Pace::new(rate);
            let (mut read, mut waited, mut longest) = (0_u64, Duration::ZERO, 0_u64);
            for _ in 0..10_000 {
                read += step;
                longest = longest.max(step + SCRUB_GRANULE_BYTES);
                waited += pace.after(step).unwrap_or_default();
                // Never more than a granule and a step ahead of what the time that was waited allows; a microsecond
                // is lost to rounding at each pause.
                let allowed = (waited.as_micros() + 10_000) * u128::from(rate) / 1_000_000;
                assert!(
                    u128::from(read) <= allowed + u128::from(longest),
                    "{rate} {step}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_waited_for_within_a_granule() {
    let mut pace = Pace::new(8 * 1024 * 1024);
    assert_eq!(pace.after(SCRUB_GRANULE_BYTES - 1), None);
    assert_eq!(pace.after(1), Some(Duration::from_micros(31_250)));
    assert_eq!(pace.after(0), None);
}
