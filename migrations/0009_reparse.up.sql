-- Re-parsing: stored answers are read again by the parser of now, and what it makes of them replaces what an earlier one
-- made. An operator asks; results, which has the parser and the keys, carries it out and says what changed.

CREATE TABLE relay.reparse (
    reparse_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation text,
    service      text,
    job_id       uuid,
    since        timestamptz,
    until_asked  timestamptz,
    until        timestamptz NOT NULL,
    dry_run      boolean NOT NULL,
    login        text NOT NULL DEFAULT session_user,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    results      bigint NOT NULL,
    looked       bigint NOT NULL DEFAULT 0,
    done_job     uuid,
    done_round   integer,
    tries        integer NOT NULL DEFAULT 0,
    tried_at     timestamptz,
    finished_at  timestamptz,
    outcome      text CHECK (outcome IN ('done', 'stopped')),
    CHECK ((finished_at IS NULL) = (outcome IS NULL)),
    CHECK ((done_job IS NULL) = (done_round IS NULL))
);
COMMENT ON TABLE relay.reparse IS 'Runs that read stored answers again, and how far they came';
COMMENT ON COLUMN relay.reparse.organisation IS 'Of this organisation only; empty: of all. So for service, job and times';
COMMENT ON COLUMN relay.reparse.since IS 'Results of answers that were processed from then on';
COMMENT ON COLUMN relay.reparse.until IS 'And before this';
COMMENT ON COLUMN relay.reparse.until_asked IS 'The end that was asked for; without one, until is when it was asked';
COMMENT ON COLUMN relay.reparse.dry_run IS 'Only say what would change';
COMMENT ON COLUMN relay.reparse.login IS 'The login of the server that asked: the server''s word, never the caller''s';
COMMENT ON COLUMN relay.reparse.results IS 'How many results matched when it was asked for';
COMMENT ON COLUMN relay.reparse.looked IS 'How many have been read again';
COMMENT ON COLUMN relay.reparse.done_job IS 'The result that was done last; they are done in the order of job and round';
COMMENT ON COLUMN relay.reparse.tries IS 'How often a service has begun at this place: an answer that ends every process is passed over';
COMMENT ON COLUMN relay.reparse.tried_at IS 'When a service last began; another one leaves it alone for some seconds';
CREATE INDEX reparse_open ON relay.reparse (reparse_id) WHERE finished_at IS NULL;

CREATE TABLE relay.reparse_finding (
    reparse_id     bigint NOT NULL REFERENCES relay.reparse,
    job_id         uuid NOT NULL REFERENCES relay.job,
    round          integer NOT NULL,
    finding        text NOT NULL CHECK (finding IN ('changed', 'status', 'unreadable', 'no_answer', 'damaged', 'crashes')),
    differences    text[] NOT NULL,
    status_before  text NOT NULL,
    status_after   text,
    outcome_before text NOT NULL,
    outcome_after  text,
    rows_before    integer NOT NULL,
    rows_after     integer,
    applied        boolean NOT NULL,
    PRIMARY KEY (reparse_id, job_id, round)
);
COMMENT ON TABLE relay.reparse_finding IS 'What reading an answer again found that its result does not say, in structure and never in content';
COMMENT ON COLUMN relay.reparse_finding.finding IS 'changed: the result says something else now; status: it would end the job otherwise, which is a person''s to decide; unreadable, no_answer, damaged, crashes: the answer says nothing to the parser of now, and the result stays';
COMMENT ON COLUMN relay.reparse_finding.differences IS 'status, outcome, codes, ticket, messages, rows (how many, of which group and type), dates, titles, texts, fields, content (what was stored did not open)';
COMMENT ON COLUMN relay.reparse_finding.applied IS 'The result has been replaced';

ALTER TABLE relay.result ADD COLUMN reparsed_at timestamptz;
COMMENT ON COLUMN relay.result.reparsed_at IS 'When a later parser had something else to say of the same answer; empty: it is as it was first read';

