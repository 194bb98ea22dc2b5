//! Measures the compile time of a statement of `scenario!`.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The number of statements of the large scenario. The small one has one.
const STATEMENTS: usize = 500;

/// The number of tasks through which the statements cycle.
const TASKS: usize = 20;

/// The maximum time per statement.
const LIMIT: Duration = Duration::from_millis(40);

/// Compiles a scenario of 500 statements and one of a single statement, and prints the time per statement. Fails if it
/// is above [`LIMIT`].
pub(crate) fn compile() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("pipeline-core");
    let manifest = format!(
        "[package]\nname = \"many-statements\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nskipstone = {{ path = {:?} }}\n",
        core
    );
    fs::create_dir(folder.path().join("src"))?;
    fs::write(folder.path().join("Cargo.toml"), manifest)?;
    // Uses the versions of this workspace.
    fs::copy(core.with_file_name("Cargo.lock"), folder.path().join("Cargo.lock"))?;
    check(folder.path(), &program(1))?; // builds the dependencies
    let mut times = [Duration::MAX; 2];
    for _ in 0..3 {
        for (time, statements) in times.iter_mut().zip([1, STATEMENTS]) {
            *time = (*time).min(check(folder.path(), &program(statements))?);
        }
    }
    let [small, large] = times;
    let each = large.saturating_sub(small) / (STATEMENTS as u32 - 1);
    println!(
        "`cargo check` of a scenario of {STATEMENTS} statements: {:.2} s; of one statement: {:.2} s; {:.2} ms per statement",
        large.as_secs_f64(),
        small.as_secs_f64(),
        each.as_secs_f64() * 1e3
    );
    if each > LIMIT {
        return Err(format!("more than {} ms per statement", LIMIT.as_millis()).into());
    }
    Ok(())
}

fn program(statements: usize) -> String {
    let mut text = String::from("use skipstone::{scenario, task};\n\n");
    for task in 0..TASKS {
        let _ = writeln!(
            text,
            "#[task(skippable)]\npub fn step_{task}(before: f64, by: f64) -> f64 {{\n    before + by\n}}\n"
        );
    }
    text += "scenario! {\n    pub Many {\n        input x0: f64 = 0.0;\n        input by: f64 = 1.0;\n";
    for number in 0..statements {
        let _ = writeln!(text, "        x{} = step_{}(x{number}, by);", number + 1, number % TASKS);
    }
    text + "    }\n}\n"
}

fn check(folder: &Path, program: &str) -> Result<Duration, Box<dyn Error>> {
    fs::write(folder.join("src/lib.rs"), program)?;
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let target = folder.join("target");
    let start = Instant::now();
    let status = Command::new(cargo)
        .args(["check", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .stdout(Stdio::from(std::io::stderr()))
        .status()?;
    if status.success() { Ok(start.elapsed()) } else { Err(format!("cargo check: {status}").into()) }
}
