//! HTML for notebooks: cells of [evcxr](https://github.com/evcxr/evcxr) show runs, plans, comparisons, lineages, graphs
//! and tables.

use super::compare::{ComparisonText, sections};
use super::picture::escaped;
use super::{GraphFormat, LineageText, PlanText, RunText, Tone, graph, plain};
use crate::engine::Plan;
use crate::graph::Graph;
use crate::scenario::{Comparison, Lineage, Run};
use std::fmt::Write;
use std::sync::Arc;

/// A value that a notebook shows as HTML: import this trait in a cell, and end the cell with the value.
///
/// ```
/// use skipstone::report::notebook::Notebook;
/// use skipstone::{scenario, task, testing};
///
/// #[task(skippable)]
/// fn double(x: f64) -> f64 {
///     2.0 * x
/// }
///
/// scenario! { pub Doubling { input x: f64 = 1.0; doubled = double(x); } }
///
/// let store = testing::store();
/// let run = Doubling::create(&store, "a")?.submit()?;
/// assert!(run.html().contains("<td>double</td>"));
/// # Ok::<(), skipstone::Error>(())
/// ```
pub trait Notebook {
    /// The value as an HTML fragment.
    fn html(&self) -> String;

    /// Prints the fragment in the form that evcxr shows as the result of a cell. Evcxr calls it.
    fn evcxr_display(&self) {
        println!("EVCXR_BEGIN_CONTENT text/html\n{}\nEVCXR_END_CONTENT", self.html());
    }
}

impl Notebook for Run {
    fn html(&self) -> String {
        let report = RunText::new(self);
        let cell = |(tone, text): (Option<Tone>, String)| match tone.and_then(color) {
            Some(color) => format!("<span style=\"color:{color}\">{}</span>", escaped(&text)),
            None => escaped(&text),
        };
        let rows: Vec<Vec<String>> =
            self.jobs.iter().map(|job| report.row(job).into_iter().map(cell).collect()).collect();
        let jobs = table(&["", "job", "time", "reason"], &rows);
        let failures = text(|paint| {
            let mut failures = String::new();
            let _ = RunText::new(self).paint(paint).failures(&mut failures);
            failures
        });
        let (heading, sum) = (escaped(&report.heading()), escaped(&report.sum()));
        format!("<p><b>{heading}</b></p>{jobs}{failures}<p>{sum}</p>")
    }
}

impl Notebook for Plan {
    fn html(&self) -> String {
        text(|paint| PlanText::new(self).paint(paint).to_string())
    }
}

impl Notebook for Lineage {
    fn html(&self) -> String {
        text(|paint| LineageText::new(self).paint(paint).to_string())
    }
}

impl Notebook for Comparison {
    fn html(&self) -> String {
        let names = ComparisonText::new(self).names();
        let mut html = String::new();
        for section in sections(self, &names) {
            let _ = write!(html, "<p><b>{}</b></p>", escaped(section.title));
            if section.rows.is_empty() {
                let _ =
                    write!(html, "<p>{}</p>", if section.title == "inputs" { "all equal" } else { "none" });
                continue;
            }
            let heading: Vec<&str> = std::iter::once("").chain(names.iter().map(String::as_str)).collect();
            let rows: Vec<Vec<String>> =
                section.rows.iter().map(|row| row.iter().map(|cell| escaped(cell)).collect()).collect();
            html += &table(&heading, &rows);
            for (row, remarks) in section.rows.iter().zip(&section.remarks) {
                if !remarks.is_empty() {
                    let remarks = escaped(&remarks.join("\n"));
                    let name = escaped(&row[0]);
                    let _ = write!(
                        html,
                        "<details><summary>{name}: differences</summary><pre>{remarks}</pre></details>"
                    );
                }
            }
        }
        html
    }
}

impl Notebook for Graph {
    fn html(&self) -> String {
        graph(self, GraphFormat::Svg)
    }
}

impl Notebook for Arc<Graph> {
    fn html(&self) -> String {
        (**self).html()
    }
}

#[cfg(feature = "polars")]
impl<R: crate::Row> Notebook for crate::Frame<R> {
    /// The first 20 rows; an error of the query is shown in their place.
    fn html(&self) -> String {
        use crate::data::{Page, PageOf, Shown};
        match Shown::page(self, PageOf { limit: 20, ..PageOf::default() }) {
            Ok(Page::Table { columns, rows, more, .. }) => {
                let heading: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                let cell = |value: &serde_json::Value| match value {
                    serde_json::Value::String(text) => escaped(text),
                    other => escaped(&other.to_string()),
                };
                let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
                let html = table(&heading, &rows);
                if more { html + "<p>…</p>" } else { html }
            }
            Ok(Page::Value { text, .. }) => format!("<pre>{}</pre>", escaped(&text)),
            Ok(Page::None { why }) => format!("<p>{}</p>", escaped(&why)),
            Err(error) => text(|paint| paint(Tone::Bad, &error.to_string())),
        }
    }
}

/// The color of a word in a report.
fn color(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Work => Some("#b45309"),
        Tone::Quiet => Some("#64748b"),
        Tone::Bad => Some("#b91c1c"),
        _ => None,
    }
}

/// A table of cells that are HTML already.
fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut html = "<table><thead><tr>".to_owned();
    heading.iter().for_each(|name| html.extend(["<th>", &escaped(name), "</th>"]));
    html += "</tr></thead><tbody>";
    for row in rows {
        html += "<tr>";
        row.iter().for_each(|cell| html.extend(["<td>", cell, "</td>"]));
        html += "</tr>";
    }
    html + "</tbody></table>"
}

/// A report as preformatted text, or nothing if it is empty. Private characters stand for tags until the text is escaped.
fn text(report: impl Fn(super::Paint<'_>) -> String) -> String {
    const TONES: [(char, Tone); 3] =
        [('\u{e000}', Tone::Work), ('\u{e001}', Tone::Quiet), ('\u{e002}', Tone::Bad)];
    const END: char = '\u{e003}';
    let paint = |tone: Tone, word: &str| match TONES.iter().find(|(_, known)| *known == tone) {
        Some((begin, _)) => format!("{begin}{word}{END}"),
        None => plain(tone, word),
    };
    let mut html = escaped(&report(&paint)).replace(END, "</span>");
    for (begin, tone) in TONES {
        html = html.replace(begin, &format!("<span style=\"color:{}\">", color(tone).unwrap_or("inherit")));
    }
    if html.is_empty() { html } else { format!("<pre>{html}</pre>") }
}
