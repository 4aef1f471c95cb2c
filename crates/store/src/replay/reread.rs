//! Replays of answers: one that can be read now opens a new round, in which it is the answer.

use super::Settled;
use crate::events::EventColumns;
use crate::{NewEvent, ReplayRequest, Store, StoreError, WorkRef};

impl Store {
    /// Opens the next round of a job that failed because this answer could not be read, with the answer as what waits to
    /// be processed, and settles the item. `reopened` tells of the round; `before_settle` is called between both.
    /// `Some(false)` where the job had moved on; nothing where the replay had ended already.
    pub async fn reread(
        &self,
        request: &ReplayRequest,
        failed_round: WorkRef,
        reopened: &NewEvent,
        before_settle: fn(),
    ) -> Result<Option<bool>, StoreError> {
        let begun = self
            .begin_replay(request.replay_id, request.quarantine_id)
            .await?;
        let Some(mut transaction) = begun else {
            return Ok(None);
        };
        let mut columns = EventColumns::default();
        columns.push(&self.vault, Some(reopened));
        let moved = sqlx::query_scalar!(
            r#"WITH moved AS (
                UPDATE relay.job_state AS s
                SET state = 'answered', cause = NULL, wait_reason = NULL, ended_at = NULL, discarded_at = NULL,
                    answer_attempt = $2, round = s.round + 1, round_began_at = now(), attempts_counted = 1,
                    unknown_outcomes = 0, server_faults = 0, rescues = 0, spent_ms = 0, looks = 0, looks_agreed = 0,
                    look_finding = NULL, deadline = NULL, event_sequence = $4
                WHERE s.job_id = $1 AND s.sent_attempt = $2 AND s.round = $3 AND s.state = 'failed'
                  AND s.cause = 'unreadable' AND s.order_hash IS NULL AND s.event_sequence = $4 - 1
                RETURNING s.job_id
            ), said AS (
                INSERT INTO relay.event (event_id, job_id, sequence, kind, organisation, service, envelope)
                SELECT $5, job_id, $4, $6, $7, $8, $9 FROM moved
            ), pending AS (
                INSERT INTO relay.outbox (event_id, destination)
                SELECT $5, d.destination
                FROM moved, LATERAL (VALUES ('events', true), ('reply', $10::boolean)) AS d (destination, wanted)
                WHERE d.wanted
            )
            SELECT job_id AS "job_id!" FROM moved"#,
            failed_round.job_id,
            failed_round.attempt,
            failed_round.round,
            reopened.sequence,
            reopened.event_id,
            reopened.kind,
            reopened.organisation,
            reopened.service,
            columns.envelope[0].as_deref(),
            reopened.reply_to.is_some(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(|source| StoreError::database("reading an answer again", source))?;
        if moved.is_none() {
            return Ok(Some(false));
        }
        before_settle();
        self.settle_replay(transaction, request, Settled::Reread, failed_round.job_id)
            .await?;
        Ok(Some(true))
    }
}
