DROP FUNCTION cbss_api.load_catalogue(text, jsonb, bytea);
DROP TABLE relay.purpose;
DROP TABLE relay.sector;
