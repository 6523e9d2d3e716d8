//! Fuzzes [`sabt_fuzz::frontier`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::frontier(bytes));
