//! Fuzzes the decoder of result records with arbitrary bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| skipstone::__private::fuzzing::record(bytes));
