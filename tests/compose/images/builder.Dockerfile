# Stands in for rust:1-bookworm: Debian's compiler and linker, and the Rust toolchain of this machine.
ARG BASE
ARG TOOLCHAIN
FROM ${TOOLCHAIN} AS toolchain
FROM ${BASE}
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        ca-certificates gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY --from=toolchain / /usr/local/
