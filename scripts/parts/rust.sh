# shellcheck shell=bash
part_rust() {
    local log=$RUN/log/cargo-test.log status=0
    cd "$ROOT"
    build_for_tests
    start_test_services
    eval "$(test_environment)"
    cargo test "${TEST_BUILD[@]}" --no-fail-fast -- "${TEST_ARGUMENTS[@]}" >"$log" 2>&1 || status=$?
    # Failures first in what is shown: the list at the end of each program names them.
    grep -v '^test .* ok$' "$log" || true
    # shellcheck disable=SC2046 # two numbers
    counted $(awk '/^test result:/ { passed += $4; failed += $6 } END { print passed + 0, failed + 0 }' "$log")
    return "$status"
}
