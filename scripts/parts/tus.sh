# shellcheck shell=bash
# Resumable uploads with a client that others wrote (npm package tus-js-client), over two instances.
part_tus() {
    local log=$RUN/log/tus.log status=0
    start_checked
    choose_port tus
    choose_port tus-ops
    start_server tus
    cd "$ROOT/tests/tus"
    [[ -d node_modules && node_modules -nt package-lock.json ]] || npm ci --no-audit --no-fund
    FERTIDOC_URL=$(server_url checked) FERTIDOC_URL_2=$(server_url tus) FERTIDOC_TOKEN=$(secret token) \
        FERTIDOC_CORPUS=$ROOT/tests/corpus npm test >"$log" 2>&1 || status=$?
    stop_server tus
    cat "$log"
    # shellcheck disable=SC2046 # two numbers
    counted $(awk '/^# pass / { passed = $3 } /^# (fail|cancelled) / { failed += $3 } END { print passed + 0, failed + 0 }' "$log")
    grep -q '^# pass [1-9]' "$log" && return "$status"
}
