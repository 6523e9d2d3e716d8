//! Fuzzes [`sabt_fuzz::witness_request`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::witness_request(bytes));
