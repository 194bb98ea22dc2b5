//! Comparisons and histories as text and Markdown.

use super::scenarios::number;
use super::view::{varying, views};
use super::{Tone, columns};
use crate::data::counted;
use crate::data::{Number, Side, TableDifference};
use crate::scenario::{ComparedKpi, ComparedNode, Comparison, HistoryPoint};
use std::fmt::{self, Write as _};

views! {
    /// A [`Comparison`] as text.
    ComparisonText(Comparison);
    /// The history of a node as text.
    HistoryText([HistoryPoint]);
}

impl ComparisonText<'_> {
    pub(super) fn names(&self) -> Vec<String> {
        let runs = &self.data.runs;
        let alone = |name: &str| runs.iter().filter(|run| run.scenario == name).count() == 1;
        let run = |run: i64| varying(self.stable, "run", || run.to_string());
        runs.iter()
            .map(|one| match alone(&one.scenario) {
                true => one.scenario.clone(),
                false => format!("{} (run {})", one.scenario, run(one.run.0)),
            })
            .collect()
    }
}

/// A part of a comparison: a heading, and rows with one cell for each run after the first.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) rows: Vec<Vec<String>>,
    /// The lines below each row.
    pub(super) remarks: Vec<Vec<String>>,
}

pub(super) fn sections(comparison: &Comparison, names: &[String]) -> Vec<Section> {
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
    let mut sections = Vec::new();
    let inputs = comparison
        .inputs
        .iter()
        .map(|input| std::iter::once(input.node.clone()).chain(input.values.iter().map(or_none)).collect());
    sections.push(Section { title: "inputs", rows: inputs.collect(), remarks: Vec::new() });
    let kpis = comparison.kpis.iter().map(|kpi| {
        let unit = if kpi.unit.is_empty() { String::new() } else { format!(" [{}]", kpi.unit) };
        let cells = (0..kpi.values.len()).map(|place| kpi_cell(kpi, place));
        std::iter::once(format!("{}{unit}", kpi.kpi)).chain(cells).collect()
    });
    sections.push(Section { title: "KPIs", rows: kpis.collect(), remarks: Vec::new() });
    let nodes = comparison.nodes.iter().map(|node| {
        let cells = node.values.iter().enumerate().map(|(place, value)| {
            let same = node.contents[place].is_some() && node.contents[place] == node.contents[0];
            let word = match (place, &node.contents[place]) {
                (0, _) | (_, None) => "",
                _ if same => "equal: ",
                _ => "different: ",
            };
            format!("{word}{}", or_none(value))
        });
        std::iter::once(node.node.clone()).chain(cells).collect()
    });
    let remarks = comparison.nodes.iter().map(|node| node_remarks(node, names)).collect();
    sections.push(Section { title: "outputs", rows: nodes.collect(), remarks });
    sections
}

fn kpi_cell(kpi: &ComparedKpi, place: usize) -> String {
    let mut cell = number(kpi.values[place]);
    if place > 0
        && let Some(change) = kpi.changes[place].filter(|change| *change != 0.0 && !change.is_nan())
    {
        let sign = if change.to_f64() > 0.0 { "+" } else { "" };
        let _ = write!(cell, " ({sign}{}", number(Some(change)));
        let (change, first) = (change.to_f64(), kpi.values[0].map_or(0.0, Number::to_f64));
        if first != 0.0 {
            let _ = write!(cell, ", {sign}{:.1} %", 100.0 * change / first.abs());
        }
        cell.push(')');
    }
    if kpi.best == Some(place) && kpi.changes.iter().flatten().any(|change| *change != 0.0) {
        cell.push_str(" best");
    }
    cell
}

/// How tables differ, and the results of custom comparators.
fn node_remarks(node: &ComparedNode, names: &[String]) -> Vec<String> {
    let mut remarks = Vec::new();
    for (place, table) in node.tables.iter().enumerate() {
        let Some(table) = table else { continue };
        // Runs with the same table share one remark.
        let same = |other: &usize| node.contents[*other] == node.contents[place];
        if (0..place).any(|other| same(&other)) {
            continue;
        }
        let others: Vec<&str> =
            (place..names.len()).filter(same).map(|other| names[other].as_str()).collect();
        remarks.extend(table_remarks(table, &names[0], &others.join(", ")));
    }
    for compared in &node.compared {
        for (place, value) in compared.values.iter().enumerate().skip(1) {
            let value = match value {
                None => "none".into(),
                Some(value) => value.to_string(),
            };
            remarks.push(format!("{} of {} and {}: {value}", compared.name, names[0], names[place]));
        }
    }
    remarks.extend(node.problems.iter().cloned());
    remarks
}

/// The maximum number of changed cells shown of a row.
const SHOWN: usize = 4;

fn table_remarks(table: &TableDifference, first: &str, second: &str) -> Vec<String> {
    let by = match table.keys.as_slice() {
        [] if table.rows == [1, 1] => "the only row".into(),
        [] => "by whole rows".into(),
        keys => format!("by {}", keys.join(", ")),
    };
    let mut words = vec![format!(
        "{second} against {first}, {by}: {} only in {first}, {} only in {second}, {} changed",
        counted(table.only_first, "row"),
        table.only_second,
        table.changed
    )];
    if !table.columns.is_empty() {
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("{} {}", column.cells, column.column)).collect();
        words.push(format!("  changed cells: {}", columns.join(", ")));
    }
    for row in &table.examples {
        let key = row.key.join(", ");
        words.push(match row.only_in {
            Some(Side::First) => format!("  only in {first}: {key}"),
            Some(Side::Second) => format!("  only in {second}: {key}"),
            None => {
                let mut cells: Vec<String> = row
                    .cells
                    .iter()
                    .take(SHOWN)
                    .map(|(column, from, to)| format!("{column} {from} → {to}"))
                    .collect();
                if row.cells.len() > SHOWN {
                    cells.push(format!("and {} more", row.cells.len() - SHOWN));
                }
                let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
                format!("  {key}{}", cells.join(", "))
            }
        });
    }
    words
}

