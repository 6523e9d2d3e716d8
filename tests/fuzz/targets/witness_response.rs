//! Fuzzes [`sabt_fuzz::witness_response`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::witness_response(bytes));
