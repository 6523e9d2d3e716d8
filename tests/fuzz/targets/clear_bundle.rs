//! Fuzzes [`sabt_fuzz::clear_bundle`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::clear_bundle(bytes));
