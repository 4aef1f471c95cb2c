# Progress, counting and waiting. Sourced by `run`.

passed=0
failed=0
times=()

say() { printf '%(%H:%M:%S)T %s\n' -1 "$*"; }
die() {
    say "FAILED: $*"
    exit 1
}

# stage NAME COMMAND...: says so, runs it, keeps its time.
stage() {
    local name=$1 began=$SECONDS
    shift
    say "== $name"
    "$@"
    times+=("$((SECONDS - began)) s  $name")
}

# check NAME COMMAND...: one test; the command's output is shown when it fails.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        say "ok    $name"
    else
        failed=$((failed + 1))
        say "FAIL  $name"
        sed 's/^/        /' <<<"$output" | tail -n 20
    fi
}

# exits CODE COMMAND...: the command ends with that exit code.
exits() {
    local wanted=$1 code=0
    shift
    "$@" || code=$?
    [ "$code" = "$wanted" ] || {
        echo "exit code $code instead of $wanted: $*"
        return 1
    }
}

# within SECONDS COMMAND...: tries until it succeeds; the last try's output is shown if it never does.
within() {
    local end=$((SECONDS + $1)) output
    shift
    until output=$("$@" 2>&1); do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "$output"
            return 1
        fi
        sleep 1
    done
}

summary() {
    local line
    say "== times"
    for line in "${times[@]}"; do
        echo "         $line"
    done
    echo "$passed passed, $failed failed"
}
