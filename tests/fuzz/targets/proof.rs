//! Fuzzes [`sabt_fuzz::proof`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::proof(bytes));
