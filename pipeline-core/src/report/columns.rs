//! Text in aligned columns.

use super::{Paint, Tone};
use std::fmt;

/// Writes rows as aligned columns, with two spaces before each. The last cell of a row is not padded. Colours do not
/// count towards the width of a cell.
pub(super) fn write(
    f: &mut dyn fmt::Write,
    paint: Paint<'_>,
    rows: &[Vec<(Option<Tone>, String)>],
) -> fmt::Result {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|(_, text)| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (tone, text)) in row.iter().enumerate() {
            let padding = widths[column] - text.chars().count();
            let text = tone.map_or_else(|| text.clone(), |tone| paint(tone, text));
            line.push_str("  ");
            line.push_str(&text);
            if row[column + 1..].iter().any(|(_, text)| !text.is_empty()) {
                line.extend(std::iter::repeat_n(' ', padding));
            }
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}
