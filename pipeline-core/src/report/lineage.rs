//! Lineage as text and as a Mermaid flowchart.

use super::view::{varying, views};
use super::{Tone, duration};
use crate::engine::JobStatus;
use crate::scenario::{Descendant, Descendants, Lineage, LineageJob, LineageNode};
use std::fmt::{self, Write as _};
use std::time::Duration;

views! {
    /// A [`Lineage`] as text: the value, and below it what it was made from, back to the sources.
    LineageText(Lineage);
    /// [`Descendants`] as text.
    DescendantsText(Descendants);
}

impl LineageText<'_> {
    fn varying(&self, name: &str, text: impl FnOnce() -> String) -> String {
        varying(self.stable, name, text)
    }

    /// Writes a node, and below it the job that made it. A job that was written before is only named.
    fn node(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        depth: usize,
        written: &mut Vec<String>,
    ) -> fmt::Result {
        let lineage = self.data;
        let indent = "  ".repeat(depth);
        let Some(node) = lineage.nodes.iter().find(|node| node.node == name) else {
            return writeln!(f, "{indent}{name}: no value");
        };
        writeln!(f, "{indent}{}", self.value(node))?;
        for file in &node.files {
            let path = self.varying("path", || file.path.clone());
            writeln!(f, "{indent}  file {path}  {}", self.varying("content", || file.content.short()))?;
        }
        let Some(job) = lineage.jobs.iter().find(|job| job.outputs.iter().any(|output| output == name))
        else {
            return Ok(());
        };
        if depth == 0 {
            columns_of(f, job, name)?;
        }
        if written.contains(&job.job) {
            return writeln!(f, "{indent}  by {}, as above", job.job);
        }
        written.push(job.job.clone());
        writeln!(f, "{indent}  by {}", self.job(job))?;
        let mut arguments: Vec<&str> = job.arguments.iter().map(|(_, node)| node.as_str()).collect();
        let mut seen = Vec::new();
        arguments.retain(|node| {
            !seen.contains(node) && {
                seen.push(*node);
                true
            }
        });
        arguments.into_iter().try_for_each(|argument| self.node(f, argument, depth + 2, written))
    }

    fn value(&self, node: &LineageNode) -> String {
        let kind = if node.input { "input " } else { "" };
        let name = (self.paint)(Tone::Heading, &node.node);
        let bytes = node.bytes.map(|bytes| format!(", {}", super::size(bytes))).filter(|_| !self.stable);
        let content = (self.paint)(Tone::Quiet, &self.varying("content", || node.content.short()));
        format!("{kind}{name}: {} = {}{}  {content}", node.ty, node.value, bytes.unwrap_or_default())
    }

    fn job(&self, job: &LineageJob) -> String {
        let code = match &job.pinned {
            Some(version) => format!("version \"{version}\""),
            None => format!("code {}", self.varying("code", || job.code.chars().take(12).collect())),
        };
        let how = match (&job.made, job.status) {
            (Some(made), _) => {
                let when = self.varying("moment", || super::datetime(made.started_us));
                format!("known: made in scenario `{}`, {when}", made.scenario)
            }
            (None, JobStatus::Completed) => {
                let took = Duration::from_micros(u64::try_from(job.duration_us).unwrap_or_default());
                format!("ran in {}, because: {}", self.varying("time", || duration(took)), job.reason)
            }
            (None, status) => format!("{status}: {}", job.reason),
        };
        format!("task {} ({code}); {how}", (self.paint)(Tone::Work, &job.job))
    }
}

/// Writes the source columns of each column of a table, in one line if all columns may come from the same ones.
fn columns_of(f: &mut fmt::Formatter<'_>, job: &LineageJob, node: &str) -> fmt::Result {
    let columns: Vec<_> = job.columns.iter().filter(|column| column.node == node).collect();
    let [first, rest @ ..] = &columns[..] else { return Ok(()) };
    if !rest.is_empty() && columns.iter().all(|column| !column.exact && column.of == first.of) {
        return match first.of.is_empty() {
            true => Ok(()),
            false => writeln!(f, "  each column may come from {}", columns_by_node(&first.of)),
        };
    }
    for column in columns {
        let of = match (column.of.is_empty(), column.exact) {
            (true, _) => "comes from no column".to_owned(),
            (false, true) => format!("comes from {}", columns_by_node(&column.of)),
            (false, false) => format!("may come from {}", columns_by_node(&column.of)),
        };
        writeln!(f, "  {} {of}", column.column)?;
    }
    Ok(())
}

