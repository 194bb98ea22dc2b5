//! Keys: what they depend on, and that they never change.

use super::*;
use crate::graph::{CodeDef, Outputs, RetryPolicy};
use skipstone_wiring::{Parameter, Signature};
use std::fmt::Write;

const CODE: CodeDef = crate::graph::task::code("c0de", "", "");

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "values", ty: "&[f64]", node: "[f64]" },
    Parameter { name: "factor", ty: "f64", node: "f64" },
];

const TASK: TaskDef = TaskDef {
    known_as: None,
    signature: skipstone_wiring::signature("scale", PARAMETERS, "Vec<f64>", &["Vec<f64>"]),
    module: "app::algos",
    docs: "",
    file: "src/algos.rs",
    line: 1,
    code: CODE,
    skippable: true,
    effects: false,
    isolated: false,
    opaque: false,
    unordered: false,
    ignored: &[],
    retry_policy: RetryPolicy { retries: 0, backoff: std::time::Duration::ZERO, timeout: None },
    parameters: &[],
    outputs: &[],
    resources: &[],
    types: || "",
    run: |_| Ok(Outputs::new()),
};

fn toolchain(rustc: &str) -> Toolchain {
    Toolchain { rustc: rustc.into(), target: "x".into(), profile: "debug".into() }
}

fn key(task: &TaskDef, inputs: [&str; 2]) -> Hash {
    of(task, &inputs.map(|input| Hash::of(input.as_bytes())), &Build::default())
}

#[test]
fn a_key_depends_on_identity_code_and_inputs_but_not_on_the_place_in_the_source() {
    let plain = key(&TASK, ["a", "b"]);
    assert_eq!(key(&TaskDef { line: 7, file: "elsewhere.rs", docs: "new", ..TASK }, ["a", "b"]), plain);
    let moved = CodeDef { parts: "elsewhere", packages: "other", ..CODE };
    assert_eq!(key(&TaskDef { code: moved, ..TASK }, ["a", "b"]), plain);
    let renamed = Signature { task: "scal", ..TASK.signature };
    let parameters = &[
        Parameter { name: "v", ty: "&[f64]", node: "[f64]" },
        Parameter { name: "factor", ty: "f64", node: "f64" },
    ];
    let contents = ["a", "b"].map(|input| Hash::of(input.as_bytes()));
    let keys = [
        plain,
        key(&TASK, ["b", "a"]),
        key(&TASK, ["a", "c"]),
        key(&TaskDef { code: CodeDef { hash: "c0df", ..CODE }, ..TASK }, ["a", "b"]),
        key(&TaskDef { code: CodeDef { version: Some("c0de"), ..CODE }, ..TASK }, ["a", "b"]),
        key(&TaskDef { code: CodeDef { version: Some("2"), ..CODE }, ..TASK }, ["a", "b"]),
        key(&TaskDef { module: "app", ..TASK }, ["a", "b"]),
        key(&TaskDef { signature: renamed, ..TASK }, ["a", "b"]),
        key(&TaskDef { signature: Signature { parameters, ..TASK.signature }, ..TASK }, ["a", "b"]),
        key(&TaskDef { ignored: &["factor"], ..TASK }, ["a", "b"]),
        of(&TASK, &contents, &Build { strict: Some(&toolchain("1.95.0")), ..Build::default() }),
        of(&TASK, &contents, &Build { strict: Some(&toolchain("1.96.0")), ..Build::default() }),
    ];
    for (i, one) in keys.iter().enumerate() {
        for (j, other) in keys.iter().enumerate().skip(i + 1) {
            assert_ne!(one, other, "{i} and {j}");
        }
    }
}

#[test]
fn a_task_name_replaces_the_path_of_the_function() {
    let moved = TaskDef {
        known_as: Some("app::algos::scale"),
        module: "app::other",
        signature: Signature { task: "scaled", ..TASK.signature },
        ..TASK
    };
    assert_eq!(key(&moved, ["a", "b"]), key(&TASK, ["a", "b"]));
    assert_ne!(key(&TaskDef { known_as: Some("scale"), ..TASK }, ["a", "b"]), key(&TASK, ["a", "b"]));
}

