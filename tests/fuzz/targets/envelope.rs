//! Fuzzes [`sabt_fuzz::envelope`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::envelope(bytes));
