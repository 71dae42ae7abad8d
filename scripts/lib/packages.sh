# shellcheck shell=bash
# Debian packages: installs what is missing, and nothing that installing brings along is started.

readonly POSTGRES_BIN=/usr/lib/postgresql/15/bin

missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || printf '%s\n' "$package"
    done
}

# need_packages PACKAGE...: as root or through sudo; otherwise says what to install and ends.
need_packages() {
    local missing root=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    have apt-get || fail "this needs Debian 12 (apt-get is not here); missing: ${missing[*]}"
    if ((EUID != 0)); then
        have sudo && { sudo -n true 2>/dev/null || [[ -t 0 ]]; } && root=(sudo)
        ((${#root[@]})) || fail "these packages are missing and only an administrator may install them:
    apt-get install --no-install-recommends ${missing[*]}"
    fi
    step "installing ${missing[*]}"
    mkdir -p "$RUN/log"
    local log=$RUN/log/packages.log
    "${root[@]}" bash "$SCRIPTS/lib/install-packages" "${missing[@]}" >"$log" 2>&1 ||
        fail "the packages could not be installed" "$log"
}
