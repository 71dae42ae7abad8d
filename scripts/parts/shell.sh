# shellcheck shell=bash
part_shell() {
    local scripts
    cd "$ROOT"
    mapfile -t scripts < <(grep -rlE '^#!/usr/bin/env bash' .ci scripts deploy)
    shellcheck --external-sources "${scripts[@]}"
}
