//! Submissions become jobs.

use std::collections::HashMap;

use relay_domain::{CbssEnvironment, OperationKind, Submission};
use sqlx::types::Uuid;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::events::EventColumns;
use crate::{JobPayload, NewEvent, Store, StoreError};

/// A submission that passed every check, and its `accepted` event.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// The id that it gets if its key is new.
    pub job_id: Uuid,
    /// The organisation's environment.
    pub environment: CbssEnvironment,
    /// What was submitted.
    pub submission: Submission,
    /// The broker's user that submitted.
    pub upstream_user: String,
    /// The queue that wants answers.
    pub reply_to: Option<String>,
    /// The sender's correlation id.
    pub correlation_id: Option<String>,
    /// What is said if the key is new; sequence 1.
    pub accepted: NewEvent,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intake {
    /// It is a job now, and its event is in the outbox.
    Accepted,
    /// The same submission made this job before.
    Duplicate {
        /// The job.
        job_id: Uuid,
        /// Where it stands.
        state: String,
        /// Its round.
        round: i32,
        /// The sequence of its newest event.
        sequence: i32,
    },
    /// The key belongs to another submission.
    Conflict,
    /// It wants to run after a job that this organisation does not have.
    NoSuchJob,
}

#[derive(Default)]
struct Columns {
    job_id: Vec<Uuid>,
    organisation: Vec<String>,
    environment: Vec<String>,
    service: Vec<String>,
    key_hash: Vec<Vec<u8>>,
    fingerprint: Vec<Vec<u8>>,
    requester_hash: Vec<Vec<u8>>,
    person_hash: Vec<Option<Vec<u8>>>,
    order_hash: Vec<Option<Vec<u8>>>,
    after_job: Vec<Option<Uuid>>,
    language: Vec<String>,
    priority: Vec<i16>,
    not_before: Vec<Option<OffsetDateTime>>,
    deadline: Vec<Option<OffsetDateTime>>,
    payload: Vec<Vec<u8>>,
    event: EventColumns,
}

impl Store {
    /// Makes jobs of submissions, or finds the jobs that their keys made before: one outcome per
    /// submission, in order. Job and `accepted` event are committed together.
    ///
    /// The constraint `one_job_per_key` decides, however many producers hold the same submission.
    pub async fn accept(&self, jobs: &[NewJob]) -> Result<Vec<Intake>, StoreError> {
        let columns = self.columns(jobs)?;
        let made = self.insert(&self.pool, &columns).await?;
        let old = old(jobs, &made);
        let known = if old.is_empty() {
            Known::new()
        } else {
            self.find(&self.pool, &columns, &old).await?
        };
        Ok(outcomes(&columns, &old, &known))
    }

    /// As [`Store::accept`], of one submission and as a part of what else is done on that connection.
    pub(crate) async fn accept_on(
        &self,
        connection: &mut PgConnection,
        job: &NewJob,
    ) -> Result<Intake, StoreError> {
        let jobs = std::slice::from_ref(job);
        let columns = self.columns(jobs)?;
        let made = self.insert(&mut *connection, &columns).await?;
        if !old(jobs, &made).is_empty() {
            let known = self.find(connection, &columns, &[0]).await?;
            return Ok(outcome(&columns, 0, &known));
        }
        Ok(Intake::Accepted)
    }

    fn columns(&self, jobs: &[NewJob]) -> Result<Columns, StoreError> {
        let mut columns = Columns::default();
        for job in jobs {
            let submission = &job.submission;
            let organisation = submission.organisation.as_str();
            let payload = JobPayload {
                idempotency_key: submission.idempotency_key.clone(),
                requester: submission.requester.clone(),
                upstream_user: job.upstream_user.clone(),
                reply_to: job.reply_to.clone(),
                correlation_id: job.correlation_id.clone(),
                request: submission.request.clone(),
            };
            let key = [
                organisation.as_bytes(),
                submission.idempotency_key.as_str().as_bytes(),
            ];
            columns.job_id.push(job.job_id);
            columns.organisation.push(organisation.to_owned());
            columns.environment.push(job.environment.as_str().to_owned());
            columns
                .service
                .push(submission.request.service().as_str().to_owned());
            columns.key_hash.push(self.vault.hash("job.key", &key).to_vec());
            columns.fingerprint.push(
                self.vault
                    .hash("job.fingerprint", &[&submission.fingerprint_material()])
                    .to_vec(),
            );
            columns.requester_hash.push(
                self.requester_hash(organisation, &submission.requester.user_id)
                    .to_vec(),
            );
            columns.person_hash.push(
                submission
                    .request
                    .ssin()
                    .map(|ssin| self.vault.hash("person", &[ssin.digits().as_bytes()]).to_vec()),
            );
            columns.order_hash.push(self.order_hash(job));
            columns.after_job.push(submission.after_job.map(|job| job.0));
            columns
                .language
                .push(submission.request.language().as_str().to_owned());
            columns.priority.push(submission.priority.rank());
            columns.not_before.push(submission.not_before);
            columns.deadline.push(submission.deadline);
            columns.payload.push(payload.seal(&self.vault, job.job_id)?);
            columns.event.push(&self.vault, Some(&job.accepted));
        }
        Ok(columns)
    }

