# shellcheck shell=bash
part_lint() { cd "$ROOT" && cargo clippy "${TEST_BUILD[@]}" --all-targets -- -D warnings; }
