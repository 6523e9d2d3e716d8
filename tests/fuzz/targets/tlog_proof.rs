//! Fuzzes [`sabt_fuzz::tlog_proof`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::tlog_proof(bytes));
