DROP SCHEMA cbss_api CASCADE;
DROP TABLE relay.audit, relay.reader_login;
DROP FUNCTION relay.is_security_advisor(text), relay.refuse_change();
