//! Output: tables for people, JSON for programs. What people read comes from others: it is made fit for a terminal here.
#![expect(clippy::print_stdout, reason = "this is where the command line talks")]

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::failure::Failure;
use crate::printable::printable;

/// Prints a table, as wide as the terminal allows.
pub(crate) fn print(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(140);
    }
    table.set_header(header.iter().map(ToString::to_string).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell.as_bytes())));
    }
    // What one copies, ids and tickets, stays in one piece.
    for (index, title) in header.iter().enumerate() {
        if (index == 0 || title.ends_with("ticket") || *title == "Job")
            && let Some(column) = table.column_mut(index)
        {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    println!("{table}");
}

/// Prints a line.
pub(crate) fn line(text: &str) {
    println!("{}", printable(text.as_bytes()));
}

/// Asks something on standard error: standard output may go elsewhere.
pub(crate) fn ask(text: &str) {
    eprint!("{text}");
}

/// A bar on standard error, where that is a terminal.
pub(crate) fn progress(total: usize, doing: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total as u64).with_message(doing);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::NotFound(error.to_string()))?;
    println!("{text}");
    Ok(())
}

/// A time for people: UTC, to the second.
pub(crate) fn time(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    time.to_offset(time::UtcOffset::UTC)
        .format(&format)
        .unwrap_or_default()
}
