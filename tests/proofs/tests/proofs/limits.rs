//! Runs a program under limits of the system (`ulimit`): it reports a clear error and damages nothing.

use crate::bench::{full, hashes, json};
use std::path::Path;
use std::process::{Command, Output};

/// Runs the workbench under a limit that the shell sets.
fn limited(store: &Path, limit: &str, seed: usize) -> Output {
    let script =
        format!("trap '' XFSZ; ulimit {limit}; exec \"$0\" run --json --set seed={seed} --store \"$1\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_workbench")).arg(store);
    command.env("TMPDIR", store.parent().expect("a folder")).output().expect("the shell starts")
}

/// Runs the workbench under each limit, and then without it. `words` are the expected causes in the error messages.
fn under_limits(limits: impl Iterator<Item = String>, words: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, undisturbed) = (folder.path().join("store"), folder.path().join("undisturbed"));
    json(&store, "run");
    let mut failed = 0;
    for (seed, limit) in limits.enumerate().map(|(i, limit)| (i + 2, limit)) {
        let output = limited(&store, &limit, seed);
        let message = String::from_utf8_lossy(&output.stderr);
        let story = format!("ulimit {limit}: {}\n{message}", output.status);
        match output.status.code() {
            Some(0) => {}
            // With too few open files, the system can't load the program's libraries.
            Some(127) => {}
            Some(1 | 2) => {
                failed += 1;
                assert!(words.iter().any(|word| message.contains(word)), "{story}");
                assert!(message.contains("error: "), "{story}");
            }
            _ => panic!("{story}"),
        }
        let run = format!("run --set seed={seed}");
        assert_eq!(hashes(&json(&store, &run)), hashes(&json(&undisturbed, &run)), "{story}");
        assert_eq!(json(&store, "store verify")["problems"], serde_json::json!([]), "{story}");
    }
    assert!(failed > 2, "{failed} runs failed");
}

#[test]
fn a_limit_of_open_files_gives_a_clear_error() {
    let words = ["Too many open files", "unable to open database file", "disk I/O error"];
    under_limits((4..24).step_by(if full() { 1 } else { 4 }).map(|files| format!("-n {files}")), &words);
}

#[test]
fn a_limit_of_file_size_gives_a_clear_error() {
    // Blocks of 512 bytes. The largest result has 45 kB.
    let words = ["File too large", "disk I/O error", "full"];
    under_limits([1, 8, 60, 80, 400].map(|blocks| format!("-f {blocks}")).into_iter(), &words);
}
