//! Benchmarks of Sabt. They print figures and never pass or fail: machines are noisy, ratios within one run count.
