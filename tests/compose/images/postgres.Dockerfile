# Stands in for postgres:15: Debian's package behind the parts of that image's interface that are used here.
ARG BASE
FROM ${BASE}
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        postgresql-15 && rm -rf /var/lib/apt/lists/* && install -d -o postgres -g postgres /var/run/postgresql
ENV PATH=/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PGDATA=/var/lib/postgresql/data
RUN install -d -o postgres -g postgres -m 0700 "$PGDATA" /docker-entrypoint-initdb.d
COPY --chmod=0755 postgres-entrypoint /usr/local/bin/
USER postgres
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["postgres-entrypoint"]
CMD ["postgres"]
