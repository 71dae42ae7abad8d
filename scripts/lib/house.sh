# shellcheck shell=bash
# What every script begins with. The caller may set RUN (where things are kept) before.

SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ROOT=$(dirname "$SCRIPTS")
RUN=${RUN:-$ROOT/.run}
export LC_ALL=C.UTF-8

# Cargo's default place for its programs, which a shell that never read a profile does not know.
have_cargo() { command -v cargo >/dev/null || PATH=$PATH:$HOME/.cargo/bin; }
have_cargo
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
[[ $TARGET == /* ]] || TARGET=$ROOT/$TARGET

for part in say packages ports secrets processes postgres redis store server nginx; do
    # shellcheck source=/dev/null
    . "$SCRIPTS/lib/$part.sh"
done

# After everything was stopped, where nothing is to be kept.
throw_away() {
    local home
    home=$(cat "$RUN/postgres-home" 2>/dev/null) && rm -rf "$home"
    rm -rf "$RUN"
}