/// The columns as text, grouped by node.
fn columns_by_node(columns: &[(String, String)]) -> String {
    let mut nodes: Vec<(&str, Vec<&str>)> = Vec::new();
    for (node, column) in columns {
        match nodes.iter_mut().find(|(known, _)| known == node) {
            Some((_, of)) => of.push(column),
            None => nodes.push((node, vec![column])),
        }
    }
    let nodes: Vec<String> = nodes.iter().map(|(node, of)| format!("{node} ({})", of.join(", "))).collect();
    nodes.join(" and ")
}

impl fmt::Display for LineageText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lineage = self.data;
        let run = self.varying("run", || lineage.run.to_string());
        let when = self.varying("moment", || super::datetime(lineage.started_us));
        let by = self.varying("author", || lineage.author.clone());
        let commit = match &lineage.commit {
            Some(_) if self.stable => ", commit [commit]".into(),
            Some(commit) => format!(", commit {}", commit.chars().take(10).collect::<String>()),
            None => String::new(),
        };
        let title = format!(
            "{} `{}`, run {run}, {when} by {by}, version {}{commit}",
            lineage.scenario_type, lineage.scenario, lineage.version
        );
        writeln!(f, "{}", (self.paint)(Tone::Heading, &title))?;
        let read: Vec<&String> =
            lineage.jobs.iter().flat_map(|job| &job.arguments).map(|(_, node)| node).collect();
        let ends: Vec<&str> = match &lineage.node {
            Some(node) => vec![node],
            None => {
                let ends = lineage.nodes.iter().filter(|node| !read.contains(&&node.node));
                ends.map(|node| node.node.as_str()).collect()
            }
        };
        let mut text = String::new();
        write!(text, "{}", Tree { view: self, ends })?;
        f.write_str(text.trim_end_matches('\n'))
    }
}

/// The tree below the heading.
struct Tree<'a> {
    view: &'a LineageText<'a>,
    ends: Vec<&'a str>,
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = Vec::new();
        self.ends.iter().try_for_each(|end| self.view.node(f, end, 0, &mut written))
    }
}

/// A lineage as a Mermaid flowchart, which GitHub and many editors render.
pub fn lineage_mermaid(lineage: &Lineage) -> String {
    let mut text = String::from("flowchart LR\n");
    let id = |name: &str| -> String {
        name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect()
    };
    let quoted = |text: &str| text.replace('"', "#quot;");
    for node in &lineage.nodes {
        let files: String = node.files.iter().map(|file| format!("<br>{}", quoted(&file.path))).collect();
        let _ = writeln!(
            text,
            "    {}([\"{}<br>{}{files}<br>{}\"])",
            id(&node.node),
            quoted(&node.node),
            quoted(&node.value),
            node.content.short()
        );
    }
    for (number, job) in lineage.jobs.iter().enumerate() {
        let code: String = job.code.chars().take(12).collect();
        let _ = writeln!(text, "    job{number}{{{{\"{}<br>{code}\"}}}}", quoted(&job.job));
        for (_, node) in &job.arguments {
            let _ = writeln!(text, "    {} --> job{number}", id(node));
        }
        for output in
            job.outputs.iter().filter(|output| lineage.nodes.iter().any(|node| node.node == **output))
        {
            let _ = writeln!(text, "    job{number} --> {}", id(output));
        }
    }
    text
}

impl DescendantsText<'_> {
    fn rows(&self, of: &[Descendant]) -> Vec<Vec<(Option<Tone>, String)>> {
        let cell = |text: String| (None, text);
        of.iter()
            .map(|one| {
                let content = varying(self.stable, "content", || one.content.short());
                let run = varying(self.stable, "run", || one.run.to_string());
                let more = match one.runs {
                    1 => String::new(),
                    runs => format!(" and {} earlier", runs - 1),
                };
                vec![
                    cell(one.scenario.clone()),
                    cell(one.node.clone()),
                    cell(one.value.clone()),
                    cell(content),
                    cell(format!("run {run}{more}")),
                ]
            })
            .collect()
    }
}

impl fmt::Display for DescendantsText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Descendants { of, origins, descendants } = self.data;
        let of = if self.stable { "[asked]" } else { of };
        writeln!(f, "{of} is")?;
        super::columns::write(f, self.paint, &self.rows(origins))?;
        if descendants.is_empty() {
            return write!(f, "nothing was made from it");
        }
        writeln!(f, "made from it")?;
        let mut rows = String::new();
        super::columns::write(&mut rows, self.paint, &self.rows(descendants))?;
        f.write_str(rows.trim_end_matches('\n'))
    }
}
