# shellcheck shell=bash
# Signing in at a real OpenID Provider (npm package oidc-provider) that the tests run on loopback.
part_oidc() {
    local log=$RUN/log/oidc.log status=0 made clinic
    start_checked
    made=$("$BINARY" token --new-clinic "Clinic with a provider" --name "oidc tests")
    clinic=$(sed -n 's/.*"clinic": *"\([^"]*\)".*/\1/p' <<<"$made")
    choose_port oidc
    choose_port oidc-ops
    choose_port idp
    make_secret oidc_client
    export FERTIDOC__HTTP__PUBLIC_URL FERTIDOC__OIDC__ISSUER FERTIDOC__OIDC__GROUPS
    FERTIDOC__HTTP__PUBLIC_URL=$(server_url oidc)
    FERTIDOC__OIDC__ISSUER=http://127.0.0.1:$(port idp)
    FERTIDOC__OIDC__GROUPS=$(printf '[{group="nurses",clinic="%s",role="nurse"},{group="admins",clinic="%s",role="clinic_admin"}]' "$clinic" "$clinic")
    # Whom the house asks for a second factor by default, not the demonstration's one role.
    unset FERTIDOC__ACCESS__SECOND_FACTOR_ROLES
    export FERTIDOC__OIDC__NAME="Test House" FERTIDOC__OIDC__CLIENT_ID=fertidoc
    export FERTIDOC__OIDC__CLIENT_SECRET_FILE=$RUN/secrets/oidc_client
    start_server oidc
    cd "$ROOT/tests/oidc"
    [[ -d node_modules && node_modules -nt package-lock.json ]] || npm ci --no-audit --no-fund
    FERTIDOC_URL=$(server_url oidc) FERTIDOC_OIDC_PORT=$(port idp) FERTIDOC_OIDC_SECRET=$(secret oidc_client) npm test >"$log" 2>&1 || status=$?
    stop_server oidc
    cat "$log"
    # shellcheck disable=SC2046 # two numbers
    counted $(awk '/^# pass / { passed = $3 } /^# (fail|cancelled) / { failed += $3 } END { print passed + 0, failed + 0 }' "$log")
    grep -q '^# pass [1-9]' "$log" && return "$status"
}
