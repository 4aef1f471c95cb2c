WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[], $6::boolean[],
        $7::bigint[], $8::text[], $9::integer[], $10::uuid[], $11::integer[], $12::text[], $13::text[],
        $14::text[], $15::boolean[], $16::bytea[])
    AS t (job_id, round, number, from_states, state, ended, delay_ms, cause, rescued, event_id, sequence,
        kind, organisation, service, wants_reply, envelope)
), moved AS (
    UPDATE relay.job_state AS s
    SET state = i.state, lease_until = NULL, cause = i.cause,
        look_step = CASE WHEN i.state = 'reconciling' THEN 'waiting' END,
        wait_reason = CASE WHEN i.state = 'accepted' THEN 'retry' END,
        due_at = CASE i.state WHEN 'accepted' THEN now() + i.delay_ms * interval '1 ms'
            WHEN 'reconciling' THEN greatest(now(), s.lease_until) + i.delay_ms * interval '1 ms'
            ELSE s.due_at END,
        looks = CASE WHEN i.state = 'reconciling' AND s.look_step IS NULL THEN 0 ELSE s.looks END,
        looks_agreed = CASE WHEN i.state = 'reconciling' AND s.look_step IS NULL THEN 0
            ELSE s.looks_agreed END,
        look_finding = CASE WHEN i.state = 'reconciling' AND s.look_step IS NULL THEN NULL
            ELSE s.look_finding END,
        rescues = s.rescues + i.rescued,
        event_sequence = coalesce(i.sequence, s.event_sequence),
        ended_at = CASE WHEN i.ended THEN now() END
    FROM input AS i
    WHERE s.job_id = i.job_id AND s.round = i.round AND s.attempt = i.number
      AND coalesce(s.look_step, s.state) = ANY (string_to_array(i.from_states, ','))
    RETURNING s.job_id
), ledger AS (
    UPDATE relay.attempt AS a SET rescued_at = clock_timestamp(), class = coalesce(a.class, 'lease_ended')
    FROM input AS i JOIN moved USING (job_id)
    WHERE a.job_id = i.job_id AND a.number = i.number AND i.rescued > 0
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
