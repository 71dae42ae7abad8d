# shellcheck shell=bash
# Garage, a store that others wrote and run, for `./scripts/faults --store garage` alone. It is built
# from the Rust registry into the folder of tools, once; nothing of it is part of the house.

GARAGE_VERSION=2.5.0

install_garage() {
    local home=$TOOLS/garage-$GARAGE_VERSION work=$TARGET/garage-build log=$TARGET/garage-build.log
    export FERTIDOC_TEST_GARAGE=$home/bin/garage
    [[ -x $FERTIDOC_TEST_GARAGE ]] && return
    need_packages gcc libc6-dev make
    step "building Garage $GARAGE_VERSION, which takes a quarter of an hour once (log: $log)"
    mkdir -p "$TOOLS" "$TARGET"
    # One engine for what it knows of objects, and nothing that a cluster or its operators need. It is
    # asked whether it answers rightly, not how fast.
    CARGO_TARGET_DIR=$work CARGO_PROFILE_RELEASE_OPT_LEVEL=1 nice -n 10 \
        cargo install garage --version "=$GARAGE_VERSION" --locked --no-default-features \
        --features bundled-libs,lmdb --root "$home" >"$log" 2>&1 ||
        fail "Garage could not be built" "$log"
    rm -rf "$work"
}
