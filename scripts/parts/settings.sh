# shellcheck shell=bash
# The table of settings in README.md is that of src/config.
part_settings() {
    cd "$ROOT"
    diff --unified --label README.md --label "python3 tests/settings.py" \
        <(sed -n '/^| setting |/,/^$/p' README.md | sed '/^$/d') <(python3 tests/settings.py)
}
