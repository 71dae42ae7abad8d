# shellcheck shell=bash
part_lint() { cd "$ROOT" && cargo clippy --locked --all-targets -- -D warnings; }
