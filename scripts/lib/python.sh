# shellcheck shell=bash
# python_with REQUIREMENTS: the interpreter of an environment that holds exactly these packages,
# made once below the target folder and never in the system.
python_with() {
    local list=$ROOT/$1 home
    home=$TOOLS/python-$(sha256sum "$list" | cut -c1-16)
    if [[ ! -f $home/.complete ]]; then
        rm -rf "$home"
        python3 -m venv "$home" >&2 || fail "a Python environment could not be made"
        "$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" >&2 ||
            fail "the Python packages of $1 could not be installed"
        touch "$home/.complete"
    fi
    echo "$home/bin/python"
}
