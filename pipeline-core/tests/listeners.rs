//! A slow listener blocks no other process, and a process holds only the objects that it uses.

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
fn a_listener_that_never_returns_does_not_block_garbage_collection() {
    let store = testing::store();
    let scenario = Numbers::create(&store, "a").expect("created");
    scenario.submit().expect("a run");

    // It hangs on the event of a skipped job, right after the job's result was looked up and leased.
    let (hung, hangs) = mpsc::channel();
    let done = Arc::new(AtomicBool::new(false));
    let run = std::thread::spawn({
        let done = done.clone();
        let submission = scenario.submission().workers(1).observe(move |event| {
            let Event::Job(job) = event else { return };
            if let JobChange::Finished(report) = &job.change
                && report.status == skipstone::JobStatus::Skipped
            {
                let _ = hung.send(());
                while !done.load(Ordering::SeqCst) {
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
    let objects = is_collected.recv_timeout(Duration::from_secs(60)).expect("not blocked");
    assert_eq!(objects.expect("collected"), 0, "objects that the run uses are kept");
    done.store(true, Ordering::SeqCst);
    assert_eq!(run.join().expect("no panic").expect("a run").skipped().len(), 2);
}

#[test]
fn a_process_holds_no_leases_after_a_thousand_runs_and_reads() {
    let store = testing::store();
    let scenario = Numbers::create(&store, "a").expect("created");
    for number in 0..1_000 {
        scenario.number.write(number).expect("written");
        scenario.submit().expect("a run");
        assert_eq!(scenario.doubled.read().expect("a number"), 2 * number);
        // Files are read in the store itself, in chunks.
        let file = scenario.written.read().expect("a file");
        assert_eq!(file.read_to_string().expect("UTF-8").len(), 1_000);
    }
    let held = scenario.written.read().expect("a file");
    let usage = || {
        let tmp = std::fs::read_dir(store.path().join("tmp")).expect("a folder");
        let lists = tmp.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("used")).ok());
        lists.map(|list| list.lines().count()).sum::<usize>()
    };
    assert_eq!(usage(), 1, "only the file that is still held");
    drop(held);
    assert_eq!(usage(), 0, "nothing is leased");
    let gone = store.collect(Duration::ZERO).expect("collected");
    // All records but those of the last run. Equal files share an object.
    assert_eq!(gone.records.len(), 2 * 999);
    assert_eq!(
        scenario.written.read().and_then(|file| Ok(file.read_to_string()?.len())).expect("intact"),
        1_000
    );
    for number in 0..1_000_u64 {
        let path = std::env::temp_dir().join(format!("written-{}-{}", std::process::id(), 2 * number));
        std::fs::remove_file(path).expect("removed");
    }
}
