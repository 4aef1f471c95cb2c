# The images: public ones where they can be pulled, otherwise made from Debian's packages. Sourced by `run`.

# Everything that is made here is called so.
made=cbss-relay-test
suite=bookworm

# RELAY_TEST_IMAGES: public, debian, or nothing to find out.
choose_images() {
    if [ -z "$images" ]; then
        images=debian
        timeout 60 "$docker_cli" pull --quiet debian:bookworm-slim >/dev/null 2>&1 && images=public
    fi
    case $images in
    public) say "using the public images" ;;
    debian) say "no public image can be pulled: making images from Debian's packages. GRAFANA IS LEFT OUT." ;;
    *) die "RELAY_TEST_IMAGES: public or debian, not $images" ;;
    esac
}

exists() { "$docker_cli" image inspect "$1" >/dev/null 2>&1; }

make_debian() {
    exists "$made/debian:$suite" && return
    [ "$(id -u)" = 0 ] || die "debootstrap needs root"
    say "debootstrap $suite"
    debootstrap --variant=minbase "$suite" "$scratch/root" >"$scratch/debootstrap.log" 2>&1 ||
        { tail -n 20 "$scratch/debootstrap.log"; die "debootstrap failed"; }
    tar --directory "$scratch/root" --create . | "$docker_cli" import - "$made/debian:$suite" >/dev/null
    rm -rf "$scratch/root"
}

# The Rust toolchain of this machine, without its documentation.
make_toolchain() {
    local root version
    root=$(rustc --print sysroot)
    version=$(rustc --version | cut -d' ' -f2)
    toolchain=$made/toolchain:$version
    exists "$toolchain" && return
    tar --directory "$root" --create --exclude=./share . | "$docker_cli" import - "$toolchain" >/dev/null
}

# build_image TAG OPTIONS...: quiet unless it fails.
build_image() {
    local log=$scratch/build.log
    DOCKER_BUILDKIT=1 "$docker_cli" build --progress=plain --tag "$@" >"$log" 2>&1 ||
        { tail -n 40 "$log"; die "docker build of $1 failed"; }
}

base_images() {
    choose_images
    [ "$images" = debian ] || return 0
    make_debian
    make_toolchain
    local name
    for name in builder postgres rabbitmq prometheus; do
        say "image $made/$name"
        build_image "$made/$name" --build-arg "BASE=$made/debian:$suite" --build-arg "TOOLCHAIN=$toolchain" \
            --file "tests/compose/images/$name.Dockerfile" tests/compose/images
    done
    export RELAY_BUILDER_IMAGE=$made/builder RELAY_RUNTIME_IMAGE=$made/debian:$suite
    export RELAY_POSTGRES_IMAGE=$made/postgres RELAY_RABBITMQ_IMAGE=$made/rabbitmq
    export RELAY_PROMETHEUS_IMAGE=$made/prometheus
}

relay_image() {
    export RELAY_IMAGE=$made/relay
    local options=(--file deploy/Dockerfile --build-arg LTO=off)
    [ -z "${RELAY_BUILDER_IMAGE:-}" ] || options+=(--build-arg "BUILDER_IMAGE=$RELAY_BUILDER_IMAGE")
    [ -z "${RELAY_RUNTIME_IMAGE:-}" ] || options+=(--build-arg "RUNTIME_IMAGE=$RELAY_RUNTIME_IMAGE")
    # Behind a proxy that terminates TLS, the registry's certificate is this machine's business.
    [ ! -s "${SSL_CERT_FILE:-}" ] || options+=(--secret "id=ca,src=$SSL_CERT_FILE")
    build_image "$RELAY_IMAGE" "${options[@]}" .
    say "the image has $("$docker_cli" image inspect --format '{{.Size}}' "$RELAY_IMAGE") bytes"
}
