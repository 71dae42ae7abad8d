# shellcheck shell=bash
# What Cargo.lock brings to the platform that is deployed.
crates_of_linux() {
    (cd "$ROOT" && cargo metadata --format-version 1 --locked --filter-platform x86_64-unknown-linux-gnu)
}
