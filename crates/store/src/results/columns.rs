//! A result as its row has it: what it says sealed, how it is built in arrays.

use std::borrow::Cow;

use relay_vault::{Context, Vault};
use serde::{Deserialize, Serialize};
use sqlx::types::Uuid;

use super::{NewMessage, NewResult, NewRow};
use crate::attempts::answer_row;
use crate::{StoreError, WorkRef};

/// What joins the elements of a column of arrays on its way into the statement.
pub(crate) const SEPARATOR: &str = "\u{1f}";

/// What is sealed in `result.content`.
#[derive(Serialize, Deserialize)]
struct Content<'a> {
    rows: Vec<ContentRow<'a>>,
    messages: Cow<'a, [NewMessage]>,
}

/// The part of a row that is sealed.
#[derive(Serialize, Deserialize)]
struct ContentRow<'a> {
    title: Cow<'a, str>,
    text: Cow<'a, str>,
    fields: Cow<'a, [(String, String)]>,
}

/// Columns of `relay.result` for a statement over many.
#[derive(Default)]
pub(crate) struct ResultColumns {
    pub(crate) outcome: Vec<Option<String>>,
    pub(crate) codes: Vec<String>,
    pub(crate) row_group: Vec<String>,
    pub(crate) row_ordinal: Vec<String>,
    pub(crate) row_type: Vec<String>,
    pub(crate) row_since: Vec<String>,
    pub(crate) row_until: Vec<String>,
    pub(crate) message_severity: Vec<String>,
    pub(crate) message_code: Vec<String>,
    pub(crate) content: Vec<Option<Vec<u8>>>,
}

impl ResultColumns {
    /// Adds a result, sealed for its row; or that there is none.
    pub(crate) fn push(
        &mut self,
        vault: &Vault,
        work: WorkRef,
        result: Option<&NewResult>,
    ) -> Result<(), StoreError> {
        let rows = result.map(|result| &result.rows[..]).unwrap_or_default();
        let messages = result.map(|result| &result.messages[..]).unwrap_or_default();
        let optional = |of: fn(&NewRow) -> Option<&str>| join(rows.iter().map(|row| of(row).unwrap_or("")));
        self.outcome.push(result.map(|result| result.outcome.clone()));
        self.codes.push(join(
            result.iter().flat_map(|result| &result.codes).map(String::as_str),
        ));
        self.row_group
            .push(join(rows.iter().map(|row| row.group.as_str())));
        self.row_ordinal
            .push(join(rows.iter().map(|row| row.ordinal.to_string())));
        self.row_type
            .push(optional(|row| row.information_type.as_deref()));
        self.row_since.push(optional(|row| row.since.as_deref()));
        self.row_until.push(optional(|row| row.until.as_deref()));
        self.message_severity
            .push(join(messages.iter().map(|message| message.severity.as_str())));
        self.message_code.push(join(
            messages
                .iter()
                .map(|message| message.code.as_deref().unwrap_or("")),
        ));
        self.content
            .push(result.map(|result| seal(vault, work, result)).transpose()?);
        Ok(())
    }
}

/// Columns of one result, as they were stored.
pub(crate) struct StoredColumns {
    pub(crate) groups: Vec<String>,
    pub(crate) ordinals: Vec<i32>,
    pub(crate) types: Vec<Option<String>>,
    pub(crate) since: Vec<Option<String>>,
    pub(crate) until: Vec<Option<String>>,
    pub(crate) content: Vec<u8>,
}

impl StoredColumns {
    /// The rows and messages, in the document's order.
    pub(crate) fn open(
        self,
        vault: &Vault,
        job_id: Uuid,
        round: i32,
    ) -> Result<(Vec<NewRow>, Vec<NewMessage>), StoreError> {
        let shape = || StoreError::Shape {
            place: "result.content",
        };
        let plain = vault.open(context(&answer_row(job_id, round)), &self.content)?;
        let content: Content<'_> = serde_json::from_slice(&plain).map_err(|_| shape())?;
        if self.groups.len() != content.rows.len() {
            return Err(shape());
        }
        let rows = content
            .rows
            .into_iter()
            .zip(self.groups)
            .enumerate()
            .map(|(index, (row, group))| {
                let at = |column: &[Option<String>]| column.get(index).cloned().flatten();
                NewRow {
                    ordinal: self
                        .ordinals
                        .get(index)
                        .and_then(|ordinal| u32::try_from(*ordinal).ok())
                        .unwrap_or_default(),
                    group,
                    title: row.title.into_owned(),
                    information_type: at(&self.types),
                    since: at(&self.since),
                    until: at(&self.until),
                    text: row.text.into_owned(),
                    fields: row.fields.into_owned(),
                }
            })
            .collect();
        Ok((rows, content.messages.into_owned()))
    }
}

fn seal(vault: &Vault, work: WorkRef, result: &NewResult) -> Result<Vec<u8>, StoreError> {
    let content = Content {
        rows: result.rows.iter().map(content_row).collect(),
        messages: Cow::Borrowed(&result.messages),
    };
    let json = serde_json::to_vec(&content).map_err(|_| StoreError::Shape {
        place: "result.content",
    })?;
    Ok(vault.seal_compressed(context(&answer_row(work.job_id, work.round)), &json))
}

fn content_row(row: &NewRow) -> ContentRow<'_> {
    ContentRow {
        title: Cow::Borrowed(&row.title),
        text: Cow::Borrowed(&row.text),
        fields: Cow::Borrowed(&row.fields),
    }
}

fn context(row: &[u8]) -> Context<'_> {
    Context {
        place: "result.content",
        row,
    }
}

/// `string_to_array` gives an empty array for an empty string, so one empty element must not be alone: the
/// columns where an element may be empty are parallel to `row_group`, whose elements never are.
pub(super) fn join<T: AsRef<str>>(parts: impl Iterator<Item = T>) -> String {
    let mut joined = String::new();
    for (index, part) in parts.enumerate() {
        if index > 0 {
            joined.push_str(SEPARATOR);
        }
        // XML has no control characters, but what came may be no XML: nothing shifts a column.
        joined.extend(part.as_ref().chars().filter(|character| !character.is_control()));
    }
    joined
}
