//! The parser of `--set NODE=VALUE` takes any text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| skipstone::__private::fuzzing::set(text));
