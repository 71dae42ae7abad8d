"""Load by wrk (closed loop: percentiles at saturation are queueing), and pairs in turns."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import place


@dataclass
class Load:
    per_second: float
    p50: float  # milliseconds
    p99: float
    errors: int


def wrk(url: str, connections: int, seconds: float, token: str = "", headers: dict | None = None,
        paths: list[str] | None = None) -> Load:
    """Answers that are neither 2xx nor 3xx are counted with the errors of sockets."""
    headers = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency", "--timeout", "10s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    if paths:
        command += ["-s", str(script(paths))]
    said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    return read(said)


def read(said: str) -> Load:
    errors = 0
    if wrong := re.search(r"Non-2xx or 3xx responses: (\d+)", said):
        errors += int(wrong[1])
    if sockets := re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said):
        errors += sum(map(int, sockets.groups()))

    def percentile(which: str) -> float:
        number, unit = re.search(rf"{which}%\s+([\d.]+)(us|ms|s)", said).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    if not per_second:
        raise SystemExit("nothing was answered while wrk asked: the machine is too busy, or the server hangs")
    return Load(per_second, percentile("50"), percentile("99"), errors)


def script(paths: list[str]) -> Path:
    """For wrk: each request another one of these paths."""
    file = place.RUN / f"paths-{abs(hash(tuple(paths)))}.lua"
    if not file.exists():
        lines = ",\n".join(f'"{path}"' for path in paths)
        file.write_text(f"local paths = {{\n{lines}\n}}\nlocal at = 0\n"
                        "request = function()\n  at = at % #paths + 1\n  return wrk.format('GET', paths[at])\nend\n")
    return file


def in_turns(rounds: int, here, beside) -> tuple[list, list]:
    """Both in each round, the order changing, so that what else the machine does meets both."""
    ours, theirs = [], []
    for number in range(rounds):
        if number % 2:
            theirs.append(beside())
            ours.append(here())
        else:
            ours.append(here())
            theirs.append(beside())
    return ours, theirs
