//! Fuzzes [`sabt_fuzz::keys`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::keys(bytes));
