# shellcheck shell=bash
part_format() { cd "$ROOT" && cargo fmt --check; }
