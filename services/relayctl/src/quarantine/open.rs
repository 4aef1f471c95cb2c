//! `relayctl quarantine open`.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use relay_store::{Opened, OpenedItem};
use serde_json::{Value, json};
use uuid::Uuid;

use super::nothing;
use crate::arguments::Reason;
use crate::failure::Failure;
use crate::printable::{in_line, printable};
use crate::table;

/// What `quarantine open` takes.
#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// The item's id.
    id: Uuid,
    #[command(flatten)]
    reason: Reason,
    /// JSON, for programs. A body that is no UTF-8 comes as bodyHex.
    #[arg(long)]
    json: bool,
    /// Write the body to this new file, as it came and readable by you only, and print the rest.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A message apart: what describes it, and its body.
struct Parts<'a> {
    properties: Value,
    body: &'a [u8],
}

impl OpenArgs {
    pub(super) async fn run(self, config: &Path) -> Result<(), Failure> {
        let store = crate::store(config)?;
        // First of all: a look is on record, and must not be for nothing.
        let file = self.output.as_deref().map(create).transpose()?;
        let looked = store.open_quarantined(self.id, &self.reason.reason).await;
        match (looked, &self.output) {
            (Ok(Opened::Found(item)), _) => self.show(&item, file),
            (other, output) => {
                if let Some(path) = output {
                    // Empty, and ours: it is of no use to anybody.
                    let _ = fs::remove_file(path);
                }
                match other? {
                    Opened::NotFound => Err(nothing(self.id)),
                    Opened::Denied | Opened::Found(_) => Err(Failure::Denied(
                        "confidential data: this login is no security advisor's (the look is on record)"
                            .to_owned(),
                    )),
                }
            }
        }
    }

    fn show(&self, item: &OpenedItem, file: Option<File>) -> Result<(), Failure> {
        let parts = parts(item);
        if let (Some(mut file), Some(path)) = (file, &self.output) {
            file.write_all(parts.body)
                .and_then(|()| file.sync_all())
                .map_err(|error| Failure::Invalid(format!("writing {}: {error}", path.display())))?;
        }
        if self.json {
            return table::json(&self.as_json(item, &parts));
        }
        table::line(&format!(
            "{} from {}",
            in_line(&item.cause),
            in_line(&item.source)
        ));
        if let Some(position) = item.byte_position {
            table::line(&format!("reading stopped at byte {position}"));
        }
        for (name, value) in parts.properties.as_object().into_iter().flatten() {
            if !value.is_null() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                table::line(&format!("{}: {}", in_line(name), in_line(&text)));
            }
        }
        match &self.output {
            Some(path) => table::line(&format!("{} bytes are in {}", parts.body.len(), path.display())),
            None => {
                // No line of the body can be taken for one of ours.
                for line in printable(parts.body).split('\n') {
                    table::line(&format!("| {line}"));
                }
            }
        }
        Ok(())
    }

    fn as_json(&self, item: &OpenedItem, parts: &Parts<'_>) -> Value {
        let mut shown = json!({
            "quarantineId": self.id, "cause": item.cause, "source": item.source, "bytePosition": item.byte_position,
            "properties": parts.properties,
        });
        if self.output.is_none() {
            match std::str::from_utf8(parts.body) {
                Ok(text) => shown["body"] = text.into(),
                Err(_) => shown["bodyHex"] = hex(parts.body).into(),
            }
        }
        shown
    }
}

/// A file that was not there, for its owner's eyes.
fn create(path: &Path) -> Result<File, Failure> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| Failure::Invalid(format!("--output {}: {error}", path.display())))
}

/// The first line describes a delivery (JSON), or names the attempt that an answer belongs to; the rest is the body.
fn parts(item: &OpenedItem) -> Parts<'_> {
    let message = &item.message[..];
    let end = message.iter().position(|byte| *byte == b'\n');
    let (line, body) = match end {
        Some(end) => (&message[..end], &message[end + 1..]),
        None => (&message[..0], message),
    };
    let properties =
        serde_json::from_slice(line).unwrap_or_else(|_| json!({ "about": String::from_utf8_lossy(line) }));
    Parts { properties, body }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use relay_store::OpenedItem;
    use serde_json::json;

    use super::{hex, parts};

    fn item(message: &[u8]) -> OpenedItem {
        OpenedItem {
            cause: "broken_json".to_owned(),
            source: "cbss.intake".to_owned(),
            byte_position: None,
            message: message.to_vec().into(),
        }
    }

    #[test]
    fn a_message_is_its_description_and_its_body() {
        let delivery = item(b"{\"type\":\"t\"}\n{\n\xff");
        let apart = parts(&delivery);
        assert_eq!(
            (apart.properties, apart.body),
            (json!({"type": "t"}), &b"{\n\xff"[..])
        );
        let answer = item(b"019a attempt 2\n<xml/>");
        let apart = parts(&answer);
        assert_eq!(
            (apart.properties, apart.body),
            (json!({"about": "019a attempt 2"}), &b"<xml/>"[..])
        );
        assert_eq!(hex(b"\x00\xff"), "00ff");
    }
}