    /// Changes of one person by one organisation, in any service, share it; questions have none.
    fn order_hash(&self, job: &NewJob) -> Option<Vec<u8>> {
        let request = &job.submission.request;
        let ssin = request
            .ssin()
            .filter(|_| request.operation() == OperationKind::Change)?;
        let organisation = job.submission.organisation.as_str().as_bytes();
        let parts = [
            job.environment.as_str().as_bytes(),
            organisation,
            ssin.digits().as_bytes(),
        ];
        Some(self.vault.hash("order", &parts).to_vec())
    }

    /// The hash that stands for a user of an organisation.
    pub(crate) fn requester_hash(&self, organisation: &str, user_id: &str) -> [u8; 32] {
        self.vault
            .hash("requester", &[organisation.as_bytes(), user_id.as_bytes()])
    }

    async fn insert(
        &self,
        executor: impl PgExecutor<'_>,
        columns: &Columns,
    ) -> Result<Vec<Uuid>, StoreError> {
        // Sorted by key: two producers with the same keys wait for each other instead of dead-locking.
        sqlx::query_scalar!(
            r#"WITH input AS (
                SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[],
                    $7::bytea[], $8::bytea[], $9::text[], $10::smallint[], $11::timestamptz[], $12::timestamptz[],
                    $13::bytea[], $14::uuid[], $15::boolean[], $16::bytea[], $17::bytea[], $18::uuid[]) WITH ORDINALITY
                AS t (job_id, organisation, environment, service, key_hash, fingerprint, requester_hash, person_hash,
                    language, priority, not_before, deadline, payload, event_id, wants_reply, envelope, order_hash,
                    after_job, place)
            ), lines AS MATERIALIZED (
                -- Held until the commit: of one person's changes the one with the lower number is there first. All
                -- before any key, in one order: nobody waits for a line with a key in hand.
                SELECT count(pg_advisory_xact_lock(line)) AS held FROM (
                    SELECT DISTINCT hashtextextended(encode(order_hash, 'hex'), 0) AS line FROM input
                    WHERE order_hash IS NOT NULL ORDER BY line) AS sorted
            ), made AS (
                INSERT INTO relay.job (job_id, organisation, environment, service, key_hash, fingerprint,
                    requester_hash, person_hash, language, payload, after_job)
                SELECT job_id, organisation, environment, service, key_hash, fingerprint, requester_hash, person_hash,
                    language, payload, after_job
                FROM input AS i, lines
                WHERE lines.held >= 0 AND (i.after_job IS NULL OR EXISTS (
                    SELECT FROM relay.job AS p WHERE p.job_id = i.after_job AND p.organisation = i.organisation))
                ORDER BY organisation, key_hash
                ON CONFLICT ON CONSTRAINT one_job_per_key DO NOTHING
                RETURNING job_id
            ), state AS (
                INSERT INTO relay.job_state (job_id, environment, organisation, service, state, wait_reason, priority,
                    due_at, deadline, waits_for, order_hash, order_number)
                SELECT i.job_id, i.environment, i.organisation, i.service, 'accepted',
                    CASE WHEN i.after_job IS NOT NULL THEN 'prerequisite'
                         WHEN i.not_before > now() THEN 'not_before' ELSE 'new' END, i.priority,
                    greatest(now(), coalesce(i.not_before, now())), i.deadline, i.after_job, i.order_hash,
                    CASE WHEN i.order_hash IS NOT NULL THEN nextval('relay.change_order') END
                FROM (SELECT * FROM input JOIN made USING (job_id) ORDER BY place) AS i
            ), said AS (
                INSERT INTO relay.event (event_id, job_id, sequence, kind, organisation, service, envelope)
                SELECT i.event_id, i.job_id, 1, 'accepted', i.organisation, i.service, i.envelope
                FROM input AS i JOIN made USING (job_id)
            ), pending AS (
                INSERT INTO relay.outbox (event_id, destination)
                SELECT i.event_id, d.destination
                FROM input AS i JOIN made USING (job_id),
                     LATERAL (VALUES ('events', true), ('reply', i.wants_reply)) AS d (destination, wanted)
                WHERE d.wanted
            )
            SELECT job_id AS "job_id!" FROM made"#,
            &columns.job_id,
            &columns.organisation,
            &columns.environment,
            &columns.service,
            &columns.key_hash,
            &columns.fingerprint,
            &columns.requester_hash,
            &columns.person_hash as &[Option<Vec<u8>>],
            &columns.language,
            &columns.priority,
            &columns.not_before as &[Option<OffsetDateTime>],
            &columns.deadline as &[Option<OffsetDateTime>],
            &columns.payload,
            &columns.event.event_id as &[Option<Uuid>],
            &columns.event.wants_reply,
            &columns.event.envelope as &[Option<Vec<u8>>],
            &columns.order_hash as &[Option<Vec<u8>>],
            &columns.after_job as &[Option<Uuid>],
        )
        .fetch_all(executor)
        .await
        .map_err(|source| StoreError::database("accepting jobs", source))
    }

    async fn find(
        &self,
        executor: impl PgExecutor<'_>,
        columns: &Columns,
        indices: &[usize],
    ) -> Result<Known, StoreError> {
        let organisations: Vec<String> = indices
            .iter()
            .map(|index| columns.organisation[*index].clone())
            .collect();
        let keys: Vec<Vec<u8>> = indices
            .iter()
            .map(|index| columns.key_hash[*index].clone())
            .collect();
        let rows = sqlx::query!(
            r#"SELECT j.organisation, j.key_hash, j.fingerprint, j.job_id, s.state, s.round, s.event_sequence
               FROM unnest($1::text[], $2::bytea[]) AS i (organisation, key_hash)
               JOIN relay.job AS j ON j.organisation = i.organisation AND j.key_hash = i.key_hash
               JOIN relay.job_state AS s ON s.job_id = j.job_id"#,
            &organisations,
            &keys,
        )
        .fetch_all(executor)
        .await
        .map_err(|source| StoreError::database("finding jobs by key", source))?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let job = Intake::Duplicate {
                    job_id: row.job_id,
                    state: row.state,
                    round: row.round,
                    sequence: row.event_sequence,
                };
                ((row.organisation, row.key_hash), (row.fingerprint, job))
            })
            .collect())
    }

    /// Writes events that accompany no change of a job: rejections, and answers to duplicates (`job_id`). An
    /// event whose id is there already was written by an earlier try of this call.
    pub async fn record_answers(&self, answers: &[(Option<Uuid>, NewEvent)]) -> Result<(), StoreError> {
        self.record_answers_on(&self.pool, answers).await
    }

    /// As [`Store::record_answers`], as a part of what else is done on that connection.
    pub(crate) async fn record_answers_on(
        &self,
        executor: impl PgExecutor<'_>,
        answers: &[(Option<Uuid>, NewEvent)],
    ) -> Result<(), StoreError> {
        let mut columns = EventColumns::default();
        for (_, event) in answers {
            columns.push(&self.vault, Some(event));
        }
        let job_ids: Vec<Option<Uuid>> = answers.iter().map(|(job_id, _)| *job_id).collect();
        sqlx::query!(
            r#"WITH input AS (
                SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[],
                    $7::boolean[], $8::bytea[])
                AS t (job_id, event_id, sequence, kind, organisation, service, wants_reply, envelope)
            ), said AS (
                INSERT INTO relay.event (event_id, job_id, sequence, kind, organisation, service, envelope)
                SELECT event_id, job_id, sequence, kind, organisation, service, envelope FROM input
                ON CONFLICT (event_id) DO NOTHING
                RETURNING event_id
            )
            INSERT INTO relay.outbox (event_id, destination)
            SELECT i.event_id, d.destination
            FROM input AS i JOIN said USING (event_id), LATERAL (VALUES ('events', true), ('reply', i.wants_reply)) AS d (destination, wanted)
            WHERE d.wanted"#,
            &job_ids as &[Option<Uuid>],
            &columns.event_id as &[Option<Uuid>],
            &columns.sequence as &[Option<i32>],
            &columns.kind as &[Option<String>],
            &columns.organisation as &[Option<String>],
            &columns.service as &[Option<String>],
            &columns.wants_reply,
            &columns.envelope as &[Option<Vec<u8>>],
        )
        .execute(executor)
        .await
        .map_err(|source| StoreError::database("recording answers", source))?;
        Ok(())
    }
}

