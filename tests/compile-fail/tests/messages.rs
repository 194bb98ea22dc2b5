//! Every mistake of the two tables in the design, and what the compiler says to it.
//!
//! `TRYBUILD=overwrite cargo test -p compile-fail-tests` writes the snapshots anew; read the
//! difference aloud before keeping it.

#[test]
fn each_mistake_is_told_at_its_token_and_with_what_to_do() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/scenario/*.rs");
    cases.compile_fail("cases/file/*.rs");
    cases.compile_fail("cases/task/*.rs");
    cases.compile_fail("cases/row/*.rs");
    cases.compile_fail("cases/handle/*.rs");
    cases.pass("cases/pass/*.rs");
}
