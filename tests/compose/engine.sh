# Docker and Compose: found, or installed and started. Sourced by `run`.

docker_cli=
compose_cli=()
engine_pid=

install_missing() {
    local packages=()
    command -v docker >/dev/null || packages+=(docker.io iptables)
    command -v dockerd >/dev/null || docker info >/dev/null 2>&1 || packages+=(docker.io iptables)
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || packages+=(docker-compose)
    command -v debootstrap >/dev/null || [ "${images:-}" = public ] || packages+=(debootstrap)
    command -v jq >/dev/null || packages+=(jq)
    command -v curl >/dev/null || packages+=(curl)
    [ "${#packages[@]}" -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || die "install these first: ${packages[*]}"
    say "installing ${packages[*]} with apt-get"
    apt-get update --quiet=2
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --no-install-recommends "${packages[@]}" >"$scratch/apt.log" 2>&1 ||
        { tail -n 20 "$scratch/apt.log"; die "apt-get could not install them"; }
}

start_engine() {
    if docker info >/dev/null 2>&1; then
        say "the Docker engine is running"
        return
    fi
    [ "$(id -u)" = 0 ] || die "the Docker engine is not running, or this user may not use it"
    say "starting the Docker engine; it is stopped at the end"
    setsid dockerd >"$scratch/dockerd.log" 2>&1 &
    engine_pid=$!
    within 60 docker info >/dev/null || { tail -n 20 "$scratch/dockerd.log"; die "the Docker engine does not start"; }
}

stop_engine() {
    [ -n "$engine_pid" ] || return 0
    kill "$engine_pid" 2>/dev/null || true
    wait "$engine_pid" 2>/dev/null || true
}

# Since version 23, `docker build` needs the buildx plugin for BuildKit; an older client brings its own.
choose_clients() {
    local candidate version
    for candidate in docker /usr/bin/docker; do
        version=$("$candidate" version --format '{{.Client.Version}}' 2>/dev/null) || continue
        if "$candidate" buildx version >/dev/null 2>&1 || [ "${version%%.*}" -lt 23 ]; then
            docker_cli=$candidate
            break
        fi
    done
    [ -n "$docker_cli" ] || die "no docker client here can build with BuildKit: install the buildx plugin"
    if docker compose version >/dev/null 2>&1; then
        compose_cli=(docker compose)
    else
        compose_cli=(docker-compose)
    fi
    say "building with $("$docker_cli" --version), running with $("${compose_cli[@]}" version --short)"
}

engine() {
    install_missing
    start_engine
    choose_clients
}
