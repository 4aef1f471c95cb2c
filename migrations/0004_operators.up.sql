-- What operators do, each act on record with the login of the server that did it.

DO $$
BEGIN
    CREATE ROLE cbss_operator NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

CREATE TABLE relay.operation (
    operation_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    login         text NOT NULL DEFAULT session_user,
    upstream_user text,
    action        text NOT NULL,
    job_id        uuid,
    quarantine_id uuid,
    environment   text,
    organisation  text,
    service       text,
    detail        text,
    reason        bytea NOT NULL
);
COMMENT ON TABLE relay.operation IS 'Acts of operators, and cancellations of upstream users; lines are only ever added';
COMMENT ON COLUMN relay.operation.login IS 'The login of the server that acted: the server''s word, never the caller''s';
COMMENT ON COLUMN relay.operation.upstream_user IS 'Of a cancellation: the broker''s user that sent it';
COMMENT ON COLUMN relay.operation.detail IS 'What was set, in words and numbers; never a person''s data';
COMMENT ON COLUMN relay.operation.reason IS 'Sealed: the reason that was given';
CREATE INDEX operation_job ON relay.operation (job_id) WHERE job_id IS NOT NULL;
CREATE FUNCTION relay.refuse_change_of_operation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lines of relay.operation are only ever added';
END
$$;
CREATE TRIGGER operation_is_append_only BEFORE UPDATE OR DELETE ON relay.operation
    FOR EACH ROW EXECUTE FUNCTION relay.refuse_change_of_operation();
CREATE TRIGGER operation_is_not_truncated BEFORE TRUNCATE ON relay.operation
    FOR EACH STATEMENT EXECUTE FUNCTION relay.refuse_change_of_operation();

-- An operator's act moves a job at once; a service, which can open the sealed part, tells upstream of it.
CREATE TABLE relay.untold (
    job_id     uuid NOT NULL REFERENCES relay.job,
    round      integer NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('reopened', 'finished')),
    state      text NOT NULL,
    outcome    text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (job_id, round, kind)
);
COMMENT ON TABLE relay.untold IS 'Ends and new rounds that operators brought about and that no event tells of yet';

ALTER TABLE relay.quarantine
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN settled_as text CHECK (settled_as IN ('discarded', 'replayed'));
COMMENT ON COLUMN relay.quarantine.settled_at IS 'When an operator had dealt with it; empty: it waits';

ALTER TABLE relay.job_state ADD COLUMN discarded_at timestamptz;
COMMENT ON COLUMN relay.job_state.discarded_at IS 'When an operator had put a failed job aside: it is in no list of dead letters any more';
DROP INDEX relay.job_uncertain;
CREATE INDEX job_dead ON relay.job_state (job_id) WHERE state IN ('uncertain', 'failed') AND discarded_at IS NULL;

-- Every act has a reason: a sealed value of five characters has 48 bytes (relay-vault).
ALTER TABLE relay.operation ADD CONSTRAINT reason_is_given CHECK (octet_length(reason) >= 48);

