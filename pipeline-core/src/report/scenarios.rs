//! Scenarios, runs, edits, KPIs and versions as short tables.

use super::view::{varying, views};
use super::{Tone, columns, duration};
use crate::data::Number;
use crate::data::counted;
use crate::engine::RunStatus;
use crate::scenario::{Deletion, Edit, KpiPoint, KpiValue, RunInfo, ScenarioInfo, Version, VersionDiff};
use std::fmt;
use std::time::Duration;

type Cell = (Option<Tone>, String);

fn heading(words: &[&str]) -> Vec<Cell> {
    words.iter().map(|word| (Some(Tone::Heading), (*word).to_owned())).collect()
}

fn text(text: impl Into<String>) -> Cell {
    (None, text.into())
}

/// The tone of a run's status.
fn tone(status: RunStatus) -> Tone {
    match status {
        RunStatus::Completed => Tone::Quiet,
        RunStatus::Running => Tone::Work,
        RunStatus::Failed | RunStatus::Canceled => Tone::Bad,
    }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

views! {
    /// Scenarios as text, one per line.
    ScenariosText([ScenarioInfo]);
    /// One scenario as text.
    ScenarioText(ScenarioInfo);
    /// Runs as text, one per line.
    RunsText([RunInfo]);
    /// Edits of inputs as text, one per line.
    EditsText([Edit]);
    /// KPI values over time as text, one per line.
    KpisText([KpiPoint]);
    /// Versions as text, one per line.
    VersionsText([Version]);
    /// The difference between two versions as text.
    VersionDiffText(VersionDiff);
    /// What is deleted with a scenario, as text.
    DeletionText(Deletion);
}

impl fmt::Display for ScenariosText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![heading(&["name", "status", "last run", "created", "version", "tags"])];
        rows.extend(self.data.iter().map(|info| {
            let (status, last) = match &info.last_run {
                Some(last) => (
                    (Some(tone(last.status)), last.status.to_string()),
                    varying(self.stable, "moment", || super::datetime(last.started_us)),
                ),
                None => (text("no runs"), String::new()),
            };
            vec![
                text(&info.name),
                status,
                text(last),
                text(varying(self.stable, "moment", || super::datetime(info.created_us))),
                text(info.version.map(|version| version.to_string()).unwrap_or_default()),
                text(info.tags.join(" ")),
            ]
        }));
        columns::write(f, self.paint, &rows)?;
        write!(f, "{} {}", self.data.len(), if self.data.len() == 1 { "scenario" } else { "scenarios" })
    }
}

/// The text in one line, without control characters, which a terminal might interpret.
fn one_line(text: &str) -> String {
    let letter = |letter: char| match letter {
        '\n' | '\t' => ' ',
        letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
        letter => letter,
    };
    text.chars().map(letter).collect()
}

impl fmt::Display for ScenarioText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.data;
        let title = format!("{} `{}`", info.scenario_type, info.name);
        writeln!(f, "{}", (self.paint)(Tone::Heading, &title))?;
        let at = |micros| varying(self.stable, "moment", || super::datetime(micros));
        let by = varying(self.stable, "author", || one_line(&info.author));
        let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
        let mut rows = vec![vec![text("created"), text(format!("{}{by}", at(info.created_us)))]];
        if let Some(origin) = &info.origin {
            rows.push(vec![text("made from"), text(format!("`{origin}`"))]);
        }
        if !info.tags.is_empty() {
            rows.push(vec![text("tags"), text(info.tags.join(" "))]);
        }
        for (name, value) in &info.properties {
            rows.push(vec![text("property"), text(one_line(&format!("{name} = {value}")))]);
        }
        if !info.note.is_empty() {
            rows.push(vec![text("note"), text(one_line(&info.note))]);
        }
        if let Some(version) = info.version {
            rows.push(vec![text("version"), text(version.to_string())]);
        }
        let runs = match &info.last_run {
            None => "none".into(),
            Some(last) => {
                let run = varying(self.stable, "run", || last.run.to_string());
                format!("{}, the last is run {run}, {}, {}", info.runs, last.status, at(last.started_us))
            }
        };
        rows.push(vec![text("runs"), text(runs)]);
        let mut out = String::new();
        columns::write(&mut out, self.paint, &rows)?;
        f.write_str(out.trim_end_matches('\n'))
    }
}

impl fmt::Display for RunsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![heading(&["run", "scenario", "status", "started", "took", "version", "by", ""])];
        rows.extend(self.data.iter().map(|run| {
            vec![
                text(varying(self.stable, "run", || run.run.to_string())),
                text(&run.scenario),
                (Some(tone(run.status)), run.status.to_string()),
                text(varying(self.stable, "moment", || super::datetime(run.started_us))),
                text(match run.status {
                    RunStatus::Running => String::new(),
                    _ => varying(self.stable, "time", || duration(micros(run.wall_us))),
                }),
                text(run.version.map(|version| version.to_string()).unwrap_or_default()),
                text(varying(self.stable, "author", || one_line(&run.author))),
                text(if run.pinned { "pinned" } else { "" }),
            ]
        }));
        columns::write(f, self.paint, &rows)?;
        write!(f, "{} {}", self.data.len(), if self.data.len() == 1 { "run" } else { "runs" })
    }
}

