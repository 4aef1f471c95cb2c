-- Repairing and replaying: what is in quarantine goes through the intake again, and events are said again.

ALTER TABLE relay.audit ADD COLUMN quarantine_id uuid;
COMMENT ON TABLE relay.audit IS 'Every look at a result or a quarantined message, refused ones included; lines are only ever added';
COMMENT ON COLUMN relay.audit.quarantine_id IS 'The quarantined item that was to be opened or repaired';

ALTER TABLE relay.quarantine ADD COLUMN settled_by text;
ALTER TABLE relay.quarantine DROP CONSTRAINT quarantine_settled_as_check;
ALTER TABLE relay.quarantine ADD CONSTRAINT quarantine_settled_as_check
    CHECK (settled_as IN ('discarded', 'replayed', 'repaired'));
COMMENT ON COLUMN relay.quarantine.cause IS 'Why the message as it is kept is no job: the newest cause, of its arrival or of its last replay';
COMMENT ON COLUMN relay.quarantine.settled_as IS 'discarded; replayed as it was kept; or repaired first';
COMMENT ON COLUMN relay.quarantine.settled_by IS 'The login of the server that discarded it, or asked for its replay';

-- An operator asks; a service, which has the settings and the keys, carries it out.
CREATE TABLE relay.replay (
    replay_id     uuid PRIMARY KEY,
    quarantine_id uuid NOT NULL REFERENCES relay.quarantine,
    requested_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    login         text NOT NULL DEFAULT session_user,
    repaired      boolean NOT NULL,
    body          bytea,
    message_type  text CHECK (message_type IN ('cbss.submission.v1', 'cbss.cancel.v1')),
    content_type  text CHECK (content_type IN ('application/json', 'application/x-protobuf')),
    upstream_user text,
    tries         integer NOT NULL DEFAULT 0,
    tried_at      timestamptz,
    finished_at   timestamptz,
    outcome       text CHECK (outcome IN ('accepted', 'duplicate', 'cancelled', 'reread', 'refused', 'discarded')),
    cause         text,
    byte_position bigint,
    codes         text[],
    job_id        uuid,
    CHECK ((finished_at IS NULL) = (outcome IS NULL)),
    CHECK ((outcome = 'refused') = (cause IS NOT NULL)),
    CHECK (repaired OR (body IS NULL AND message_type IS NULL AND content_type IS NULL AND upstream_user IS NULL))
);
COMMENT ON TABLE relay.replay IS 'Requests to put a quarantined message through the intake again, and what came of them';
COMMENT ON COLUMN relay.replay.login IS 'The login of the server that asked: the server''s word, never the caller''s';
COMMENT ON COLUMN relay.replay.repaired IS 'Not as it was kept: with another body, or with properties that it lacked';
COMMENT ON COLUMN relay.replay.body IS 'Sealed: the repaired body; empty: the one that was kept';
COMMENT ON COLUMN relay.replay.message_type IS 'AMQP type instead of the one that was kept';
COMMENT ON COLUMN relay.replay.content_type IS 'AMQP content_type instead of the one that was kept';
COMMENT ON COLUMN relay.replay.upstream_user IS 'Of a message without a sender: the broker''s user for whom a security advisor vouches';
COMMENT ON COLUMN relay.replay.tries IS 'How often a service has begun it: what ends every process is not tried for ever';
COMMENT ON COLUMN relay.replay.tried_at IS 'When a service last began it; another one leaves it alone for some seconds';
COMMENT ON COLUMN relay.replay.outcome IS 'refused: the item waits on; all others settle it';
COMMENT ON COLUMN relay.replay.cause IS 'Why it was refused: a cause of quarantine, or rejected, conflict, overtaken, damaged, crashes';
COMMENT ON COLUMN relay.replay.byte_position IS 'Where decoding stopped';
COMMENT ON COLUMN relay.replay.codes IS 'Of a rejected one: the codes of its errors';
COMMENT ON COLUMN relay.replay.job_id IS 'The job that it became, found, withdrew or gave a result to';
ALTER TABLE relay.replay ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX one_replay_at_a_time ON relay.replay (quarantine_id) WHERE finished_at IS NULL;
CREATE INDEX replay_item ON relay.replay (quarantine_id);
CREATE INDEX replay_open ON relay.replay (requested_at) WHERE finished_at IS NULL;