CREATE FUNCTION cbss_api.begin_reparse(
    p_organisation text, p_service text, p_job_id uuid, p_since timestamptz, p_until timestamptz, p_dry_run boolean,
    p_reason bytea, OUT reparse_id bigint, OUT results bigint, OUT looked bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_until timestamptz := coalesce(p_until, clock_timestamp());
BEGIN
    SELECT r.reparse_id, r.results, r.looked INTO reparse_id, results, looked
    FROM relay.reparse AS r
    WHERE r.organisation IS NOT DISTINCT FROM p_organisation AND r.service IS NOT DISTINCT FROM p_service
      AND r.job_id IS NOT DISTINCT FROM p_job_id AND r.since IS NOT DISTINCT FROM p_since
      AND r.until_asked IS NOT DISTINCT FROM p_until AND r.dry_run = p_dry_run AND r.finished_at IS NULL
    ORDER BY r.reparse_id DESC LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT count(*) INTO results FROM relay.result AS r JOIN relay.job AS j ON j.job_id = r.job_id
    WHERE (p_organisation IS NULL OR j.organisation = p_organisation) AND (p_service IS NULL OR j.service = p_service)
      AND (p_job_id IS NULL OR r.job_id = p_job_id) AND (p_since IS NULL OR r.processed_at >= p_since)
      AND r.processed_at < v_until;
    looked := 0;
    INSERT INTO relay.reparse AS r (organisation, service, job_id, since, until_asked, until, dry_run, results)
    VALUES (p_organisation, p_service, p_job_id, p_since, p_until, v_until, p_dry_run, begin_reparse.results)
    RETURNING r.reparse_id INTO reparse_id;
    INSERT INTO relay.operation (action, job_id, organisation, service, detail, reason)
    VALUES ('reparse', p_job_id, p_organisation, p_service,
        format('number %s%s: %s results', reparse_id, CASE WHEN p_dry_run THEN ', dry run' ELSE '' END, results),
        p_reason);
END
$$;
COMMENT ON FUNCTION cbss_api.begin_reparse IS
    'Asks for stored answers to be read again, or finds the run that was asked for the same and is not finished';

CREATE FUNCTION cbss_api.stop_reparse(p_id bigint, p_reason bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_run relay.reparse;
BEGIN
    SELECT * INTO v_run FROM relay.reparse AS r WHERE r.reparse_id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    ELSIF v_run.finished_at IS NOT NULL THEN
        RETURN 'moved';
    END IF;
    UPDATE relay.reparse AS r SET finished_at = clock_timestamp(), outcome = 'stopped' WHERE r.reparse_id = p_id;
    INSERT INTO relay.operation (action, detail, reason)
    VALUES ('reparse_stop', format('number %s after %s of %s results', p_id, v_run.looked, v_run.results), p_reason);
    RETURN 'done';
END
$$;
COMMENT ON FUNCTION cbss_api.stop_reparse IS 'Ends a run where it is; what it has done stays';

REVOKE ALL ON FUNCTION
    cbss_api.begin_reparse(text, text, uuid, timestamptz, timestamptz, boolean, bytea),
    cbss_api.stop_reparse(bigint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    cbss_api.begin_reparse(text, text, uuid, timestamptz, timestamptz, boolean, bytea),
    cbss_api.stop_reparse(bigint, bytea) TO cbss_operator;

-- The status of a result is the state in which its job ended, which upstream was told: no run changes it.
GRANT UPDATE (outcome, codes, cbss_ticket, row_group, row_ordinal, row_type, row_since, row_until, message_severity,
    message_code, content, reparsed_at) ON relay.result TO cbss_relay;
GRANT SELECT, UPDATE ON relay.reparse TO cbss_relay;
GRANT SELECT, INSERT ON relay.reparse_finding TO cbss_relay;
GRANT SELECT ON relay.reparse, relay.reparse_finding TO cbss_operator;
