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
    # Nobody stands before a single server who had to learn that it ends.
    export FERTIDOC__HTTP__LAME_DUCK=${FERTIDOC__HTTP__LAME_DUCK:-0}
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

# several_environment NUMBER: for that many instances behind nginx, and their workers.
several_environment() {
    export FERTIDOC__HTTP__LAME_DUCK=${FERTIDOC__HTTP__LAME_DUCK:-5000}
    export FERTIDOC__HTTP__TRUSTED_PROXIES='["127.0.0.1/32"]'
    # All of them together stay below max_connections of config/postgresql.conf.
    (($1 <= 4)) || export FERTIDOC__DB__POOL_SIZE=${FERTIDOC__DB__POOL_SIZE:-6}
}

# start_server NAME [VERB]: on the ports NAME and NAME-ops; `all` is web, API and worker in one.
start_server() {
    alive "$1" && return
    FERTIDOC__HTTP__BIND=127.0.0.1:$(port "$1") FERTIDOC__HTTP__OPS_BIND=127.0.0.1:$(port "$1-ops") \
        FERTIDOC__TELEMETRY__INSTANCE=$1 start "$1" "$BINARY" "${2:-all}"
    await "$1" "$1" curl --fail --silent --max-time 2 "http://127.0.0.1:$(port "$1-ops")/readyz"
}

server_url() { echo "http://127.0.0.1:$(port "$1")"; }

# A document that is being read gets its time; an upload that is under way too.
stop_server() { stop "$1" TERM 40; }
