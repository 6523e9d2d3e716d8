//! Fuzzes [`sabt_fuzz::note`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::note(bytes));
