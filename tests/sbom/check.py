"""Says what is wrong in the form of a bill of materials, by the schema of CycloneDX."""

import json
import pathlib
import sys

import cyclonedx
import jsonschema_rs

schemas = pathlib.Path(cyclonedx.__file__).parent / "schema/_res"


def schema(name: str) -> dict:
    return json.loads((schemas / f"{name}.SNAPSHOT.schema.json").read_text())


bom = json.loads(pathlib.Path(sys.argv[1]).read_text())
others = [(f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", schema(name)) for name in ("spdx", "jsf-0.82")]
validator = jsonschema_rs.validator_for(
    schema(f"bom-{bom['specVersion']}"), registry=jsonschema_rs.Registry(others)
)
wrong = [str(error) for error in validator.iter_errors(bom)]
known = {part["bom-ref"] for part in bom["components"]} | {bom["metadata"]["component"]["bom-ref"]}
for entry in bom["dependencies"]:
    for other in {entry["ref"], *entry["dependsOn"]} - known:
        wrong.append(f"{entry['ref']} uses {other}, which is not listed")
print("\n".join(wrong) or f"{len(bom['components'])} components")
sys.exit(bool(wrong))
