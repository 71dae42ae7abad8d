# shellcheck shell=bash
# Every dependency has a licence of the list, and the bill of materials is CycloneDX.
# Known vulnerabilities are not looked for here: deny.toml is for `cargo deny check`, which needs
# the database of advisories.

part_licences() {
    local metadata=$RUN/metadata.json
    # shellcheck source=../lib/metadata.sh
    . "$SCRIPTS/lib/metadata.sh"
    crates_of_linux >"$metadata"
    python3 "$ROOT/tests/sbom/licences.py" "$metadata" --bom "$RUN/sbom.json"
    "$(python_with tests/sbom/requirements.txt)" "$ROOT/tests/sbom/check.py" "$RUN/sbom.json"
}
