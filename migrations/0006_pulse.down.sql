DROP TABLE relay.pulse;
