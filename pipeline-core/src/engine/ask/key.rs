//! The key of a result: a hash of everything that the result depends on.

use crate::engine::ask::unknown::Unknown;
use crate::engine::job::toolchain::Toolchain;
use crate::graph::TaskDef;
use crate::store::Hash;
use std::sync::Arc;

/// The version of the key format and of the encoding of values.
const VERSION: u64 = 1;

/// The parts of a build that go into a key, except for the code of the task.
#[derive(Debug, Default)]
pub(crate) struct Build<'a> {
    /// The toolchain that the program was built with, if the submission is strict.
    pub(crate) strict: Option<&'a Toolchain>,
    /// The hash of the program, if keys include the whole program.
    pub(crate) program: Option<Hash>,
    /// Files and variables that the compiler read and that the fingerprint does not track.
    pub(crate) unknown: Arc<[Unknown]>,
}

/// Computes the key of a result from the task's identity, its code or pinned version, the name and content of each
/// input that is not ignored, and `build`. `inputs` has the contents in the order of the task's parameters.
///
/// Every part has a tag and a length, so no two lists of parts have the same bytes.
pub(crate) fn of(task: &TaskDef, inputs: &[Hash], build: &Build<'_>) -> Hash {
    let mut key = KeyBuilder(blake3::Hasher::new());
    key.part(b'v', &VERSION.to_le_bytes());
    let (module, name) = task.identity_parts();
    key.part(b'm', module.as_bytes());
    key.part(b't', name.as_bytes());
    let types = (task.types)();
    if !types.is_empty() {
        key.part(b'g', types.as_bytes());
    }
    match task.version() {
        None => key.part(b'c', task.code.hash.as_bytes()),
        Some(version) => key.part(b'p', version.as_bytes()),
    }
    key.part(b'o', &(task.outputs.len() as u64).to_le_bytes());
    for (name, content) in task.parameter_names().zip(inputs).filter(|(name, _)| !task.ignores(name)) {
        key.part(b'n', name.as_bytes());
        key.part(b'i', content.as_bytes());
    }
    if let Some(Toolchain { rustc, target, profile }) = build.strict {
        for part in [rustc, target, profile] {
            key.part(b's', part.as_bytes());
        }
    }
    if let Some(program) = &build.program {
        key.part(b'x', program.as_bytes());
    }
    for Unknown { title, content } in build.unknown.iter() {
        key.part(b'u', title.as_bytes());
        key.part(b'h', content.as_bytes());
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
mod tests;
