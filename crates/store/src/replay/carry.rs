//! Replays of messages from a queue: what they come to is recorded as at the intake, together with the end of the replay.

use relay_domain::Requester;

use super::Settled;
use crate::{EndedLease, Intake, NewEvent, NewJob, ReplayRequest, Settlement, Store, StoreError, WorkRef};

impl Store {
    /// Makes a job of a replayed submission, or finds the one that its key made before, and settles the item.
    /// `duplicate` words the answer to a submission whose job is there; `before_settle` is called between the job and the
    /// settling. A conflict, or a job to follow that is not there, settles nothing. Nothing is given where the replay had
    /// ended already.
    pub async fn replay_submission(
        &self,
        request: &ReplayRequest,
        job: &NewJob,
        duplicate: impl Fn(WorkRef, i32, &str) -> NewEvent,
        before_settle: fn(),
    ) -> Result<Option<Intake>, StoreError> {
        let begun = self
            .begin_replay(request.replay_id, request.quarantine_id)
            .await?;
        let Some(mut transaction) = begun else {
            return Ok(None);
        };
        let outcome = self.accept_on(&mut transaction, job).await?;
        let (settled, job_id) = match &outcome {
            // Its event was written with it.
            Intake::Accepted => (Settled::Accepted, job.job_id),
            Intake::Duplicate {
                job_id,
                state,
                round,
                sequence,
            } => {
                let work = WorkRef {
                    job_id: *job_id,
                    round: *round,
                    attempt: 0,
                };
                let answer = (Some(*job_id), duplicate(work, *sequence, state));
                self.record_answers_on(&mut *transaction, &[answer]).await?;
                (Settled::Duplicate, *job_id)
            }
            Intake::Conflict | Intake::NoSuchJob => return Ok(Some(outcome)),
        };
        before_settle();
        self.settle_replay(transaction, request, settled, job_id).await?;
        Ok(Some(outcome))
    }

    /// Withdraws a job for a replayed cancellation, as [`Store::withdraw`], and settles the item. `Some(false)` where the
    /// job had moved on; nothing where the replay had ended already.
    pub async fn replay_withdrawal(
        &self,
        request: &ReplayRequest,
        job: &EndedLease,
        settlement: Settlement,
        sender: (&str, &Requester),
        before_settle: fn(),
    ) -> Result<Option<bool>, StoreError> {
        let begun = self
            .begin_replay(request.replay_id, request.quarantine_id)
            .await?;
        let Some(mut transaction) = begun else {
            return Ok(None);
        };
        let (upstream_user, requester) = sender;
        if !self
            .withdraw_on(&mut transaction, job, settlement, upstream_user, requester)
            .await?
        {
            return Ok(Some(false));
        }
        before_settle();
        self.settle_replay(transaction, request, Settled::Cancelled, job.work.job_id)
            .await?;
        Ok(Some(true))
    }

    /// Answers a replayed message that asked for what is so already, and settles the item. `false` where the replay had
    /// ended already.
    pub async fn replay_duplicate(
        &self,
        request: &ReplayRequest,
        work: WorkRef,
        answer: NewEvent,
        before_settle: fn(),
    ) -> Result<bool, StoreError> {
        let begun = self
            .begin_replay(request.replay_id, request.quarantine_id)
            .await?;
        let Some(mut transaction) = begun else {
            return Ok(false);
        };
        self.record_answers_on(&mut *transaction, &[(Some(work.job_id), answer)])
            .await?;
        before_settle();
        self.settle_replay(transaction, request, Settled::Duplicate, work.job_id)
            .await?;
        Ok(true)
    }
}
