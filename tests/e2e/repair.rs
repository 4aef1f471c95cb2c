//! What is in quarantine goes through the intake again: by the same checks, once, and on record.

mod bulk;
mod carried;
mod events;
mod opening;

use std::fs;
use std::path::PathBuf;

use relay_testkit::installation::{ADVISOR, OPERATOR, Output};
use serde_json::Value;

use crate::harness::Relay;

const WHY: &str = "ticket 4711";

/// `relayctl` as a login.
async fn ctl(relay: &Relay, login: &str, arguments: &[&str]) -> Output {
    let ran = relay.installation.relayctl_as(login, arguments).await;
    ran.expect("relayctl")
}

/// The only item in quarantine, as soon as it is there and waits.
async fn item(relay: &Relay) -> String {
    let waiting = "SELECT count(*) FROM relay.quarantine WHERE settled_at IS NULL";
    relay.wait_value(waiting, "1").await;
    relay
        .value("SELECT quarantine_id FROM relay.quarantine WHERE settled_at IS NULL")
        .await
}

/// Asks for a replay as an operator, who is not refused.
async fn replay(relay: &Relay, id: &str) {
    let asked = ctl(relay, OPERATOR, &["quarantine", "replay", id, "--reason", WHY]).await;
    asked.succeeded().expect("a replay");
}

/// Asks for a repaired replay as an advisor.
async fn repair(relay: &Relay, id: &str, with: &[&str]) -> Output {
    let arguments = [&["quarantine", "replay", id, "--reason", WHY], with].concat();
    ctl(relay, ADVISOR, &arguments).await
}

/// A file with this body.
fn file(relay: &Relay, name: &str, body: &[u8]) -> PathBuf {
    let path = relay.installation.directory().join(name);
    fs::write(&path, body).expect("a file");
    path
}

/// Waits until so many replays have ended; gives outcome and cause of the newest.
async fn ended(relay: &Relay, replays: usize) -> String {
    let sql = "SELECT count(*) FROM relay.replay WHERE finished_at IS NOT NULL";
    relay.wait_value(sql, &replays.to_string()).await;
    relay
        .value("SELECT concat_ws(' ', outcome, cause) FROM relay.replay ORDER BY requested_at DESC LIMIT 1")
        .await
}

/// An item as `quarantine show --json` has it.
async fn shown(relay: &Relay, id: &str) -> Value {
    let shown = ctl(relay, OPERATOR, &["quarantine", "show", id, "--json"]).await;
    serde_json::from_str(&shown.succeeded().expect("an item").stdout).expect("JSON")
}

/// How the item was settled, and by whom; empty while it waits.
const SETTLED: &str = "SELECT concat_ws(' ', settled_as, settled_by) FROM relay.quarantine";