-- One job: settled, opened anew, or put aside. 'moved' is an answer: the job was not where the act has a place.
CREATE FUNCTION cbss_api.operate_job(p_job_id uuid, p_action text, p_reason bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_state relay.job_state;
BEGIN
    IF p_action NOT IN ('done', 'not_done', 'retry', 'discard') THEN
        RAISE EXCEPTION 'no such action' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO v_state FROM relay.job_state AS s WHERE s.job_id = p_job_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    IF NOT (p_action IN ('done', 'not_done') AND v_state.state = 'uncertain'
            OR p_action = 'retry' AND v_state.state IN ('failed', 'errors') AND v_state.discarded_at IS NULL
            OR p_action = 'discard' AND v_state.state IN ('uncertain', 'failed') AND v_state.discarded_at IS NULL) THEN
        RETURN 'moved';
    END IF;
    INSERT INTO relay.operation (action, job_id, environment, organisation, service, detail, reason)
    VALUES ('job_' || p_action, p_job_id, v_state.environment, v_state.organisation, v_state.service,
        'was ' || v_state.state || coalesce(' (' || v_state.cause || ')', ''), p_reason);
    IF p_action = 'done' THEN
        UPDATE relay.job_state AS s SET state = 'ok', cause = NULL, ended_at = now() WHERE s.job_id = p_job_id;
        INSERT INTO relay.untold (job_id, round, kind, state, outcome)
        VALUES (p_job_id, v_state.round, 'finished', 'ok', 'resolved');
    ELSIF p_action IN ('not_done', 'retry') THEN
        UPDATE relay.job_state AS s
        -- Due when upstream has been told (Store::tell): what follows must not be said before.
        SET state = 'accepted', wait_reason = 'new', cause = NULL, ended_at = NULL,
            due_at = now() + interval '1 day',
            round = s.round + 1, round_began_at = now(), attempts_counted = 0, unknown_outcomes = 0,
            server_faults = 0, rescues = 0, spent_ms = 0, looks = 0, looks_agreed = 0, look_finding = NULL,
            sent_attempt = 0, deadline = NULL
        WHERE s.job_id = p_job_id;
        INSERT INTO relay.untold (job_id, round, kind, state, outcome)
        VALUES (p_job_id, v_state.round + 1, 'reopened', 'accepted', p_action);
    ELSIF v_state.state = 'uncertain' THEN
        UPDATE relay.job_state AS s
        SET state = 'failed', cause = 'discarded', ended_at = now(), discarded_at = now() WHERE s.job_id = p_job_id;
        INSERT INTO relay.untold (job_id, round, kind, state, outcome)
        VALUES (p_job_id, v_state.round, 'finished', 'failed', 'discarded');
    ELSE
        UPDATE relay.job_state AS s SET discarded_at = now() WHERE s.job_id = p_job_id;
    END IF;
    RETURN 'done';
END
$$;
COMMENT ON FUNCTION cbss_api.operate_job IS
    'Settles an uncertain job (done, not_done), opens a new round of one that ended badly (retry), or puts it aside (discard)';

CREATE FUNCTION cbss_api.set_quota(
    p_environment text, p_organisation text, p_service text, p_rate double precision, p_burst integer,
    p_concurrent integer, p_reason bytea)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_rate IS NULL AND p_concurrent IS NULL THEN
        DELETE FROM relay.quota AS q WHERE q.environment = p_environment AND q.organisation = p_organisation
            AND q.service = p_service;
    ELSE
        -- The burst begins empty, and what was granted at the old rate stays granted.
        INSERT INTO relay.quota (environment, organisation, service, rate, burst, concurrent, full_at, source)
        VALUES (p_environment, p_organisation, p_service, p_rate, p_burst, p_concurrent,
            clock_timestamp() + coalesce(p_burst * interval '1 s' / p_rate, interval '0'), 'operator')
        ON CONFLICT (environment, organisation, service) DO UPDATE
        SET rate = excluded.rate, burst = excluded.burst, concurrent = excluded.concurrent, source = 'operator',
            changed_at = now(), full_at = greatest(quota.full_at, excluded.full_at);
    END IF;
    INSERT INTO relay.operation (action, environment, organisation, service, detail, reason)
    VALUES ('quota', p_environment, p_organisation, p_service,
        format('rate %s, burst %s, concurrent %s', coalesce(p_rate::text, 'none'), p_burst,
            coalesce(p_concurrent::text, 'none')), p_reason);
END
$$;
COMMENT ON FUNCTION cbss_api.set_quota IS
    'Limits a scope (* for all); without rate and concurrent the limit is taken away until a producer applies its settings';

CREATE FUNCTION cbss_api.set_lane(
    p_environment text, p_organisation text, p_service text, p_paused boolean, p_reason bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_known boolean;
BEGIN
    IF (p_organisation = '*') <> (p_service = '*') THEN
        RAISE EXCEPTION 'a lane has an organisation and a service; an environment has neither'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF p_paused THEN
        INSERT INTO relay.circuit (environment, organisation, service, state, cause)
        VALUES (p_environment, p_organisation, p_service, 'paused', 'operator')
        ON CONFLICT (environment, organisation, service) DO UPDATE
        SET state = 'paused', cause = 'operator', until = NULL, changed_at = now();
        v_known := true;
    ELSE
        -- By steps, as after an outage: one call first.
        UPDATE relay.circuit AS c
        SET state = 'probing', allowance = 1, successes = 0, failures = 0, openings = 0, until = NULL, changed_at = now()
        WHERE c.environment = p_environment AND c.organisation = p_organisation AND c.service = p_service
          AND c.state <> 'closed';
        v_known := FOUND;
    END IF;
    INSERT INTO relay.operation (action, environment, organisation, service, reason)
    VALUES (CASE WHEN p_paused THEN 'lane_pause' ELSE 'lane_resume' END, p_environment, p_organisation, p_service,
        p_reason);
    RETURN v_known;
END
$$;
COMMENT ON FUNCTION cbss_api.set_lane IS 'Pauses a lane, or an environment (*, *), or resumes it by steps; false where there was nothing to resume';

CREATE FUNCTION cbss_api.add_maintenance(p_environment text, p_from timestamptz, p_until timestamptz, p_reason bytea)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    INSERT INTO relay.maintenance (environment, starts_at, ends_at) VALUES (p_environment, p_from, p_until)
    RETURNING maintenance_id INTO v_id;
    INSERT INTO relay.operation (action, environment, detail, reason)
    VALUES ('maintenance_add', p_environment, format('%s: %s to %s', v_id, p_from, p_until), p_reason);
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION cbss_api.add_maintenance IS 'Announces a window in which an environment is not called';

CREATE FUNCTION cbss_api.end_maintenance(p_id bigint, p_reason bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_environment text;
BEGIN
    DELETE FROM relay.maintenance AS m WHERE m.maintenance_id = p_id AND m.starts_at >= clock_timestamp()
    RETURNING m.environment INTO v_environment;
    IF NOT FOUND THEN
        UPDATE relay.maintenance AS m SET ends_at = clock_timestamp()
        WHERE m.maintenance_id = p_id AND m.ends_at > clock_timestamp() AND m.starts_at < clock_timestamp()
        RETURNING m.environment INTO v_environment;
    END IF;
    IF v_environment IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO relay.operation (action, environment, detail, reason)
    VALUES ('maintenance_end', v_environment, p_id::text, p_reason);
    RETURN true;
END
$$;
COMMENT ON FUNCTION cbss_api.end_maintenance IS 'Ends a window now, or takes a coming one back; false where there is none';

CREATE FUNCTION cbss_api.settle_quarantine(p_id uuid, p_as text, p_reason bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_item record;
BEGIN
    SELECT q.organisation, q.job_id, q.cause, q.settled_at INTO v_item FROM relay.quarantine AS q
    WHERE q.quarantine_id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    ELSIF v_item.settled_at IS NOT NULL THEN
        RETURN 'moved';
    END IF;
    UPDATE relay.quarantine AS q SET settled_at = now(), settled_as = p_as WHERE q.quarantine_id = p_id;
    INSERT INTO relay.operation (action, quarantine_id, job_id, organisation, detail, reason)
    VALUES ('quarantine_' || p_as, p_id, v_item.job_id, v_item.organisation, v_item.cause, p_reason);
    RETURN 'done';
END
$$;
COMMENT ON FUNCTION cbss_api.settle_quarantine IS 'Marks an item as discarded or replayed';

-- After a restore the record is older than the world: what was under way then may have been done since.
CREATE TABLE relay.epoch (
    epoch     bigint PRIMARY KEY,
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    raised_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE relay.epoch IS 'Raised by `relayctl restored`; a service refuses a database whose newest epoch is older than one it has seen';
INSERT INTO relay.epoch (epoch) VALUES (0);

CREATE FUNCTION cbss_api.restored(p_reason bytea, OUT epoch bigint, OUT uncertain bigint, OUT released bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Seconds: higher than any epoch of a lost future, too.
    INSERT INTO relay.epoch (epoch)
    SELECT greatest(extract(epoch FROM clock_timestamp())::bigint, max(e.epoch) + 1) FROM relay.epoch AS e
    RETURNING relay.epoch.epoch INTO epoch;
    -- A change that is open here may have been sent, and answered, in the future that was lost.
    WITH moved AS (
        UPDATE relay.job_state AS s
        SET state = 'uncertain', look_step = NULL, lease_until = NULL, wait_reason = NULL
        WHERE s.order_hash IS NOT NULL AND s.ended_at IS NULL AND s.state <> 'uncertain'
          AND NOT EXISTS (
            SELECT FROM relay.job_state AS o WHERE o.order_hash = s.order_hash AND o.ended_at IS NULL
              AND o.job_id <> s.job_id
              AND (o.state <> 'accepted' OR (s.state = 'accepted' AND o.order_number < s.order_number)))
        RETURNING 1)
    SELECT count(*) INTO uncertain FROM moved;
    WITH moved AS (
        UPDATE relay.job_state AS s
        SET state = 'accepted', look_step = NULL, lease_until = NULL, wait_reason = 'retry', due_at = now()
        WHERE s.order_hash IS NULL AND s.state IN ('released', 'sending') RETURNING 1)
    SELECT count(*) INTO released FROM moved;
    INSERT INTO relay.operation (action, detail, reason)
    VALUES ('restored', format('epoch %s: %s changes uncertain, %s questions released again', epoch, uncertain, released),
        p_reason);
END
$$;
COMMENT ON FUNCTION cbss_api.restored IS
    'After a restore: raises the epoch; the first open change of each person and organisation becomes uncertain (the others wait behind it), questions that were under way are released again';

REVOKE ALL ON FUNCTION cbss_api.operate_job(uuid, text, bytea),
    cbss_api.set_quota(text, text, text, double precision, integer, integer, bytea),
    cbss_api.set_lane(text, text, text, boolean, bytea),
    cbss_api.add_maintenance(text, timestamptz, timestamptz, bytea), cbss_api.end_maintenance(bigint, bytea),
    cbss_api.settle_quarantine(uuid, text, bytea), cbss_api.restored(bytea),
    relay.refuse_change_of_operation() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cbss_api.operate_job(uuid, text, bytea),
    cbss_api.set_quota(text, text, text, double precision, integer, integer, bytea),
    cbss_api.set_lane(text, text, text, boolean, bytea),
    cbss_api.add_maintenance(text, timestamptz, timestamptz, bytea), cbss_api.end_maintenance(bigint, bytea),
    cbss_api.settle_quarantine(uuid, text, bytea), cbss_api.restored(bytea) TO cbss_operator;

-- Operators see structure, never what is sealed.
GRANT USAGE ON SCHEMA relay TO cbss_operator;
GRANT SELECT (job_id, organisation, environment, service, language, accepted_at, after_job) ON relay.job TO cbss_operator;
GRANT SELECT ON relay.job_state, relay.attempt, relay.quota, relay.circuit, relay.maintenance, relay.turn, relay.epoch,
    relay.result_row, relay.result_message TO cbss_operator;
GRANT SELECT (operation_id, at, login, upstream_user, action, job_id, quarantine_id, environment, organisation, service,
    detail) ON relay.operation TO cbss_operator;
GRANT SELECT (quarantine_id, cause, source, byte_position, organisation, job_id, attempt, message_bytes, seen,
    first_seen_at, last_seen_at, settled_at, settled_as) ON relay.quarantine TO cbss_operator;
GRANT SELECT ON relay.epoch TO cbss_relay;
GRANT INSERT ON relay.operation TO cbss_relay;
GRANT SELECT, DELETE ON relay.untold TO cbss_relay;
GRANT SELECT ON relay.operation TO cbss_relay;
DO $$
BEGIN
    IF to_regclass('public._sqlx_migrations') IS NOT NULL THEN
        GRANT SELECT ON public._sqlx_migrations TO cbss_operator;
    END IF;
END
$$;
