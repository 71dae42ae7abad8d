# shellcheck shell=bash
part_browser() {
    local log=$RUN/log/browser.log status=0
    start_checked
    cd "$ROOT/tests/browser"
    [[ -d node_modules && node_modules -nt package-lock.json ]] || npm ci --no-audit --no-fund
    # The pictures of failures outlive the run.
    FERTIDOC_URL=$(server_url checked) FERTIDOC_BINARY=$BINARY FERTIDOC_CORPUS=$ROOT/tests/corpus \
        FERTIDOC_SHOTS=$TARGET/test-logs/browser npm test >"$log" 2>&1 || status=$?
    cat "$log"
    # shellcheck disable=SC2046 # two numbers
    counted $(awk '/^# pass / { passed = $3 } /^# (fail|cancelled) / { failed += $3 } END { print passed + 0, failed + 0 }' "$log")
    # Node is content with no test at all; we are not.
    grep -q '^# pass [1-9]' "$log" && return "$status"
}
