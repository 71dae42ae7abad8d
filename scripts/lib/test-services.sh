# shellcheck shell=bash
# The same private servers as for real use, made fast and forgetful for tests.

INITDB_OPTIONS=(--no-sync)
POSTGRES_OPTIONS=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400
    -c autovacuum_naptime=5s)

BINARY=$TARGET/debug/fertidoc
# What is built or downloaded for tests, once, and never into the system.
TOOLS=$TARGET/test-tools

# Everything that the parts run, in one go: the tests, and the binary that is their object store,
# their caged children and the house of the browser. `cargo build` alone would compile the
# dependencies once more, with other features. With the places where tests make processes fail, which
# no release has.
TEST_BUILD=(--locked --features failpoints)
build_for_tests() { (cd "$ROOT" && cargo test "${TEST_BUILD[@]}" --no-run); }

# choose_store NAME: which one the tests run against, before anything is started.
choose_store() {
    case $1 in
        # The house's own: `fertidoc store`, which is s3s-fs.
        s3s-fs) ;;
        garage)
            # shellcheck source=garage.sh
            . "$SCRIPTS/lib/garage.sh"
            install_garage
            STORE_PROGRAM=("$SCRIPTS/lib/garage-store")
            ;;
        *) fail "there is no store $1; there are: s3s-fs garage" ;;
    esac
}

start_test_services() {
    mkdir -p "$RUN/secrets" "$RUN/log"
    start_postgres
    start_redis
    # Those of tests/house/storage/endpoint.rs.
    echo the-key-of-tests | keep_secret store_access_key
    echo the-secret-key-of-tests | keep_secret store_secret_key
    if [[ -x $BINARY ]]; then
        start_store
    else
        say "no object store yet: build the binary (cargo build) and call this again"
    fi
}

stop_test_services() {
    stop_store
    stop_redis
    stop_postgres
}

# What the tests read, as lines for a shell.
test_environment() {
    echo "export FERTIDOC_TEST_POSTGRES='$(superuser_url)'"
    echo "export FERTIDOC_TEST_REDIS='$(secret redis_url)'"
    ! alive store || echo "export FERTIDOC_TEST_STORE='$(store_url)'"
    [[ -z ${FERTIDOC_TEST_GARAGE:-} ]] || echo "export FERTIDOC_TEST_GARAGE='$FERTIDOC_TEST_GARAGE'"
}

# shellcheck source=python.sh
. "$SCRIPTS/lib/python.sh"
# shellcheck source=checked.sh
. "$SCRIPTS/lib/checked.sh"
