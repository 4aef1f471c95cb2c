WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::smallint[], $5::bigint[],
        $6::integer[], $7::text[], $8::bigint[], $9::integer[], $10::integer[], $11::text[], $12::text[],
        $13::integer[], $14::bytea[], $15::uuid[], $16::integer[], $17::text[], $18::text[], $19::text[],
        $20::boolean[], $21::bytea[], $22::boolean[])
    AS t (job_id, number, class, http_status, retry_after_ms, duration_ms, state, delay_ms, unknown,
        uncounted, cause, content_type, answer_bytes, body, event_id, sequence, kind, organisation,
        service, wants_reply, envelope, held)
), ledger AS (
    UPDATE relay.attempt AS a
    SET finished_at = clock_timestamp(), class = i.class, http_status = i.http_status,
        retry_after_ms = i.retry_after_ms, duration_ms = i.duration_ms, answer_bytes = i.answer_bytes
    FROM input AS i
    WHERE a.job_id = i.job_id AND a.number = i.number AND a.finished_at IS NULL
    RETURNING a.job_id, a.number
), kept AS (
    INSERT INTO relay.answer (job_id, number, content_type, body)
    SELECT i.job_id, i.number, i.content_type, i.body
    FROM input AS i JOIN ledger USING (job_id, number) WHERE i.body IS NOT NULL
), moved AS (
    UPDATE relay.job_state AS s
    SET state = CASE WHEN s.look_step = 'sending' AND s.attempt = i.number
                 AND i.state IN ('answered', 'accepted') THEN s.state ELSE i.state END,
        look_step = CASE
            WHEN i.state = 'reconciling' THEN 'waiting'
            WHEN s.look_step = 'sending' AND s.attempt = i.number THEN
                CASE i.state WHEN 'answered' THEN 'answered' WHEN 'accepted' THEN 'waiting' END
            END,
        answer_attempt = CASE WHEN i.state = 'answered' THEN i.number END,
        lease_until = NULL, cause = i.cause,
        wait_reason = CASE
            WHEN i.state = 'accepted' AND s.look_step IS NULL THEN
                CASE WHEN i.held THEN 'circuit' ELSE 'retry' END
            END,
        due_at = CASE i.state
            WHEN 'accepted' THEN now() + i.delay_ms * interval '1 ms'
            WHEN 'reconciling' THEN greatest(now(), s.lease_until) + i.delay_ms * interval '1 ms'
            ELSE s.due_at END,
        spent_ms = s.spent_ms + CASE WHEN i.state = 'accepted' AND i.uncounted = 0 AND s.look_step IS NULL
            THEN i.duration_ms + i.delay_ms ELSE 0 END,
        attempts_counted = s.attempts_counted
            - CASE WHEN s.look_step IS NULL THEN i.uncounted ELSE 0 END,
        looks = CASE WHEN i.state = 'reconciling' THEN 0
            WHEN s.look_step IS NOT NULL THEN s.looks - i.uncounted ELSE s.looks END,
        looks_agreed = CASE WHEN i.state = 'reconciling' THEN 0 ELSE s.looks_agreed END,
        look_finding = CASE WHEN i.state = 'reconciling' THEN NULL ELSE s.look_finding END,
        unknown_outcomes = s.unknown_outcomes + i.unknown,
        event_sequence = coalesce(i.sequence, s.event_sequence),
        ended_at = CASE WHEN i.state IN ('failed', 'validated') THEN now() END
    FROM input AS i JOIN ledger USING (job_id, number)
    WHERE s.job_id = i.job_id
      AND ((s.attempt = i.number AND coalesce(s.look_step, s.state) = 'sending')
           OR (i.state = 'answered' AND s.sent_attempt = i.number
               AND s.state IN ('accepted', 'released', 'reconciling', 'uncertain')))
    RETURNING s.job_id
), said AS (
    INSERT INTO relay.event (event_id, job_id, sequence, kind, organisation, service, envelope)
    SELECT i.event_id, i.job_id, i.sequence, i.kind, i.organisation, i.service, i.envelope
    FROM input AS i JOIN moved USING (job_id) WHERE i.event_id IS NOT NULL
), pending AS (
    INSERT INTO relay.outbox (event_id, destination)
    SELECT i.event_id, d.destination
    FROM input AS i JOIN moved USING (job_id),
         LATERAL (VALUES ('events', true), ('reply', i.wants_reply)) AS d (destination, wanted)
    WHERE i.event_id IS NOT NULL AND d.wanted
)
SELECT job_id AS "job_id!" FROM moved
