//! `relayctl cbss parse`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use relay_cbss::{Message, ParseOptions, Reply, Row, hints};
use relay_domain::Language;

use super::{Failure, ServiceArg, read_input, write_output};
use crate::arguments::LanguageArg;
use crate::printable::printable;

/// Columns of the table: long texts wrap.
const TABLE_WIDTH: u16 = 120;

#[derive(Debug, Args)]
pub(super) struct ParseArgs {
    /// Which service's reply it is.
    #[arg(long, value_enum)]
    service: ServiceArg,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// The language of titles and texts.
    #[arg(long, value_enum, default_value = "en")]
    lang: LanguageArg,
    /// The reply, as it came over HTTP; standard input without a file.
    input: Option<PathBuf>,
}

impl ParseArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let options = ParseOptions::new(self.lang.into());
        let input = read_input(self.input.as_deref(), options.limits.max_bytes)?;
        let reply = relay_cbss::parse(self.service.into(), &input, None, &options)
            .map_err(|e| Failure::Unreadable(format!("{e} ({})", e.code())))?;
        let mut output = if self.json {
            serde_json::to_string(&reply).map_err(|e| Failure::Unreadable(e.to_string()))?
        } else {
            printable(table(&reply, options.language).as_bytes())
        };
        output.push('\n');
        write_output(output.as_bytes())
    }
}

/// For people: the verdict, what the CBSS says, and the rows.
fn table(reply: &Reply, language: Language) -> String {
    let mut text = format!("status: {} ({})\n", reply.status.as_str(), reply.outcome.as_str());
    if let Some(ticket) = &reply.ticket {
        let _ = writeln!(text, "ticket: {ticket}");
    }
    if !reply.codes.is_empty() {
        let _ = writeln!(text, "codes: {}", reply.codes.join(", "));
    }
    for message in &reply.messages {
        let _ = writeln!(text, "{}", message_line(message));
        let field = |name: &str| {
            let field = message.fields.iter().find(|field| field.path == name);
            field.map(|field| field.value.as_str())
        };
        let code = message.code.as_deref().unwrap_or_default();
        if let Some(hint) = hints::hint(code, field, language) {
            let _ = writeln!(text, "  {hint}");
        }
    }
    let _ = write!(text, "rows: {}", reply.rows.len());
    if reply.rows.is_empty() {
        return text;
    }
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(TABLE_WIDTH);
    table.set_header(["Type", "Group", "No.", "Since", "Until", "Text"]);
    for row in &reply.rows {
        table.add_row(cells(row));
    }
    let _ = write!(text, "\n{table}");
    text
}

fn cells(row: &Row) -> [String; 6] {
    let or_nothing = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        or_nothing(&row.information_type),
        row.title.clone(),
        row.ordinal.to_string(),
        or_nothing(&row.since),
        or_nothing(&row.until),
        row.text.clone(),
    ]
}

fn message_line(message: &Message) -> String {
    let mut line = format!("{}:", message.severity.to_lowercase());
    for part in [&message.code, &message.diagnostic].into_iter().flatten() {
        let _ = write!(line, " {part}");
    }
    for field in &message.fields {
        let _ = write!(line, " [{}: {}]", field.path, field.value);
    }
    if let Some(author) = &message.author {
        let _ = write!(line, " ({author})");
    }
    line
}
