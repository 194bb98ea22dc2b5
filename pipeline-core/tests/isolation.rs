//! Jobs in separate processes: the end of a process fails only its own job.

use skipstone::executor::{Processes, Threads};
use skipstone::jobs::FailureKind;
use skipstone::{CancelToken, Instance, JobStatus, Run, runs::RunFailed, scenario, task, testing};
use std::time::{Duration, Instant};

testing::worker!();

#[task(skippable)]
fn fine(number: u64) -> u64 {
    number + 1
}

/// Ends its process in the given way.
#[task(isolated)]
fn deadly(way: &str) -> u64 {
    println!("here it ends");
    match way {
        "abort" => std::process::abort(),
        "exit" => std::process::exit(0),
        "stack" => deeper(0),
        "memory" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 1 << 20]);
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        "panic" => panic!("on purpose"),
        _ => 7,
    }
}

#[expect(unconditional_recursion, reason = "overflows the stack on purpose")]
fn deeper(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 512]);
    deeper(depth + 1) + room[7]
}

#[task(isolated, timeout = "300ms")]
fn endless(folder: &str) -> u64 {
    std::fs::write(format!("{folder}/process"), std::process::id().to_string()).expect("written");
    loop {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[task(isolated)]
fn patient(number: u64) -> Result<u64, skipstone::data::Canceled> {
    let token = CancelToken::current();
    loop {
        token.check()?;
        std::thread::sleep(Duration::from_millis(number));
    }
}

scenario! {
    pub Deadly {
        input number: u64 = 1;
        input way: String = "none".to_owned();
        first = fine(number);
        last = fine(first);
        end = deadly(way);
    }
}

scenario! { pub Endless { input folder: String; end = endless(folder); after = fine(end); } }

scenario! { pub Patient { input number: u64 = 1; end = patient(number); } }

fn failed(instance: &Instance) -> Box<Run> {
    let error = instance.submit().expect_err("it fails");
    let skipstone::Error::Failed(failed) = error else { panic!("{error}") };
    Box::new(RunFailed::run(&failed).clone())
}

#[test]
fn a_task_that_ends_its_process_fails_only_its_own_job_with_the_reason() {
    for (way, words) in [
        ("abort", "the task aborted its process (SIGABRT)"),
        ("exit", "the task ended its process with exit code 0: return a value or an error instead"),
        ("stack", "the task overflowed its stack, which ended its process"),
    ] {
        let store = testing::store();
        let scenario = Deadly::create(&store, "a").expect("created");
        scenario.way.write(way.to_owned()).expect("set");
        let run = failed(&scenario);
        let job = run.job("deadly").expect("a job");
        assert_eq!(
            (job.status, job.error.as_ref().map(|error| (error.kind, error.message.as_str()))),
            (JobStatus::Failed, Some((FailureKind::ProcessEnded, words)))
        );
        assert_eq!(run.ran(), ["fine (first)", "fine (last)"], "{way}");
        assert_eq!(scenario.last.read().expect("read"), 3);
    }
}

#[test]
fn values_errors_panics_and_peak_memory_come_back_from_another_process() {
    let store = testing::store();
    let scenario = Deadly::create(&store, "a").expect("created");
    let run = scenario.submission().executor(Processes::new()).submit().expect("a run");
    assert_eq!((scenario.last.read().expect("read"), scenario.end.read().expect("read")), (3, 7));
    assert!(run.jobs.iter().all(|job| job.peak_memory.is_some_and(|bytes| bytes > 1 << 20)), "{run:?}");
    let again = scenario.submission().executor(Threads).submit().expect("a run");
    assert_eq!(again.skipped(), ["fine (first)", "fine (last)"], "results of a worker are known");
    scenario.way.write("panic".to_owned()).expect("set");
    let run = failed(&scenario);
    let error = run.job("deadly").and_then(|job| job.error.as_ref()).expect("an error");
    assert!(
        error.kind == FailureKind::Panicked && error.message.starts_with("panicked: on purpose (at "),
        "{error:?}"
    );
}

#[test]
fn a_time_limit_ends_the_call_itself() {
    let store = testing::store();
    let folder = store.path().display().to_string();
    let scenario = Endless::create(&store, "a", EndlessInputs { folder }).expect("created");
    let began = Instant::now();
    let run = failed(&scenario);
    let error = run.job("endless").and_then(|job| job.error.as_ref()).expect("an error");
    assert!(error.message.contains("it exceeded its time limit of 300ms"), "{error:?}");
    assert_eq!(error.kind, FailureKind::TimedOut);
    assert!(began.elapsed() < Duration::from_secs(20));
    // The process of a function that never returns has ended.
    let process = std::fs::read_to_string(store.path().join("process")).expect("the ID of its process");
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    assert_eq!(status.lines().find(|line| line.starts_with("State:")), None);
}

#[test]
fn a_submission_that_is_canceled_reaches_the_task_in_its_process() {
    let store = testing::store();
    let scenario = Patient::create(&store, "a").expect("created");
    let token = CancelToken::new();
    let canceling = std::thread::spawn({
        let token = token.clone();
        move || {
            std::thread::sleep(Duration::from_millis(300));
            token.cancel();
        }
    });
    let error = scenario.submission().cancel(token).submit().expect_err("canceled");
    assert!(matches!(error, skipstone::Error::Canceled { .. }), "{error}");
    canceling.join().expect("canceled");
}

/// Runs out of memory. Must run in a control group with a memory limit.
#[test]
#[ignore = "run by `a_task_that_takes_more_memory_than_there_is_fails_alone`"]
fn inside_of_a_control_group() {
    let store = testing::store();
    let scenario = Deadly::create(&store, "a").expect("created");
    scenario.way.write("memory".to_owned()).expect("set");
    let run = failed(&scenario);
    let job = run.job("deadly").expect("a job");
    let message = &job.error.as_ref().expect("an error").message;
    assert!(
        message.starts_with("the system ended the task's process because memory ran out (SIGKILL); it had "),
        "{message}"
    );
    assert!(job.peak_memory.is_some_and(|bytes| bytes > 100 << 20), "{:?}", job.peak_memory);
    assert_eq!(run.ran(), ["fine (first)", "fine (last)"]);
}

#[test]
#[ignore = "needs permission to create a control group with a memory limit; .ci/run has it"]
fn a_task_that_takes_more_memory_than_there_is_fails_alone() {
    let limited = || {
        let group =
            std::path::PathBuf::from(format!("/sys/fs/cgroup/memory/pipeline-{}", std::process::id()));
        std::fs::create_dir(&group).expect("a control group");
        std::fs::write(group.join("memory.limit_in_bytes"), "200M").expect("a limit");
        let program = std::env::current_exe().expect("this program");
        let script = "echo $$ > \"$0/cgroup.procs\" && exec \"$1\" inside_of_a_control_group --exact --ignored --nocapture";
        let output = std::process::Command::new("sh")
            .args(["-c", script])
            .args([group.as_os_str(), program.as_os_str()])
            .output()
            .expect("the shell starts");
        // The last process of the group may still be ending.
        std::thread::sleep(Duration::from_millis(200));
        let _ = std::fs::remove_dir(&group);
        output
    };
    // If the program needs memory before that of the killed task is free, the system kills the program as well, which no
    // program can prevent.
    let is_killed = |output: &std::process::Output| output.status.code().is_none();
    let mut outputs = (0..3).map(|_| limited()).skip_while(is_killed);
    let output = outputs.next().expect("the program was not killed in one of three runs");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
