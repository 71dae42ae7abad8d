# shellcheck shell=bash
# Messages for people: what happens, what went wrong, where to look.

say() { printf '%s\n' "$*" >&2; }

step() { printf '== %s\n' "$*" >&2; }

# fail MESSAGE [LOG]: ends the script; with a log, shows its end and names it.
fail() {
    printf 'error: %s\n' "$1" >&2
    if [[ -n ${2:-} && -f ${2:-} ]]; then
        printf -- '--- the last lines of %s\n' "$2" >&2
        tail -n 25 "$2" >&2
        printf -- '--- the whole of it: %s\n' "$2" >&2
    fi
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }
