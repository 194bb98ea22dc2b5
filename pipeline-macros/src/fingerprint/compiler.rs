//! What the running compiler can tell of itself: conditions of the build, and when it began.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// The conditions that `cfg` may ask for, and the edition, as the compiler was told them; `None` where
/// they can't be known.
pub(super) fn conditions() -> Option<String> {
    static KNOWN: OnceLock<Option<String>> = OnceLock::new();
    KNOWN.get_or_init(|| read_conditions(&arguments()?)).clone()
}

/// The features that the package is built with.
pub(super) fn features() -> Vec<String> {
    let arguments = arguments().unwrap_or_default();
    let conditions = arguments.iter().filter_map(|argument| {
        argument.strip_prefix("--cfg=").unwrap_or(argument).strip_prefix("feature=").map(str::to_owned)
    });
    let mut features: Vec<String> = conditions.collect();
    features.sort();
    features
}

/// The edition that the compiler was told.
pub(super) fn edition() -> String {
    let arguments = arguments().unwrap_or_default();
    value_of(&arguments, "--edition").unwrap_or_default()
}

/// Whether the build has tests in it; also where that can't be known.
pub(super) fn has_tests() -> bool {
    arguments().is_none_or(|arguments| arguments.iter().any(|argument| argument == "--test"))
}

/// The libraries that the compiler links, sorted.
pub(super) fn linked() -> Option<Vec<String>> {
    let arguments = arguments()?;
    let externs = arguments.iter().zip(arguments.iter().skip(1)).filter(|(option, _)| *option == "--extern");
    let mut names: Vec<String> = externs
        .map(|(_, value)| {
            Path::new(value.rsplit('=').next().unwrap_or(value)).file_stem().unwrap_or_default()
        })
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    Some(names)
}

/// The compiler's command line; `None` when it is not one, or part of it is in a file.
fn arguments() -> Option<Vec<String>> {
    let arguments: Vec<String> =
        std::env::args_os().map(|text| text.to_string_lossy().into_owned()).collect();
    let compiles = arguments.iter().any(|argument| argument == "--crate-name");
    (compiles && !arguments.iter().any(|argument| argument.starts_with('@'))).then_some(arguments)
}

fn value_of(arguments: &[String], option: &str) -> Option<String> {
    arguments.iter().enumerate().find_map(|(i, argument)| {
        let rest = argument.strip_prefix(option)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None if rest.is_empty() => arguments.get(i + 1).cloned(),
            None => None,
        }
    })
}

fn read_conditions(arguments: &[String]) -> Option<String> {
    const CODEGEN: [&str; 6] =
        ["opt-level", "debug-assertions", "overflow-checks", "target-feature", "target-cpu", "panic"];
    let mut found = BTreeSet::new();
    for (i, argument) in arguments.iter().enumerate() {
        let value = arguments.get(i + 1).map(String::as_str).unwrap_or_default();
        match argument.as_str() {
            "--cfg" => drop(found.insert(format!("cfg {value}"))),
            "--test" => drop(found.insert("test".into())),
            "--target" => drop(found.insert(format!("target {value}"))),
            "-C" if CODEGEN.iter().any(|name| value.starts_with(name)) => drop(found.insert(value.into())),
            _ => {
                let codegen = argument
                    .strip_prefix("-C")
                    .filter(|rest| CODEGEN.iter().any(|name| rest.starts_with(name)));
                let long = argument.strip_prefix("--cfg=").map(|value| format!("cfg {value}"));
                let target = argument.strip_prefix("--target=").map(|value| format!("target {value}"));
                found.extend(codegen.map(str::to_owned).or(long).or(target));
            }
        }
    }
    // Without `--target` the compiler builds for the machine that it runs on.
    found.insert(format!("host {} {}", std::env::consts::ARCH, std::env::consts::OS));
    Some(found.into_iter().collect::<Vec<_>>().join("\n"))
}

/// Whether the file may have changed since the compiler read it. Then nobody knows which of both it
/// compiles; cargo compiles again, because the file is newer than the build.
pub(super) fn may_have_changed(file: &Path) -> bool {
    let modified = std::fs::metadata(file).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified > began())
}

/// When this process began; where the system does not tell, when a macro was first expanded.
fn began() -> SystemTime {
    static BEGAN: OnceLock<SystemTime> = OnceLock::new();
    // Both clocks count hundredths of a second, cut off: a little earlier is on the safe side.
    const STEP: Duration = Duration::from_millis(20);
    *BEGAN.get_or_init(|| SystemTime::now() - age().unwrap_or_default() - STEP)
}

/// The age of this process, to a hundredth of a second, on Linux.
fn age() -> Option<Duration> {
    // The fields of /proc/self/stat behind the name, which may have spaces and ends with the last `)`:
    // the 20th is the start in ticks of 1/100 s since the machine began (proc(5)).
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let start: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let up = std::fs::read_to_string("/proc/uptime").ok()?;
    let up: f64 = up.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(up - start / 100.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions_of(arguments: &str) -> String {
        let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        read_conditions(&arguments).expect("conditions")
    }

    #[test]
    fn features_targets_and_what_cfg_sees_of_the_profile_count_and_the_rest_does_not() {
        let plain = conditions_of("rustc --crate-name a --cfg feature=\"x\" -C opt-level=3");
        assert_eq!(
            conditions_of("rustc -C metadata=1 -C opt-level=3 --cfg feature=\"x\" --crate-name a -L y"),
            plain
        );
        for other in [
            "rustc --crate-name a -C opt-level=3",
            "rustc --crate-name a --cfg feature=\"x\" -C opt-level=2",
            "rustc --crate-name a --cfg feature=\"x\" -Copt-level=3 --test",
            "rustc --crate-name a --cfg feature=\"x\" -C opt-level=3 --target wasm32-wasip1",
            "rustc --crate-name a --cfg feature=\"x\" -C opt-level=3 -C target-cpu=native",
        ] {
            assert_ne!(conditions_of(other), plain, "{other}");
        }
        assert_eq!(value_of(&["--edition=2024".into()], "--edition").as_deref(), Some("2024"));
    }

    #[test]
    fn a_file_of_before_the_compiler_began_is_what_it_compiles() {
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
        assert!(!may_have_changed(&file));
    }
}
