"""CPU a page of our reading beside `pdftotext -layout` on the same files, start-up of both excluded.

`fertidoc measure FILE...` prints one JSON object: `files`, `pages`, `rounds`, and `cpu_seconds` of
all rounds together by stage, and `child_start_seconds`, the CPU of one child from its start to its
readiness."""

import json
import resource
import subprocess

import load
import place


def run(bench) -> None:
    files = sorted(map(str, place.CORPUS.glob("*.pdf")))
    # Only what pdftotext can read is compared.
    files = [file for file in files if subprocess.run(["pdftotext", file, "-"], capture_output=True).returncode == 0]
    times = bench.few(20, 5)
    start = best(["pdftotext", "-v"], times)
    stages: list[dict] = []

    def here() -> float:
        measured = subprocess.run([place.BINARY, "measure", *files], capture_output=True, text=True)
        if measured.returncode:
            raise SystemExit(f"fertidoc measure: {measured.stderr.strip()}")
        figures = json.loads(measured.stdout)
        per_page = {stage: seconds / figures["rounds"] / figures["pages"] * 1000 for stage, seconds in figures["cpu_seconds"].items()}
        stages.append(per_page | {"child_start": 1000 * figures["child_start_seconds"], "pages": figures["pages"]})
        return per_page["first_voice_and_layout"] + per_page["values"]

    def beside() -> float:
        seconds = sum(max(best(["pdftotext", "-layout", file, "-"], times // 4) - start, 0) for file in files)
        return 1000 * seconds / (stages[-1]["pages"] if stages else len(files))

    here()
    ours, theirs = load.in_turns(bench.rounds, here, beside)
    bench.table.pair("reading.cpu", f"CPU a page of {len(files)} files: first voice, layout and values / pdftotext -layout", "ms", "lower",
                     ours, theirs, aim=0.6, stages=stages[-1])
    bench.table.value("reading.child", "CPU of a child from its start to its readiness, once a document", "ms", "lower", [it["child_start"] for it in stages])


def best(command: list[str], times: int) -> float:
    """The least of many: what other work on the machine adds is not the program's."""
    return min(cpu(command) for _ in range(times))


def cpu(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
