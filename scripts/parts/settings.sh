# shellcheck shell=bash
# The table of settings in README.md names every key of src/config, and no other.

part_settings() {
    cd "$ROOT"
    diff --label "src/config" --label "README.md" <(settings_of_code) <(settings_of_readme)
}

settings_of_code() {
    local file
    for file in src/config/*.rs; do
        [[ $file == */mod.rs ]] || sed -n '/^pub struct/,/^}/s/^    pub \([a-z_]*\):.*/\1/p' "$file" |
            sed "s/^/$(basename "$file" .rs)./"
    done | sort
}

settings_of_readme() { sed -n 's/^| `\([a-z]*\.[a-z_]*\)` |.*/\1/p' README.md | sort; }
