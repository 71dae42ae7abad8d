# shellcheck shell=bash
# Schemathesis asks every route of the served OpenAPI document what it did not expect.
part_contract() {
    local python
    start_checked
    python=$(python_with tests/requirements.txt)
    # It keeps notes of what failed where it stands.
    mkdir -p "$RUN/contract"
    cd "$RUN/contract"
    # The token comes through the configuration file's environment, not as an argument.
    FERTIDOC_CONTRACT_HOOKS=$ROOT/tests/contract/hooks.py FERTIDOC_TOKEN=$(secret token) "$(dirname "$python")/schemathesis" --config-file "$ROOT/tests/contract/schemathesis.toml" \
        run --url "$(server_url checked)" "$(server_url checked)/api/openapi.json"
}
