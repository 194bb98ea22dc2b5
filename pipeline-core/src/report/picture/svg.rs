//! The drawing as SVG.

use super::{LETTER, Picture, PictureCall, PictureCondition, PictureNode, Rect};
use crate::data::counted;
use crate::engine::JobStatus;
use std::collections::HashMap;
use std::fmt::Write;

/// The colours of a drawing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Theme {
    /// The colour scheme of the viewer's system.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Data shown in addition to the wiring.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Short summaries of values, by node. An input without one shows its default.
    pub values: HashMap<String, String>,
    /// The status of jobs, by name.
    pub jobs: HashMap<String, JobStatus>,
}

/// The margin around the drawing.
const MARGIN: f64 = 24.0;

const LIGHT: &str = "--page:#ffffff;--line:#94a3b8;--quiet:#475569;--node:#dbeafe;--node-line:#2563eb;--node-text:#172554;\
                     --task:#ffedd5;--task-line:#ea580c;--task-text:#431407;--group:#f1f5f9;--group-line:#64748b";
const DARK: &str = "--page:#0b1120;--line:#64748b;--quiet:#cbd5e1;--node:#172554;--node-line:#60a5fa;--node-text:#dbeafe;\
                    --task:#431407;--task-line:#fb923c;--task-text:#ffedd5;--group:#1e293b;--group-line:#94a3b8";

/// The CSS rules for the drawing inside the element `of`.
pub(super) fn style(of: &str, theme: Theme) -> String {
    let colours = match theme {
        Theme::Light => format!("{of}{{{LIGHT}}}"),
        Theme::Dark => format!("{of}{{{DARK}}}"),
        Theme::Auto => format!("{of}{{{LIGHT}}}@media(prefers-color-scheme:dark){{{of}{{{DARK}}}}}"),
    };
    format!(
        "{colours}\
         {of} text{{font:11px ui-sans-serif,system-ui,sans-serif}}\
         {of} .name{{font-size:13px;font-weight:600}}\
         {of} .type{{font-family:ui-monospace,SFMono-Regular,Menlo,monospace}}\
         {of} .node rect,{of} .node path{{fill:var(--node);stroke:var(--node-line);stroke-width:1.5}}\
         {of} .node text{{fill:var(--node-text)}}\
         {of} .task rect{{fill:var(--task);stroke:var(--task-line);stroke-width:1.5}}\
         {of} .task text{{fill:var(--task-text)}}\
         {of} .task circle{{fill:var(--page);stroke:var(--task-line);stroke-width:1.5}}\
         {of} .group rect{{fill:var(--group);stroke:var(--group-line);stroke-width:1.5;stroke-dasharray:6 3}}\
         {of} .group text{{fill:var(--quiet)}}\
         {of} .edge{{fill:none;stroke:var(--line);stroke-width:1.5}}\
         {of} .page{{fill:var(--page)}}"
    )
}

/// Renders the drawing as an SVG document.
pub fn svg(picture: &Picture, theme: Theme, shown: &Shown) -> String {
    let mut out = opening(picture, "pipeline");
    let _ = write!(out, "<style>{}</style>", style("#pipeline", theme));
    out.push_str(&content(picture, shown));
    out.push_str("</svg>\n");
    out
}

/// The opening tag, with role, label and title.
pub(super) fn opening(picture: &Picture, id: &str) -> String {
    let ((left, top), (right, bottom)) = picture.bounds();
    let (x, y) = (left - MARGIN, top - MARGIN);
    let (width, height) = (right - left + 2.0 * MARGIN, bottom - top + 2.0 * MARGIN);
    let name = escaped(&picture.name);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{id}\" viewBox=\"{x} {y} {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"The graph of {name}\"><title>{name}</title>"
    )
}

/// The content of the SVG element.
pub(super) fn content(picture: &Picture, shown: &Shown) -> String {
    let mut out = String::new();
    let ((left, top), (right, bottom)) = picture.bounds();
    let _ = write!(
        out,
        "<rect class=\"page\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        left - MARGIN,
        top - MARGIN,
        right - left + 2.0 * MARGIN,
        bottom - top + 2.0 * MARGIN
    );
    edges(picture, &mut out);
    picture.nodes.iter().for_each(|node| self::node(node, shown, &mut out));
    picture.calls.iter().for_each(|call| self::call(call, shown, &mut out));
    for group in &picture.groups {
        let Some(rect) = group.rect else { continue };
        let _ = write!(out, "<g class=\"group\" data-id=\"{}\">{}", escaped(&group.id), plain_box(&rect));
        let counted = format!("{}, {}", counted(group.calls, "task"), counted(group.nodes, "node"));
        let _ = write!(out, "<title>{}</title>", escaped(&group.name));
        text(&mut out, "name", rect.x + 14.0, rect.y + 30.0, &group.label, rect.width - 28.0);
        text(&mut out, "", rect.x + 14.0, rect.y + 50.0, &counted, rect.width - 28.0);
        out.push_str("</g>");
    }
    out
}

