"""Says what is wrong in the form of a compose file: references to what is not there, parts that are
not closed up, versions that are not pinned, settings that the server does not know."""

import pathlib
import re
import sys

import yaml

file = pathlib.Path(sys.argv[1])
root = file.resolve().parent
compose = yaml.safe_load(file.read_text())
wrong: list[str] = []


def demand(holds, message: str):
    if not holds:
        wrong.append(message)


def settings() -> set[str]:
    """Every key of src/config as its variable: FERTIDOC__DB__APP_URL."""
    keys = set()
    for source in (root / "src/config").glob("*.rs"):
        if source.name != "mod.rs":
            for key in re.findall(r"^    pub (\w+):", source.read_text(), re.M):
                keys.add(f"FERTIDOC__{source.stem}__{key}".upper())
    return keys


known = settings()
secrets = compose["secrets"]
for name, part in compose["services"].items():
    image = part.get("image", "")
    demand(re.search(r":v?\d+\.\d+", image), f"{name}: the image {image} is not pinned to a full version")
    demand(part.get("read_only") is True, f"{name}: not read_only")
    demand(part.get("cap_drop") == ["ALL"], f"{name}: cap_drop is not [ALL]")
    demand("no-new-privileges:true" in part.get("security_opt", []), f"{name}: may gain privileges")
    demand("mem_limit" in part, f"{name}: no mem_limit")
    demand("healthcheck" in part or part.get("restart") == "no", f"{name}: no healthcheck")
    demand(name == "nginx" or "ports" not in part, f"{name}: publishes ports")
    demand(part.get("networks") == ["inside"] or name == "nginx", f"{name}: is not on the inner network alone")
    for other, how in part.get("depends_on", {}).items():
        demand(other in compose["services"], f"{name}: depends on {other}, which is not there")
        condition = how["condition"]
        if condition == "service_healthy":
            demand("healthcheck" in compose["services"].get(other, {}), f"{name}: waits for the health of {other}")
    for secret in part.get("secrets", []):
        demand(secret in secrets, f"{name}: the secret {secret} is not there")
    for volume in part.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            demand((root / source).is_file(), f"{name}: {source} is not there")
        else:
            demand(source in compose["volumes"], f"{name}: the volume {source} is not there")
    for key, value in part.get("environment", {}).items():
        if key.startswith("FERTIDOC__"):
            demand(key.removesuffix("_FILE") in known, f"{name}: the server knows no setting {key}")
        if key.endswith("_FILE"):
            demand(value.removeprefix("/run/secrets/") in part.get("secrets", []), f"{name}: {key} names no secret")
        demand(
            key.endswith("_FILE") or not re.search("PASSWORD|SECRET|TOKEN|_URL$", key) or key.endswith("LOKI_URL"),
            f"{name}: {key} is a secret in the environment",
        )

used = {secret for part in compose["services"].values() for secret in part.get("secrets", [])}
for secret in secrets.keys() - used:
    wrong.append(f"the secret {secret} is used by nobody")
print("\n".join(wrong) or f"{len(compose['services'])} services")
sys.exit(bool(wrong))
