//! The record, looked at directly.

use relay_testkit::poll_until;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::{LONG, Relay};

/// Rows of text; `None` is NULL.
pub(crate) type Rows = Vec<Vec<Option<String>>>;

/// Runs SQL as the login of a URL, on a connection of its own.
pub(crate) async fn query(url: &str, sql: &str) -> Result<Rows, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let messages = client.simple_query(sql).await;
    drop(client);
    // Its own end says nothing that the query does not.
    let _ = connection.await;
    let mut rows = Rows::new();
    for message in messages? {
        if let SimpleQueryMessage::Row(row) = message {
            rows.push(
                (0..row.len())
                    .map(|column| row.get(column).map(str::to_owned))
                    .collect(),
            );
        }
    }
    Ok(rows)
}

impl Relay {
    /// Rows, as the owner.
    pub(crate) async fn rows(&self, sql: &str) -> Rows {
        let rows = query(&self.installation.owner_url(), sql).await;
        rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    /// Rows, as another login.
    pub(crate) async fn rows_as(&self, login: &str, sql: &str) -> Result<Rows, tokio_postgres::Error> {
        query(&self.installation.url_as(login), sql).await
    }

    /// The single value of a query.
    pub(crate) async fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        let value = rows.first().and_then(|row| row.first()).cloned().flatten();
        value.unwrap_or_else(|| panic!("{sql}: no value"))
    }

    /// The single number of a query.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let value = self.value(sql).await;
        value
            .parse()
            .unwrap_or_else(|_| panic!("{sql}: {value} is no number"))
    }

    /// Waits until a query gives this value. The server may be away meanwhile.
    pub(crate) async fn wait_value(&self, sql: &str, wanted: &str) {
        let mut last = String::new();
        let waited = poll_until(sql, LONG, async || {
            let rows = query(&self.installation.owner_url(), sql).await.ok()?;
            last = rows.first()?.first()?.clone()?;
            (last == wanted).then_some(())
        })
        .await;
        if let Err(error) = waited {
            panic!("{error:#}: it is {last}, not {wanted}\n{}", self.standing().await);
        }
    }

    /// Waits until this many jobs have ended, and none is open.
    pub(crate) async fn wait_ended(&self, jobs: usize) {
        let sql =
            "SELECT count(*) FILTER (WHERE ended_at IS NOT NULL) || ' of ' || count(*) FROM relay.job_state";
        self.wait_value(sql, &format!("{jobs} of {jobs}")).await;
    }

    /// Waits until all that was to be said is said.
    pub(crate) async fn wait_said(&self) {
        self.wait_value("SELECT count(*) FROM relay.outbox WHERE parked_at IS NULL", "0")
            .await;
    }

    /// Where the jobs stand, for messages.
    async fn standing(&self) -> String {
        let sql =
            "SELECT state, wait_reason, cause, attempt, count(*) FROM relay.job_state GROUP BY 1, 2, 3, 4";
        match query(&self.installation.owner_url(), sql).await {
            Ok(rows) => format!("{rows:?}"),
            Err(error) => format!("{error:?}"),
        }
    }
}
