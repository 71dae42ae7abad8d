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
    loopback = all(port.startswith("127.0.0.1:") for port in part.get("ports", []))
    demand(name == "nginx" or loopback, f"{name}: publishes ports to other machines")
    alone = list(part.get("networks", [])) == ["inside"]
    demand(alone or name in ("nginx", "grafana"), f"{name}: is not on the inner network alone")
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
            demand((root / source).exists(), f"{name}: {source} is not there")
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

# nginx asks the instances that there are, where they are, and is one of the proxies they believe.
addresses = {
    f"{part['networks']['inside']['ipv4_address']}:8080"
    for part in compose["services"].values()
    if part.get("command") == ["serve"]
}
instances = (root / "nginx/site/instances.conf").read_text()
demand(set(re.findall(r"^server (\S+)", instances, re.M)) == addresses, "nginx/site/instances.conf names other instances")
proxy = compose["services"]["nginx"]["networks"]["inside"]["ipv4_address"]
for name, part in compose["services"].items():
    if part.get("command") == ["serve"]:
        trusted = part["environment"]["FERTIDOC__HTTP__TRUSTED_PROXIES"]
        demand(trusted == f'["{proxy}/32"]', f"{name}: does not believe nginx")

# Prometheus asks every process of ours, by its name.
scraped = yaml.safe_load((root / "config/prometheus/prometheus.yml").read_text())["scrape_configs"][0]["static_configs"]
targets = {target for group in scraped for target in group["targets"]}
processes = {f"{name}:9090" for name, part in compose["services"].items() if part.get("command") in (["serve"], ["work"])}
demand(targets == processes, f"Prometheus asks {sorted(targets ^ processes)} or leaves it out")

# What the image is built from is there and sent to the builder; templates are found by askama.toml.
image = (root / "Dockerfile").read_text()
sent = (root / ".dockerignore").read_text()
copied = [source for line in re.findall(r"^COPY (?!--from)(.*) \S+$", image, re.M) for source in line.split()]
for source in copied:
    demand((root / source).exists(), f"Dockerfile: {source} is not there")
    demand(f"!{source}\n" in sent, f".dockerignore: {source} is not sent")
demand("askama.toml" in copied, "Dockerfile: askama.toml is not copied")
demand("--mount" not in image and "# syntax" not in image, "Dockerfile: needs BuildKit")

used = {secret for part in compose["services"].values() for secret in part.get("secrets", [])}
for secret in secrets.keys() - used:
    wrong.append(f"the secret {secret} is used by nobody")
print("\n".join(wrong) or f"{len(compose['services'])} services")
sys.exit(bool(wrong))
