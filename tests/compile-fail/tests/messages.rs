//! The compiler's message for every mistake in the tables of README.md, and for others.
//!
//! `TRYBUILD=overwrite cargo test -p compile-fail-tests` overwrites the snapshots. Read the difference aloud before
//! committing it.

#[test]
fn each_mistake_is_reported_at_its_token_and_with_a_fix() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/scenario/*.rs");
    cases.compile_fail("cases/file/*.rs");
    cases.compile_fail("cases/task/*.rs");
    cases.compile_fail("cases/row/*.rs");
    cases.compile_fail("cases/handle/*.rs");
    cases.pass("cases/pass/*.rs");
}
