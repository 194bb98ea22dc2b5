//! Kills a program at arbitrary times and starts it again. Finished tasks don't run again, and the results are the same
//! to the byte.
//!
//! `PIPELINE_PROOFS=full` kills it 200 times.

use crate::bench::{command, full, hashes, jobs, json, output};
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Returns the tasks that were reported on stderr as run. Their results were published before the report.
fn finished(stderr: &str) -> Vec<String> {
    let ran = stderr.lines().filter_map(|line| line.trim().strip_prefix("ran "));
    ran.filter_map(|rest| Some(rest.split_once(" in ")?.0.to_owned())).collect()
}

#[test]
fn a_program_killed_at_any_time_resumes_where_it_was() {
    let (kills, folder) = (if full() { 200 } else { 8 }, tempfile::tempdir().expect("a folder"));
    let (store, undisturbed) = (folder.path().join("store"), folder.path().join("undisturbed"));
    json(&store, "run");
    let begun = Instant::now();
    json(&undisturbed, "run --set seed=2");
    let usual = begun.elapsed();
    let (mut killed, mut seed) = (0, 2);
    while killed < kills {
        seed += 1;
        let run = format!("run --set seed={seed}");
        let expected = hashes(&json(&undisturbed, &run));
        // The golden ratio spreads any number of kills evenly over the duration of a run.
        let delay = usual.mul_f64((f64::from(seed) * 0.618_033_988_75).fract() * 1.1);
        let mut child =
            command(&store, &run).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started");
        std::thread::sleep(delay);
        child.kill().expect("the program is killed or has ended");
        let status = child.wait().expect("the program has ended");
        let mut stderr = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
        killed += usize::from(status.code().is_none());

        let story = format!("seed {seed}, killed after {delay:?}");
        // The next process finds no run and no job with the status `running`.
        let runs = json(&store, "runs --limit 5");
        for run in runs["runs"].as_array().expect("runs") {
            assert_ne!(run["status"], "running", "{story}");
            let kept = json(&store, &format!("runs {}", run["run"]));
            assert_eq!(kept["status"], run["status"], "{story}");
            let failed = jobs(&kept, "failed").len();
            match kept["status"].as_str() {
                Some("completed") => assert_eq!(jobs(&kept, "abandoned").len() + failed, 0, "{story}"),
                // The program was killed inside a task, before some tasks, or before it recorded the end.
                _ => {
                    let completed = jobs(&kept, "completed").len();
                    let all = kept["jobs"].as_array().expect("jobs").len();
                    let abandoned = jobs(&kept, "abandoned").len();
                    assert_eq!(
                        (completed + failed + abandoned, &kept["status"]),
                        (all, &"failed".into()),
                        "{story}"
                    );
                }
            }
            assert_eq!(jobs(&kept, "running").len() + jobs(&kept, "pending").len(), 0, "{story}");
        }
        let run = json(&store, &run);
        assert_eq!(hashes(&run), expected, "{story}");
        assert_eq!(run["warnings"], serde_json::json!([]), "{story}");
        let again = jobs(&run, "completed");
        assert!(
            finished(&stderr).iter().all(|job| !again.contains(job)),
            "{story}: {again:?} after\n{stderr}"
        );
        assert_eq!(jobs(&run, "running").len(), 0, "{story}");
        // The lock of the killed program is free, so its partial files were removed.
        let left = std::fs::read_dir(store.join("tmp")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{story}: files remain in tmp");
    }
    assert!(output(&store, "store verify").status.success());
    println!("{killed} of {} runs killed", seed - 2);
    assert!(usual < Duration::from_secs(10), "a run takes {usual:?}");
}
