//! What a result depends on.

use crate::graph::TaskDef;
use crate::store::Hash;

/// The version of what goes into a key, and of the encoding of values.
const VERSION: u64 = 1;

/// The key of a result: of the task's identity, its code, and each input's name and content.
///
/// Every part has a tag and a length, so that no two lists of parts have the same bytes.
pub(crate) fn of(task: &TaskDef, inputs: &[Hash]) -> Hash {
    let mut key = KeyBuilder(blake3::Hasher::new());
    key.part(b'v', &VERSION.to_le_bytes());
    key.part(b'm', task.module().as_bytes());
    key.part(b't', task.name().as_bytes());
    key.part(b'c', task.code.as_bytes());
    key.part(b'o', &(task.outputs.len() as u64).to_le_bytes());
    for (name, content) in task.parameter_names().zip(inputs) {
        key.part(b'n', name.as_bytes());
        key.part(b'i', content.as_bytes());
    }
    key.0.finalize().into()
}

struct KeyBuilder(blake3::Hasher);

impl KeyBuilder {
    fn part(&mut self, tag: u8, bytes: &[u8]) {
        self.0.update(&[tag]);
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Outputs;
    use pipeline_wiring::{Parameter, Signature};

    const TASK: TaskDef = TaskDef {
        signature: Signature {
            task: "scale",
            parameters: &[
                Parameter { name: "values", ty: "&[f64]" },
                Parameter { name: "factor", ty: "f64" },
            ],
            returns: "Vec<f64>",
            outputs: 1,
        },
        module: "app::algos",
        docs: "",
        file: "src/algos.rs",
        line: 1,
        code: "c0de",
        skippable: true,
        parameters: &[],
        outputs: &[],
        run: |_| Ok(Outputs::new()),
    };

    fn key(task: &TaskDef, inputs: [&str; 2]) -> Hash {
        of(task, &inputs.map(|input| Hash::of(input.as_bytes())))
    }

    #[test]
    fn identity_code_and_each_input_count_and_the_place_in_the_source_does_not() {
        let plain = key(&TASK, ["a", "b"]);
        assert_eq!(key(&TaskDef { line: 7, file: "elsewhere.rs", docs: "new", ..TASK }, ["a", "b"]), plain);
        let renamed = Signature { task: "scal", ..TASK.signature };
        let parameters = &[Parameter { name: "v", ty: "&[f64]" }, Parameter { name: "factor", ty: "f64" }];
        let keys = [
            key(&TASK, ["b", "a"]),
            key(&TASK, ["a", "c"]),
            key(&TaskDef { code: "c0df", ..TASK }, ["a", "b"]),
            key(&TaskDef { module: "app", ..TASK }, ["a", "b"]),
            key(&TaskDef { signature: renamed, ..TASK }, ["a", "b"]),
            key(&TaskDef { signature: Signature { parameters, ..TASK.signature }, ..TASK }, ["a", "b"]),
        ];
        for (i, other) in keys.iter().enumerate() {
            assert_ne!(*other, plain, "{i}");
        }
    }

    #[test]
    fn keys_are_frozen() {
        let expected = "8c131ed6812b8abd2799df125e827f5e70037749204d8bcef07f073627e596e9";
        assert_eq!(key(&TASK, ["a", "b"]).to_string(), expected);
    }
}
