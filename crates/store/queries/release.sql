WITH bucket AS MATERIALIZED (
    SELECT q.environment, q.organisation, q.service, least(
            CASE WHEN q.rate IS NOT NULL THEN floor(1 + q.rate * extract(epoch FROM
                clock_timestamp() + $6::bigint * interval '1 ms' + q.burst * interval '1 s' / q.rate
                - greatest(q.full_at, clock_timestamp()))) - under_way.released END,
            q.concurrent - under_way.released - under_way.sending
                - CASE WHEN q.of_circuit THEN under_way.answered ELSE 0 END) AS room
    FROM (
        SELECT environment, organisation, service, rate, burst, concurrent, full_at, false AS of_circuit
        FROM relay.quota
        UNION ALL
        SELECT environment, organisation, service, NULL, 0, allowance, NULL, true FROM relay.circuit
        WHERE state IN ('probing', 'resuming')
    ) AS q, LATERAL (
        SELECT (SELECT count(*) FROM relay.job_state AS s
                WHERE (s.state = 'released' OR s.look_step = 'released')
                  AND s.environment = q.environment AND q.organisation IN ('*', s.organisation)
                  AND q.service IN ('*', s.service)) AS released,
               (SELECT count(*) FROM relay.job_state AS s
                WHERE (s.state = 'sending' OR s.look_step = 'sending')
                  AND s.environment = q.environment AND q.organisation IN ('*', s.organisation)
                  AND q.service IN ('*', s.service)) AS sending,
               (SELECT count(*) FROM relay.job_state AS s
                WHERE q.of_circuit AND (s.state = 'answered' OR s.look_step = 'answered')
                  AND s.environment = q.environment AND q.organisation IN ('*', s.organisation)
                  AND q.service IN ('*', s.service)) AS answered) AS under_way
), lane AS MATERIALIZED (
    SELECT l.environment, l.organisation, l.service, greatest(0, least(
        $4::integer - (
            SELECT count(*) FROM relay.job_state AS s
            WHERE (s.state = 'released' OR s.look_step = 'released') AND s.environment = l.environment
              AND s.organisation = l.organisation AND s.service = l.service),
        (SELECT min(b.room) FROM bucket AS b
         WHERE b.environment = l.environment AND b.organisation IN ('*', l.organisation)
           AND b.service IN ('*', l.service))))::bigint AS room
    FROM unnest($1::text[], $2::text[], $3::text[]) AS l (environment, organisation, service)
    WHERE NOT EXISTS (
            SELECT FROM relay.circuit AS c
            WHERE c.environment = l.environment AND c.organisation IN ('*', l.organisation)
              AND c.service IN ('*', l.service) AND c.state IN ('open', 'paused'))
      AND NOT EXISTS (
            SELECT FROM relay.maintenance AS m
            WHERE m.environment = l.environment AND m.starts_at <= now() AND m.ends_at > now())
), due AS (
    SELECT l.environment, l.organisation, l.service, l.room, d.job_id, d.priority, d.due_at, d.kind,
        row_number() OVER (
            PARTITION BY l.environment, l.organisation, l.service, d.priority, d.kind
            ORDER BY d.due_at) AS place
    FROM lane AS l CROSS JOIN LATERAL (
        SELECT * FROM (SELECT s.job_id, s.priority, s.due_at, 1 AS kind FROM relay.job_state AS s
         WHERE s.state = 'accepted' AND s.attempts_counted = 0 AND s.waits_for IS NULL
           AND s.environment = l.environment AND s.organisation = l.organisation
           AND s.service = l.service AND s.due_at <= now()
           AND (s.deadline IS NULL OR s.deadline > now())
           AND (s.order_hash IS NULL OR NOT EXISTS (
                SELECT FROM relay.job_state AS o
                WHERE o.order_hash = s.order_hash AND o.ended_at IS NULL AND o.job_id <> s.job_id
                  AND (o.order_number < s.order_number OR o.state <> 'accepted')))
         ORDER BY s.priority, s.due_at LIMIT l.room FOR UPDATE SKIP LOCKED) AS found
        UNION ALL
        SELECT * FROM (SELECT s.job_id, s.priority, s.due_at, 2 AS kind FROM relay.job_state AS s
         WHERE s.state = 'accepted' AND s.attempts_counted > 0 AND s.waits_for IS NULL
           AND s.environment = l.environment AND s.organisation = l.organisation
           AND s.service = l.service AND s.due_at <= now()
           AND (s.deadline IS NULL OR s.deadline > now())
           AND (s.order_hash IS NULL OR NOT EXISTS (
                SELECT FROM relay.job_state AS o
                WHERE o.order_hash = s.order_hash AND o.ended_at IS NULL AND o.job_id <> s.job_id
                  AND (o.order_number < s.order_number OR o.state <> 'accepted')))
         ORDER BY s.priority, s.due_at LIMIT l.room FOR UPDATE SKIP LOCKED) AS found
        UNION ALL
        SELECT * FROM (SELECT s.job_id, s.priority, s.due_at, 3 AS kind FROM relay.job_state AS s
         WHERE s.look_step = 'waiting' AND s.environment = l.environment
           AND s.organisation = l.organisation AND s.service = l.service AND s.due_at <= now()
         ORDER BY s.due_at LIMIT l.room FOR UPDATE SKIP LOCKED) AS found
    ) AS d
), in_lane AS (
    SELECT d.*, row_number() OVER (
        PARTITION BY d.environment, d.organisation, d.service
        ORDER BY d.priority, d.place, d.kind, d.due_at) AS lane_turn
    FROM due AS d
), in_turn AS (
    SELECT d.*, row_number() OVER (
        PARTITION BY d.environment, d.organisation
        ORDER BY d.priority, d.place, d.kind, d.due_at) AS turn
    FROM in_lane AS d WHERE d.lane_turn <= d.room
), shared AS (
    SELECT d.job_id, d.environment, d.organisation, d.service, d.turn, t.served_at, d.due_at,
        row_number() OVER (
            PARTITION BY d.environment ORDER BY d.turn, t.served_at NULLS FIRST, d.due_at) AS of_all,
        row_number() OVER (
            PARTITION BY d.environment, d.service
            ORDER BY d.turn, t.served_at NULLS FIRST, d.due_at) AS of_service
    FROM in_turn AS d
    LEFT JOIN relay.turn AS t ON t.environment = d.environment AND t.organisation = d.organisation
), chosen AS (
    SELECT d.* FROM shared AS d
    WHERE d.of_all <= coalesce((
            SELECT min(b.room) FROM bucket AS b
            WHERE b.environment = d.environment AND b.organisation = '*' AND b.service = '*'), d.of_all)
      AND d.of_service <= coalesce((
            SELECT min(b.room) FROM bucket AS b
            WHERE b.environment = d.environment AND b.organisation = '*' AND b.service = d.service),
            d.of_service)
      AND d.turn <= coalesce((
            SELECT min(b.room) FROM bucket AS b
            WHERE b.environment = d.environment AND b.organisation = d.organisation AND b.service = '*'),
            d.turn)
), released AS (
    UPDATE relay.job_state AS s
    SET state = CASE WHEN s.look_step IS NULL THEN 'released' ELSE s.state END,
        look_step = CASE WHEN s.look_step IS NOT NULL THEN 'released' END,
        wait_reason = NULL, lease_until = now() + $5::bigint * interval '1 ms'
    FROM chosen WHERE s.job_id = chosen.job_id AND (s.state = 'accepted' OR s.look_step = 'waiting')
    RETURNING s.job_id, s.environment, s.organisation, s.round, s.attempt + 1 AS attempt, chosen.turn,
        chosen.of_all
), served AS (
    INSERT INTO relay.turn (environment, organisation)
    SELECT DISTINCT r.environment, r.organisation FROM released AS r
    WHERE EXISTS (
        SELECT FROM bucket AS b WHERE b.environment = r.environment AND b.organisation = '*')
    ORDER BY r.environment, r.organisation
    ON CONFLICT (environment, organisation) DO UPDATE SET served_at = excluded.served_at
)
SELECT job_id AS "job_id!", round AS "round!", attempt AS "attempt!" FROM released ORDER BY turn, of_all
