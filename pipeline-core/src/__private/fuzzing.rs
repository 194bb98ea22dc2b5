//! Entry points of the fuzz targets. They take any input and must not panic.

use crate::data::{Data, Typed};
use crate::engine::ResultRecord;
use crate::store::{Hash, decode_record, encode_record};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Decodes the bytes as a record: once unchanged, and once with a valid seal. A valid record must survive a round trip.
pub fn record(bytes: &[u8]) {
    let key = Hash::of(b"key");
    drop(decode_record::<ResultRecord>(&key, bytes));
    if let Ok(record) = serde_json::from_slice::<ResultRecord>(bytes) {
        let written = encode_record(&key, &record).expect("a record can be written");
        let again: ResultRecord = decode_record(&key, &written).expect("an encoded record can be decoded");
        let twice = encode_record(&key, &again).expect("a record can be written");
        assert_eq!(written, twice, "a record changes in a round trip");
        // With another key or a changed byte, the record is invalid.
        assert!(decode_record::<ResultRecord>(&Hash::of(b"other"), &written).is_none());
        let mut changed = written;
        let at = bytes.len() % changed.len();
        changed[at] ^= 1;
        assert!(decode_record::<ResultRecord>(&key, &changed).is_none());
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Mean,
    Median,
    Share(f64),
    Named { low: Option<i64>, high: u8 },
}

/// Parses the text as `--set NODE=VALUE`, with the value as several types. A valid value must survive a round trip.
pub fn set(text: &str) {
    let Ok((_, value)) = crate::cli::parse_set(text) else { return };
    round_trips::<f64>(&value);
    round_trips::<i64>(&value);
    round_trips::<bool>(&value);
    round_trips::<String>(&value);
    round_trips::<Option<u64>>(&value);
    round_trips::<Vec<Option<f64>>>(&value);
    round_trips::<(String, f32)>(&value);
    round_trips::<Choice>(&value);
    round_trips::<std::collections::BTreeMap<String, Vec<Choice>>>(&value);
    round_trips::<PathBuf>(&value);
    drop(<crate::File as Typed>::parse(&value));
}

fn round_trips<T: Data>(text: &str) {
    let Ok(value) = T::parse(text) else { return };
    let _ = value.summary();
    if let Ok(value) = value.round_trip() {
        let bytes = |value: &T| {
            let mut bytes = Vec::new();
            value.save(&mut crate::data::Sink::new(&mut bytes)).expect("encoded before");
            bytes
        };
        let before = bytes(&value);
        let again = value.round_trip().expect("the first round trip succeeded");
        assert_eq!(bytes(&again), before, "a value changes in a round trip");
    }
}

/// Reads the text as a scenario file, as a settings file of a program with this graph, and as a configuration of Taipy
/// Core. A valid scenario must survive a round trip.
pub fn toml(text: &str, graph: &crate::Graph) {
    use crate::graph::Graph;
    let source = skipstone_wiring::SourceText::new("fuzz.toml", text);
    let scenario = Graph::from_toml(&source);
    let imported = crate::cli::read_taipy(&source, None).map(|imported| imported.graph);
    for graph in [&scenario, &imported] {
        match graph {
            // Rendering the errors must not panic.
            Err(faults) => drop(faults.to_string()),
            Ok(graph) => {
                let Ok(written) = graph.to_toml() else { continue };
                let again = Graph::from_toml(&skipstone_wiring::SourceText::new("again.toml", &*written));
                let again = again.unwrap_or_else(|faults| panic!("{faults}\n{written}"));
                assert_eq!(again.wiring(), graph.wiring(), "{written}");
            }
        }
    }
    let loader = crate::Settings::of("fuzz").environment(&[("VAR", "1")]);
    if let Err(error) = loader.check(std::path::Path::new("fuzz.toml"), text, graph) {
        drop(error.to_string());
    }
    // Edits of valid TOML must result in valid TOML.
    if let Ok(mut file) = crate::graph::ScenarioFileEditor::new("fuzz.toml", text) {
        let _ = file.rename("a", "b");
        let _ = file.set_default("a", Some(1.into()));
        let _ = file.set_docs("b", "b");
        let _ = file.add_task("halve", &["a"], &["c"]);
        let _ = file.connect("c", &["numbers", "b"], "b", Some("b"));
        let _ = file.remove_task("c");
        crate::graph::ScenarioFileEditor::new("fuzz.toml", &file.to_string())
            .expect("the edited file is valid TOML");
    }
}
