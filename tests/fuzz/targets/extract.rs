//! Fuzzes [`sabt_fuzz::extract`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::extract(bytes));
