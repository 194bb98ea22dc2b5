//! Runs a peer under a memory limit of the kernel, with a control group of version 1 or 2.

use crate::peers;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) fn limited(peer: &str, rows: u64, limit: u64, data: &Path) -> Result<(), Box<dyn Error>> {
    let file = peers::customers(rows, data)?;
    let expected = peers::run("duckdb", &file, data)?;
    let command = peers::command(peer, &file, data)?;
    let group = Group::new(limit << 20)?;
    let output = Command::new("sh")
        .args(["-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\""])
        .arg(&group.path)
        .args(&command)
        .stderr(Stdio::inherit())
        .output()?;
    let what = format!("{peer} on {} MB within {limit} MiB", file.metadata()?.len() / 1_000_000);
    let peak = group
        .peak()
        .map_or(String::new(), |peak| format!("; at most {} MiB in use, with the page cache", peak >> 20));
    if !output.status.success() {
        println!("{what}: {}{peak}", output.status);
        return if peer == "pipeline" { Err("the pipeline failed under the limit".into()) } else { Ok(()) };
    }
    let measured = peers::parse_output(&output.stdout)?;
    let seconds: Vec<String> =
        measured.seconds.iter().flatten().map(|seconds| format!("{seconds:.1}")).collect();
    println!("{what}: all steps, {} s{peak}", seconds.join(" / "));
    if !peers::agree(&expected, peer, &measured) {
        return Err(format!("the figures are {:?}, expected {:?}", measured.figures, expected.figures).into());
    }
    println!("the figures are the same as those of DuckDB without a limit");
    Ok(())
}

/// A control group with a memory limit. Dropping it removes the group.
struct Group {
    path: PathBuf,
}

impl Group {
    fn new(bytes: u64) -> Result<Group, Box<dyn Error>> {
        let name = format!("pipeline-bench-{}", std::process::id());
        let first = Path::new("/sys/fs/cgroup/memory");
        let (root, file) = if first.is_dir() {
            (first, "memory.limit_in_bytes")
        } else {
            (Path::new("/sys/fs/cgroup"), "memory.max")
        };
        let path = root.join(name);
        let failed = |error| {
            format!(
                "can't create a control group in {}, which the memory limit needs: {error}",
                root.display()
            )
        };
        fs::create_dir(&path).map_err(failed)?;
        let group = Group { path };
        fs::write(group.path.join(file), bytes.to_string()).map_err(failed)?;
        // The limit includes swap.
        let _ = fs::write(group.path.join("memory.memsw.limit_in_bytes"), bytes.to_string());
        let _ = fs::write(group.path.join("memory.swap.max"), "0");
        Ok(group)
    }

    /// Returns the peak memory, in bytes.
    fn peak(&self) -> Option<u64> {
        let read = |name: &str| fs::read_to_string(self.path.join(name)).ok()?.trim().parse().ok();
        read("memory.max_usage_in_bytes").or_else(|| read("memory.peak"))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.path);
    }
}
