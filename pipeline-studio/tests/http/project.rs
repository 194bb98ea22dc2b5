//! A project with a server on a free port.

use crate::client::{self, Response};
use serde_json::Value;
use skipstone::{CancelToken, File, Graph, Settings, scenario, task};
use skipstone_studio::Studio;
use skipstone_studio::server::{self, Server};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Counts the words of a string.
#[task(skippable)]
fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Judges whether there are many words.
#[task(skippable)]
fn verdict(words: usize, limit: usize, tone: Tone) -> Result<String, String> {
    match (words > limit, tone) {
        (_, Tone::Angry) => Err("too angry".into()),
        (true, Tone::Loud) => Ok("LONG".into()),
        (true, Tone::Quiet) => Ok("long".into()),
        (false, _) => Ok("short".into()),
    }
}

/// Waits, and checks for cancellation.
#[task]
fn wait(milliseconds: u64) -> Result<u64, skipstone::data::Canceled> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(milliseconds) {
        CancelToken::current().check()?;
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(milliseconds)
}

/// Returns the first line of a file.
#[task(skippable)]
fn first_line(notes: &File) -> Result<String, std::io::Error> {
    let text = std::fs::read_to_string(notes)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// The tone of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tone {
    Quiet,
    Loud,
    Angry,
}

scenario! {
    /// Judges the length of a text.
    pub(crate) Length {
        /// The text to judge.
        input text: String = "to be or not to be";
        input limit: usize = 5;
        input tone: Tone = Tone::Quiet;
        input milliseconds: u64 = 0;
        input notes: File = "notes.txt";

        #[kpi(better = lower)]
        words = words(text);
        verdict = verdict(words, limit, tone);
        waited = wait(milliseconds);
        first_line = first_line(notes);
    }
}

pub(crate) const FILE: &str = "\
# The same, as a file.
name = \"Talk\"

[inputs.text]
default = \"one two three\" # three of them

[inputs.limit]
default = 2

[inputs.tone]
default = \"quiet\"

[[tasks]]
function = \"words\"
arguments = [\"text\"]
outputs = \"count\"

[[tasks]]
function = \"verdict\"
arguments = [\"count\", \"limit\", \"tone\"]
outputs = \"judgement\"
";

pub(crate) struct TestServer {
    pub(crate) folder: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
    pub(crate) link: String,
}

impl TestServer {
    /// A new project with a server that runs until this process ends.
    pub(crate) fn new() -> TestServer {
        TestServer::with(|_| {})
    }

    pub(crate) fn with(prepare: impl FnOnce(&Path)) -> TestServer {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        std::fs::write(path.join("notes.txt"), "first\nsecond\n").expect("written");
        std::fs::write(path.join("talk.toml"), FILE).expect("written");
        prepare(path);
        let graph: Arc<Graph> = <Length as skipstone::ScenarioType>::graph().clone();
        let mut settings = Settings::of("talker").file(path.join("talk-settings.toml")).environment(&[]);
        let notes = format!("[inputs]\nnotes = {:?}\n", path.join("notes.txt"));
        std::fs::write(path.join("talk-settings.toml"), notes).expect("written");
        settings = settings.beside(&graph);
        let mut settings = settings.load(&graph).expect("settings");
        settings.store.value = path.join(".pipeline");
        let studio = Studio::of("talker", path, graph, &settings).expect("a studio");
        let server = Server::bind(Arc::new(studio), SocketAddr::from(([127, 0, 0, 1], 0))).expect("a server");
        let origin = server.origin();
        let address = origin.trim_start_matches("http://").parse().expect("an address");
        let (key, link) = (server.key().to_owned(), server.link());
        std::thread::spawn(move || server::run(server));
        TestServer { folder, address, key, link }
    }

    pub(crate) fn host_header(&self) -> String {
        format!("Host: {}\r\n", self.address)
    }

    /// The header lines of an authorized request.
    pub(crate) fn auth_headers(&self) -> String {
        format!("{}Authorization: Bearer {}\r\n", self.host_header(), self.key)
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Response {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        client::request(self.address, method, &format!("/api{path}"), &self.auth_headers(), &body)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.send("POST", path, body);
        assert!(matches!(answer.status, 200..=202), "{path}: {} {}", answer.status, answer.body);
        answer.json()
    }

    /// Waits until this run has ended, and returns it.
    pub(crate) fn finished(&self, run: &Value) -> Value {
        let begun = Instant::now();
        loop {
            let now = self.get(&format!("/runs/{}", run["run"]));
            if now["status"] != "running" {
                return now;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the run does not end: {now}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Name and status of each job.
    pub(crate) fn statuses(run: &Value) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let jobs = run["jobs"].as_array().expect("jobs");
        jobs.iter().map(|job| (text(&job["name"]), text(&job["status"]))).collect()
    }
}
