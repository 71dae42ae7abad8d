# shellcheck shell=bash
# A private Postgres cluster: a directory and port of its own, loopback only, scram passwords.
# Postgres refuses to run as root; then it runs as the user `postgres`, and its directory lies
# below $RUN if that user can get there, else below /var/lib/fertidoc.

# A cluster for tests sets these so that it is fast and forgetful.
INITDB_OPTIONS=(--data-checksums)
POSTGRES_OPTIONS=()

AS_POSTGRES=()
((EUID != 0)) || AS_POSTGRES=(setpriv --reuid=postgres --regid=postgres --init-groups --reset-env)

as_postgres() { (cd / && "${AS_POSTGRES[@]}" "$@"); }

readonly ROLES=(owner app worker refresher sealer backup)

postgres_home() {
    local kept
    kept=$(cat "$RUN/postgres-home" 2>/dev/null) && { echo "$kept"; return; }
    local home=$RUN/postgres
    mkdir -p "$home"
    if ((EUID == 0)); then
        chown postgres:postgres "$home"
        if ! as_postgres test -w "$home"; then
            rmdir "$home"
            home=/var/lib/fertidoc/$(printf '%s' "$RUN" | sha256sum | cut -c1-16)
            mkdir -p "$home"
            chmod 755 /var/lib/fertidoc
            chown postgres:postgres "$home"
        fi
    fi
    chmod 700 "$home"
    echo "$home" >"$RUN/postgres-home"
    echo "$home"
}

make_cluster() {
    local home=$1 log=$RUN/log/initdb.log
    [[ -f $home/data/.complete ]] && return
    mkdir -p "$RUN/log"
    # A half-made cluster of an interrupted first start holds nothing.
    rm -rf "$home/data"
    install -m 600 "$RUN/secrets/postgres" "$home/password"
    ((EUID != 0)) || chown postgres:postgres "$home/password"
    as_postgres "$POSTGRES_BIN/initdb" --pgdata="$home/data" --username=postgres --auth=scram-sha-256 \
        --pwfile="$home/password" --encoding=UTF8 --locale=C.UTF-8 "${INITDB_OPTIONS[@]}" \
        >"$log" 2>&1 || fail "the Postgres cluster could not be made" "$log"
    rm "$home/password"
    as_postgres touch "$home/data/.complete"
}

start_postgres() {
    alive postgres && return
    local home
    make_secret postgres
    home=$(postgres_home)
    make_cluster "$home"
    choose_port postgres
    # A copy, because the user `postgres` need not be able to read the checkout.
    install -m 644 "$ROOT/config/postgresql.conf" "$home/postgresql.conf"
    start postgres "${AS_POSTGRES[@]}" "$POSTGRES_BIN/postgres" -D "$home/data" \
        -c config_file="$home/postgresql.conf" -c port="$(port postgres)" "${POSTGRES_OPTIONS[@]}"
    await postgres "Postgres" superuser --command='SELECT 1'
}

stop_postgres() { stop postgres INT 60; }

superuser_url() { echo "postgres://postgres:$(secret postgres)@127.0.0.1:$(port postgres)/${1:-postgres}"; }

# superuser [psql arguments]: on the database named by DATABASE, `postgres` without it.
superuser() {
    PGPASSWORD=$(secret postgres) PGCONNECT_TIMEOUT=3 psql --no-psqlrc --quiet --no-align --tuples-only \
        --set=ON_ERROR_STOP=1 --host=127.0.0.1 --port="$(port postgres)" --username=postgres \
        --dbname="${DATABASE:-postgres}" "$@"
}

# The roles of sql/roles.sql with passwords, the database, and an address for each role as a secret.
make_database() {
    local database=$1 role log=$RUN/log/database.log
    {
        superuser --file="$ROOT/sql/roles.sql"
        for role in "${ROLES[@]}"; do
            make_secret "db_$role"
            # Through standard input, where neither the process list nor the log shows it.
            superuser <<<"ALTER ROLE fertidoc_$role PASSWORD '$(secret "db_$role")'"
            echo "postgres://fertidoc_$role:$(secret "db_$role")@127.0.0.1:$(port postgres)/$database" |
                keep_secret "db_${role}_url"
        done
        [[ -n $(superuser --command="SELECT 1 FROM pg_database WHERE datname = '$database'") ]] ||
            superuser --command="CREATE DATABASE $database OWNER fertidoc_owner"
    } >"$log" 2>&1 || fail "the database could not be made" "$log"
}
