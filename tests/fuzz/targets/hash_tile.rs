//! Fuzzes [`sabt_fuzz::hash_tile`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::hash_tile(bytes));
