-- A sign of life of each service, by which it knows a database that lost what the service had seen committed.

CREATE TABLE relay.pulse (
    instance uuid PRIMARY KEY,
    service  text NOT NULL,
    number   bigint NOT NULL CHECK (number > 0),
    beat_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE relay.pulse IS
    'Written by running services only; one that finds a lower number than its last one stands before a restored database';
COMMENT ON COLUMN relay.pulse.instance IS 'A service with its state_dir; without one, a running process';
COMMENT ON COLUMN relay.pulse.number IS 'One more at each beat';
GRANT SELECT, INSERT, UPDATE, DELETE ON relay.pulse TO cbss_relay;
GRANT SELECT ON relay.pulse TO cbss_operator;
