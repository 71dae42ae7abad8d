"""CPU a page of our reading beside `pdftotext -layout` on the same files, start-up of both excluded.

    cpu.py FERTIDOC FILE...

`fertidoc measure FILE...` prints one JSON object: `files`, `pages`, `rounds`, and `cpu_seconds` of
all rounds together by stage (`structure`, `first_voice_and_layout`, `values`, `second_voice`), and
`child_start_seconds`, the CPU of one child from its start to its readiness.
"""

import json
import resource
import subprocess
import sys

ROUNDS = 20


def cpu(command: list[str]) -> float:
    """User and system seconds of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def best(command: list[str]) -> float:
    # The least of many: what other work on the machine adds is not the program's.
    return min(cpu(command) for _ in range(ROUNDS))


program, files = sys.argv[1], sys.argv[2:]
# Only what pdftotext can read is compared.
files = [file for file in files if subprocess.run(["pdftotext", file, "-"], capture_output=True).returncode == 0]
measured = subprocess.run([program, "measure", *files], capture_output=True, text=True)
if measured.returncode:
    sys.exit(f"fertidoc measure: {measured.stderr.strip()}")
figures = json.loads(measured.stdout)
start = best(["pdftotext", "-v"])
theirs = sum(max(best(["pdftotext", "-layout", file, "-"]) - start, 0) for file in files)
pages = figures["pages"]
per_page = {stage: seconds / figures["rounds"] / pages * 1000 for stage, seconds in figures["cpu_seconds"].items()}
reading = sum(per_page[stage] for stage in ("first_voice_and_layout", "values"))
print(f"CPU a page over {len(files)} files, {pages} pages:")
print(f"  pdftotext -layout                    {1000 * theirs / pages:6.2f} ms (start-up of {1000 * start:.2f} ms taken off)")
print(f"  first voice, layout and values       {reading:6.2f} ms, ratio {reading / (1000 * theirs / pages):.2f}")
for stage, milliseconds in per_page.items():
    print(f"    {stage:34} {milliseconds:6.2f} ms")
print(f"  start of a child                     {1000 * figures['child_start_seconds']:6.2f} ms, once a document")
