-- Lanes: how much may be sent where (quotas), whether anything may (circuits, maintenance), and in which turn.

CREATE TABLE relay.quota (
    environment  text NOT NULL CHECK (environment IN ('test', 'acpt', 'prod')),
    organisation text NOT NULL DEFAULT '*',
    service      text NOT NULL DEFAULT '*',
    rate         double precision CHECK (rate > 0 AND rate <= 10000),
    burst        integer NOT NULL DEFAULT 0 CHECK (burst BETWEEN 0 AND 10000),
    concurrent   integer CHECK (concurrent BETWEEN 1 AND 100000),
    full_at      timestamptz NOT NULL DEFAULT '-infinity',
    server_start timestamptz NOT NULL DEFAULT pg_postmaster_start_time(),
    granted      bigint NOT NULL DEFAULT 0,
    source       text NOT NULL CHECK (source IN ('settings', 'operator')),
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (environment, organisation, service),
    CHECK (rate IS NOT NULL OR concurrent IS NOT NULL)
) WITH (fillfactor = 20);
COMMENT ON TABLE relay.quota IS 'Limits of a scope; a call needs room in all scopes that it belongs to';
COMMENT ON COLUMN relay.quota.organisation IS 'One organisation, or * for all of the environment together';
COMMENT ON COLUMN relay.quota.service IS 'One service, or * for all together';
COMMENT ON COLUMN relay.quota.rate IS 'Requests per second; empty: not limited';
COMMENT ON COLUMN relay.quota.burst IS 'Requests that may come at once after a pause, beyond the rate';
COMMENT ON COLUMN relay.quota.concurrent IS 'Calls open at once; empty: not limited';
COMMENT ON COLUMN relay.quota.full_at IS 'GCRA''s theoretical arrival time: when the grants made so far are used up at this rate';
COMMENT ON COLUMN relay.quota.server_start IS 'The server''s start when full_at was written: after a restart the burst begins empty';
COMMENT ON COLUMN relay.quota.granted IS 'Grants so far';
COMMENT ON COLUMN relay.quota.source IS 'From an organisation''s file, or set by an operator, which counts for more';

CREATE TABLE relay.circuit (
    environment  text NOT NULL,
    organisation text NOT NULL DEFAULT '*',
    service      text NOT NULL DEFAULT '*',
    state        text NOT NULL CHECK (state IN ('closed', 'open', 'probing', 'resuming', 'paused')),
    failures     integer NOT NULL DEFAULT 0,
    openings     integer NOT NULL DEFAULT 0,
    allowance    integer NOT NULL DEFAULT 1 CHECK (allowance >= 1),
    successes    integer NOT NULL DEFAULT 0,
    until        timestamptz,
    cause        text,
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (environment, organisation, service)
) WITH (fillfactor = 50);
COMMENT ON TABLE relay.circuit IS 'Whether a lane, or a whole environment (*, *), is called at all';
COMMENT ON COLUMN relay.circuit.state IS 'closed: calls flow; open: none until `until`; probing: one call; resuming: `allowance` calls at once; paused: none until an operator resumes';
COMMENT ON COLUMN relay.circuit.failures IS 'Failures in a row';
COMMENT ON COLUMN relay.circuit.openings IS 'Openings in a row: each waits longer';
COMMENT ON COLUMN relay.circuit.successes IS 'Successes at this allowance; as many as it allows double it';
COMMENT ON COLUMN relay.circuit.cause IS 'Class of the failure that opened or paused it';

CREATE TABLE relay.maintenance (
    maintenance_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    environment    text NOT NULL CHECK (environment IN ('test', 'acpt', 'prod')),
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    CHECK (starts_at < ends_at)
);
COMMENT ON TABLE relay.maintenance IS 'Announced windows in which an environment is not called';

CREATE TABLE relay.turn (
    environment  text NOT NULL,
    organisation text NOT NULL,
    served_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (environment, organisation)
) WITH (fillfactor = 50);
COMMENT ON TABLE relay.turn IS 'When an organisation last had a job released, so that turns go round where a limit is shared';

ALTER TABLE relay.job ADD COLUMN after_job uuid REFERENCES relay.job;
COMMENT ON COLUMN relay.job.after_job IS 'To be run when that job had ended ok or with warnings';

