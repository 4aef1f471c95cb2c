-- Upstream hears of the changes that became uncertain by a restore, as of all others that wait for a person.

ALTER TABLE relay.untold DROP CONSTRAINT untold_kind_check;
ALTER TABLE relay.untold ADD CONSTRAINT untold_kind_check CHECK (kind IN ('reopened', 'parked', 'finished'));
COMMENT ON TABLE relay.untold IS 'Ends, new rounds and uncertainty that operators brought about and that no event tells of yet';

CREATE OR REPLACE FUNCTION cbss_api.restored(p_reason bytea, OUT epoch bigint, OUT uncertain bigint, OUT released bigint)
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
        RETURNING s.job_id, s.round
    ), told AS (
        INSERT INTO relay.untold (job_id, round, kind, state, outcome)
        SELECT m.job_id, m.round, 'parked', 'uncertain', 'unknown_outcome' FROM moved AS m)
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
