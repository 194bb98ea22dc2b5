//! The decoder of result records takes any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pipeline_core::__private::fuzzing::record(bytes));
