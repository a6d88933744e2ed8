//! See `fuzz/bodies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dogwatch::fuzzed::csv_import(data));
