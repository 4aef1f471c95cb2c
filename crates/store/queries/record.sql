WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[], $6::text[],
        $7::bigint[], $8::integer[], $9::integer[], $10::text[], $11::text[], $12::text[], $13::text[],
        $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::bytea[],
        $21::uuid[], $22::integer[], $23::text[], $24::text[], $25::text[], $26::boolean[], $27::bytea[],
        $29::bigint[], $30::boolean[], $31::text[], $32::integer[])
    AS t (job_id, number, round, class, cbss_ticket, state, delay_ms, unknown, server_fault, cause, outcome,
        codes, row_group, row_ordinal, row_type, row_since, row_until, message_severity, message_code,
        content, event_id, sequence, kind, organisation, service, wants_reply, envelope, spent_ms, held,
        look_finding, looks_agreed)
), moved AS (
    UPDATE relay.job_state AS s
    SET state = i.state, cause = i.cause,
        look_step = CASE WHEN i.state = 'reconciling' THEN 'waiting' END,
        wait_reason = CASE WHEN i.state = 'accepted' THEN CASE WHEN i.held THEN 'circuit' ELSE 'retry' END END,
        due_at = CASE
            WHEN i.state = 'reconciling' AND s.look_step IS NULL THEN greatest(now(), (
                SELECT a.lease_until FROM relay.attempt AS a
                WHERE a.job_id = i.job_id AND a.number = i.number)) + i.delay_ms * interval '1 ms'
            WHEN i.state IN ('accepted', 'reconciling') THEN now() + i.delay_ms * interval '1 ms'
            ELSE s.due_at END,
        spent_ms = s.spent_ms + i.spent_ms,
        attempts_counted = s.attempts_counted - (i.held AND s.look_step IS NULL)::integer,
        looks = CASE WHEN i.state = 'reconciling' AND s.look_step IS NULL THEN 0
            ELSE s.looks - (i.held AND s.look_step IS NOT NULL)::integer END,
        looks_agreed = CASE WHEN i.state = 'reconciling' AND NOT i.held THEN i.looks_agreed
            ELSE s.looks_agreed END,
        look_finding = CASE WHEN i.state = 'reconciling' AND NOT i.held THEN i.look_finding
            ELSE s.look_finding END,
        unknown_outcomes = s.unknown_outcomes + i.unknown,
        server_faults = s.server_faults + i.server_fault,
        event_sequence = coalesce(i.sequence, s.event_sequence),
        ended_at = CASE WHEN i.state NOT IN ('accepted', 'reconciling', 'uncertain') THEN now() END
    FROM input AS i
    WHERE s.job_id = i.job_id AND coalesce(s.answer_attempt, s.attempt) = i.number AND s.round = i.round
      AND coalesce(s.look_step, s.state) = 'answered'
    RETURNING s.job_id
), ledger AS (
    UPDATE relay.attempt AS a SET class = i.class, cbss_ticket = i.cbss_ticket
    FROM input AS i JOIN moved USING (job_id)
    WHERE a.job_id = i.job_id AND a.number = i.number
), kept AS (
    INSERT INTO relay.result (job_id, round, attempt, status, outcome, codes, cbss_ticket, row_group,
        row_ordinal, row_type, row_since, row_until, message_severity, message_code, content)
    SELECT i.job_id, i.round, i.number, i.state, i.outcome, string_to_array(i.codes, $28),
        i.cbss_ticket, string_to_array(i.row_group, $28), string_to_array(i.row_ordinal, $28)::integer[],
        string_to_array(i.row_type, $28, ''), string_to_array(i.row_since, $28, ''),
        string_to_array(i.row_until, $28, ''), string_to_array(i.message_severity, $28),
        string_to_array(i.message_code, $28, ''), i.content
    FROM input AS i JOIN moved USING (job_id) WHERE i.content IS NOT NULL
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
