WITH moved AS (
    UPDATE relay.reparse
    SET done_job = $2, done_round = $3, looked = looked + $4, tries = 0, tried_at = NULL,
        finished_at = CASE WHEN $5 THEN clock_timestamp() END, outcome = CASE WHEN $5 THEN 'done' END
    WHERE reparse_id = $1 AND finished_at IS NULL
      AND done_job IS NOT DISTINCT FROM $6 AND done_round IS NOT DISTINCT FROM $7
    RETURNING dry_run
), input AS (
    SELECT * FROM unnest($8::uuid[], $9::integer[], $10::integer[], $11::text[], $12::text[], $13::text[],
        $14::text[], $15::text[], $16::text[], $17::integer[], $18::integer[], $19::text[], $20::text[],
        $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[], $28::bytea[])
    AS t (job_id, round, attempt, finding, differences, status_before, status_after, outcome_before,
        outcome_after, rows_before, rows_after, cbss_ticket, codes, row_group, row_ordinal, row_type, row_since,
        row_until, message_severity, message_code, content)
), written AS (
    UPDATE relay.result AS r
    SET outcome = i.outcome_after, codes = string_to_array(i.codes, $29), cbss_ticket = i.cbss_ticket,
        row_group = string_to_array(i.row_group, $29), row_ordinal = string_to_array(i.row_ordinal, $29)::integer[],
        row_type = string_to_array(i.row_type, $29, ''), row_since = string_to_array(i.row_since, $29, ''),
        row_until = string_to_array(i.row_until, $29, ''),
        message_severity = string_to_array(i.message_severity, $29),
        message_code = string_to_array(i.message_code, $29, ''), content = i.content,
        reparsed_at = clock_timestamp()
    FROM input AS i, moved AS m
    WHERE NOT m.dry_run AND i.finding = 'changed' AND i.content IS NOT NULL
      AND r.job_id = i.job_id AND r.round = i.round AND r.attempt = i.attempt
    RETURNING r.job_id, r.round
), found AS (
    INSERT INTO relay.reparse_finding (reparse_id, job_id, round, finding, differences, status_before, status_after,
        outcome_before, outcome_after, rows_before, rows_after, applied)
    SELECT $1, i.job_id, i.round, i.finding, string_to_array(i.differences, ' '), i.status_before, i.status_after,
        i.outcome_before, i.outcome_after, i.rows_before, i.rows_after, w.job_id IS NOT NULL
    FROM input AS i CROSS JOIN moved AS m LEFT JOIN written AS w ON w.job_id = i.job_id AND w.round = i.round
)
SELECT count(*) > 0 AS "moved!" FROM moved
