-- The roles stay: other databases of the server may use them.
DROP SCHEMA relay CASCADE;
