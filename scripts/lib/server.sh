# shellcheck shell=bash
# fertidoc itself: its settings from the environment, secrets through files.

# server_environment BUCKET: exported for `fertidoc migrate`, `demo`, `all` and the others.
server_environment() {
    local role
    for role in owner app worker refresher sealer; do
        export "FERTIDOC__DB__${role^^}_URL_FILE=$RUN/secrets/db_${role}_url"
    done
    make_key access_key
    export FERTIDOC__ACCESS__KEY_FILE=$RUN/secrets/access_key
    export FERTIDOC__CACHE__REDIS_URL_FILE=$RUN/secrets/redis_url
    export FERTIDOC__STORE__ENDPOINT FERTIDOC__STORE__BUCKET=$1
    FERTIDOC__STORE__ENDPOINT=$(store_url)
    export FERTIDOC__STORE__ACCESS_KEY_FILE=$RUN/secrets/store_access_key
    export FERTIDOC__STORE__SECRET_KEY_FILE=$RUN/secrets/store_secret_key
    # Loopback without TLS: a cookie marked Secure would never come back.
    export FERTIDOC__HTTP__SECURE_COOKIES=false
    # A demonstration and a test: the auditor shows what a second factor is like, the others go without.
    export FERTIDOC__ACCESS__SECOND_FACTOR_ROLES='["auditor"]'
}

# Tests and figures ask faster than people do.
without_limits() {
    local class
    for class in SIGN_IN ADDRESS UPLOAD READ REPORT ADMIN; do
        export "FERTIDOC__LIMIT__${class}_BURST=0"
    done
}

migrate() {
    local log=$RUN/log/migrate.log
    "$BINARY" migrate >"$log" 2>&1 || fail "the database could not be brought to this version's schema" "$log"
}

# start_server NAME: web, API and worker in one process, on the ports NAME and NAME-ops.
start_server() {
    alive "$1" && return
    FERTIDOC__HTTP__BIND=127.0.0.1:$(port "$1") FERTIDOC__HTTP__OPS_BIND=127.0.0.1:$(port "$1-ops") \
        FERTIDOC__TELEMETRY__INSTANCE=$1 start "$1" "$BINARY" all
    await "$1" "fertidoc" curl --fail --silent --max-time 2 "$(server_url "$1")/readyz"
}

server_url() { echo "http://127.0.0.1:$(port "$1")"; }

# A document that is being read gets its time; an upload that is under way too.
stop_server() { stop "$1" TERM 40; }
