//! The command line of a compiler process and its start time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// The command line of a compiler.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandLine(Vec<String>);

impl CommandLine {
    /// Returns the command line of this process, or `None` if the process is not a compiler.
    pub(crate) fn own() -> Option<CommandLine> {
        static KNOWN: OnceLock<Option<CommandLine>> = OnceLock::new();
        let read = || {
            CommandLine::new(std::env::args_os().map(|text| text.to_string_lossy().into_owned()).collect())
        };
        KNOWN.get_or_init(read).clone()
    }

    /// Returns `None` if the arguments are not the command line of a compiler.
    pub(crate) fn new(arguments: Vec<String>) -> Option<CommandLine> {
        let mut all = Vec::with_capacity(arguments.len());
        for argument in arguments {
            // A long command line is passed as a file with one argument per line.
            match argument.strip_prefix('@') {
                Some(file) => all.extend(std::fs::read_to_string(file).ok()?.lines().map(str::to_owned)),
                None => all.push(argument),
            }
        }
        all.iter().any(|argument| argument == "--crate-name").then_some(CommandLine(all))
    }

    /// Finds the running compiler whose artefact has this suffix. Returns its command line and the output folder of the
    /// crate's build script. Works only on systems with `/proc`.
    pub(crate) fn of_running(suffix: &str) -> Option<(CommandLine, Option<PathBuf>)> {
        let option = format!("extra-filename=-{suffix}");
        for process in std::fs::read_dir("/proc").ok()?.filter_map(Result::ok) {
            let is_process =
                process.file_name().to_string_lossy().starts_with(|letter: char| letter.is_ascii_digit());
            let line = is_process.then(|| std::fs::read(process.path().join("cmdline")).ok()).flatten();
            let line = line.map(|line| String::from_utf8_lossy(&line).into_owned()).unwrap_or_default();
            if line.contains(&option) {
                let found = CommandLine::new(
                    line.split('\0').filter(|text| !text.is_empty()).map(str::to_owned).collect(),
                );
                if let Some(found) = found {
                    let variables = std::fs::read(process.path().join("environ")).unwrap_or_default();
                    let variables = String::from_utf8_lossy(&variables).into_owned();
                    let generated =
                        variables.split('\0').find_map(|variable| variable.strip_prefix("OUT_DIR="));
                    return Some((found, generated.map(PathBuf::from)));
                }
            }
        }
        None
    }

    pub(crate) fn value(&self, option: &str) -> Option<&str> {
        self.0.iter().enumerate().find_map(|(i, argument)| {
            let rest = argument.strip_prefix(option)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => self.0.get(i + 1).map(String::as_str),
                None => None,
            }
        })
    }

    /// Returns the value of a code generation option, `-C option=value`.
    pub(crate) fn codegen(&self, option: &str) -> Option<&str> {
        self.0.iter().enumerate().find_map(|(i, argument)| {
            let next = self.0.get(i + 1).map(String::as_str).unwrap_or_default();
            let set = match argument.as_str() {
                "-C" | "--codegen" => next,
                other => other.strip_prefix("-C").or_else(|| other.strip_prefix("--codegen="))?,
            };
            set.strip_prefix(option)?.strip_prefix('=')
        })
    }

    /// Returns the root file of the crate.
    pub(crate) fn root(&self) -> Option<PathBuf> {
        let is_source = |argument: &&String| argument.ends_with(".rs") && !argument.starts_with('-');
        self.0.iter().skip(1).find(is_source).map(PathBuf::from)
    }

    /// Returns whether the build includes tests.
    pub(crate) fn has_tests(&self) -> bool {
        self.0.iter().any(|argument| argument == "--test" || argument == "test" || argument == "--cfg=test")
    }

    /// Returns name and artefact of each crate that is passed with `--extern`.
    pub(crate) fn externs(&self) -> Vec<(String, PathBuf)> {
        let values =
            self.0.iter().enumerate().filter_map(|(i, argument)| match argument.strip_prefix("--extern") {
                Some("") => self.0.get(i + 1).map(String::as_str),
                Some(rest) => rest.strip_prefix('='),
                None => None,
            });
        values
            .filter_map(|value| {
                let (name, path) = value.split_once('=')?;
                Some((name.rsplit(':').next().unwrap_or(name).to_owned(), PathBuf::from(path)))
            })
            .collect()
    }

    /// Returns the conditions that `cfg` can query: `feature="x"`, `debug_assertions`, `target …` and so on.
    pub(crate) fn conditions(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut optimised = false;
        let mut assertions = None;
        for (i, argument) in self.0.iter().enumerate() {
            let next = self.0.get(i + 1).map(String::as_str).unwrap_or_default();
            if argument == "--cfg" {
                found.insert(next.to_owned());
            } else if let Some(condition) = argument.strip_prefix("--cfg=") {
                found.insert(condition.to_owned());
            } else if argument == "--test" {
                found.insert("test".to_owned());
            }
            let codegen = if let Some(codegen) = argument.strip_prefix("--codegen=") {
                codegen
            } else if argument == "-C" || argument == "--codegen" {
                next
            } else {
                argument.strip_prefix("-C").unwrap_or_default()
            };
            if let Some(level) = codegen.strip_prefix("opt-level=") {
                optimised = level != "0";
            } else if codegen == "debug-assertions" {
                assertions = Some(true);
            } else if let Some(value) = codegen.strip_prefix("debug-assertions=") {
                assertions = Some(matches!(value, "on" | "yes" | "y" | "true"));
            } else if ["overflow-checks", "panic", "target-feature", "target-cpu"]
                .iter()
                .any(|name| codegen.starts_with(name))
            {
                found.insert(codegen.replace('-', "_"));
            } else if argument == "-O" {
                optimised = true;
            }
        }
        if assertions.unwrap_or(!optimised) {
            found.insert("debug_assertions".to_owned());
        }
        // Without `--target`, the compiler builds for the host.
        match self.value("--target") {
            Some(target) => found.insert(format!("target {target}")),
            None => found.insert(format!("target {} {}", std::env::consts::ARCH, std::env::consts::OS)),
        };
        found
    }
}

