//! Fuzzes [`sabt_fuzz::tile_path`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sabt_fuzz::tile_path(bytes));
