//! The fuzz target `assembled`: see `run` and `src/assembled.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eolcast_fuzz::assembled::check(data));