/// Returns whether the file may have changed since the compiler read it. Then it is unknown which version is compiled.
/// Cargo will compile again, because the file is newer than the build.
pub(crate) fn may_have_changed(file: &Path) -> bool {
    modified(file).max(changed(file)).is_some_and(|time| time > start_time())
}

pub(crate) fn modified(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

/// Returns the time at which the file's content or name last changed (ctime). Unlike the modification time, it can't be
/// set. `None` on systems without it.
pub(crate) fn changed(file: &Path) -> Option<SystemTime> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(file).ok()?;
        let seconds = Duration::from_secs(u64::try_from(metadata.ctime()).ok()?);
        Some(
            SystemTime::UNIX_EPOCH
                + seconds
                + Duration::from_nanos(u64::try_from(metadata.ctime_nsec()).ok()?),
        )
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// Returns the start time of this process. Where the system does not report it, returns the time of the first call.
fn start_time() -> SystemTime {
    static START: OnceLock<SystemTime> = OnceLock::new();
    // Both clocks truncate to hundredths of a second. A slightly earlier time is the safe choice.
    const STEP: Duration = Duration::from_millis(20);
    *START.get_or_init(|| SystemTime::now() - age().unwrap_or_default() - STEP)
}

/// Returns the age of this process, to a hundredth of a second. `None` on systems other than Linux.
fn age() -> Option<Duration> {
    // In /proc/self/stat, the 20th field after the name is the start time in ticks of 1/100 s since boot (proc(5)). The
    // name may contain spaces and ends with the last `)`.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let start: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let up = std::fs::read_to_string("/proc/uptime").ok()?;
    let up: f64 = up.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(up - start / 100.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> CommandLine {
        CommandLine::new(text.split(' ').map(str::to_owned).collect()).expect("a compiler's command line")
    }

    #[test]
    fn conditions_include_features_tests_and_debug_assertions() {
        let plain = line("rustc --crate-name a src/lib.rs --cfg feature=\"x\" -C opt-level=3").conditions();
        assert!(plain.contains("feature=\"x\"") && !plain.contains("debug_assertions"));
        let other = line("rustc --crate-name a src/lib.rs -C opt-level=0 --test").conditions();
        assert!(other.contains("debug_assertions") && other.contains("test"));
        let forced =
            line("rustc --crate-name a src/lib.rs -Copt-level=3 -C debug-assertions=on").conditions();
        assert!(forced.contains("debug_assertions"));
    }

    #[test]
    fn the_root_and_the_external_crates_are_parsed() {
        let line = line(
            "rustc --crate-name a --edition=2024 src/lib.rs --extern b=/t/libb-12.rlib --extern noprelude:c=/t/libc-13.rmeta",
        );
        assert_eq!(line.root(), Some("src/lib.rs".into()));
        assert_eq!(line.value("--edition"), Some("2024"));
        let names: Vec<String> = line.externs().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["b", "c"]);
    }

    #[test]
    fn only_a_file_older_than_the_compiler_process_is_unchanged() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.rs");
        std::fs::write(&file, "").expect("a file");
        assert!(may_have_changed(&file));
        let earlier = SystemTime::now() - Duration::from_secs(3_600);
        std::fs::File::options()
            .write(true)
            .open(&file)
            .and_then(|file| file.set_modified(earlier))
            .expect("a time");
        assert_eq!(may_have_changed(&file), cfg!(unix), "its time was set back");
        assert!(!may_have_changed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")));
    }
}