/// Fingerprint and whereabouts of the jobs of known keys.
type Known = HashMap<(String, Vec<u8>), (Vec<u8>, Intake)>;

/// The submissions that made no job, by their places.
fn old(jobs: &[NewJob], made: &[Uuid]) -> Vec<usize> {
    (0..jobs.len())
        .filter(|index| !made.contains(&jobs[*index].job_id))
        .collect()
}

fn outcomes(columns: &Columns, old: &[usize], known: &Known) -> Vec<Intake> {
    let mut outcomes = vec![Intake::Accepted; columns.job_id.len()];
    for index in old {
        outcomes[*index] = outcome(columns, *index, known);
    }
    outcomes
}

/// What became of a submission that made no job.
fn outcome(columns: &Columns, index: usize, known: &Known) -> Intake {
    let key = (
        columns.organisation[index].clone(),
        columns.key_hash[index].clone(),
    );
    match known.get(&key) {
        // Made by an earlier try of this call, whose answer was lost.
        Some((_, Intake::Duplicate { job_id, .. })) if *job_id == columns.job_id[index] => Intake::Accepted,
        Some((fingerprint, job)) if *fingerprint == columns.fingerprint[index] => job.clone(),
        Some(_) => Intake::Conflict,
        // Neither made nor there: what it is to wait for is missing.
        None => Intake::NoSuchJob,
    }
}
