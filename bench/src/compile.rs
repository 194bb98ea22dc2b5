//! Measures what the macros cost when a program is compiled: packages of N tasks and N statements, beside the same functions
//! without macros.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The numbers of tasks.
const SIZES: [usize; 4] = [5, 50, 300, 1_000];

/// The size at which the limits apply.
const LIMITED: usize = 300;

/// The maximum time per task. The figure aimed at is 3 ms; a busy machine takes longer.
const TIME_LIMIT: Duration = Duration::from_millis(12);

/// The maximum size of the expanded package, in bytes.
const SIZE_LIMIT: usize = 1_000_000;

/// The number of alternating rounds, of which the fastest counts.
const ROUNDS: usize = 5;

/// What the tasks take and return.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    Numbers,
    Tables,
}

/// Checks packages with tasks and the same packages without macros, after an edit, and prints a row for each size.
///
/// # Errors
///
/// If a package does not compile, or a package of 300 tasks exceeds [`TIME_LIMIT`] or [`SIZE_LIMIT`].
pub(crate) fn compile() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let nightly = nightly(folder.path())?;
    println!("| tasks | values | without macros | with macros | per task | expanded | per task |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut exceeded = Vec::new();
    for values in [Values::Numbers, Values::Tables] {
        for size in SIZES {
            let plain = Package::new(folder.path(), size, values, false)?;
            let tasks = Package::new(folder.path(), size, values, true)?;
            let mut times = [Duration::MAX; 2];
            for round in 0..=ROUNDS {
                for (time, package) in times.iter_mut().zip([&plain, &tasks]) {
                    let taken = package.check_after_edit(round)?;
                    // The first round also compiles the dependencies.
                    *time = if round == 0 { Duration::MAX } else { taken.min(*time) };
                }
            }
            let [plain, with_macros] = times;
            let each = with_macros.saturating_sub(plain) / size as u32;
            let bytes = tasks.expanded(&nightly)?;
            println!(
                "| {size} | {} | {:.2} s | {:.2} s | {:.1} ms | {} kB | {:.1} kB |",
                if values == Values::Numbers { "numbers" } else { "tables" },
                plain.as_secs_f64(),
                with_macros.as_secs_f64(),
                each.as_secs_f64() * 1e3,
                bytes / 1_000,
                bytes as f64 / 1e3 / size as f64,
            );
            if size == LIMITED && each > TIME_LIMIT {
                exceeded.push(format!("more than {} ms per task", TIME_LIMIT.as_millis()));
            }
            if size == LIMITED && values == Values::Numbers && bytes > SIZE_LIMIT {
                exceeded.push(format!("{size} tasks expand to {bytes} bytes, more than {SIZE_LIMIT}"));
            }
        }
    }
    if exceeded.is_empty() { Ok(()) } else { Err(exceeded.join("; ").into()) }
}

/// Writes a wrapper of the compiler that allows unstable options. If cargo had the variable, it would build all dependencies again:
/// several of their build scripts read it.
fn nightly(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let wrapper = folder.join("nightly");
    fs::write(&wrapper, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec \"$@\"\n")?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    Ok(wrapper)
}

/// A package of its own.
struct Package {
    folder: PathBuf,
    source: String,
}

impl Package {
    fn new(parent: &Path, size: usize, values: Values, macros: bool) -> Result<Package, Box<dyn Error>> {
        let (kind, features) = match values {
            Values::Numbers => ("numbers", "default-features = false"),
            Values::Tables => ("tables", "features = [\"polars\"]"),
        };
        let name = format!("{}-{kind}-{size}", if macros { "tasks" } else { "functions" });
        let folder = parent.join(&name);
        fs::create_dir_all(folder.join("src"))?;
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("pipeline-core");
        // Functions that need nothing of the library are compiled without it.
        let needed = macros || values == Values::Tables;
        let dependency = format!("skipstone = {{ path = {core:?}, {features} }}\n");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}",
            if needed { dependency.as_str() } else { "" }
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // Uses the versions of this workspace.
        fs::copy(core.with_file_name("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Package { folder, source: source(size, values, macros) })
    }

    /// Changes a constant and checks the package.
    fn check_after_edit(&self, edit: usize) -> Result<Duration, Box<dyn Error>> {
        let source = format!("{}\npub const EDIT: usize = {edit};\n", self.source);
        fs::write(self.folder.join("src/lib.rs"), source)?;
        let start = Instant::now();
        let status = self.cargo("check").stdout(Stdio::from(std::io::stderr())).status()?;
        let taken = start.elapsed();
        if status.success() { Ok(taken) } else { Err(format!("cargo check: {status}").into()) }
    }

    /// Returns the size of the package after expansion, in bytes. `nightly` is the compiler's wrapper.
    fn expanded(&self, nightly: &Path) -> Result<usize, Box<dyn Error>> {
        let output = self
            .cargo("rustc")
            .args(["--profile", "check", "--", "-Zunpretty=expanded"])
            .env("RUSTC_WORKSPACE_WRAPPER", nightly)
            .stderr(Stdio::inherit())
            .output()?;
        if output.status.success() {
            Ok(output.stdout.len())
        } else {
            Err(format!("cargo rustc: {}", output.status).into())
        }
    }

    fn cargo(&self, command: &str) -> Command {
        let program = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target"));
        let mut cargo = Command::new(program);
        cargo.args([command, "--quiet"]).current_dir(&self.folder).env("CARGO_TARGET_DIR", target);
        cargo
    }
}

/// Generates functions, and with macros a scenario in which each reads the output of the one before.
fn source(size: usize, values: Values, macros: bool) -> String {
    let (task, scenario) = match macros {
        true => ("#[task(skippable)]\n", ", scenario, task"),
        false => ("", ""),
    };
    let mut text = match values {
        Values::Numbers if macros => String::from("use skipstone::{scenario, task};\n\n"),
        Values::Numbers => String::new(),
        Values::Tables => format!(
            "use skipstone::{{Frame, Row{scenario}}};\n\n\
             #[derive(Row)]\npub struct Sale {{\n    pub shop: i64,\n    pub amount: f64,\n}}\n\n"
        ),
    };
    for number in 0..size {
        let function = match values {
            Values::Numbers => format!(
                "pub fn step_{number}(before: f64, by: f64) -> f64 {{\n    let x = before + by * {number}.0;\n    x * 1.5\n}}"
            ),
            Values::Tables => format!(
                "pub fn step_{number}(before: &Frame<Sale>, by: f64) -> Frame<Sale> {{\n    \
                 let _ = by * {number}.0;\n    before.clone()\n}}"
            ),
        };
        let _ = writeln!(text, "/// Step {number}.\n{task}{function}\n");
    }
    if macros {
        let input = match values {
            Values::Numbers => "input node_0: f64 = 0.0;",
            Values::Tables => "input node_0: Frame<Sale>;",
        };
        let _ =
            write!(text, "scenario! {{\n    pub Many {{\n        {input}\n        input by: f64 = 1.0;\n");
        for number in 0..size {
            let _ = writeln!(text, "        node_{} = step_{number}(node_{number}, by);", number + 1);
        }
        text += "    }\n}\n";
    }
    text
}
