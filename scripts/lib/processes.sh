# shellcheck shell=bash
# Servers in the background. A process is remembered by its id and the moment it began
# ($RUN/pids/NAME), so that a stale file never ends somebody else's process.

# Clock ticks after boot at which the process began; empty when there is none (or only a zombie).
began() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # The name in brackets may hold spaces: what follows the last bracket is counted.
    read -r -a stat <<<"${stat##*) }"
    [[ ${stat[0]} == Z ]] || echo "${stat[19]}"
}

pid_of() { cut -d' ' -f1 "$RUN/pids/$1" 2>/dev/null || true; }

alive() {
    local pid since
    read -r pid since 2>/dev/null <"$RUN/pids/$1" || return 1
    [[ -n $since && $(began "$pid") == "$since" ]]
}

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches this script alone and
# everything is stopped in order. Output goes to $RUN/log/NAME.log; the former log is kept once.
start() {
    local name=$1 log=$RUN/log/$1.log
    shift
    mkdir -p "$RUN/log" "$RUN/pids"
    [[ ! -f $log ]] || mv -f "$log" "$log.1"
    setsid "$@" >"$log" 2>&1 9>&- &
    local pid=$!
    echo "$pid $(began "$pid")" >"$RUN/pids/$name"
}

# stop NAME [SIGNAL [SECONDS]]: asks, waits, and only then insists.
stop() {
    local name=$1 signal=${2:-TERM} seconds=${3:-30} pid
    if alive "$name"; then
        pid=$(pid_of "$name")
        kill -s "$signal" "$pid" 2>/dev/null || true
        for ((i = 0; i < seconds * 20; i++)); do
            alive "$name" || break
            sleep 0.05
        done
        if alive "$name"; then
            say "$name did not end within $seconds s and is killed (log: $RUN/log/$name.log)"
            kill -s KILL "$pid" 2>/dev/null || true
        fi
    fi
    rm -f "$RUN/pids/$name"
}

# end_all NAME...: asks all at once, so that none waits for another; `stop` then waits for each.
end_all() {
    local name
    for name in "$@"; do
        if alive "$name"; then
            kill -s TERM "$(pid_of "$name")" 2>/dev/null || true
        fi
    done
}

# await NAME WHAT COMMAND...: until the command succeeds, as long as the process lives.
await() {
    local name=$1 what=$2
    shift 2
    for ((i = 0; i < 600; i++)); do
        "$@" >/dev/null 2>&1 && return
        alive "$name" || fail "$what ended while it was starting" "$RUN/log/$name.log"
        sleep 0.1
    done
    fail "$what was not ready within a minute" "$RUN/log/$name.log"
}
