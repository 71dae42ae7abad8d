"""`scripts/bench` starts the servers and this; here the groups run one after the other."""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

# In this order; each is a module here with one function `run(bench)`.
GROUPS = ("upload", "memory", "redis", "postgres", "nginx", "view", "age", "queue", "takeover", "documents", "latency", "reading")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./scripts/bench")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", action="append", choices=GROUPS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--baseline", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--other", help="a binary of another version")
    parser.add_argument("--rounds", type=int, help="of each pair; 5, with --quick 2")
    parser.add_argument("--takeovers", type=int, help="of a killed and of a frozen worker; 200, with --quick 8")
    parser.add_argument("--documents", type=int, help="that are read by 1 and by 2 workers; 120, with --quick 24")
    wanted = parser.parse_args()
    if wanted.baseline and not wanted.baseline.is_file():
        parser.error(f"there is no file {wanted.baseline}")
    if wanted.other and not os.access(wanted.other, os.X_OK):
        parser.error(f"there is no program {wanted.other}")
    return wanted


def stop(*_) -> None:
    """What was started is killed by the kernel with this process (`place.start`)."""
    os._exit(143)


def main() -> None:
    wanted = arguments()
    if wanted.check:
        return
    signal.signal(signal.SIGTERM, stop)
    from bench import Bench
    from table import HEAD, line

    quick = wanted.quick
    bench = Bench(
        quick, wanted.million,
        rounds=wanted.rounds or (2 if quick else 5),
        takeovers=wanted.takeovers or (8 if quick else 200),
        documents=wanted.documents or (24 if quick else 120),
        other=wanted.other,
    )
    earlier = json.loads(wanted.baseline.read_text()) if wanted.baseline else None
    began, load = time.time(), os.getloadavg()[0]
    if load > os.cpu_count():
        print(f"warning: the load of this machine is {load:.0f} before anything is measured: ratios spread, and of what"
              " waits for turns of several processes they are wrong", file=sys.stderr)
    print(HEAD, flush=True)
    groups = ("other",) if wanted.other else [name for name in GROUPS if name in (wanted.only or GROUPS)]
    took, broken = {}, []
    for name in groups:
        print(f"== {name}", file=sys.stderr, flush=True)
        at = time.monotonic()
        try:
            __import__(f"group_{name}").run(bench)
        except (Exception, SystemExit) as error:
            # The others are measured all the same; 1 would say that a bound was missed.
            traceback.print_exception(error)
            broken.append(name)
        took[name] = round(time.monotonic() - at, 1)
    if earlier:
        bench.table.compare(earlier)
        print("\nWith the baseline:\n\n" + HEAD)
        for row in bench.table.rows:
            print(line(row))
    about = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)), "quick": quick, "rounds": bench.rounds,
             "machine": machine() | {"load_before": round(load, 1)}, "commit": commit(), "took_seconds": took, "not_measured": broken}
    wanted.json.write_text(bench.table.json(about))
    missed = [row.name for row in bench.table.rows if row.met is False]
    worse = [row.name for row in bench.table.rows if row.than_baseline == "worse"]
    print(f"\n{len(bench.table.rows)} rows in {(time.time() - began) / 60:.0f} min; missed: {', '.join(missed) or 'none'}"
          + (f"; worse than the baseline: {', '.join(worse) or 'none'}" if earlier else "") + f"; {wanted.json}")
    if broken:
        print(f"not measured: {', '.join(broken)}")
        sys.exit(2)
    sys.exit(1 if bench.table.failed() else 0)


def machine() -> dict:
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = int(open("/proc/meminfo").readline().split()[1]) // 1024
    return {"cores": os.cpu_count(), "cpu": model, "memory_mib": memory, "kernel": platform.release()}


def commit() -> str:
    said = subprocess.run(["git", "-C", os.environ["ROOT"], "describe", "--always", "--dirty"], capture_output=True, text=True)
    return said.stdout.strip()


main()
