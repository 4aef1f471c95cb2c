//! The servers of the whole test run, as `cargo xtask test` hands them over.

use std::env;

use serde::de::DeserializeOwned;

use crate::{PostgresAccess, RabbitAccess};

/// Holds a [`PostgresAccess`] as JSON.
pub const POSTGRES: &str = "RELAY_TEST_POSTGRES";

/// Holds a [`RabbitAccess`] as JSON.
pub const RABBITMQ: &str = "RELAY_TEST_RABBITMQ";

/// The database server of this test run.
///
/// # Panics
/// Outside of `cargo xtask test`.
pub fn postgres() -> PostgresAccess {
    read(POSTGRES)
}

/// The broker of this test run.
///
/// # Panics
/// Outside of `cargo xtask test`.
pub fn rabbitmq() -> RabbitAccess {
    read(RABBITMQ)
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let Ok(text) = env::var(name) else {
        panic!(
            "this test needs the servers of a test run, and {name} is not set: run `cargo xtask test [FILTER]`, \
             or `cargo xtask servers` and set the variables that it prints"
        );
    };
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{name} is not what `cargo xtask test` puts there: {error}"))
}
