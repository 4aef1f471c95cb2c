DROP FUNCTION cbss_api.stop_reparse(bigint, bytea),
    cbss_api.begin_reparse(text, text, uuid, timestamptz, timestamptz, boolean, bytea);
DROP TABLE relay.reparse_finding, relay.reparse;
REVOKE UPDATE (outcome, codes, cbss_ticket, row_group, row_ordinal, row_type, row_since, row_until, message_severity,
    message_code, content) ON relay.result FROM cbss_relay;
ALTER TABLE relay.result DROP COLUMN reparsed_at;
