-- Jobs that stand where the older schema has no place would be lost: there must be none.
DO $$
BEGIN
    IF EXISTS (SELECT FROM relay.job_state WHERE state = 'reconciling' OR waits_for IS NOT NULL) THEN
        RAISE EXCEPTION 'jobs are reconciling or wait for another: settle them before going back';
    END IF;
END
$$;
DROP FUNCTION relay.note_calls(text, text, text, integer, integer, text, boolean, integer, bigint, integer);
DROP FUNCTION relay.admit(uuid[], interval);
DROP FUNCTION relay.is_closed(text, text, text);
DROP INDEX relay.one_change_at_a_time, relay.job_change_open, relay.job_due_first, relay.job_due_again,
    relay.job_waits_for, relay.job_sending, relay.job_released, relay.look_due, relay.job_lease, relay.job_answered,
    relay.job_uncertain;
ALTER TABLE relay.job_state
    DROP CONSTRAINT lease_while_under_way, DROP CONSTRAINT looks_while_reconciling,
    DROP CONSTRAINT order_of_changes,
    DROP COLUMN spent_ms, DROP COLUMN sent_attempt, DROP COLUMN answer_attempt, DROP COLUMN look_step,
    DROP COLUMN looks, DROP COLUMN looks_agreed, DROP COLUMN look_finding, DROP COLUMN order_hash,
    DROP COLUMN order_number, DROP COLUMN waits_for,
    ADD CONSTRAINT job_state_check CHECK ((state IN ('released', 'sending')) = (lease_until IS NOT NULL));
ALTER TABLE relay.job DROP COLUMN after_job;
CREATE INDEX job_due ON relay.job_state (environment, organisation, service, priority, due_at) WHERE state = 'accepted';
CREATE INDEX job_released ON relay.job_state (environment, organisation, service) WHERE state = 'released';
CREATE INDEX job_lease ON relay.job_state (lease_until) WHERE state IN ('released', 'sending');
CREATE INDEX job_answered ON relay.job_state (job_id) WHERE state = 'answered';
DROP SEQUENCE relay.change_order;
DROP TABLE relay.quota, relay.circuit, relay.maintenance, relay.turn;
