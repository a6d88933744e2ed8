//! See `fuzz/bodies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dogwatch::fuzzed::itip_mail(data));