-- Both functions below. The item's row is the lock under which replays of it begin and end.
CREATE FUNCTION relay.request_replay(
    p_id uuid, p_replay_id uuid, p_repaired boolean, p_body bytea, p_message_type text, p_content_type text,
    p_upstream_user text, p_reason bytea)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_item record;
BEGIN
    SELECT q.organisation, q.job_id, q.cause, q.source, q.settled_at INTO v_item FROM relay.quarantine AS q
    WHERE q.quarantine_id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    ELSIF v_item.settled_at IS NOT NULL
        OR EXISTS (SELECT FROM relay.replay AS r WHERE r.quarantine_id = p_id AND r.finished_at IS NULL) THEN
        RETURN 'moved';
    ELSIF p_repaired AND v_item.source = 'answer' THEN
        RETURN 'is_an_answer';
    ELSIF p_upstream_user IS NOT NULL AND v_item.cause <> 'unauthenticated' THEN
        RETURN 'has_a_sender';
    END IF;
    INSERT INTO relay.replay (replay_id, quarantine_id, repaired, body, message_type, content_type, upstream_user)
    VALUES (p_replay_id, p_id, p_repaired, p_body, p_message_type, p_content_type, p_upstream_user);
    INSERT INTO relay.operation (action, upstream_user, quarantine_id, job_id, organisation, detail, reason)
    VALUES (CASE WHEN p_repaired THEN 'quarantine_repair' ELSE 'quarantine_replay' END, p_upstream_user, p_id,
        v_item.job_id, v_item.organisation,
        'was ' || v_item.cause || CASE WHEN p_body IS NULL THEN '' ELSE ', another body' END
            || coalesce(', type ' || p_message_type, '') || coalesce(', content type ' || p_content_type, ''),
        p_reason);
    RETURN 'done';
END
$$;

