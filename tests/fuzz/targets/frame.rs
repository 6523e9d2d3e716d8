//! Fuzzes [`sabt_fuzz::frame`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::frame(bytes));
