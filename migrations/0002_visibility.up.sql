-- Who may see a result: the user who asked, and security advisors. One function decides, for everyone.

CREATE TABLE relay.reader_login (
    login        text NOT NULL,
    organisation text NOT NULL,
    user_hash    bytea NOT NULL CHECK (octet_length(user_hash) = 32),
    added_at     timestamptz NOT NULL DEFAULT now(),
    added_by     text NOT NULL DEFAULT session_user,
    PRIMARY KEY (login, organisation, user_hash)
);
COMMENT ON TABLE relay.reader_login IS 'Which upstream user a login of this server is, per organisation';
COMMENT ON COLUMN relay.reader_login.user_hash IS 'Keyed hash of organisation and user id, as in job.requester_hash';

CREATE TABLE relay.audit (
    audit_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    login        text NOT NULL,
    action       text NOT NULL,
    job_id       uuid,
    organisation text,
    decision     text NOT NULL CHECK (decision IN ('granted', 'denied', 'not_found')),
    capacity     text CHECK (capacity IN ('requester', 'security_advisor')),
    reason       bytea
);
COMMENT ON TABLE relay.audit IS 'Every look at a result, refused ones included; lines are only ever added';
COMMENT ON COLUMN relay.audit.login IS 'The login that looked: the server''s word, never the caller''s';
COMMENT ON COLUMN relay.audit.capacity IS 'As what the look was granted';
COMMENT ON COLUMN relay.audit.reason IS 'Sealed: the reason that was given';

-- Audit lines are evidence: whoever may write them may not change them, the owner of the table included.
CREATE FUNCTION relay.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lines of relay.audit are only ever added';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON relay.audit
    FOR EACH ROW EXECUTE FUNCTION relay.refuse_change();
CREATE TRIGGER audit_is_not_truncated BEFORE TRUNCATE ON relay.audit
    FOR EACH STATEMENT EXECUTE FUNCTION relay.refuse_change();

CREATE SCHEMA cbss_api;
COMMENT ON SCHEMA cbss_api IS 'What people''s logins may call';

-- Membership as it is granted. pg_has_role() would count every superuser as a member of everything, and an
-- administrator is no security advisor.
CREATE FUNCTION relay.is_security_advisor(p_login text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE membership AS (
        SELECT m.roleid
        FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
        WHERE r.rolname = p_login
        UNION
        SELECT m.roleid FROM pg_catalog.pg_auth_members AS m JOIN membership AS above ON m.member = above.roleid
    )
    SELECT EXISTS (
        SELECT FROM membership JOIN pg_catalog.pg_roles AS r ON r.oid = membership.roleid
        WHERE r.rolname = 'cbss_security_advisor')
$$;

CREATE FUNCTION cbss_api.read_result(p_job_id uuid, p_reason bytea)
RETURNS TABLE (
    decision text, organisation text, service text, state text, language text, round integer, status text,
    outcome text, codes text[], cbss_ticket text, row_group text[], row_ordinal integer[], row_type text[],
    row_since text[], row_until text[], content bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_job relay.job;
    v_capacity text;
    v_decision text;
BEGIN
    SELECT * INTO v_job FROM relay.job AS j WHERE j.job_id = p_job_id;
    IF NOT FOUND THEN
        v_decision := 'not_found';
    ELSE
        IF EXISTS (
            SELECT FROM relay.reader_login AS l
            WHERE l.login = session_user AND l.organisation = v_job.organisation
              AND l.user_hash = v_job.requester_hash) THEN
            v_capacity := 'requester';
        -- A sealed value of five characters has 48 bytes (relay-vault): an advisor gives a reason.
        ELSIF relay.is_security_advisor(session_user) AND octet_length(p_reason) >= 48 THEN
            v_capacity := 'security_advisor';
        END IF;
        v_decision := CASE WHEN v_capacity IS NULL THEN 'denied' ELSE 'granted' END;
    END IF;

    INSERT INTO relay.audit (login, action, job_id, organisation, decision, capacity, reason)
    VALUES (session_user, 'read_result', p_job_id, v_job.organisation, v_decision, v_capacity, p_reason);

    IF v_decision <> 'granted' THEN
        -- A refusal is an answer, not an error: an error would take the audit line back with it.
        RETURN QUERY SELECT v_decision, NULL::text, NULL::text, NULL::text, NULL::text, NULL::integer, NULL::text,
            NULL::text, NULL::text[], NULL::text, NULL::text[], NULL::integer[], NULL::text[], NULL::text[],
            NULL::text[], NULL::bytea;
        RETURN;
    END IF;
    RETURN QUERY
        SELECT v_decision, v_job.organisation, v_job.service, s.state, v_job.language, r.round, r.status, r.outcome,
               r.codes, r.cbss_ticket, r.row_group, r.row_ordinal, r.row_type, r.row_since, r.row_until, r.content
        FROM relay.job_state AS s
        LEFT JOIN relay.result AS r ON r.job_id = s.job_id AND r.round = s.round
        WHERE s.job_id = p_job_id;
END
$$;
COMMENT ON FUNCTION cbss_api.read_result IS
    'The one way to a result. One row: decision is granted, denied or not_found; each call leaves an audit line';

REVOKE ALL ON FUNCTION relay.is_security_advisor(text), relay.refuse_change() FROM PUBLIC;
GRANT USAGE ON SCHEMA cbss_api TO PUBLIC;
GRANT EXECUTE ON FUNCTION cbss_api.read_result(uuid, bytea) TO PUBLIC;
GRANT SELECT ON relay.reader_login TO cbss_relay;

-- Services compare the schema's version with the one they were built for. (The table is the migrator's; it is
-- absent where these files are applied by hand.)
DO $$
BEGIN
    IF to_regclass('public._sqlx_migrations') IS NOT NULL THEN
        GRANT SELECT ON public._sqlx_migrations TO cbss_relay;
    END IF;
END
$$;
