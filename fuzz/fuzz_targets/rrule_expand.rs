//! See `fuzz/bodies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dogwatch::fuzzed::rrule_expand(data));