CREATE FUNCTION cbss_api.replay_quarantined(p_id uuid, p_replay_id uuid, p_reason bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN relay.request_replay(p_id, p_replay_id, false, NULL, NULL, NULL, NULL, p_reason);
END
$$;
COMMENT ON FUNCTION cbss_api.replay_quarantined IS
    'Asks for a quarantined message to go through the intake again, as it was kept; moved where it is dealt with, or asked for, already';

-- Who repairs a message has read it: for those who may open it, and nobody else.
CREATE FUNCTION cbss_api.repair_quarantined(
    p_id uuid, p_replay_id uuid, p_body bytea, p_message_type text, p_content_type text, p_upstream_user text,
    p_reason bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT relay.is_security_advisor(session_user) THEN
        -- A refusal is an answer, not an error: an error would take the audit line back with it.
        INSERT INTO relay.audit (login, action, quarantine_id, decision)
        VALUES (session_user, 'repair_quarantined', p_id, 'denied');
        RETURN 'denied';
    END IF;
    RETURN relay.request_replay(p_id, p_replay_id, true, p_body, p_message_type, p_content_type, p_upstream_user,
        p_reason);
END
$$;
COMMENT ON FUNCTION cbss_api.repair_quarantined IS
    'Asks for a quarantined message to go through the intake with what is given here instead; for security advisors, refusals are in relay.audit';

CREATE FUNCTION cbss_api.open_quarantined(p_id uuid, p_reason bytea)
RETURNS TABLE (decision text, cause text, source text, byte_position bigint, message_hash bytea, message bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_item record;
    v_capacity text;
    v_decision text;
BEGIN
    SELECT q.cause, q.source, q.byte_position, q.organisation, q.job_id, q.message_hash, q.message INTO v_item
    FROM relay.quarantine AS q WHERE q.quarantine_id = p_id;
    IF NOT FOUND THEN
        v_decision := 'not_found';
    -- A sealed value of five characters has 48 bytes (relay-vault): an advisor gives a reason.
    ELSIF relay.is_security_advisor(session_user) AND octet_length(p_reason) >= 48 THEN
        v_capacity := 'security_advisor';
        v_decision := 'granted';
    ELSE
        v_decision := 'denied';
    END IF;
    INSERT INTO relay.audit (login, action, quarantine_id, job_id, organisation, decision, capacity, reason)
    VALUES (session_user, 'open_quarantined', p_id, v_item.job_id, v_item.organisation, v_decision, v_capacity,
        p_reason);
    IF v_decision = 'granted' THEN
        RETURN QUERY SELECT v_decision, v_item.cause, v_item.source, v_item.byte_position, v_item.message_hash,
            v_item.message;
    ELSE
        RETURN QUERY SELECT v_decision, NULL::text, NULL::text, NULL::bigint, NULL::bytea, NULL::bytea;
    END IF;
END
$$;
COMMENT ON FUNCTION cbss_api.open_quarantined IS
    'The one way to a quarantined message. One row: decision is granted, denied or not_found; each call leaves an audit line';

-- As before, with the login in the item's row; a replay that no service has carried out is taken back with it.
CREATE OR REPLACE FUNCTION cbss_api.settle_quarantine(p_id uuid, p_as text, p_reason bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_item record;
BEGIN
    IF p_as <> 'discarded' THEN
        RAISE EXCEPTION 'only a replay settles an item otherwise' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT q.organisation, q.job_id, q.cause, q.settled_at INTO v_item FROM relay.quarantine AS q
    WHERE q.quarantine_id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    ELSIF v_item.settled_at IS NOT NULL THEN
        RETURN 'moved';
    END IF;
    UPDATE relay.replay AS r SET finished_at = clock_timestamp(), outcome = 'discarded'
    WHERE r.quarantine_id = p_id AND r.finished_at IS NULL;
    UPDATE relay.quarantine AS q SET settled_at = now(), settled_as = p_as, settled_by = session_user
    WHERE q.quarantine_id = p_id;
    INSERT INTO relay.operation (action, quarantine_id, job_id, organisation, detail, reason)
    VALUES ('quarantine_' || p_as, p_id, v_item.job_id, v_item.organisation, v_item.cause, p_reason);
    RETURN 'done';
END
$$;
COMMENT ON FUNCTION cbss_api.settle_quarantine IS 'Marks an item as discarded, and takes an open replay of it back';

-- An event waits once for each destination, however many ask for it to be said again.
CREATE UNIQUE INDEX one_entry_per_destination ON relay.outbox (event_id, destination);

CREATE TABLE relay.event_replay (
    event_replay_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation    text NOT NULL,
    since           timestamptz NOT NULL,
    until           timestamptz NOT NULL,
    until_asked     timestamptz,
    job_id          uuid,
    login           text NOT NULL DEFAULT session_user,
    began_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at     timestamptz,
    done_until      uuid,
    events          bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE relay.event_replay IS 'Replays of an organisation''s events, and how far they came';
COMMENT ON COLUMN relay.event_replay.since IS 'Events that were written from then on';
COMMENT ON COLUMN relay.event_replay.until IS 'And before this';
COMMENT ON COLUMN relay.event_replay.until_asked IS 'The end that was asked for; without one, until is when it began';
COMMENT ON COLUMN relay.event_replay.done_until IS 'The job (or, of an event without one, the event) that was done last; they are done in the order of their ids';
COMMENT ON COLUMN relay.event_replay.events IS 'How many were put into the outbox so far';

CREATE FUNCTION cbss_api.begin_event_replay(
    p_organisation text, p_since timestamptz, p_until timestamptz, p_job_id uuid, p_reason bytea,
    OUT event_replay_id bigint, OUT until timestamptz, OUT done_until uuid, OUT events bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT r.event_replay_id, r.until, r.done_until, r.events
    INTO event_replay_id, until, done_until, events
    FROM relay.event_replay AS r
    WHERE r.organisation = p_organisation AND r.since = p_since AND r.until_asked IS NOT DISTINCT FROM p_until
      AND r.job_id IS NOT DISTINCT FROM p_job_id AND r.finished_at IS NULL
    ORDER BY r.event_replay_id DESC LIMIT 1;
    IF NOT FOUND THEN
        INSERT INTO relay.event_replay AS r (organisation, since, until, until_asked, job_id)
        VALUES (p_organisation, p_since, coalesce(p_until, clock_timestamp()), p_until, p_job_id)
        RETURNING r.event_replay_id, r.until, r.done_until, r.events
        INTO event_replay_id, until, done_until, events;
    END IF;
    INSERT INTO relay.operation (action, job_id, organisation, detail, reason)
    VALUES ('events_replay', p_job_id, p_organisation,
        format('number %s: since %s until %s, %s events done before', event_replay_id, p_since, until, events),
        p_reason);
END
$$;
COMMENT ON FUNCTION cbss_api.begin_event_replay IS
    'Begins to say events of an organisation again, or goes on with what was begun for the same and not finished';

CREATE FUNCTION cbss_api.replay_events(p_id bigint, p_events uuid[], p_done_until uuid, p_finished boolean)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_replay relay.event_replay;
    v_events uuid[];
    v_jobs uuid[];
    v_waiting uuid[];
BEGIN
    SELECT * INTO v_replay FROM relay.event_replay AS r WHERE r.event_replay_id = p_id AND r.finished_at IS NULL
    FOR UPDATE;
    IF NOT FOUND OR cardinality(p_events) > 10000 THEN
        RAISE EXCEPTION 'no such replay is open, or too many events at once'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT array_agg(e.event_id), array_agg(DISTINCT e.job_id) FILTER (WHERE e.job_id IS NOT NULL)
    INTO v_events, v_jobs
    FROM relay.event AS e
    WHERE e.event_id = ANY (p_events) AND e.organisation = v_replay.organisation
      AND e.created_at >= v_replay.since AND e.created_at < v_replay.until
      AND (v_replay.job_id IS NULL OR e.job_id = v_replay.job_id);
    -- Who writes an event of a job holds its row: nothing is said about these jobs in between.
    PERFORM FROM relay.job_state AS s WHERE s.job_id = ANY (v_jobs) ORDER BY s.job_id FOR NO KEY UPDATE;
    -- What waits of these jobs must not go out before what is said again; what is parked has another chance.
    WITH gone AS (
        DELETE FROM relay.outbox AS o USING relay.event AS e
        WHERE o.event_id = e.event_id AND o.destination = 'events'
          AND (e.event_id = ANY (v_events) OR (e.job_id = ANY (v_jobs) AND o.parked_at IS NULL))
        RETURNING o.event_id)
    SELECT array_agg(gone.event_id) INTO v_waiting FROM gone;
    INSERT INTO relay.outbox (event_id, destination)
    SELECT said.event_id, 'events'
    FROM (
        SELECT e.event_id FROM relay.event AS e WHERE e.event_id = ANY (v_events || v_waiting)
        ORDER BY coalesce(e.job_id, e.event_id), e.sequence, e.created_at, e.event_id) AS said
    ON CONFLICT (event_id, destination) DO NOTHING;
    UPDATE relay.event_replay AS r
    SET done_until = p_done_until, events = r.events + coalesce(cardinality(v_events), 0),
        finished_at = CASE WHEN p_finished THEN clock_timestamp() END
    WHERE r.event_replay_id = p_id;
    RETURN coalesce(cardinality(v_events), 0);
END
$$;
COMMENT ON FUNCTION cbss_api.replay_events IS
    'Puts events back into the outbox for the organisation''s exchange, under their ids: all that are given of a job at once, in their order, before those of it that wait';

REVOKE ALL ON FUNCTION
    relay.request_replay(uuid, uuid, boolean, bytea, text, text, text, bytea),
    cbss_api.replay_quarantined(uuid, uuid, bytea),
    cbss_api.repair_quarantined(uuid, uuid, bytea, text, text, text, bytea),
    cbss_api.open_quarantined(uuid, bytea),
    cbss_api.begin_event_replay(text, timestamptz, timestamptz, uuid, bytea),
    cbss_api.replay_events(bigint, uuid[], uuid, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    cbss_api.replay_quarantined(uuid, uuid, bytea),
    cbss_api.begin_event_replay(text, timestamptz, timestamptz, uuid, bytea),
    cbss_api.replay_events(bigint, uuid[], uuid, boolean) TO cbss_operator;
-- These decide by themselves, and keep who was refused.
GRANT EXECUTE ON FUNCTION
    cbss_api.repair_quarantined(uuid, uuid, bytea, text, text, text, bytea),
    cbss_api.open_quarantined(uuid, bytea) TO PUBLIC;

-- Services carry replays out; nobody but the functions asks for one.
GRANT SELECT, UPDATE ON relay.replay TO cbss_relay;
-- Operators see structure, never what is sealed.
GRANT SELECT (replay_id, quarantine_id, requested_at, login, repaired, message_type, content_type, upstream_user, tries,
    tried_at, finished_at, outcome, cause, byte_position, codes, job_id) ON relay.replay TO cbss_operator;
GRANT SELECT (settled_by) ON relay.quarantine TO cbss_operator;
GRANT SELECT (event_id, job_id, sequence, kind, organisation, service, created_at) ON relay.event TO cbss_operator;
GRANT SELECT ON relay.outbox, relay.event_replay TO cbss_operator;
