/// What one crate may depend on, by normal and build dependencies.
pub(crate) struct Rule {
    /// The crate.
    pub(crate) package: &'static str,
    /// Which of our crates it may name.
    pub(crate) may: May,
    /// Which crates it may not reach, through however many others.
    pub(crate) never: &'static [&'static str],
}

pub(crate) enum May {
    /// These and no others.
    Only(&'static [&'static str]),
    /// Any: it is a tool, and no product crate may reach it.
    Anything,
}

impl May {
    pub(crate) fn packages(&self) -> &'static [&'static str] {
        match self {
            Self::Only(packages) => packages,
            Self::Anything => &[],
        }
    }
}

use May::{Anything, Only};

/// Crates that do I/O, or are the door to it.
const IO: &[&str] = &[
    "axum",
    "hyper",
    "lapin",
    "mio",
    "reqwest",
    "rustls",
    "socket2",
    "sqlx",
    "sqlx-core",
    "tokio",
    "tokio-postgres",
];

/// The broker and the database.
const SERVERS: &[&str] = &["lapin", "sqlx", "sqlx-core", "tokio-postgres"];

/// Crates of the workspace that mean something in this field, and what only they need.
const FIELD: &[&str] = &[
    "relay-cbss",
    "relay-domain",
    "relay-proto",
    "relay-service",
    "relay-store",
];

/// A database transaction must not stay open across a network call: the store can't make one.
const NETWORK_CALLS: &[&str] = &[
    "axum",
    "hyper",
    "lapin",
    "relay-amqp",
    "relay-cbss",
    "relay-proto",
    "reqwest",
];

/// What the three services build on. The codec is added where a request is sent or a reply parsed.
const SERVICE: &[&str] = &[
    "relay-amqp",
    "relay-domain",
    "relay-proto",
    "relay-runtime",
    "relay-service",
    "relay-store",
    "relay-vault",
];
const SERVICE_AND_CODEC: &[&str] = &[
    "relay-amqp",
    "relay-cbss",
    "relay-domain",
    "relay-proto",
    "relay-runtime",
    "relay-service",
    "relay-store",
    "relay-vault",
];

/// The table.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        package: "relay-domain",
        may: Only(&[]),
        never: IO,
    },
    Rule {
        package: "relay-proto",
        may: Only(&["relay-domain"]),
        never: SERVERS,
    },
    Rule {
        package: "relay-cbss",
        may: Only(&["relay-domain"]),
        never: SERVERS,
    },
    Rule {
        package: "relay-vault",
        may: Only(&[]),
        never: FIELD,
    },
    Rule {
        package: "relay-amqp",
        may: Only(&[]),
        never: FIELD,
    },
    Rule {
        package: "relay-runtime",
        may: Only(&[]),
        never: FIELD,
    },
    Rule {
        package: "relay-store",
        may: Only(&["relay-domain", "relay-vault"]),
        never: NETWORK_CALLS,
    },
    Rule {
        package: "relay-service",
        may: Only(&[
            "relay-amqp",
            "relay-domain",
            "relay-proto",
            "relay-runtime",
            "relay-store",
            "relay-vault",
        ]),
        never: &["relay-cbss"],
    },
    Rule {
        package: "relay-producer",
        may: Only(SERVICE),
        never: &["relay-cbss"],
    },
    Rule {
        package: "relay-worker",
        may: Only(SERVICE_AND_CODEC),
        never: &[],
    },
    Rule {
        package: "relay-results",
        may: Only(SERVICE_AND_CODEC),
        never: &[],
    },
    Rule {
        package: "relayctl",
        may: Only(SERVICE_AND_CODEC),
        never: &[],
    },
    // Sharing our codec would hide its bugs.
    Rule {
        package: "relay-simulator",
        may: Only(&["relay-runtime"]),
        never: FIELD,
    },
    Rule {
        package: "relay-testkit",
        may: Anything,
        never: &[],
    },
    Rule {
        package: "relay-tests",
        may: Anything,
        never: &[],
    },
    // The measuring stick of the benchmark: client libraries alone.
    Rule {
        package: "relay-bare",
        may: Anything,
        never: &[
            "relay-amqp",
            "relay-cbss",
            "relay-domain",
            "relay-proto",
            "relay-runtime",
            "relay-service",
            "relay-store",
            "relay-vault",
        ],
    },
    Rule {
        package: "xtask",
        may: Anything,
        never: &[],
    },
];
