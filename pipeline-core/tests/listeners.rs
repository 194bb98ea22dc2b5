//! Nobody waits for a slow listener, and nobody keeps what nobody uses.

use skipstone::{
    File,
    events::{Event, JobChange},
    scenario, task, testing,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

#[task(skippable)]
fn doubled(number: u64) -> u64 {
    2 * number
}

#[task(skippable)]
fn written(doubled: u64) -> std::io::Result<File> {
    let path = std::env::temp_dir().join(format!("written-{}-{doubled}", std::process::id()));
    std::fs::write(&path, vec![b'x'; 1_000])?;
    Ok(File::new(path))
}

scenario! {
    pub Numbers {
        input number: u64 = 1;
        doubled = doubled(number);
        written = written(doubled);
    }
}

#[test]
fn a_listener_that_never_returns_keeps_no_collection_waiting() {
    let store = testing::store();
    let scenario = Numbers::create(&store, "a").expect("created");
    scenario.submit().expect("a run");

    // It hangs when it hears that a job was skipped: right after its result was looked up and relied on.
    let (hung, hangs) = mpsc::channel();
    let over = Arc::new(AtomicBool::new(false));
    let run = std::thread::spawn({
        let over = over.clone();
        let submission = scenario.submission().workers(1).observe(move |event| {
            let Event::Job(job) = event else { return };
            if let JobChange::Finished(report) = &job.change
                && report.status == skipstone::JobStatus::Skipped
            {
                let _ = hung.send(());
                while !over.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
        move || submission.submit()
    });
    hangs.recv_timeout(Duration::from_secs(60)).expect("it hangs");

    // Another process's view of the same store.
    let (collected, is_collected) = mpsc::channel();
    let path = store.path().to_owned();
    std::thread::spawn(move || {
        let store = skipstone::Store::open(path).expect("a store");
        collected.send(store.collect(Duration::ZERO).map(|gone| gone.objects.len()))
    });
    let objects = is_collected.recv_timeout(Duration::from_secs(60)).expect("nothing waits");
    assert_eq!(objects.expect("collected"), 0, "what the run relies on stays");
    over.store(true, Ordering::SeqCst);
    assert_eq!(run.join().expect("no panic").expect("a run").skipped().len(), 2);
}

#[test]
fn a_process_holds_nothing_of_a_thousand_runs_and_what_it_read() {
    let store = testing::store();
    let scenario = Numbers::create(&store, "a").expect("created");
    for number in 0..1_000 {
        scenario.number.write(number).expect("written");
        scenario.submit().expect("a run");
        assert_eq!(scenario.doubled.read().expect("a number"), 2 * number);
        // Files are read where they lie in the store, piece by piece.
        let file = scenario.written.read().expect("a file");
        assert_eq!(file.read_to_string().expect("a text").len(), 1_000);
    }
    let held = scenario.written.read().expect("a file");
    let usage = || {
        let tmp = std::fs::read_dir(store.path().join("tmp")).expect("a folder");
        let lists = tmp.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("used")).ok());
        lists.map(|list| list.lines().count()).sum::<usize>()
    };
    assert_eq!(usage(), 1, "only the file that is in a hand");
    drop(held);
    assert_eq!(usage(), 0, "nothing is relied on");
    let gone = store.collect(Duration::ZERO).expect("collected");
    // All but the last run's; equal files are one object.
    assert_eq!(gone.records.len(), 2 * 999);
    assert_eq!(
        scenario.written.read().and_then(|file| Ok(file.read_to_string()?.len())).expect("whole"),
        1_000
    );
    for number in 0..1_000_u64 {
        let path = std::env::temp_dir().join(format!("written-{}-{}", std::process::id(), 2 * number));
        std::fs::remove_file(path).expect("removed");
    }
}
