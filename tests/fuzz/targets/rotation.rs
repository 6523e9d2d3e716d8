//! Fuzzes [`sabt_fuzz::rotation`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::rotation(bytes));
