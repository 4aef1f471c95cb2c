//! What can go wrong.

use relay_vault::OpenError;
use thiserror::Error;

/// An error of the record.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database did not do it.
    #[error("{doing}: {}", describe(source))]
    Database {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        source: sqlx::Error,
    },
    /// A migration failed.
    #[error("migrating the schema: {0}")]
    Migrate(sqlx::migrate::MigrateError),
    /// A sealed value does not open.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// A stored value is not of the shape that this version writes.
    #[error("{place}: stored in a shape that this version does not read")]
    Shape {
        /// Table and column.
        place: &'static str,
    },
    /// The server may lose what it has committed.
    #[error("the PostgreSQL server runs with {name}={setting}: a commit there may be lost. Turn {name} on")]
    NotDurable {
        /// The server's setting.
        name: String,
        /// Its value.
        setting: String,
    },
    /// The database has lost what a service has seen committed there.
    #[error(
        "the database is older than what this service has seen committed in it: it was restored, or a stand-by server \
         took over without the last commits. Run `relayctl restored --reason …` first, so that no change is sent twice"
    )]
    Older,
    /// The schema is not the one that this binary was built for.
    #[error(
        "the schema has version {found} and this binary needs {wanted}; run `relayctl migrate` of the same release"
    )]
    SchemaVersion {
        /// The version that the binary needs.
        wanted: i64,
        /// The version that is there; 0 when there is none.
        found: i64,
    },
}

/// The server's own words without its DETAIL, which may quote values.
fn describe(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(database) => match database.code() {
            Some(code) => format!("{} (SQLSTATE {code})", database.message()),
            None => database.message().to_owned(),
        },
        None => error.to_string(),
    }
}

impl StoreError {
    pub(crate) fn database(doing: &'static str, source: sqlx::Error) -> Self {
        Self::Database { doing, source }
    }

    /// May the same call succeed later? True for lost connections, servers that start or stop, full pools,
    /// deadlocks and serialisation failures; false for what will fail the same way again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let Self::Database { source, .. } = self else {
            return false;
        };
        match source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
        {
            // PostgreSQL appendix A: 08 connection, 40 rollback, 53 resources, 55P03 lock, 57 intervention, 58 system.
            // And a database that is being put back: 3D000 it is not there, 55000 it takes no connections.
            Some(code) => {
                ["08", "40", "53", "57", "58"]
                    .iter()
                    .any(|class| code.starts_with(class))
                    || ["55P03", "3D000", "55000"].contains(&&*code)
            }
            None => !matches!(
                source,
                sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)
            ),
        }
    }

    /// Is it the database that cannot be reached?
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        let Self::Database { source, .. } = self else {
            return false;
        };
        matches!(
            source,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_)
        ) || source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code.starts_with("57P"))
    }

    /// Is it that the login may not do this, or may not in at all?
    #[must_use]
    pub fn is_denied(&self) -> bool {
        let Self::Database { source, .. } = self else {
            return false;
        };
        // PostgreSQL appendix A: 28 invalid authorization, 42501 insufficient privilege.
        source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code.starts_with("28") || code == "42501")
    }
}
