"""One running house beside another (an earlier version, or other settings), in turns: uploads, reads
that Postgres answers and reads from memory. Prints ratios, so that it does not matter what else
the machine does.

    beside.py .run/state.json OTHER/.run/state.json

Needs wrk. Limits of reads and uploads must be off in both (their settings `limit.*_burst` at 0).
"""

import json
import re
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from pathlib import Path

ROUNDS = 5
SECONDS = 3
UPLOADS, AT_ONCE = 60, 4
PAPER = (Path(__file__).parent.parent.parent / "tests/corpus/semen_us_andrology_reportlab.pdf").read_bytes()


class House:
    def __init__(self, state: str):
        known = json.load(open(state))
        self.url, self.token = known["url"], known["token"]
        self.patient = self.ask("GET", "/api/v1/patients?limit=1")["items"][0]["id"]
        self.document = self.ask("GET", "/api/v1/documents?limit=1")["items"][0]["id"]

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> dict:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": kind} if kind else {})
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def reads(self, path: str, connections: int) -> tuple[float, float]:
        """Answers a second, and the median of their time in milliseconds."""
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-H", f"Authorization: Bearer {self.token}", self.url + path],
            capture_output=True, text=True, check=True,
        ).stdout
        if wrong := re.search(r"Non-2xx or 3xx responses: (\d+)", said):
            sys.exit(f"{self.url}{path}: {wrong[0]}")
        number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", said).groups()
        median = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
        return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), median

    def upload(self) -> None:
        paper = PAPER + b"\n%% " + uuid.uuid4().hex.encode() + b"\n"
        body = (
            b'--cut\r\nContent-Disposition: form-data; name="file"; filename="report.pdf"\r\n'
            b"Content-Type: application/pdf\r\n\r\n" + paper + b"\r\n--cut--\r\n"
        )
        self.ask("POST", "/api/v1/documents", body, "multipart/form-data; boundary=cut")

    def uploads(self) -> tuple[float, float]:
        """Documents a second until the last is answered, and the median of their time."""
        times: list[float] = []

        def send() -> None:
            for _ in range(UPLOADS // AT_ONCE):
                began = time.perf_counter()
                self.upload()
                times.append((time.perf_counter() - began) * 1000)

        began = time.perf_counter()
        threads = [threading.Thread(target=send) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return UPLOADS / (time.perf_counter() - began), statistics.median(times)

    def settle(self) -> None:
        """Waits until nothing is read any more, so that it does not disturb the other."""
        while self.ask("GET", "/api/v1/documents?limit=1&state=stored")["items"] or self.ask("GET", "/api/v1/documents?limit=1&state=reading")["items"]:
            time.sleep(0.1)


def main() -> None:
    here, other = House(sys.argv[1]), House(sys.argv[2])
    kinds = {
        "upload, 4 at once": lambda house: house.uploads(),
        "patient from Postgres, 64 connections": lambda house: house.reads(f"/api/v1/patients/{house.patient}", 64),
        "patient from Postgres, 1 connection": lambda house: house.reads(f"/api/v1/patients/{house.patient}", 1),
        "document from Postgres, 64 connections": lambda house: house.reads(f"/api/v1/documents/{house.document}", 64),
        "summary from memory, 64 connections": lambda house: house.reads(f"/api/v1/patients/{house.patient}/summary", 64),
        "summary from memory, 1 connection": lambda house: house.reads(f"/api/v1/patients/{house.patient}/summary", 1),
    }
    print("| | here/s | other/s | ratio (median of rounds) | p50 here ms | p50 other ms |\n| --- | --- | --- | --- | --- | --- |")
    for name, measure in kinds.items():
        rounds = []
        for _ in range(ROUNDS):
            pair = []
            for house in (here, other):
                pair.append(measure(house))
                house.settle()
            rounds.append(pair)
        middle = lambda which, what: statistics.median(pair[which][what] for pair in rounds)
        ratio = statistics.median(pair[0][0] / pair[1][0] for pair in rounds)
        print(f"| {name} | {middle(0, 0):.0f} | {middle(1, 0):.0f} | {ratio:.2f} | {middle(0, 1):.2f} | {middle(1, 1):.2f} |")


main()