impl fmt::Display for ComparisonText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        for section in sections(self.data, &names) {
            writeln!(f, "{}", (self.paint)(Tone::Heading, section.title))?;
            if section.rows.is_empty() {
                writeln!(f, "  {}", if section.title == "inputs" { "all equal" } else { "none" })?;
                continue;
            }
            let heading = std::iter::once(String::new()).chain(names.iter().cloned());
            let mut rows = vec![heading.map(|name| (Some(Tone::Quiet), name)).collect::<Vec<_>>()];
            rows.extend(
                section.rows.into_iter().map(|row| row.into_iter().map(|cell| (None, cell)).collect()),
            );
            let mut table = String::new();
            columns::write(&mut table, self.paint, &rows)?;
            let mut lines = table.lines();
            writeln!(f, "{}", lines.next().unwrap_or_default())?;
            for (number, line) in lines.enumerate() {
                writeln!(f, "{line}")?;
                let remarks = section.remarks.get(number).map(Vec::as_slice).unwrap_or_default();
                remarks.iter().try_for_each(|remark| writeln!(f, "      {remark}"))?;
            }
        }
        write!(f, "{}", (self.paint)(Tone::Heading, "code"))?;
        let mut differs = false;
        for (name, changes) in names.iter().zip(&self.data.code) {
            for change in changes {
                differs = true;
                write!(f, "\n  {name}: {change}")?;
            }
        }
        if differs { Ok(()) } else { write!(f, "\n  all equal") }
    }
}

/// A comparison as Markdown: a table for each section.
pub fn comparison_markdown(comparison: &Comparison) -> String {
    let names = ComparisonText::new(comparison).names();
    let mut text = String::new();
    for section in sections(comparison, &names) {
        let _ = writeln!(text, "### {}\n", section.title);
        if section.rows.is_empty() {
            let _ = writeln!(text, "{}\n", if section.title == "inputs" { "All equal." } else { "None." });
            continue;
        }
        let heading: Vec<String> = std::iter::once(String::new()).chain(names.iter().cloned()).collect();
        text.push_str(&markdown_row(&heading));
        text.push_str(&markdown_row(&vec!["---".to_owned(); heading.len()]));
        section.rows.iter().for_each(|row| text.push_str(&markdown_row(row)));
        text.push('\n');
        for (row, remarks) in
            section.rows.iter().zip(&section.remarks).filter(|(_, remarks)| !remarks.is_empty())
        {
            let _ = writeln!(text, "`{}`:\n\n```\n{}\n```\n", row[0], remarks.join("\n"));
        }
    }
    let _ = writeln!(text, "### code\n");
    let mut differs = false;
    for (name, changes) in names.iter().zip(&comparison.code) {
        for change in changes {
            differs = true;
            let _ = writeln!(text, "- {name}: {change}");
        }
    }
    if !differs {
        let _ = writeln!(text, "All equal.");
    }
    text
}

fn markdown_row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
    format!("| {} |\n", cells.join(" | "))
}

impl HistoryText<'_> {
    fn rows(&self) -> Vec<Vec<String>> {
        let varying = |name: &str, text: String| varying(self.stable, name, || text);
        let points = self.data.iter().map(|point| {
            vec![
                varying("run", point.run.to_string()),
                varying("moment", super::datetime(point.started_us)),
                varying("author", point.author.clone()),
                point.version.map(|version| version.to_string()).unwrap_or_default(),
                point.value.clone().unwrap_or_else(|| "none".into()),
                varying("content", point.content.map(|content| content.short()).unwrap_or_default()),
                if point.changed { "changed".into() } else { String::new() },
                point.status.map(|status| status.to_string()).unwrap_or_default(),
                point.reason.clone().unwrap_or_default(),
            ]
        });
        points.collect()
    }
}

const HISTORY: [&str; 9] = ["run", "when", "by", "version", "value", "content", "", "job", "why"];

impl fmt::Display for HistoryText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = HISTORY.iter().map(|word| (Some(Tone::Heading), (*word).to_owned())).collect();
        let mut rows = vec![heading];
        rows.extend(self.rows().into_iter().map(|row| row.into_iter().map(|cell| (None, cell)).collect()));
        columns::write(f, self.paint, &rows)?;
        write!(f, "{} {}", self.data.len(), if self.data.len() == 1 { "run" } else { "runs" })
    }
}

/// The history of a node as a Markdown table.
pub fn history_markdown(points: &[HistoryPoint]) -> String {
    let heading: Vec<String> = HISTORY.iter().map(|word| (*word).to_owned()).collect();
    let mut text = markdown_row(&heading) + &markdown_row(&vec!["---".to_owned(); heading.len()]);
    HistoryText::new(points).rows().iter().for_each(|row| text.push_str(&markdown_row(row)));
    text
}