fn edges(picture: &Picture, out: &mut String) {
    let boxes: HashMap<&str, Rect> = picture.boxes().collect();
    let calls: HashMap<&str, &PictureCall> =
        picture.calls.iter().map(|call| (call.id.as_str(), call)).collect();
    for edge in &picture.edges {
        let (Some(from), Some(to)) = (boxes.get(edge.from.as_str()), boxes.get(edge.to.as_str())) else {
            continue;
        };
        let output = || {
            let call = calls.get(edge.from.as_str())?;
            call.outputs
                .iter()
                .find(|output| Some(&output.node) == edge.output.as_ref())
                .map(|output| output.y)
        };
        let port = || {
            let call = calls.get(edge.to.as_str())?;
            match &edge.port {
                Some(name) => call.parameters.iter().find(|port| port.name == *name).map(|port| port.y),
                None => call.condition.as_ref().map(|condition| condition.y),
            }
        };
        let (x1, y1) = (from.x + from.width, from.y + output().unwrap_or(from.height / 2.0));
        let (x2, y2) = (to.x, to.y + port().unwrap_or(to.height / 2.0));
        let _ = write!(
            out,
            "<path class=\"edge\" data-from=\"{}\" data-to=\"{}\" d=\"{}\"/>",
            escaped(&edge.from),
            escaped(&edge.to),
            line((x1, y1), &edge.points, (x2, y2))
        );
    }
}

/// The path of a line through these points, horizontal at each of them.
fn line(from: (f64, f64), by: &[[f64; 2]], to: (f64, f64)) -> String {
    let mut path = format!("M{} {}", from.0, from.1);
    let (mut x1, mut y1) = from;
    for (x2, y2) in by.iter().map(|[x, y]| (*x, *y)).chain([to]) {
        if (y1 - y2).abs() < 0.5 {
            let _ = write!(path, "H{x2}");
        } else {
            let bend = ((x2 - x1).abs() / 2.0).max(if by.is_empty() { 24.0 } else { 8.0 });
            let _ = write!(path, "C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend);
        }
        (x1, y1) = (x2, y2);
    }
    path
}

fn node(node: &PictureNode, shown: &Shown, out: &mut String) {
    let PictureNode { id, node, rect, .. } = node;
    let _ = write!(out, "<g class=\"node\" data-id=\"{}\">", escaped(id));
    let about = [node.name.as_str(), &node.docs].join("\n");
    let _ = write!(out, "<title>{}</title>", escaped(about.trim()));
    match node.input {
        // Round on the left, where no line ends.
        true => {
            let (x, y, width, height) = (rect.x, rect.y, rect.width, rect.height);
            let round = height / 2.0;
            let _ = write!(
                out,
                "<path d=\"M{} {y}h{}a8 8 0 0 1 8 8v{}a8 8 0 0 1 -8 8h-{}a{round} {round} 0 0 1 0 -{height}z\"/>",
                x + round,
                width - round - 8.0,
                height - 16.0,
                width - round - 8.0
            );
        }
        false => out.push_str(&plain_box(rect)),
    }
    let left = rect.x + if node.input { 24.0 } else { 14.0 };
    let room = rect.width - if node.input { 34.0 } else { 28.0 };
    text(out, "name", left, rect.y + 22.0, &node.name, room);
    text(out, "type", left, rect.y + 38.0, &node.ty, room);
    let value = match node.secret {
        true => Some("•••".to_owned()),
        false => shown.values.get(&node.name).cloned().or_else(|| node.default.clone()),
    };
    let value = value.or_else(|| node.required.then(|| "required".to_owned()));
    text(out, "", left, rect.y + 53.0, &value.unwrap_or_default(), room);
    out.push_str("</g>");
}

fn call(call: &PictureCall, shown: &Shown, out: &mut String) {
    let rect = &call.rect;
    let _ = write!(out, "<g class=\"task\" data-id=\"{}\">", escaped(&call.id));
    let place = if call.file.is_empty() { String::new() } else { format!("{}:{}", call.file, call.line) };
    let about = [call.name.as_str(), &place, &call.docs].join("\n");
    let _ = write!(out, "<title>{}</title>{}", escaped(about.trim()), plain_box(rect));
    let status = shown.jobs.get(&call.name).map(JobStatus::to_string).unwrap_or_default();
    text(out, "name", rect.x + 14.0, rect.y + 21.0, &call.name, rect.width - 28.0 - status_room(&status));
    if !status.is_empty() {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{status}</text>",
            rect.x + rect.width - 10.0,
            rect.y + 21.0
        );
    }
    if let Some(PictureCondition { text: condition, y }) = &call.condition {
        text(out, "type", rect.x + 14.0, rect.y + y + 4.0, &format!("if {condition}"), rect.width - 28.0);
    }
    for port in &call.parameters {
        let _ = write!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"4\"/>", rect.x, rect.y + port.y);
        let label = format!("{}: {}", port.name, port.ty);
        text(out, "type", rect.x + 14.0, rect.y + port.y + 4.0, &label, rect.width - 28.0);
    }
    for output in &call.outputs {
        let _ = write!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"4\"/>", rect.x + rect.width, rect.y + output.y);
    }
    out.push_str("</g>");
}

fn status_room(status: &str) -> f64 {
    if status.is_empty() { 0.0 } else { super::letters(status, LETTER.1) + 8.0 }
}

fn plain_box(rect: &Rect) -> String {
    let Rect { x, y, width, height } = rect;
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>")
}

/// Writes one line of text, shortened to fit `room`.
fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str, room: f64) {
    let each = if class == "name" { LETTER.0 } else { LETTER.1 };
    let fitting = (room / each).floor().max(1.0);
    let mut words = words.lines().next().unwrap_or_default().to_owned();
    if super::letters(&words, 1.0) > fitting {
        let letters = words.chars().count();
        let kept =
            (0..letters).rev().find(|kept| f64::from(u32::try_from(*kept).unwrap_or(u32::MAX)) < fitting);
        words = words.chars().take(kept.unwrap_or_default()).collect::<String>() + "…";
    }
    if !words.is_empty() {
        let _ = write!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(&words));
    }
}

/// The text with XML special characters escaped.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML can't represent these characters.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control.is_control() && !matches!(control, '\n' | '\t' | '\r') => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