ALTER TABLE relay.job_state
    ADD COLUMN spent_ms bigint NOT NULL DEFAULT 0,
    ADD COLUMN sent_attempt integer NOT NULL DEFAULT 0,
    ADD COLUMN answer_attempt integer,
    ADD COLUMN look_step text CHECK (look_step IN ('waiting', 'released', 'sending', 'answered')),
    ADD COLUMN looks integer NOT NULL DEFAULT 0,
    ADD COLUMN looks_agreed integer NOT NULL DEFAULT 0,
    ADD COLUMN look_finding text CHECK (look_finding IN ('present', 'absent', 'partial')),
    ADD COLUMN order_hash bytea CHECK (octet_length(order_hash) = 32),
    ADD COLUMN order_number bigint,
    ADD COLUMN waits_for uuid REFERENCES relay.job,
    DROP CONSTRAINT job_state_check,
    ADD CONSTRAINT lease_while_under_way
        CHECK ((coalesce(look_step, state) IN ('released', 'sending')) = (lease_until IS NOT NULL)),
    ADD CONSTRAINT looks_while_reconciling CHECK ((state = 'reconciling') = (look_step IS NOT NULL)),
    ADD CONSTRAINT order_of_changes CHECK ((order_hash IS NULL) = (order_number IS NULL));
UPDATE relay.job_state SET sent_attempt = attempt WHERE attempt > 0;
COMMENT ON COLUMN relay.job_state.round_began_at IS 'When the round''s first attempt began; before that, when the job came';
COMMENT ON COLUMN relay.job_state.spent_ms IS 'What the round has used of its time budget: its calls and the waits between them, no other waiting';
COMMENT ON COLUMN relay.job_state.sent_attempt IS 'Newest attempt that sent the request itself: an answer to it counts, however late';
COMMENT ON COLUMN relay.job_state.answer_attempt IS 'The attempt whose stored answer waits, or waited, to be processed';
COMMENT ON COLUMN relay.job_state.look_step IS 'Where the look at a change of unknown outcome stands, while reconciling';
COMMENT ON COLUMN relay.job_state.looks IS 'Looks of this round';
COMMENT ON COLUMN relay.job_state.looks_agreed IS 'How many of the newest looks found the same';
COMMENT ON COLUMN relay.job_state.look_finding IS 'What they found';
COMMENT ON COLUMN relay.job_state.order_hash IS 'Of changes: keyed hash of environment, organisation and person; such changes run one at a time';
COMMENT ON COLUMN relay.job_state.order_number IS 'Their order of acceptance';
COMMENT ON COLUMN relay.job_state.waits_for IS 'Waits until that job has ended ok or with warnings; empty from then on';

CREATE SEQUENCE relay.change_order;

-- Two of these at once would be two changes of one person under way: the database refuses.
CREATE UNIQUE INDEX one_change_at_a_time ON relay.job_state (order_hash)
    WHERE order_hash IS NOT NULL AND state IN ('released', 'sending', 'answered', 'reconciling', 'uncertain');
CREATE INDEX job_change_open ON relay.job_state (order_hash, order_number)
    WHERE order_hash IS NOT NULL AND ended_at IS NULL;
DROP INDEX relay.job_due;
CREATE INDEX job_due_first ON relay.job_state (environment, organisation, service, priority, due_at)
    WHERE state = 'accepted' AND attempts_counted = 0 AND waits_for IS NULL;
CREATE INDEX job_due_again ON relay.job_state (environment, organisation, service, priority, due_at)
    WHERE state = 'accepted' AND attempts_counted > 0 AND waits_for IS NULL;
