//! Fuzzes [`sabt_fuzz::entry_bundle`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::entry_bundle(bytes));
