REVOKE SELECT ON relay.outbox FROM cbss_operator;
REVOKE SELECT (event_id, job_id, sequence, kind, organisation, service, created_at) ON relay.event FROM cbss_operator;
DROP FUNCTION cbss_api.replay_events(bigint, uuid[], uuid, boolean),
    cbss_api.begin_event_replay(text, timestamptz, timestamptz, uuid, bytea),
    cbss_api.open_quarantined(uuid, bytea),
    cbss_api.repair_quarantined(uuid, uuid, bytea, text, text, text, bytea),
    cbss_api.replay_quarantined(uuid, uuid, bytea),
    relay.request_replay(uuid, uuid, boolean, bytea, text, text, text, bytea);
DROP TABLE relay.event_replay, relay.replay;
DROP INDEX relay.one_entry_per_destination;
CREATE OR REPLACE FUNCTION cbss_api.settle_quarantine(p_id uuid, p_as text, p_reason bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_item record;
BEGIN
    SELECT q.organisation, q.job_id, q.cause, q.settled_at INTO v_item FROM relay.quarantine AS q
    WHERE q.quarantine_id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    ELSIF v_item.settled_at IS NOT NULL THEN
        RETURN 'moved';
    END IF;
    UPDATE relay.quarantine AS q SET settled_at = now(), settled_as = p_as WHERE q.quarantine_id = p_id;
    INSERT INTO relay.operation (action, quarantine_id, job_id, organisation, detail, reason)
    VALUES ('quarantine_' || p_as, p_id, v_item.job_id, v_item.organisation, v_item.cause, p_reason);
    RETURN 'done';
END
$$;
COMMENT ON FUNCTION cbss_api.settle_quarantine IS 'Marks an item as discarded or replayed';
UPDATE relay.quarantine SET settled_as = 'replayed' WHERE settled_as = 'repaired';
ALTER TABLE relay.quarantine DROP CONSTRAINT quarantine_settled_as_check;
ALTER TABLE relay.quarantine ADD CONSTRAINT quarantine_settled_as_check CHECK (settled_as IN ('discarded', 'replayed'));
ALTER TABLE relay.quarantine DROP COLUMN settled_by;
COMMENT ON COLUMN relay.quarantine.cause IS NULL;
COMMENT ON COLUMN relay.quarantine.settled_as IS NULL;
ALTER TABLE relay.audit DROP COLUMN quarantine_id;
COMMENT ON TABLE relay.audit IS 'Every look at a result, refused ones included; lines are only ever added';
