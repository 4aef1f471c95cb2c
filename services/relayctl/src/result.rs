//! `relayctl result`.

use std::path::Path;

use clap::{Args, Subcommand};
use relay_cbss::tx25::field_label;
use relay_domain::Language;
use relay_store::{Looked, ReadResult};
use serde_json::json;
use uuid::Uuid;

use crate::arguments::LanguageArg;
use crate::failure::Failure;
use crate::table;

/// A security advisor's reason has at least this many characters; the database holds to it as well.
const SHORTEST_REASON: usize = 5;

/// Read results.
#[derive(Debug, Args)]
pub(crate) struct ResultCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The rows of a job's result, if this database login may see them: it asked for them, or it is a security
    /// advisor's. The look is on record, whatever comes of it.
    #[command(after_help = "Example:\n  relayctl result show 019a1b2c-… --reason \"file 4711\" --json")]
    Show {
        /// The job's id.
        job_id: Uuid,
        /// Why you look. It is kept, sealed.
        #[arg(long)]
        reason: String,
        /// The language of what is said about codes; rows are in the submission's.
        #[arg(long, value_enum, default_value = "en")]
        lang: LanguageArg,
        /// All fields of each row as well, by their names in that language.
        #[arg(long, conflicts_with = "json")]
        fields: bool,
        /// JSON as `relayctl cbss parse --json` prints it.
        #[arg(long)]
        json: bool,
    },
}

impl ResultCommand {
    pub(crate) async fn run(self, config: &Path) -> Result<(), Failure> {
        let Action::Show {
            job_id,
            reason,
            lang,
            fields,
            json,
        } = self.action;
        let reason = reason.trim();
        if reason.chars().count() < SHORTEST_REASON {
            return Err(Failure::Invalid(format!(
                "--reason: at least {SHORTEST_REASON} characters"
            )));
        }
        match crate::store(config)?.read_result(job_id, reason).await? {
            Looked::NotFound => Err(Failure::NotFound(format!("there is no job {job_id}"))),
            Looked::Denied => Err(Failure::Denied(
                "confidential data: this login did not ask for it and is no security advisor's (the look is on record)"
                    .to_owned(),
            )),
            Looked::NoResult { state } => {
                Err(Failure::NotFound(format!("job {job_id} has no result; it is {state}")))
            }
            Looked::Found(result) if json => table::json(&as_json(&result)),
            Looked::Found(result) => {
                show(&result, lang.into());
                if fields {
                    show_fields(&result, lang.into());
                }
                Ok(())
            }
        }
    }
}

/// Every field of every row.
fn show_fields(result: &ReadResult, language: Language) {
    for row in &result.rows {
        table::line(&format!("\n{} {}", row.title, row.ordinal));
        for (path, value) in row.fields.iter().filter(|(_, value)| !value.is_empty()) {
            let label = field_label(path, language);
            let between = if label.is_empty() { "" } else { ": " };
            table::line(&format!("  {label}{between}{value}"));
        }
    }
}

fn pairs(fields: &[(String, String)]) -> Vec<serde_json::Value> {
    fields
        .iter()
        .map(|(path, value)| json!({ "path": path, "value": value }))
        .collect()
}

fn as_json(result: &ReadResult) -> serde_json::Value {
    let rows: Vec<_> = result
        .rows
        .iter()
        .map(|row| {
            json!({
                "ordinal": row.ordinal, "group": row.group, "title": row.title, "type": row.information_type,
                "since": row.since, "until": row.until, "text": row.text, "fields": pairs(&row.fields),
            })
        })
        .collect();
    let messages: Vec<_> = result
        .messages
        .iter()
        .map(|message| {
            json!({
                "severity": message.severity, "code": message.code, "author": message.author,
                "diagnostic": message.diagnostic, "fields": pairs(&message.fields),
            })
        })
        .collect();
    json!({
        "status": result.status, "outcome": result.outcome, "ticket": result.ticket, "codes": result.codes,
        "messages": messages, "rows": rows,
    })
}

fn show(result: &ReadResult, language: Language) {
    let ticket = result.ticket.as_deref().unwrap_or("none");
    table::line(&format!(
        "{} · {} · {} ({}) · codes {} · CBSS ticket {ticket}",
        result.organisation,
        result.service,
        result.status,
        result.outcome,
        result.codes.join(" ")
    ));
    for message in &result.messages {
        let code = message.code.as_deref().unwrap_or_default();
        table::line(&format!(
            "{} {code} {}",
            message.severity,
            message.diagnostic.as_deref().unwrap_or_default()
        ));
        let field = |name: &str| {
            let field = message.fields.iter().find(|(path, _)| path == name);
            field.map(|(_, value)| value.as_str())
        };
        if let Some(hint) = relay_cbss::hints::hint(code, field, language) {
            table::line(&format!("  {hint}"));
        }
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    table::print(
        &["Type", "Group", "No.", "Since", "Until", "What it says"],
        result.rows.iter().map(|row| {
            vec![
                text(&row.information_type),
                row.title.clone(),
                row.ordinal.to_string(),
                text(&row.since),
                text(&row.until),
                row.text.clone(),
            ]
        }),
    );
    table::line(&format!("{} rows", result.rows.len()));
}
