# shellcheck shell=bash
# Secrets: made once, kept in $RUN/secrets, readable by nobody else, never an argument of a process.

# keep_secret NAME: reads the secret from standard input.
keep_secret() {
    (umask 077 && mkdir -p "$RUN/secrets" && cat >"$RUN/secrets/$1")
}

# 32 random bytes as base64.
make_key() {
    [[ -s $RUN/secrets/$1 ]] && return
    head -c 32 /dev/urandom | base64 | tr -d '\n' | keep_secret "$1"
}

# The letter in front keeps a secret of digits alone from being read as a number.
make_secret() {
    [[ -s $RUN/secrets/$1 ]] && return
    { printf 's'; od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; } | keep_secret "$1"
}

secret() { cat "$RUN/secrets/$1"; }
