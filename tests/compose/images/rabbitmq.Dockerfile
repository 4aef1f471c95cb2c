# Stands in for rabbitmq:4.0: Debian's package (3.10) behind the parts of that image's interface that are used.
ARG BASE
FROM ${BASE}
# The package's scripts would start the broker.
RUN printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 0755 /usr/sbin/policy-rc.d \
    && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        rabbitmq-server && rm -rf /var/lib/apt/lists/* /etc/rabbitmq/rabbitmq-env.conf
# As in the official image: everything to standard output.
ENV RABBITMQ_LOGS=- PATH=/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/var/lib/rabbitmq
USER rabbitmq
VOLUME /var/lib/rabbitmq
CMD ["rabbitmq-server"]
