-- The record of the relay: jobs, their attempts, what came of them, and what was said about them.
--
-- What is sealed is encrypted by the application (relay-vault) before it arrives here; the associated data
-- name the table and the row, so that a value copied elsewhere does not open. Hashes are keyed (HMAC).

-- Roles belong to the whole server: another database of it may have made them already.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['cbss_relay', 'cbss_security_advisor'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

CREATE SCHEMA relay;
COMMENT ON SCHEMA relay IS 'The relay''s tables; results are read through cbss_api only';

CREATE TABLE relay.job (
    job_id         uuid PRIMARY KEY,
    organisation   text NOT NULL,
    environment    text NOT NULL CHECK (environment IN ('test', 'acpt', 'prod')),
    service        text NOT NULL,
    key_hash       bytea NOT NULL CHECK (octet_length(key_hash) = 32),
    fingerprint    bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    requester_hash bytea NOT NULL CHECK (octet_length(requester_hash) = 32),
    person_hash    bytea CHECK (octet_length(person_hash) = 32),
    language       text NOT NULL CHECK (language IN ('nl', 'fr', 'de', 'en')),
    accepted_at    timestamptz NOT NULL DEFAULT now(),
    payload        bytea NOT NULL,
    CONSTRAINT one_job_per_key UNIQUE (organisation, key_hash)
);
COMMENT ON TABLE relay.job IS 'What was accepted; never changed. Its course is in job_state';
COMMENT ON COLUMN relay.job.job_id IS 'UUID version 7, made by the producer';
COMMENT ON COLUMN relay.job.key_hash IS 'Keyed hash of organisation and idempotency key: one key makes one job';
COMMENT ON COLUMN relay.job.fingerprint IS 'Keyed hash of the normalised request, its service and the requester';
COMMENT ON COLUMN relay.job.requester_hash IS 'Keyed hash of organisation and user id: who may see the result';
COMMENT ON COLUMN relay.job.person_hash IS 'Keyed hash of the SSIN asked about';
COMMENT ON COLUMN relay.job.language IS 'Language of the text that a person reads';
COMMENT ON COLUMN relay.job.payload IS 'Sealed: request, requester, idempotency key, where answers go';
ALTER TABLE relay.job ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE relay.job_state (
    job_id           uuid PRIMARY KEY REFERENCES relay.job,
    environment      text NOT NULL,
    organisation     text NOT NULL,
    service          text NOT NULL,
    state            text NOT NULL CHECK (state IN (
                         'accepted', 'released', 'sending', 'answered', 'reconciling', 'uncertain', 'ok', 'warnings',
                         'errors', 'validated', 'failed', 'cancelled', 'expired')),
    wait_reason      text CHECK (wait_reason IN (
                         'new', 'not_before', 'retry', 'quota', 'circuit', 'ordered', 'prerequisite')),
    priority         smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
    due_at           timestamptz NOT NULL,
    deadline         timestamptz,
    lease_until      timestamptz,
    round            integer NOT NULL DEFAULT 1 CHECK (round >= 1),
    round_began_at   timestamptz NOT NULL DEFAULT now(),
    attempt          integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    attempts_counted integer NOT NULL DEFAULT 0,
    unknown_outcomes integer NOT NULL DEFAULT 0,
    server_faults    integer NOT NULL DEFAULT 0,
    rescues          integer NOT NULL DEFAULT 0,
    event_sequence   integer NOT NULL DEFAULT 1,
    cause            text,
    ended_at         timestamptz,
    CHECK ((state IN ('released', 'sending')) = (lease_until IS NOT NULL)),
    CHECK ((state IN ('ok', 'warnings', 'errors', 'validated', 'failed', 'cancelled', 'expired')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 70);
COMMENT ON TABLE relay.job_state IS 'Where each job stands: narrow, because it changes with every step';
COMMENT ON COLUMN relay.job_state.state IS 'See docs/data-model.md for what follows what';
COMMENT ON COLUMN relay.job_state.wait_reason IS 'Why an accepted job waits';
COMMENT ON COLUMN relay.job_state.priority IS '0 interactive, 1 normal, 2 batch';
COMMENT ON COLUMN relay.job_state.due_at IS 'An accepted job may be released from then on';
COMMENT ON COLUMN relay.job_state.lease_until IS 'A released or sending job is rescued from then on';
COMMENT ON COLUMN relay.job_state.round IS 'An operator''s retry opens the next round';
COMMENT ON COLUMN relay.job_state.round_began_at IS 'When the round''s first attempt began; before that, when the job came. The time budget runs from there';
COMMENT ON COLUMN relay.job_state.attempt IS 'Number of the newest attempt, over all rounds; fences completions';
COMMENT ON COLUMN relay.job_state.attempts_counted IS 'Attempts of this round that count against its budget';
COMMENT ON COLUMN relay.job_state.unknown_outcomes IS 'Attempts of this round whose outcome nobody knows';
COMMENT ON COLUMN relay.job_state.server_faults IS 'Attempts of this round that a fault of the CBSS ended';
COMMENT ON COLUMN relay.job_state.rescues IS 'Attempts of this round that were taken over from a process that died';
COMMENT ON COLUMN relay.job_state.event_sequence IS 'Sequence of the newest event about this job';
COMMENT ON COLUMN relay.job_state.cause IS 'Why it failed';

CREATE INDEX job_due ON relay.job_state (environment, organisation, service, priority, due_at) WHERE state = 'accepted';
CREATE INDEX job_released ON relay.job_state (environment, organisation, service) WHERE state = 'released';
CREATE INDEX job_lease ON relay.job_state (lease_until) WHERE state IN ('released', 'sending');
CREATE INDEX job_answered ON relay.job_state (job_id) WHERE state = 'answered';
CREATE INDEX job_deadline ON relay.job_state (deadline) WHERE state IN ('accepted', 'released') AND deadline IS NOT NULL;

CREATE TABLE relay.attempt (
    job_id         uuid NOT NULL REFERENCES relay.job,
    number         integer NOT NULL CHECK (number >= 1),
    round          integer NOT NULL,
    kind           text NOT NULL DEFAULT 'send' CHECK (kind IN ('send', 'look')),
    ticket         uuid NOT NULL,
    worker         text NOT NULL,
    began_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until    timestamptz NOT NULL,
    finished_at    timestamptz,
    rescued_at     timestamptz,
    class          text,
    http_status    smallint,
    retry_after_ms bigint,
    duration_ms    integer,
    cbss_ticket    text,
    answer_bytes   integer,
    PRIMARY KEY (job_id, number)
) WITH (fillfactor = 80);
COMMENT ON TABLE relay.attempt IS 'The ledger: every call, on record with its ticket before it leaves';
COMMENT ON COLUMN relay.attempt.ticket IS 'Our ticket, sent to the CBSS';
COMMENT ON COLUMN relay.attempt.finished_at IS 'When the worker reported; empty if it never did';
COMMENT ON COLUMN relay.attempt.rescued_at IS 'When its lease had ended and the job was taken over';
COMMENT ON COLUMN relay.attempt.class IS 'What it meant: answered, then the class that processing found; or why there is no answer';
COMMENT ON COLUMN relay.attempt.cbss_ticket IS 'The CBSS''s ticket, of an answer or a fault';
COMMENT ON COLUMN relay.attempt.answer_bytes IS 'Size of the answer''s body as it came';

CREATE TABLE relay.answer (
    job_id       uuid NOT NULL,
    number       integer NOT NULL,
    content_type text,
    body         bytea NOT NULL,
    PRIMARY KEY (job_id, number),
    FOREIGN KEY (job_id, number) REFERENCES relay.attempt
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE relay.answer IS 'Answers as they came, before anything else happens with them';
COMMENT ON COLUMN relay.answer.body IS 'Sealed, compressed: the bytes of the HTTP body';
ALTER TABLE relay.answer ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE relay.result (
    job_id           uuid NOT NULL REFERENCES relay.job,
    round            integer NOT NULL,
    attempt          integer NOT NULL,
    status           text NOT NULL CHECK (status IN ('ok', 'warnings', 'errors')),
    outcome          text NOT NULL,
    codes            text[] NOT NULL,
    cbss_ticket      text,
    row_group        text[] NOT NULL,
    row_ordinal      integer[] NOT NULL,
    row_type         text[] NOT NULL,
    row_since        text[] NOT NULL,
    row_until        text[] NOT NULL,
    message_severity text[] NOT NULL,
    message_code     text[] NOT NULL,
    content          bytea NOT NULL,
    processed_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, round)
) WITH (toast_tuple_target = 8160);
COMMENT ON TABLE relay.result IS 'The CBSS''s answer, parsed. The columns row_* have one element per row; see result_row';
COMMENT ON COLUMN relay.result.row_since IS 'YYYY-MM-DD with 00 for unknown parts';
COMMENT ON COLUMN relay.result.content IS 'Sealed, compressed: titles, texts and fields of the rows, texts of the messages';
ALTER TABLE relay.result ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE VIEW relay.result_row AS
SELECT r.job_id, r.round, (e.position - 1)::integer AS position, e.ordinal, e.group_name, e.type, e.since, e.until
FROM relay.result AS r,
     unnest(r.row_ordinal, r.row_group, r.row_type, r.row_since, r.row_until)
     WITH ORDINALITY AS e (ordinal, group_name, type, since, until, position);
COMMENT ON VIEW relay.result_row IS 'The rows of each result, in the document''s order: structure only, what they say is sealed';

CREATE VIEW relay.result_message AS
SELECT r.job_id, r.round, (e.position - 1)::integer AS position, e.severity, e.code
FROM relay.result AS r,
     unnest(r.message_severity, r.message_code) WITH ORDINALITY AS e (severity, code, position);
COMMENT ON VIEW relay.result_message IS 'The CBSS''s messages of each result: severities and codes, their texts are sealed';

CREATE TABLE relay.event (
    event_id     uuid PRIMARY KEY,
    job_id       uuid REFERENCES relay.job,
    sequence     integer NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('accepted', 'rejected', 'parked', 'reopened', 'finished')),
    organisation text NOT NULL,
    service      text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    envelope     bytea NOT NULL
);
COMMENT ON TABLE relay.event IS 'What was said to upstream systems; kept, so that it can be said again under the same id';
COMMENT ON COLUMN relay.event.job_id IS 'Empty for a rejection: it is about no job';
COMMENT ON COLUMN relay.event.envelope IS 'Sealed: the message, and where its sender wants answers';
ALTER TABLE relay.event ALTER COLUMN envelope SET STORAGE EXTERNAL;

CREATE TABLE relay.outbox (
    outbox_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid NOT NULL REFERENCES relay.event,
    destination text NOT NULL CHECK (destination IN ('events', 'reply')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    parked_at   timestamptz,
    park_reason text
);
COMMENT ON TABLE relay.outbox IS 'Events that the broker has not confirmed yet';
COMMENT ON COLUMN relay.outbox.destination IS 'The organisation''s events, or the reply queue that the submission named';
COMMENT ON COLUMN relay.outbox.parked_at IS 'Nobody listens there: set aside, so that it blocks no other';
CREATE INDEX outbox_pending ON relay.outbox (outbox_id) WHERE parked_at IS NULL;

CREATE TABLE relay.quarantine (
    quarantine_id  uuid PRIMARY KEY,
    message_hash   bytea NOT NULL CONSTRAINT one_item_per_message UNIQUE,
    cause          text NOT NULL,
    source         text NOT NULL,
    byte_position  bigint,
    organisation   text,
    job_id         uuid,
    attempt        integer,
    message_bytes  bigint NOT NULL,
    message        bytea NOT NULL,
    seen           integer NOT NULL DEFAULT 1,
    first_seen_at  timestamptz NOT NULL DEFAULT now(),
    last_seen_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE relay.quarantine IS 'What could not be decoded, authorised or parsed: kept until a person decides';
COMMENT ON COLUMN relay.quarantine.message_hash IS 'Keyed hash of cause, source and message: a message that arrives twice is one item';
COMMENT ON COLUMN relay.quarantine.byte_position IS 'Where decoding stopped';
COMMENT ON COLUMN relay.quarantine.message IS 'Sealed: properties and body as they came';
ALTER TABLE relay.quarantine ALTER COLUMN message SET STORAGE EXTERNAL;
CREATE INDEX quarantine_cause ON relay.quarantine (cause, first_seen_at);

GRANT USAGE ON SCHEMA relay TO cbss_relay;
GRANT SELECT, INSERT ON relay.job, relay.answer, relay.result, relay.event TO cbss_relay;
GRANT SELECT, INSERT, UPDATE ON relay.job_state, relay.attempt, relay.quarantine TO cbss_relay;
GRANT SELECT, INSERT, UPDATE, DELETE ON relay.outbox TO cbss_relay;
GRANT SELECT ON relay.result_row, relay.result_message TO cbss_relay;
