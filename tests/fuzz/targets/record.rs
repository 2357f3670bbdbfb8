//! The fuzz target `record`: see `run` and `src/record.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eolcast_fuzz::record::check(data));
