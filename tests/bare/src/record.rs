//! PostgreSQL with tokio-postgres: prepared statements, a few connections, one transaction a job.

use std::sync::Arc;

use anyhow::Context as _;
use relay_bare::reply::Rows;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

const SCHEMA: &str = "\
CREATE TABLE job (job_id uuid PRIMARY KEY, key text NOT NULL, ssin text NOT NULL,
                  done_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE answer (job_id uuid PRIMARY KEY, body bytea NOT NULL);
CREATE TABLE result_row (job_id uuid, ordinal integer, group_name text NOT NULL, type text NOT NULL,
                         since text NOT NULL, text text NOT NULL, PRIMARY KEY (job_id, ordinal));";

const LZ4: &str = "\
ALTER TABLE answer ALTER COLUMN body SET COMPRESSION lz4;
ALTER TABLE result_row ALTER COLUMN text SET COMPRESSION lz4;";

const JOB: &str = "INSERT INTO job (job_id, key, ssin) VALUES ($1, $2, $3)";
const ANSWER: &str = "INSERT INTO answer (job_id, body) VALUES ($1, $2)";
const ROWS: &str = "\
INSERT INTO result_row (job_id, ordinal, group_name, type, since, text)
SELECT $1, ordinal, group_name, type, since, text
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
     AS row (group_name, type, since, text, ordinal)";
const ALL: &str = "\
WITH job AS (INSERT INTO job (job_id, key, ssin) VALUES ($1, $6, $7)),
     answer AS (INSERT INTO answer (job_id, body) VALUES ($1, $8))
INSERT INTO result_row (job_id, ordinal, group_name, type, since, text)
SELECT $1, ordinal, group_name, type, since, text
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
     AS row (group_name, type, since, text, ordinal)";

/// What is written of a job.
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) key: String,
    pub(crate) ssin: String,
    pub(crate) body: Vec<u8>,
    pub(crate) rows: Rows,
}

type Order = (Job, oneshot::Sender<Result<(), tokio_postgres::Error>>);

/// Connections that write jobs.
pub(crate) struct Record {
    orders: mpsc::Sender<Order>,
}

impl Record {
    /// Makes the tables and opens the connections.
    pub(crate) async fn open(url: &str, connections: usize, lean: bool) -> anyhow::Result<Self> {
        let first = connect(url).await?;
        first.batch_execute(SCHEMA).await.context("making the tables")?;
        if lean {
            first.batch_execute(LZ4).await.context("choosing lz4")?;
        }
        let (orders, taken) = mpsc::channel::<Order>(1);
        let taken = Arc::new(Mutex::new(taken));
        for _ in 0..connections {
            let mut writer = Writer::open(connect(url).await?, lean).await?;
            let taken = Arc::clone(&taken);
            tokio::spawn(async move {
                loop {
                    let order = taken.lock().await.recv().await;
                    let Some((job, done)) = order else { return };
                    // Who asked may have been told to stop.
                    done.send(writer.write(&job).await).ok();
                }
            });
        }
        Ok(Self { orders })
    }

    /// Writes a job; returns when it is committed.
    pub(crate) async fn write(&self, job: Job) -> anyhow::Result<()> {
        let (done, written) = oneshot::channel();
        self.orders
            .send((job, done))
            .await
            .context("the connections are gone")?;
        written
            .await
            .context("a connection is gone")?
            .context("writing a job")
    }
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("connecting to the database")?;
    tokio::spawn(async move {
        // The statements in flight report it.
        connection.await.ok();
    });
    Ok(client)
}

struct Writer {
    client: Client,
    statements: Statements,
}

enum Statements {
    Three {
        job: Statement,
        answer: Statement,
        rows: Statement,
    },
    One(Statement),
}

impl Writer {
    async fn open(client: Client, lean: bool) -> anyhow::Result<Self> {
        let statements = if lean {
            Statements::One(client.prepare(ALL).await?)
        } else {
            Statements::Three {
                job: client.prepare(JOB).await?,
                answer: client.prepare(ANSWER).await?,
                rows: client.prepare(ROWS).await?,
            }
        };
        Ok(Self { client, statements })
    }

    async fn write(&mut self, job: &Job) -> Result<(), tokio_postgres::Error> {
        let Job {
            id,
            key,
            ssin,
            body,
            rows,
        } = job;
        let Rows {
            group,
            kind,
            since,
            text,
        } = rows;
        match &self.statements {
            Statements::Three { job, answer, rows } => {
                let transaction = self.client.transaction().await?;
                let of_job: [&(dyn ToSql + Sync); 3] = [id, key, ssin];
                let of_answer: [&(dyn ToSql + Sync); 2] = [id, body];
                let of_rows: [&(dyn ToSql + Sync); 5] = [id, group, kind, since, text];
                // Sent together, answered together.
                tokio::try_join!(
                    transaction.execute(job, &of_job),
                    transaction.execute(answer, &of_answer),
                    transaction.execute(rows, &of_rows),
                )?;
                transaction.commit().await
            }
            Statements::One(all) => {
                let values: [&(dyn ToSql + Sync); 8] = [id, group, kind, since, text, key, ssin, body];
                self.client.execute(all, &values).await.map(drop)
            }
        }
    }
}
