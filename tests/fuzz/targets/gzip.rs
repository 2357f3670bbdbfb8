//! The fuzz target `gzip`: see `run` and `src/gzip.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eolcast_fuzz::gzip::check(data));
