//! Users, virtual hosts and permissions, as RabbitMQ's definitions file has them.

use serde_json::{Value, json};

/// The user that our services log in as: may do everything. Each user's password is its name.
pub const RELAY: &str = "relay";

/// Users as upstream systems have: they publish to queues through the default exchange, read the events of
/// organisations that begin with their name, and own queues `reply.<user>.*`. By convention no test
/// configures an organisation for the last one.
pub const UPSTREAM: [&str; 3] = ["eupen", "ghent", "mallory"];

/// Everything for a new server with virtual hosts `t0`, `t1`, ...
pub(super) fn initial(vhosts: usize) -> Value {
    let users = UPSTREAM.map(|user| user_definition(user, ""));
    let mut all = json!({ "users": users, "vhosts": [], "permissions": [] });
    append(
        &mut all,
        &json!({ "users": [user_definition(RELAY, "administrator")] }),
    );
    for number in 0..vhosts {
        append(&mut all, &vhost(&format!("t{number}")));
    }
    all
}

fn user_definition(name: &str, tags: &str) -> Value {
    json!({ "name": name, "password": name, "tags": tags })
}

/// One virtual host, with the permissions of all users in it.
pub(super) fn vhost(name: &str) -> Value {
    let mut permissions =
        vec![json!({ "user": RELAY, "vhost": name, "configure": ".*", "write": ".*", "read": ".*" })];
    permissions.extend(UPSTREAM.map(|user| {
        json!({
            "user": user,
            "vhost": name,
            "configure": format!("^reply\\.{user}\\."),
            "write": format!("^(amq\\.default$|reply\\.{user}\\.)"),
            "read": format!("^(cbss\\.events\\.{user}(-.*)?$|reply\\.{user}\\.)"),
        })
    }));
    json!({ "vhosts": [{ "name": name }], "permissions": permissions })
}

/// Adds the lists of `more` to those of `all`.
pub(super) fn append(all: &mut Value, more: &Value) {
    for (kind, entries) in more.as_object().into_iter().flatten() {
        let list = all[kind.as_str()].as_array_mut();
        match (list, entries.as_array()) {
            (Some(list), Some(entries)) => list.extend(entries.iter().cloned()),
            _ => all[kind.as_str()] = entries.clone(),
        }
    }
}

/// Whether a virtual host of this name is among `all`.
pub(super) fn has_vhost(all: &Value, name: &str) -> bool {
    all["vhosts"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|vhost| vhost["name"] == name)
}
