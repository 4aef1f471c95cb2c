WITH input AS (
    SELECT DISTINCT ON (job_id, number) *
    FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::uuid[], $5::bigint[])
        AS t (job_id, round, number, ticket, lease_ms)
    ORDER BY job_id, number
), admitted AS MATERIALIZED (
    SELECT * FROM relay.admit($1::uuid[], $7::bigint * interval '1 ms')
), decided AS MATERIALIZED (
    -- When all rows of quotas were locked: an attempt begins at this moment, and not after its deadline, however long the
    -- statement had waited for others.
    SELECT clock_timestamp() AS at FROM (SELECT count(*) FROM admitted) AS all_of_them
), begun AS (
    UPDATE relay.job_state AS s
    SET state = CASE WHEN s.look_step IS NULL THEN 'sending' ELSE s.state END,
        look_step = CASE WHEN s.look_step IS NOT NULL THEN 'sending' END,
        attempt = i.number,
        sent_attempt = CASE WHEN s.look_step IS NULL THEN i.number ELSE s.sent_attempt END,
        looks = s.looks + (s.look_step IS NOT NULL)::integer,
        attempts_counted = s.attempts_counted + (s.look_step IS NULL)::integer,
        round_began_at = CASE WHEN s.attempts_counted = 0 THEN now() ELSE s.round_began_at END,
        lease_until = now() + i.lease_ms * interval '1 ms'
    FROM decided AS d, input AS i JOIN admitted AS a USING (job_id)
    WHERE s.job_id = i.job_id AND a.slot_ms IS NOT NULL AND coalesce(s.look_step, s.state) = 'released'
      AND s.round = i.round AND s.attempt = i.number - 1 AND (s.deadline IS NULL OR s.deadline > d.at
          OR s.look_step IS NOT NULL)
    RETURNING s.job_id, s.round, s.attempt, i.ticket, s.lease_until, s.due_at, s.attempts_counted,
        s.unknown_outcomes, s.server_faults, s.spent_ms, s.looks, s.look_step, s.event_sequence, a.slot_ms, a.paced, d.at
), sent_back AS (
    UPDATE relay.job_state AS s
    SET state = CASE WHEN s.look_step IS NULL THEN 'accepted' ELSE s.state END,
        look_step = CASE WHEN s.look_step IS NOT NULL THEN 'waiting' END,
        wait_reason = CASE WHEN s.look_step IS NULL THEN 'circuit' END, lease_until = NULL
    FROM input AS i JOIN admitted AS a USING (job_id)
    WHERE s.job_id = i.job_id AND a.refused = 'circuit' AND coalesce(s.look_step, s.state) = 'released'
      AND s.round = i.round AND s.attempt = i.number - 1
), logged AS (
    INSERT INTO relay.attempt (job_id, number, round, kind, ticket, worker, began_at, lease_until)
    SELECT job_id, attempt, round, CASE WHEN look_step IS NULL THEN 'send' ELSE 'look' END, ticket, $6,
        at, lease_until
    FROM begun
)
SELECT i.ticket AS "wished!", a.refused AS "refused?", a.wait_ms AS "wait_ms?", b.job_id AS "job_id?",
    b.round AS "round?", b.attempt AS "attempt?", b.attempts_counted AS "attempts_counted?",
    b.unknown_outcomes AS "unknown_outcomes?", b.server_faults AS "server_faults?",
    b.spent_ms AS "spent_ms?", b.looks AS "looks?", b.look_step AS "look_step?",
    b.event_sequence AS "event_sequence?", b.slot_ms AS "slot_ms?", b.paced AS "paced?", j.organisation AS "organisation?",
    j.service AS "service?", j.payload AS "payload?",
    extract(epoch FROM now() - b.due_at)::float8 AS "waited_s?"
FROM input AS i
LEFT JOIN admitted AS a ON a.job_id = i.job_id
LEFT JOIN begun AS b ON b.job_id = i.job_id AND b.attempt = i.number AND b.ticket = i.ticket
LEFT JOIN relay.job AS j ON j.job_id = b.job_id
