# shellcheck shell=bash
# Ports on loopback: chosen once, kept in $RUN/ports, chosen anew only where somebody else took one.

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range from which the kernel takes the ports of outgoing connections.
free_port() {
    local port
    for _ in {1..200}; do
        port=$((20000 + RANDOM % 12000))
        port_taken "$port" || { echo "$port"; return; }
    done
    fail "no free port was found on 127.0.0.1"
}

# port NAME: the port kept under that name.
port() { [[ ! -f $RUN/ports ]] || sed -n "s/^$1=//p" "$RUN/ports"; }

# choose_port NAME [WISH]: to be called while the server of that name is not running.
choose_port() {
    local kept
    kept=$(port "$1")
    if [[ -n $kept ]]; then
        port_taken "$kept" || return 0
        say "port $kept of $1 is taken by another program now: another one is chosen"
    fi
    local wish=${2:-}
    if [[ -z $wish ]] || port_taken "$wish" || grep -q "=$wish\$" "$RUN/ports" 2>/dev/null; then
        wish=$(free_port)
    fi
    { grep -v "^$1=" "$RUN/ports" 2>/dev/null || true; echo "$1=$wish"; } >"$RUN/ports.new"
    mv "$RUN/ports.new" "$RUN/ports"
}
