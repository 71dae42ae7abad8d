# shellcheck shell=bash
# The server that browser, Loki and contract tests talk to: the whole house in one process, with
# the demonstration clinic.

start_checked() {
    { alive checked && [[ -s $RUN/secrets/token ]]; } || make_checked
    server_environment checked
}

make_checked() {
    build_for_tests
    start_test_services
    make_database fertidoc_checked
    server_environment checked
    without_limits
    migrate
    if ! alive checked; then
        choose_port checked
        choose_port checked-ops
    fi
    start_receiver
    FERTIDOC__TELEMETRY__LOKI_URL=http://127.0.0.1:$(port loki) start_server checked
    "$BINARY" demo --url "$(server_url checked)" --corpus "$ROOT/tests/corpus" 2>"$RUN/log/demo.log" |
        sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' | tr -d '\n' | keep_secret token
    [[ -s $RUN/secrets/token ]] || fail "the demonstration clinic could not be made" "$RUN/log/demo.log"
}

# Grafana's Loki where it is installed (Debian has none: its package of that name is another
# program); else a receiver that takes Loki's push protocol to pieces and answers its queries.
start_receiver() {
    alive loki && return
    choose_port loki
    if loki --version 2>&1 | grep -q '^loki, version'; then
        mkdir -p "$RUN/loki"
        sed "s#@DIR@#$RUN/loki#; s#@PORT@#$(port loki)#" "$ROOT/tests/loki/loki.yaml" >"$RUN/loki/loki.yaml"
        start loki loki -config.file="$RUN/loki/loki.yaml"
    else
        start loki python3 "$ROOT/tests/loki/receiver.py" "$(port loki)"
    fi
    await loki "Loki" curl --fail --silent "http://127.0.0.1:$(port loki)/ready"
}
