# shellcheck shell=bash
# A private Redis: loopback only, with a password, in memory only (the house works without it).

AS_REDIS=()
((EUID != 0)) || AS_REDIS=(setpriv --reuid=redis --regid=redis --init-groups --reset-env)

start_redis() {
    alive redis && return
    make_secret redis
    choose_port redis
    echo "redis://:$(secret redis)@127.0.0.1:$(port redis)/" | keep_secret redis_url
    { cat "$ROOT/config/redis.conf"; echo "port $(port redis)"; echo "requirepass $(secret redis)"; } |
        keep_secret redis.conf
    # The configuration comes through standard input, so that the password is in no argument and
    # the server can run as a user who cannot read it.
    start redis bash -c 'config=$1; shift; exec "$@" <"$config"' redis \
        "$RUN/secrets/redis.conf" "${AS_REDIS[@]}" redis-server -
    await redis "Redis" redis_answers
}

redis_answers() {
    [[ $(REDISCLI_AUTH=$(secret redis) redis-cli -h 127.0.0.1 -p "$(port redis)" ping) == PONG ]]
}

stop_redis() { stop redis; }
