#!/bin/bash
# Runs once, when PostgreSQL's volume is new: the logins of deploy/secrets, and the database.
# The image's entry point sources or executes it with POSTGRES_USER set.

set -euo pipefail
login_of() { sed -E 's,^[a-z]+://([^:]+):.*$,\1,' "/run/secrets/$1"; }
password_of() { sed -E 's,^[a-z]+://[^:]+:(.*)@[^@]*$,\1,' "/run/secrets/$1"; }

make_login() { # SECRET OPTIONS
    psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set login="$(login_of "$1")" --set password="$(password_of "$1")" <<SQL
CREATE ROLE :"login" LOGIN PASSWORD :'password' $2;
SQL
}

# The roles that migrations grant to; they would make them, but then the logins here could not be members.
psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --command 'CREATE ROLE cbss_relay NOLOGIN; CREATE ROLE cbss_security_advisor NOLOGIN'

# Migrations say CREATE ROLE for roles that may be missing: the owner must be allowed to.
make_login database_owner_url CREATEROLE
make_login database_url 'IN ROLE cbss_relay'
make_login database_user1_url ''
make_login database_user2_url ''
make_login database_advisor_url 'IN ROLE cbss_security_advisor'

psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner="$(login_of database_owner_url)" <<'SQL'
CREATE DATABASE cbss_relay OWNER :"owner" TEMPLATE template0 ENCODING 'UTF8';
SQL
