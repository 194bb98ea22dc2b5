//! The parts of a task's code, and the changes between two versions of it.

use crate::engine::job::change::{CodeChange, CodePart};
use crate::graph::{CodeDef, tasks};
use std::collections::BTreeMap;

/// Returns the parts of a task's code.
pub(crate) fn parts(code: &CodeDef) -> Vec<CodePart> {
    code.parts.lines().filter_map(part).collect()
}

fn part(line: &str) -> Option<CodePart> {
    let (hash, rest) = line.split_once('\t')?;
    let (place, rest) = rest.split_once('\t')?;
    let (title, coarse) = match rest.split_once('\t') {
        Some((title, coarse)) => (title, Some(coarse.to_owned())),
        None => (rest, None),
    };
    let (file, line) = match place.rsplit_once(':') {
        Some((file, line)) => (file, line.parse().ok()),
        None => (place, None),
    };
    Some(CodePart { title: title.into(), file: file.into(), line, hash: hash.into(), coarse })
}

/// Returns the external crates that a task can reach: the name, and the version and features or the hash.
pub(crate) fn packages(code: &CodeDef) -> impl Iterator<Item = (&'static str, String)> {
    tasks::packages(code).lines().filter_map(package)
}

/// Parses a crate's name and the version to show. A crate with several versions has several lines.
fn package(line: &str) -> Option<(&str, String)> {
    let mut words = line.split(' ');
    let (name, version) = (words.next()?, words.next()?);
    Some(match (version, words.next(), words.next()) {
        ("local", Some(hash), _) => (name, short(hash)),
        (version, _, Some(features)) => (name, format!("{version} ({features})")),
        (version, ..) => (name, version.to_owned()),
    })
}

fn short(hash: &str) -> String {
    hash.chars().take(8).collect()
}

/// Formats the code as the registry stores it for later comparisons.
pub(crate) fn listed(code: &CodeDef) -> String {
    format!("{}\n\n{}", code.parts, tasks::packages(code))
}

/// Returns the changes from a stored listing to the current code.
pub(crate) fn changes(earlier: &str, code: &CodeDef) -> Vec<CodeChange> {
    changes_between(earlier, &listed(code))
}

/// Returns the changes between two stored listings.
pub(crate) fn changes_between(earlier: &str, later: &str) -> Vec<CodeChange> {
    let split = |text| str::split_once(text, "\n\n").unwrap_or((text, ""));
    let ((parts, packages), (later_parts, later_packages)) = (split(earlier), split(later));
    let by_name = |text: &str| -> BTreeMap<(String, String), CodePart> {
        text.lines().filter_map(part).map(|part| ((part.title.clone(), part.file.clone()), part)).collect()
    };
    let (before, now) = (by_name(parts), by_name(later_parts));
    let mut changes = Vec::new();
    let change = |part: &CodePart, from: Option<&CodePart>, to: Option<&CodePart>| CodeChange {
        part: part.title.clone(),
        file: part.file.clone(),
        line: part.line,
        from: from.map(|part| short(&part.hash)),
        to: to.map(|part| short(&part.hash)),
    };
    for (key, part) in &now {
        match before.get(key) {
            Some(earlier) if earlier.hash == part.hash => {}
            earlier => changes.push(change(part, earlier, Some(part))),
        }
    }
    changes.extend(
        before
            .iter()
            .filter(|(key, _)| !now.contains_key(key))
            .map(|(_, part)| change(part, Some(part), None)),
    );
    // Edited parts come first: they say more than added and removed ones.
    changes.sort_by_key(|change| {
        (change.from.is_none() || change.to.is_none(), change.part.starts_with("use "))
    });

    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let (before, now) = (lines(packages), lines(later_packages));
    let only = |these: &[String], those: &[String]| -> BTreeMap<String, String> {
        these
            .iter()
            .filter(|line| !those.contains(line))
            .filter_map(|line| package(line))
            .map(|(name, version)| (name.to_owned(), version))
            .collect()
    };
    let (mut gone, new) = (only(&before, &now), only(&now, &before));
    for (name, version) in new {
        let (from, to) = match gone.remove(&name) {
            // If only the version changed, the features are left out.
            Some(from) => without_equal_features(from, version),
            None => (None, Some(version)),
        };
        changes.push(package_change(&name, from, to));
    }
    changes.extend(gone.into_iter().map(|(name, version)| package_change(&name, Some(version), None)));
    changes
}

/// Removes the features from two versions if they are equal.
fn without_equal_features(from: String, to: String) -> (Option<String>, Option<String>) {
    let split = |text: &str| {
        text.split_once(" (").map(|(version, features)| (version.to_owned(), features.to_owned()))
    };
    match (split(&from), split(&to)) {
        (Some((earlier, these)), Some((later, those))) if these == those => (Some(earlier), Some(later)),
        _ => (Some(from), Some(to)),
    }
}

fn package_change(name: &str, from: Option<String>, to: Option<String>) -> CodeChange {
    CodeChange { part: format!("crate {name}"), file: String::new(), line: None, from, to }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: CodeDef = CodeDef {
        hash: "2",
        parts: "bbbbbbbbbbbbbbbb\tsrc/a.rs:3\tfn clean\ncccccccccccccccc\tsrc/a.rs:9\tfn score\n\
                dddddddddddddddd\tsrc/b.rs:1\tconst LIMIT",
        packages: "list",
        version: None,
    };

    inventory::submit! {
        tasks::PackagesEntry("list", "serde 1.0.2 aa derive,std\nshared local 0123456789abcdef\ntime 0.3.0 dd std")
    }

    #[test]
    fn changes_are_listed_with_their_places_and_edits_come_first() {
        let before = "aaaaaaaaaaaaaaaa\tsrc/a.rs:7\tfn clean\ncccccccccccccccc\tsrc/a.rs:19\tfn score\n\
                      eeeeeeeeeeeeeeee\tsrc/c.rs:2\tfn old\n\n\
                      serde 1.0.1 bb derive,std\nshared local fedcba9876543210\nrand 0.9.0 cc\ntime 0.3.0 dd";
        let texts: Vec<String> = changes(before, &NOW).iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "fn `clean` changed (src/a.rs:3)",
                "const `LIMIT` is new (src/b.rs:1)",
                "fn `old` is gone (src/c.rs)",
                "crate `serde` changed: 1.0.1 → 1.0.2",
                "crate `shared` changed: fedcba98 → 01234567",
                "crate `time` changed: 0.3.0 → 0.3.0 (std)",
                "crate `rand` is gone",
            ]
        );
        assert_eq!(changes(&listed(&NOW), &NOW), []);
    }
}
