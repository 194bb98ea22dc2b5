//! The drawing as a self-contained HTML file.

use super::svg::{content, escaped, opening, style};
use super::{Picture, Shown, Theme};
use crate::data::counted;
use std::fmt::Write;

/// Renders the drawing as an HTML page. The drawing can be moved and zoomed, and a click on an element highlights its
/// sources and everything made from it. Tables below it describe the nodes and tasks.
pub fn html(picture: &Picture, shown: &Shown) -> String {
    let name = escaped(&picture.name);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{}{}</style></head><body><main>\
         <h1>{name}</h1><p>{}</p><div id=\"frame\" tabindex=\"0\" role=\"group\" aria-label=\"Drawing: arrow keys move it, + and - \
         zoom\">",
        style(":root", Theme::Auto),
        include_str!("export.css"),
        escaped(&picture.docs)
    );
    out.push_str(&opening(picture, "pipeline"));
    out.push_str(&content(picture, shown));
    out.push_str("</svg></div>");
    nodes(picture, shown, &mut out);
    tasks(picture, &mut out);
    let _ = writeln!(out, "</main><script>{}</script></body></html>", include_str!("export.js"));
    out
}

fn nodes(picture: &Picture, shown: &Shown, out: &mut String) {
    out.push_str(
        "<h2>Data nodes</h2><table><thead><tr><th>Name<th>Type<th>Value<th>About</tr></thead><tbody>",
    );
    for node in picture.nodes.iter().map(|node| &node.node) {
        let value = shown.values.get(&node.name).or(node.default.as_ref()).filter(|_| !node.secret);
        let columns: String = node
            .columns
            .iter()
            .map(|column| {
                format!("<li><code>{}: {}</code></li>", escaped(column.name), escaped(&column.ty.to_string()))
            })
            .collect();
        let columns = match columns.is_empty() {
            true => columns,
            false => format!(
                "<details><summary>{}</summary><ul>{columns}</ul></details>",
                counted(node.columns.len(), "column")
            ),
        };
        let _ = write!(
            out,
            "<tr><td>{}<td><code>{}</code><td>{}<td>{}{columns}</tr>",
            escaped(&node.name),
            escaped(&node.ty),
            escaped(value.map_or("", String::as_str)),
            escaped(&node.docs)
        );
    }
    out.push_str("</tbody></table>");
}

fn tasks(picture: &Picture, out: &mut String) {
    out.push_str("<h2>Tasks</h2><table><thead><tr><th>Name<th>Source<th>About</tr></thead><tbody>");
    for call in &picture.calls {
        let _ = write!(
            out,
            "<tr><td>{}<td><code>{}:{}</code><td>{}</tr>",
            escaped(&call.name),
            escaped(&call.file),
            call.line,
            escaped(&call.docs)
        );
    }
    out.push_str("</tbody></table>");
}
