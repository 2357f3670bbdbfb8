//! The fuzz target `text`: see `run` and `src/text.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eolcast_fuzz::text::check(data));
