# What must be true of the running whole. Sourced by `run`.

compose() {
    "${compose_cli[@]}" --project-name "$project" --file docker-compose.yml --file tests/compose/docker-compose.yml "$@"
}

# relayctl LOGIN ARGUMENTS...: from a container, as that database login (owner, user1, ...; - for the services').
relayctl() {
    local url=database_$1_url
    [ "$1" != - ] || url=database_url
    shift
    compose run --rm --no-deps -T -e "CBSS_RELAY__DATABASE__URL__FILE=/run/secrets/$url" relayctl "$@" 2>"$scratch/relayctl.err" || {
        local code=$?
        cat "$scratch/relayctl.err" >&2
        return "$code"
    }
}

# address SERVICE PORT: where it is published on this machine. Asked once: Compose takes its time.
declare -A addresses=()
find_address() { addresses[$1]=$(compose port "$1" "$2"); }

# The containers that have a health check are healthy; one-shots have ended well.
healthy() {
    local id name state health code bad=0
    for id in $(compose ps --all --quiet); do
        read -r name state health code < <("$docker_cli" inspect --format \
            '{{.Name}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}} {{.State.ExitCode}}' "$id")
        case $state/$health/$code in
        running/healthy/* | running/-/* | exited/*/0) ;;
        *) echo "$name: $state, $health, exit code $code"; bad=1 ;;
        esac
    done
    return "$bad"
}

published_locally_only() {
    local id hosts host
    for id in $(compose ps --all --quiet); do
        hosts=$("$docker_cli" inspect --format '{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}} {{end}}{{end}}' "$id")
        for host in $hosts; do
            [ "$host" = 127.0.0.1 ] || { echo "$id publishes on $host"; return 1; }
        done
    done
}

not_root() { [ "$(compose exec -T "$1" id -u)" != 0 ]; }

# submission KEY SSIN [ORGANISATION]: one line of JSON.
submission() {
    jq --null-input --compact-output --arg key "$1" --arg ssin "$2" --arg organisation "${3:-eupen-test}" '{
        organisation: $organisation, idempotencyKey: $key, language: "de",
        requester: {userId: "user-1", reason: "file 4711"}, retrieveTiGroups: {ssin: $ssin, history: true}}'
}

# batch PREFIX: ten people who are found, and one for whom the CBSS is told to answer 400.
batch() {
    local ssin number=0
    for ssin in "${people[@]:1:10}" "${people[11]}"; do
        number=$((number + 1))
        submission "$1-$number" "$ssin"
    done
}

# A message that no organisation of ours may have sent: quarantine.
send_unauthorised() { submission "$1" "${people[0]}" ghost-town | relayctl - submit; }

simulator() { curl --silent --show-error --fail "http://${addresses[simulator]}$1" "${@:2}"; }
fault() { simulator /_sim/faults --header 'content-type: application/json' --data "$1" >/dev/null; }

submitted_job_ends_ok() {
    submission first "${people[0]}" | relayctl - submit --wait --json >"$scratch/event.json" || return
    jq --exit-status '.kind == "finished" and (.state == "ok" or .state == "warnings")' "$scratch/event.json"
}

again_finds_the_same_job() {
    submission first "${people[0]}" | relayctl - submit --wait --json >"$scratch/again.json" || return
    jq --exit-status --arg job "$job" '.duplicate and .jobId == $job' "$scratch/again.json"
}

requester_sees_rows() {
    relayctl user1 result show "$job" --reason "file 4711" --json >"$scratch/result.json" || return
    jq --exit-status '.rows | length > 0' "$scratch/result.json"
}

events_reach_upstream() {
    compose exec -T rabbitmq rabbitmqctl --quiet list_queues --vhost cbss name messages |
        awk '$1 == "cbss.events.eupen-test" { found = $2 } END { print found + 0; exit !(found >= 2) }'
}

# Neither as text nor as the bytes of a bytea column.
number_is_nowhere_in_clear() {
    local dump number=${people[0]} bytes
    bytes=$(printf %s "$number" | od --address-radix=n --format=x1 | tr --delete ' \n')
    dump=$(compose exec -T postgres pg_dump --username postgres --schema relay cbss_relay) || return
    grep --quiet "$job" <<<"$dump" || { echo "the dump does not hold the job"; return 1; }
    ! grep --quiet --regexp="$number" --regexp="$bytes" <<<"$dump" || { echo "the dump holds the SSIN"; return 1; }
    compose logs --no-color >"$scratch/logs" 2>&1 || return
    grep --quiet 'serving health and metrics' "$scratch/logs" || { echo "there are no logs"; return 1; }
    ! grep --quiet "$number" "$scratch/logs" || { echo "a log holds the SSIN"; return 1; }
}

# query EXPRESSION: the values, one a line, without those that are no number.
query() {
    curl --silent --show-error --fail --get "http://${addresses[prometheus]}/api/v1/query" \
        --data-urlencode "query=$1" | jq --raw-output '.data.result[].value[1] | select(. != "NaN")'
}

scraped() { # JOB COUNT
    local value
    value=$(query "sum(up{job=\"$1\"})")
    [ "$value" = "$2" ] || { echo "up{job=$1} is ${value:-nothing} instead of $2"; return 1; }
}

above_zero() {
    local values
    values=$(query "$1") || return
    awk '$1 > 0 { found = 1 } END { exit !found }' <<<"$values" || { echo "no value above 0 but: ${values:-no data}"; return 1; }
}

has_data() { [ -n "$(query "$1")" ] || { echo "no data"; return 1; }; }

# A panel that shows how something goes wrong over time may be at 0 in a run where it does not.
may_be_zero='^(Oldest unpublished event|Outbox)$'

check_dashboard() { # FILE
    local title expression
    while IFS= read -r line; do
        title=$(jq --raw-output .title <<<"$line")
        expression=$(jq --raw-output .expr <<<"$line")
        expression=${expression//\$__rate_interval/5m}
        expression=${expression//\$organisation/.*}
        case $expression in *\$*) check "panel $title: every variable is known" false ;; esac
        if [[ $title =~ $may_be_zero ]]; then
            check "panel $title has data ($(jq --raw-output .legend <<<"$line"))" within 60 has_data "$expression"
        else
            check "panel $title shows something ($(jq --raw-output .legend <<<"$line"))" within 60 above_zero "$expression"
        fi
    done < <(jq --compact-output '.panels[] | .title as $title | .targets[] | {title: $title, legend: .legendFormat, expr}' "$1")
}

# Stopped by the first signal, each by itself: 0, not 137.
stopped_well() {
    local id name code bad=0
    for id in $(compose ps --all --quiet producer worker results simulator); do
        read -r name code < <("$docker_cli" inspect --format '{{.Name}} {{.State.ExitCode}}' "$id")
        [ "$code" = 0 ] || { echo "$name ended with $code"; bad=1; }
    done
    return "$bad"
}
