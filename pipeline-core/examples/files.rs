//! Files as inputs and outputs. An input file is tracked by content: the task runs when the content changes, wherever
//! the file lies and whatever its time stamp is. An output file is copied into the store.

use skipstone::{File, Result, scenario, task, testing};
use std::fs;

/// Counts the lines of a log that contain `word`.
#[task(skippable)]
fn count(log: &File, word: &str) -> Result<usize> {
    Ok(log.read_to_string()?.lines().filter(|line| line.contains(word)).count())
}

/// Writes a report. The store keeps the file's content; the file itself may then go.
#[task(skippable)]
fn report(count: usize, word: &str) -> std::io::Result<File> {
    let path = std::env::temp_dir().join(format!("report-{}.html", std::process::id()));
    fs::write(&path, format!("<p>{count} lines with <b>{word}</b></p>"))?;
    Ok(File::new(path))
}

scenario! {
    pub Errors {
        input log: File;
        input word: String = "ERROR";
        count = count(log, word);
        report = report(count, word);
    }
}

fn main() -> Result<()> {
    let store = testing::store();
    let log = store.path().with_extension("log");
    fs::write(&log, "INFO start\nERROR disk full\nINFO end\n").expect("the folder is writable");

    let scenario = Errors::create(&store, "today", ErrorsInputs { log: File::new(&log) })?;
    println!("first run:   ran {:?}", scenario.submit()?.ran());
    println!("{}", scenario.report.read()?.read_to_string()?);

    // The same content under a new time stamp: nothing runs.
    fs::write(&log, "INFO start\nERROR disk full\nINFO end\n").expect("written");
    println!("same bytes:  ran {:?}", scenario.submit()?.ran());

    // Other content, but the same count: `report` is skipped. This is early cut-off.
    fs::write(&log, "INFO start\nERROR disk still full\nINFO end\n").expect("written");
    println!("other bytes: ran {:?}", scenario.submit()?.ran());
    fs::remove_file(&log).expect("removed");
    Ok(())
}
