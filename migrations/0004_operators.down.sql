-- The role stays: other databases of the server may use it.
REVOKE ALL ON ALL TABLES IN SCHEMA relay FROM cbss_operator;
REVOKE USAGE ON SCHEMA relay FROM cbss_operator;
DROP FUNCTION cbss_api.restored(bytea), cbss_api.settle_quarantine(uuid, text, bytea),
    cbss_api.end_maintenance(bigint, bytea), cbss_api.add_maintenance(text, timestamptz, timestamptz, bytea),
    cbss_api.set_lane(text, text, text, boolean, bytea),
    cbss_api.set_quota(text, text, text, double precision, integer, integer, bytea),
    cbss_api.operate_job(uuid, text, bytea);
DROP TABLE relay.epoch, relay.untold, relay.operation;
DROP FUNCTION relay.refuse_change_of_operation();
DROP INDEX relay.job_dead;
CREATE INDEX job_uncertain ON relay.job_state (job_id) WHERE state IN ('uncertain', 'failed');
ALTER TABLE relay.job_state DROP COLUMN discarded_at;
ALTER TABLE relay.quarantine DROP COLUMN settled_at, DROP COLUMN settled_as;
DO $$
BEGIN
    IF to_regclass('public._sqlx_migrations') IS NOT NULL THEN
        REVOKE SELECT ON public._sqlx_migrations FROM cbss_operator;
    END IF;
END
$$;