#[test]
fn a_version_replaces_the_code_and_an_ignored_parameter_is_left_out() {
    let pinned = TaskDef { code: CodeDef { version: Some("1"), ..CODE }, ..TASK };
    let edited = TaskDef { code: CodeDef { version: Some("1"), hash: "other", ..CODE }, ..TASK };
    assert_eq!(key(&pinned, ["a", "b"]), key(&edited, ["a", "b"]));
    let ignoring = TaskDef { ignored: &["factor"], ..TASK };
    assert_eq!(key(&ignoring, ["a", "b"]), key(&ignoring, ["a", "c"]));
    assert_ne!(key(&ignoring, ["a", "b"]), key(&ignoring, ["c", "b"]));
}

/// Returns 52 named keys. Stores of users contain such keys: if one of them changes, `VERSION` must change, too.
fn fixtures() -> String {
    let mut out = String::new();
    let mut add = |name: String, key: Hash| {
        let _ = writeln!(out, "{key}  {name}");
    };
    let names = ["scale", "preprocess_and_score", "größe", "", "a::b"];
    let contents: [&[u8]; 5] = [b"", b"a", b"\x00", b"1600", &[0xff; 100]];
    for name in names {
        for content in contents {
            let task = TaskDef { signature: Signature { task: name, ..TASK.signature }, ..TASK };
            let inputs = [Hash::of(content), Hash::of(b"b")];
            add(
                format!("task {name:?}, content {:?}", &content[..content.len().min(4)]),
                of(&task, &inputs, &Build::default()),
            );
        }
    }
    for module in ["app", "app::algos::deep", "r#mod", "x"] {
        add(format!("module {module}"), key(&TaskDef { module, ..TASK }, ["a", "b"]));
    }
    for hash in ["", "0", "c0de-5-1", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"] {
        add(format!("code {hash:?}"), key(&TaskDef { code: CodeDef { hash, ..CODE }, ..TASK }, ["a", "b"]));
    }
    for version in ["1", "2", "1.0", "c0de"] {
        let code = CodeDef { version: Some(version), ..CODE };
        add(format!("version {version}"), key(&TaskDef { code, ..TASK }, ["a", "b"]));
    }
    for (name, ignored) in
        [("first", &["values"][..]), ("second", &["factor"]), ("both", &["values", "factor"])]
    {
        add(format!("ignoring {name}"), key(&TaskDef { ignored, ..TASK }, ["a", "b"]));
    }
    for count in 0..5 {
        let parameters = &PARAMETERS[..count.min(2)];
        let signature = Signature { parameters, ..TASK.signature };
        let inputs: Vec<Hash> = (0..count).map(|i| Hash::of(&[i as u8])).collect();
        let task = TaskDef { signature, module: ["a", "b", "c", "d", "e"][count], ..TASK };
        add(format!("{count} inputs"), of(&task, &inputs, &Build::default()));
    }
    for rustc in ["1.95.0", "1.96.0-nightly", ""] {
        let inputs = ["a", "b"].map(|input| Hash::of(input.as_bytes()));
        add(
            format!("strict, rustc {rustc:?}"),
            of(&TASK, &inputs, &Build { strict: Some(&toolchain(rustc)), ..Build::default() }),
        );
    }
    for (name, inputs) in [("swapped", ["b", "a"]), ("equal", ["a", "a"])] {
        add(format!("inputs {name}"), key(&TASK, inputs));
    }
    for types in [(|| "(shop::Fruit,)") as fn() -> &'static str, || "(f64, f64)"] {
        add(format!("types {}", types()), key(&TaskDef { types, ..TASK }, ["a", "b"]));
    }
    out
}

#[test]
fn keys_are_frozen() {
    let found = fixtures();
    assert_eq!(found.lines().count(), 52);
    let frozen = include_str!("golden.txt");
    assert_eq!(
        found, frozen,
        "keys changed, so results in existing stores would not be found: increase `VERSION`"
    );
    let plain = "8c131ed6812b8abd2799df125e827f5e70037749204d8bcef07f073627e596e9";
    assert_eq!(key(&TASK, ["a", "b"]).to_string(), plain);
}
