"""Prints the table of settings of README.md from src/config: key, compiled default, meaning."""

import pathlib
import re

TOPICS = ["http", "access", "oidc", "limit", "db", "cache", "store", "upload", "queue", "analysis", "scan", "summary", "telemetry"]
MILLISECONDS = {"millis": 1, "secs": 1_000, "mins": 60_000, "hours": 3_600_000}


def default(code: str) -> str:
    if duration := re.fullmatch(r"Duration::from_(\w+)\((\d+)\)", code):
        return f"`{MILLISECONDS[duration[1]] * int(duration[2])}` ms"
    if text := re.fullmatch(r'"(.*)"\.into\(\)', code):
        return f"`{text[1]}`"
    if variant := re.fullmatch(r"[A-Z]\w+::([A-Z][a-z]+)", code):
        return f"`{variant[1].lower()}`"
    if words := re.fullmatch(r'\[(.*)\]\.map\(String::from\)\.into\(\)', code):
        return f"`[{words[1]}]`"
    if shift := re.fullmatch(r"(\d+) << (\d+)", code):
        return f"`{int(shift[1]) << int(shift[2])}`"
    return "" if code in ("Vec::new()", "String::new()", "PathBuf::new()") else f"`{code}`"


print("| setting | default | meaning |\n| --- | --- | --- |")
config = pathlib.Path(__file__).parent.parent / "src/config"
unknown = {file.stem for file in config.glob("*.rs")} - set(TOPICS) - {"mod", "transport"}
assert not unknown, f"settings of {unknown} have no place in the table"
for topic in TOPICS:
    source = (config / f"{topic}.rs").read_text()
    defaults = dict(re.findall(r"^            (\w+): (.*),$", source, re.M))
    body = source[source.index("pub struct") :]
    words: list[str] = []
    for line in map(str.strip, body[: body.index("\n}")].splitlines()[1:]):
        if line.startswith("///"):
            words.append(line.removeprefix("///").strip())
        elif field := re.match(r"pub (\w+):", line):
            written = default(defaults.get(field[1], "String::new()"))
            print(f"| `{topic}.{field[1]}` | {written} | {' '.join(words)} |")
            words.clear()
