//! Jobs that are withdrawn, and jobs that wait for another one.

use relay_domain::{JobState, OrganisationId, Requester};
use relay_vault::Context;
use sqlx::PgConnection;
use sqlx::types::Uuid;

use crate::rescue::EndedRow;
use crate::{EndedLease, Settlement, Store, StoreError};

/// How a sender names its job.
#[derive(Clone, Debug)]
pub enum JobName<'a> {
    /// By its id.
    Id(Uuid),
    /// By the key under which it was submitted.
    Key(&'a str),
}

impl Store {
    /// The job of that name, if the organisation has one, and where it stands as far as upstream has been told: a job
    /// whose new round no event tells of yet counts as `failed`. What ended it now would be said before its `reopened`.
    pub async fn find_job(
        &self,
        organisation: &OrganisationId,
        name: &JobName<'_>,
    ) -> Result<Option<(EndedLease, JobState)>, StoreError> {
        let (id, key_hash) = match name {
            JobName::Id(id) => (Some(*id), None),
            JobName::Key(key) => {
                let parts = [organisation.as_str().as_bytes(), key.as_bytes()];
                (None, Some(self.vault.hash("job.key", &parts).to_vec()))
            }
        };
        let found = sqlx::query!(
            r#"SELECT s.job_id, s.round, s.attempt, s.rescues, s.event_sequence, j.organisation, j.service, j.payload,
                CASE WHEN EXISTS (SELECT FROM relay.untold AS u
                        WHERE u.job_id = s.job_id AND u.round = s.round AND u.kind = 'reopened')
                    THEN 'failed' ELSE s.state END AS "state!"
               FROM relay.job AS j JOIN relay.job_state AS s USING (job_id)
               WHERE j.organisation = $1 AND (j.job_id = $2 OR j.key_hash = $3)"#,
            organisation.as_str(),
            id,
            key_hash,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|source| StoreError::database("finding a job", source))?;
        let Some(row) = found else { return Ok(None) };
        let state = JobState::from_name(&row.state).ok_or(StoreError::Shape {
            place: "job_state.state",
        })?;
        let job = EndedRow {
            job_id: row.job_id,
            round: row.round,
            attempt: row.attempt,
            rescues: row.rescues,
            event_sequence: row.event_sequence,
            organisation: row.organisation,
            service: row.service,
            payload: row.payload,
            ticket: None,
            look: false,
        };
        Ok(job.open(&self.vault).map(|job| (job, state)))
    }

    /// Withdraws a job of which no attempt has started, and keeps, sealed, who wanted that and why: in one transaction,
    /// so that there is no withdrawal without its record and no record of one that did not happen. `false` where the
    /// job had moved on.
    pub async fn withdraw(
        &self,
        job: &EndedLease,
        settlement: Settlement,
        upstream_user: &str,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let failed = |source| StoreError::database("withdrawing a job", source);
        let mut transaction = self.pool.begin().await.map_err(failed)?;
        if !self
            .withdraw_on(&mut transaction, job, settlement, upstream_user, requester)
            .await?
        {
            return Ok(false);
        }
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// As [`Store::withdraw`], as a part of what else is done on that connection, in a transaction.
    pub(crate) async fn withdraw_on(
        &self,
        connection: &mut PgConnection,
        job: &EndedLease,
        settlement: Settlement,
        upstream_user: &str,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        if self.settle_on(&mut *connection, &[settlement]).await? != [true] {
            return Ok(false);
        }
        let job_id = job.work.job_id;
        let text = format!("{}: {}", requester.user_id, requester.reason);
        let reason = self.vault.seal(
            Context {
                place: "operation.reason",
                row: job_id.as_bytes(),
            },
            text.as_bytes(),
        );
        sqlx::query!(
            r#"INSERT INTO relay.operation (action, upstream_user, job_id, organisation, service, reason)
               VALUES ('job_cancel', $1, $2, $3, $4, $5)"#,
            upstream_user,
            job_id,
            job.organisation,
            job.service,
            &reason[..],
        )
        .execute(connection)
        .await
        .map_err(|source| StoreError::database("withdrawing a job", source))?;
        Ok(true)
    }

    /// Lets jobs go whose prerequisite has ended well. Returns how many.
    pub async fn meet_prerequisites(&self) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            r#"UPDATE relay.job_state AS s SET waits_for = NULL, due_at = greatest(s.due_at, now()),
                    wait_reason = CASE WHEN s.due_at > now() THEN 'not_before' ELSE 'new' END
               FROM relay.job_state AS p
               WHERE p.job_id = s.waits_for AND s.state = 'accepted' AND p.state IN ('ok', 'warnings')"#
        )
        .execute(&self.pool)
        .await
        .map_err(|source| StoreError::database("letting jobs go after others", source))?;
        Ok(done.rows_affected())
    }

    /// Jobs whose prerequisite has ended otherwise.
    pub async fn failed_prerequisites(&self, limit: i64) -> Result<Vec<EndedLease>, StoreError> {
        let rows = sqlx::query_as!(
            EndedRow,
            r#"SELECT s.job_id, s.round, s.attempt, s.rescues, s.event_sequence, j.organisation, j.service, j.payload,
                NULL::uuid AS ticket, false AS "look!"
               FROM relay.job_state AS s
               JOIN relay.job AS j USING (job_id)
               JOIN relay.job_state AS p ON p.job_id = s.waits_for
               WHERE s.state = 'accepted' AND p.ended_at IS NOT NULL AND p.state NOT IN ('ok', 'warnings')
               LIMIT $1"#,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| StoreError::database("looking for failed prerequisites", source))?;
        Ok(rows.into_iter().filter_map(|row| row.open(&self.vault)).collect())
    }
}