impl fmt::Display for EditsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![heading(&["edit", "input", "value", "when", "by", ""])];
        rows.extend(self.data.iter().map(|edit| {
            let value =
                if edit.default { format!("{} (the default)", edit.value) } else { edit.value.clone() };
            let state = match (edit.gone, edit.current) {
                (true, _) => "input removed",
                (false, true) => "current",
                (false, false) => "",
            };
            vec![
                text(varying(self.stable, "edit", || edit.edit.to_string())),
                text(&edit.node),
                text(value),
                text(varying(self.stable, "moment", || super::datetime(edit.made_us))),
                text(varying(self.stable, "author", || one_line(&edit.author))),
                text(state),
            ]
        }));
        columns::write(f, self.paint, &rows)?;
        write!(f, "{} {}", self.data.len(), if self.data.len() == 1 { "edit" } else { "edits" })
    }
}

/// Formats a number: an integer with all of its digits, a float with up to nine significant digits and no trailing
/// zeros.
pub(crate) fn number(value: Option<Number>) -> String {
    let value = match value {
        None => return "none".into(),
        Some(Number::Whole(value)) => return value.to_string(),
        Some(Number::Float(value)) => value,
    };
    match value {
        0.0 => "0".into(),
        value if (1e-4..1e15).contains(&value.abs()) => {
            let digits = 8 - value.abs().log10().floor() as i32;
            let text = format!("{value:.*}", digits.clamp(0, 12) as usize);
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            }
        }
        value if value.is_finite() => format!("{value:e}"),
        value => value.to_string(),
    }
}

/// A KPI's value with its unit.
pub(super) fn kpi(value: &KpiValue) -> String {
    let unit = if value.unit.is_empty() { String::new() } else { format!(" {}", value.unit) };
    match value.value {
        None => "none".into(),
        value => number(value) + &unit,
    }
}

impl fmt::Display for KpisText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![heading(&["kpi", "value", "scenario", "run", "when", ""])];
        rows.extend(self.data.iter().map(|point| {
            vec![
                text(&point.value.kpi),
                text(kpi(&point.value)),
                text(&point.scenario),
                text(varying(self.stable, "run", || point.run.to_string())),
                text(varying(self.stable, "moment", || super::datetime(point.started_us))),
                if point.best { (Some(Tone::Work), "best".to_owned()) } else { text("") },
            ]
        }));
        columns::write(f, self.paint, &rows)?;
        write!(f, "{} {}", self.data.len(), if self.data.len() == 1 { "value" } else { "values" })
    }
}

impl fmt::Display for VersionsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![heading(&[
            "version",
            "type",
            "first seen",
            "commit",
            "nodes",
            "tasks",
            "scenarios",
            "runs",
        ])];
        rows.extend(self.data.iter().map(|version| {
            let commit = version.commit.as_deref().map(|commit| commit.chars().take(10).collect());
            let tasks: std::collections::HashSet<&str> =
                version.wiring.calls.iter().map(|call| call.task.as_str()).collect();
            vec![
                text(version.version.to_string()),
                text(&version.wiring.scenario_type),
                text(varying(self.stable, "moment", || super::datetime(version.made_us))),
                text(varying(self.stable, "commit", || commit.unwrap_or_default())),
                text(version.wiring.nodes.len().to_string()),
                text(tasks.len().to_string()),
                text(version.scenarios.to_string()),
                text(version.runs.to_string()),
            ]
        }));
        columns::write(f, self.paint, &rows)?;
        write!(f, "{} {}", self.data.len(), if self.data.len() == 1 { "version" } else { "versions" })
    }
}

impl fmt::Display for VersionDiffText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let VersionDiff { from, to, changes } = self.data;
        let title = format!("from version {from} to version {to}");
        write!(f, "{}", (self.paint)(Tone::Heading, &title))?;
        if changes.is_empty() {
            write!(f, "\n  no difference")?;
        }
        changes.iter().try_for_each(|change| write!(f, "\n  {change}"))
    }
}

impl fmt::Display for DeletionText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Deletion { scenario, inputs, edits, runs, pinned, kpis, unshared_bytes } = self.data;
        let title = format!("scenario `{scenario}`");
        write!(f, "{}", (self.paint)(Tone::Heading, &title))?;
        write!(f, "\n  {} set, {} of inputs", counted(*inputs, "input"), counted(*edits, "edit"))?;
        write!(f, "\n  {}", counted(*runs, "run"))?;
        if !pinned.is_empty() {
            let numbers: Vec<String> = pinned.iter().map(ToString::to_string).collect();
            write!(f, ", of which {} pinned ({})", pinned.len(), numbers.join(", "))?;
        }
        write!(f, ", {} of KPIs", counted(*kpis, "value"))?;
        write!(f, "\n  {} of results that only this scenario uses", super::size(*unshared_bytes))?;
        write!(f, " (kept until `store gc`)")
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_no_trailing_zeros_and_at_most_nine_digits() {
        let texts = [0.0, 1.5, 1454.39, 1.0 / 3.0, -2_000_000.25, 1e20, 1e-9, 0.1 + 0.2]
            .map(|value| number(Some(value.into())));
        assert_eq!(texts, ["0", "1.5", "1454.39", "0.333333333", "-2000000.25", "1e20", "1e-9", "0.3"]);
        assert_eq!(number(None), "none");
    }
}