CREATE INDEX job_waits_for ON relay.job_state (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX job_sending ON relay.job_state (environment, organisation, service)
    WHERE state = 'sending' OR look_step = 'sending';
DROP INDEX relay.job_released;
CREATE INDEX job_released ON relay.job_state (environment, organisation, service)
    WHERE state = 'released' OR look_step = 'released';
CREATE INDEX look_due ON relay.job_state (environment, organisation, service, due_at) WHERE look_step = 'waiting';
DROP INDEX relay.job_lease;
CREATE INDEX job_lease ON relay.job_state (lease_until) WHERE lease_until IS NOT NULL;
DROP INDEX relay.job_answered;
CREATE INDEX job_answered ON relay.job_state (job_id) WHERE state = 'answered' OR look_step = 'answered';
CREATE INDEX job_uncertain ON relay.job_state (job_id) WHERE state IN ('uncertain', 'failed');

-- Room for calls, one decision for all replicas. Each job gets a slot (from when on it may be sent, on this server's
-- clock) in all of its quotas, or the reason why not. Quota rows are locked in the order of their key until the
-- statement that asked has committed, so that grants are in one line.
--
-- Rate: GCRA. A slot is the earliest time that no scope forbids; each grant moves the scope's full_at by 1 / rate.
-- A slot may lie up to p_horizon ahead; later ones are not granted, and wait_ms says when to ask again.
CREATE FUNCTION relay.admit(p_jobs uuid[], p_horizon interval)
RETURNS TABLE (job_id uuid, slot_ms double precision, paced boolean, refused text, wait_ms double precision)
LANGUAGE plpgsql AS $$
DECLARE
    v_quota relay.quota[];
    v_sending integer[];
    v_job record;
    v_now timestamptz;
    v_slot timestamptz;
    v_free timestamptz;
    v_refused text;
    v_mine integer[];
    v_interval interval;
    i integer;
BEGIN
    IF NOT EXISTS (SELECT FROM relay.quota)
       AND NOT EXISTS (SELECT FROM relay.circuit AS c WHERE c.state <> 'closed')
       AND NOT EXISTS (SELECT FROM relay.maintenance AS m WHERE m.ends_at > clock_timestamp()) THEN
        RETURN QUERY SELECT u, 0::double precision, false, NULL::text, NULL::double precision FROM unnest(p_jobs) AS u;
        RETURN;
    END IF;

    SELECT array_agg(q) INTO v_quota FROM (
        SELECT q.* FROM relay.quota AS q
        WHERE EXISTS (
            SELECT FROM relay.job_state AS s WHERE s.job_id = ANY (p_jobs) AND s.environment = q.environment
              AND q.organisation IN ('*', s.organisation) AND q.service IN ('*', s.service))
        ORDER BY q.environment, q.organisation, q.service FOR UPDATE) AS q;
    -- A circuit that is not closed limits the calls at once, an open one to none; a row of its own kind among the
    -- quotas. Open ones are locked too: one that is let through to be probed after this look and before the next would
    -- otherwise be a limit that nobody counted.
    SELECT v_quota || array_agg(ROW (c.environment, c.organisation, c.service, NULL, 0,
            CASE WHEN c.state IN ('probing', 'resuming') THEN c.allowance ELSE 0 END, NULL, NULL, 0,
            'circuit', NULL)::relay.quota) INTO v_quota FROM (
        SELECT c.* FROM relay.circuit AS c
        WHERE c.state <> 'closed' AND EXISTS (
            SELECT FROM relay.job_state AS s WHERE s.job_id = ANY (p_jobs) AND s.environment = c.environment
              AND c.organisation IN ('*', s.organisation) AND c.service IN ('*', s.service))
        ORDER BY c.environment, c.organisation, c.service FOR UPDATE) AS c;
    v_now := clock_timestamp();
    FOR i IN 1 .. coalesce(cardinality(v_quota), 0) LOOP
        IF v_quota[i].concurrent IS NOT NULL THEN
            v_sending[i] := (
                SELECT count(*) FROM relay.job_state AS s
                WHERE (s.state = 'sending' OR s.look_step = 'sending') AND s.environment = v_quota[i].environment
                  AND v_quota[i].organisation IN ('*', s.organisation) AND v_quota[i].service IN ('*', s.service));
        END IF;
        IF v_quota[i].source = 'circuit' THEN
            -- A call whose answer has not been looked at yet has told its circuit nothing.
            v_sending[i] := v_sending[i] + (
                SELECT count(*) FROM relay.job_state AS s
                WHERE (s.state = 'answered' OR s.look_step = 'answered') AND s.environment = v_quota[i].environment
                  AND v_quota[i].organisation IN ('*', s.organisation) AND v_quota[i].service IN ('*', s.service));
        END IF;
        IF v_quota[i].rate IS NOT NULL AND v_quota[i].server_start <> pg_postmaster_start_time() THEN
            v_quota[i].full_at := greatest(
                v_quota[i].full_at, v_now + v_quota[i].burst * interval '1 s' / v_quota[i].rate);
            v_quota[i].server_start := pg_postmaster_start_time();
        END IF;
    END LOOP;

    FOR v_job IN
        -- In the order of the work items, which is that of the release: turns and priorities are decided there.
        SELECT s.job_id, s.environment, s.organisation, s.service
        FROM unnest(p_jobs) WITH ORDINALITY AS i (job_id, place) JOIN relay.job_state AS s ON s.job_id = i.job_id
        WHERE s.state = 'released' OR s.look_step = 'released'
        ORDER BY i.place
    LOOP
        v_refused := CASE WHEN relay.is_closed(v_job.environment, v_job.organisation, v_job.service) THEN 'circuit' END;
        v_slot := v_now;
        v_mine := '{}';
        paced := false;
        FOR i IN 1 .. coalesce(cardinality(v_quota), 0) LOOP
            CONTINUE WHEN v_quota[i].environment <> v_job.environment
                OR v_quota[i].organisation NOT IN ('*', v_job.organisation)
                OR v_quota[i].service NOT IN ('*', v_job.service);
            v_mine := v_mine || i;
            IF v_quota[i].concurrent IS NOT NULL AND v_sending[i] >= v_quota[i].concurrent THEN
                v_refused := coalesce(
                    v_refused, CASE v_quota[i].source WHEN 'circuit' THEN 'circuit' ELSE 'quota' END);
            END IF;
            IF v_quota[i].rate IS NOT NULL THEN
                v_free := v_quota[i].full_at - v_quota[i].burst * interval '1 s' / v_quota[i].rate;
                v_slot := greatest(v_slot, v_free);
                paced := true;
            END IF;
        END LOOP;
        job_id := v_job.job_id;
        IF v_refused IS NOT NULL THEN
            slot_ms := NULL;
            refused := v_refused;
            -- A call that ends makes room; nobody knows when.
            wait_ms := CASE WHEN v_refused = 'quota' THEN 50 END;
        ELSIF v_slot > v_now + p_horizon THEN
            slot_ms := NULL;
            refused := 'quota';
            wait_ms := extract(epoch FROM v_slot - v_now - p_horizon) * 1000;
        ELSE
            slot_ms := extract(epoch FROM v_slot - v_now) * 1000;
            refused := NULL;
            wait_ms := NULL;
            FOREACH i IN ARRAY v_mine LOOP
                IF v_quota[i].rate IS NOT NULL THEN
                    v_interval := interval '1 s' / v_quota[i].rate;
                    v_quota[i].full_at := greatest(v_quota[i].full_at, v_slot) + v_interval;
                END IF;
                v_quota[i].granted := v_quota[i].granted + 1;
                v_sending[i] := coalesce(v_sending[i], 0) + 1;
            END LOOP;
        END IF;
        RETURN NEXT;
    END LOOP;

    UPDATE relay.quota AS q SET full_at = n.full_at, server_start = n.server_start, granted = n.granted
    FROM unnest(v_quota) AS n
    WHERE q.environment = n.environment AND q.organisation = n.organisation AND q.service = n.service
      AND n.source <> 'circuit' AND (q.granted <> n.granted OR q.server_start <> n.server_start);
END
$$;
COMMENT ON FUNCTION relay.admit IS
    'Grants room for calls of released jobs: slot_ms from now (paced: it is a rate that says so), or refused (quota, circuit) and when to ask again';

-- Is a lane not called at all at the moment?
CREATE FUNCTION relay.is_closed(p_environment text, p_organisation text, p_service text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
            SELECT FROM relay.maintenance AS m WHERE m.environment = p_environment
              AND m.starts_at <= clock_timestamp() AND m.ends_at > clock_timestamp())
        OR EXISTS (
            SELECT FROM relay.circuit AS c
            WHERE c.environment = p_environment AND c.organisation IN ('*', p_organisation)
              AND c.service IN ('*', p_service) AND c.state IN ('open', 'paused'))
$$;
COMMENT ON FUNCTION relay.is_closed IS 'Whether a maintenance window or a circuit keeps a lane from being called';

-- What calls came to, for the circuits of their lane and of their environment.
--
-- p_failures in a row (no success between) open it: for p_open_ms, doubled with each opening up to 16 times. After
-- that time one call goes out; its success lets two calls out at once, then four, ... and at
-- p_closed_at the circuit is closed. p_pause stops the lane until an operator resumes it.
CREATE FUNCTION relay.note_calls(
    p_environment text, p_organisation text, p_service text, p_succeeded integer, p_failed integer, p_class text,
    p_pause boolean, p_threshold integer, p_open_ms bigint, p_closed_at integer)
RETURNS SETOF relay.circuit LANGUAGE plpgsql AS $$
DECLARE
    v_scope record;
    v_circuit relay.circuit;
    v_before text;
BEGIN
    FOR v_scope IN
        SELECT '*'::text AS organisation, '*'::text AS service, p_threshold * 4 AS threshold
        UNION ALL SELECT p_organisation, p_service, p_threshold
    LOOP
        CONTINUE WHEN p_pause AND v_scope.organisation = '*';
        SELECT * INTO v_circuit FROM relay.circuit AS c
        WHERE c.environment = p_environment AND c.organisation = v_scope.organisation AND c.service = v_scope.service;
        -- A success is no news to a circuit that is closed and has nothing against it.
        CONTINUE WHEN p_failed = 0 AND NOT p_pause
            AND (NOT FOUND OR (v_circuit.state = 'closed' AND v_circuit.failures = 0 AND v_circuit.openings = 0));
        INSERT INTO relay.circuit (environment, organisation, service, state)
        VALUES (p_environment, v_scope.organisation, v_scope.service, 'closed') ON CONFLICT DO NOTHING;
        SELECT * INTO v_circuit FROM relay.circuit AS c
        WHERE c.environment = p_environment AND c.organisation = v_scope.organisation AND c.service = v_scope.service
        FOR UPDATE;
        v_before := v_circuit.state;
        IF p_pause THEN
            v_circuit.state := 'paused';
            v_circuit.until := NULL;
            v_circuit.cause := p_class;
        ELSIF v_circuit.state = 'paused' THEN
            CONTINUE;
        ELSIF p_failed > 0 THEN
            v_circuit.failures := CASE WHEN p_succeeded > 0 THEN 0 ELSE v_circuit.failures END + p_failed;
            v_circuit.successes := 0;
            IF v_circuit.state IN ('probing', 'resuming')
               OR (v_circuit.state = 'closed' AND v_circuit.failures >= v_scope.threshold) THEN
                v_circuit.state := 'open';
                v_circuit.openings := v_circuit.openings + 1;
                v_circuit.until := clock_timestamp()
                    + p_open_ms * power(2, least(v_circuit.openings - 1, 4)) * interval '1 ms';
                v_circuit.cause := p_class;
            END IF;
        ELSE
            v_circuit.failures := 0;
            IF v_circuit.state = 'closed' THEN
                v_circuit.openings := 0;
            -- An answer that was on its way when it opened says that the other side lives.
            ELSIF v_circuit.state = 'open' THEN
                v_circuit.until := least(v_circuit.until, clock_timestamp());
            ELSE
                v_circuit.successes := v_circuit.successes + p_succeeded;
                IF v_circuit.successes >= v_circuit.allowance THEN
                    v_circuit.successes := 0;
                    v_circuit.allowance := v_circuit.allowance * 2;
                    v_circuit.state := 'resuming';
                    v_circuit.until := NULL;
                END IF;
                IF v_circuit.allowance >= p_closed_at THEN
                    v_circuit.state := 'closed';
                    v_circuit.cause := NULL;
                    v_circuit.allowance := 1;
                END IF;
            END IF;
        END IF;
        UPDATE relay.circuit AS c
        SET state = v_circuit.state, failures = v_circuit.failures, openings = v_circuit.openings,
            allowance = v_circuit.allowance, successes = v_circuit.successes, until = v_circuit.until,
            cause = v_circuit.cause,
            changed_at = CASE WHEN c.state <> v_circuit.state THEN now() ELSE c.changed_at END
        WHERE c.environment = p_environment AND c.organisation = v_scope.organisation
          AND c.service = v_scope.service;
        IF v_before <> v_circuit.state THEN
            RETURN NEXT v_circuit;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION relay.note_calls IS 'Tells the circuits of a lane what calls came to; returns those that changed their state';

GRANT SELECT, INSERT, UPDATE, DELETE ON relay.quota TO cbss_relay;
GRANT SELECT, INSERT, UPDATE ON relay.circuit, relay.turn TO cbss_relay;
GRANT SELECT ON relay.maintenance TO cbss_relay;
GRANT USAGE ON SEQUENCE relay.change_order TO cbss_relay;
