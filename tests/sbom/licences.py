"""Refuses dependencies whose licence is not on the list, and writes the bill of materials.

    licences.py METADATA [--bom FILE]

METADATA is what `cargo metadata --locked --filter-platform x86_64-unknown-linux-gnu` prints. The
bill of materials is CycloneDX 1.6, the same bytes for the same lock files.
"""

import json
import pathlib
import re
import sys
import uuid

ROOT = pathlib.Path(__file__).parent.parent.parent
# Permissive, and MPL-2.0, which asks for nothing but the files that it covers.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT",
    "MIT-0", "MPL-2.0", "Unicode-3.0", "Unlicense", "Zlib", "Apache-2.0 WITH LLVM-exception",
}  # fmt: skip


def allowed(expression: str | None) -> bool:
    """Whether an SPDX expression can be met with the list; `/` is how crates once wrote OR."""
    if not expression:
        return False
    words = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    words = re.findall(r"\(|\)|[^()\s]+ WITH [^()\s]+|[^()\s]+", " ".join(words))

    def alternatives() -> bool:
        met = together()
        while words and words[0] == "OR":
            words.pop(0)
            other = together()
            met = met or other
        return met

    def together() -> bool:
        met = one()
        while words and words[0] == "AND":
            words.pop(0)
            other = one()
            met = met and other
        return met

    def one() -> bool:
        word = words.pop(0)
        if word != "(":
            return word in ALLOWED
        met = alternatives()
        words.pop(0)
        return met

    try:
        return alternatives() and not words
    except IndexError:
        return False


assert allowed("(MIT OR GPL-3.0-only) AND Zlib") and allowed("Apache-2.0/MIT")
assert not allowed("MIT AND GPL-3.0-only") and not allowed("AGPL-3.0-only") and not allowed(None)


def crates(metadata: dict) -> list[dict]:
    """Every crate that the lock file brings to this platform, with what it uses."""
    locked = re.findall(
        r'^name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"', (ROOT / "Cargo.lock").read_text(), re.M
    )
    checksums = {(name, version): checksum for name, version, checksum in locked}
    used = {node["id"]: [dep["pkg"] for dep in node["deps"]] for node in metadata["resolve"]["nodes"]}
    own = set(metadata["workspace_members"])
    reference = {p["id"]: f"pkg:cargo/{p['name']}@{p['version']}" for p in metadata["packages"]}
    return [
        {
            "name": p["name"],
            "version": p["version"],
            "licence": p["license"],
            "reference": reference[p["id"]],
            "sha256": checksums.get((p["name"], p["version"])),
            "own": p["id"] in own,
            "uses": sorted({reference[other] for other in used[p["id"]]}),
        }
        for p in metadata["packages"]
        if p["id"] in used
    ]


def scripts() -> list[dict]:
    """What the browser tests install; nothing of it is served."""
    packages = json.loads((ROOT / "tests/browser/package-lock.json").read_text())["packages"]
    return [
        {"name": path.removeprefix("node_modules/"), "version": package["version"], "licence": package.get("license")}
        for path, package in packages.items()
        if path
    ]


def bom(parts: list[dict]) -> dict:
    """CycloneDX of everything that is linked or used to build."""

    def component(part: dict) -> dict:
        return {
            "type": "application" if part["own"] else "library",
            "bom-ref": part["reference"],
            "name": part["name"],
            "version": part["version"],
            "purl": part["reference"],
            "licenses": [{"expression": re.sub(r"\s*/\s*", " OR ", part["licence"])}],
        } | ({"hashes": [{"alg": "SHA-256", "content": part["sha256"]}]} if part["sha256"] else {})

    parts = sorted(parts, key=lambda part: part["reference"])
    own = next(part for part in parts if part["own"])
    lock = (ROOT / "Cargo.lock").read_text()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, lock)}",
        "version": 1,
        "metadata": {"component": component(own)},
        "components": [component(part) for part in parts if not part["own"]],
        "dependencies": [{"ref": part["reference"], "dependsOn": part["uses"]} for part in parts],
    }


def main() -> int:
    metadata = json.loads(pathlib.Path(sys.argv[1]).read_text())
    found = crates(metadata)
    wrong = [f"{p['name']} {p['version']}: {p['licence']}" for p in found + scripts() if not allowed(p["licence"])]
    print("\n".join(wrong) or f"{len(found)} crates and {len(scripts())} packages of the tests")
    if "--bom" in sys.argv:
        text = json.dumps(bom(found), indent=1, ensure_ascii=False)
        pathlib.Path(sys.argv[sys.argv.index("--bom") + 1]).write_text(text + "\n")
    return bool(wrong)


sys.exit(main())
