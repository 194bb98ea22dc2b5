//! Fuzzes the parser of `--set NODE=VALUE` with arbitrary strings.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| skipstone::__private::fuzzing::set(text));
