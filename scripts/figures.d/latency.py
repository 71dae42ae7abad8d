"""From the first byte of an upload to its values in the patient's summary, as a client sees it:
one at a time, and twenty at once. Prints milliseconds.

    latency.py .run/state.json
"""

import http.client
import json
import pathlib
import re
import statistics
import sys
import threading
import time
import urllib.parse
import uuid

SINGLE, ROUNDS, AT_ONCE = 40, 5, 20
PATIENCE = 60.0
CORPUS = pathlib.Path(__file__).parent.parent.parent / "tests/corpus"
# One page with a text layer, whose person is in the demonstration clinic.
PAPER = (CORPUS / "semen_us_andrology_reportlab.pdf").read_bytes()

state = json.load(open(sys.argv[1]))
host = urllib.parse.urlsplit(state["url"]).netloc


class Client:
    def __init__(self):
        self.connection = http.client.HTTPConnection(host, timeout=PATIENCE)

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {state['token']}"} | ({"Content-Type": kind} if kind else {})
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def upload(self) -> str:
        # Another comment after the end makes other bytes of the same report.
        paper = PAPER + b"\n%% " + uuid.uuid4().hex.encode() + b"\n"
        body = (
            b'--cut\r\nContent-Disposition: form-data; name="file"; filename="report.pdf"\r\n'
            b"Content-Type: application/pdf\r\n\r\n" + paper + b"\r\n--cut--\r\n"
        )
        status, answer = self.ask("POST", "/api/v1/documents", body, "multipart/form-data; boundary=cut")
        assert status == 201, (status, answer)
        return json.loads(answer)["documents"][0]["id"]

    def patient_of(self, document: str) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            known = json.loads(self.ask("GET", f"/api/v1/documents/{document}")[1])
            known = known.get("document", known)
            if known.get("patient"):
                return known["patient"].get("id") or known["patient"]["patient_id"]
            time.sleep(0.02)
        sys.exit(f"the document was not filed for a patient within {PATIENCE} s: {known}")

    def upload_to_summary(self, patient: str, pause: float = 0.005) -> float:
        began = time.perf_counter()
        document = self.upload().encode()
        while time.perf_counter() - began < PATIENCE:
            status, summary = self.ask("GET", f"/api/v1/patients/{patient}/summary")
            assert status == 200, (status, summary)
            if document in summary:
                return (time.perf_counter() - began) * 1000
            time.sleep(pause)
        sys.exit(f"no value of an upload was in the summary within {PATIENCE} s")


def analysis_so_far() -> tuple[float, float]:
    """Seconds and number of jobs, from the server's own histogram."""
    connection = http.client.HTTPConnection("127.0.0.1", state["ports"]["fertidoc-ops"], timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()

    def total(suffix: str) -> float:
        lines = re.findall(rf"^fertidoc_job_duration_seconds_{suffix}(?:{{[^}}]*}})? (\S+)$", text, re.M)
        return sum(map(float, lines))

    return total("sum"), total("count")


def at_once(patient: str) -> list[float]:
    taken: list[float] = []
    start = threading.Barrier(AT_ONCE)

    def one():
        client = Client()
        start.wait()
        # Twenty who ask all the time would measure their own asking.
        taken.append(client.upload_to_summary(patient, pause=0.05))

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) < AT_ONCE:
        sys.exit("not every upload reached the summary")
    return taken


def tell(what: str, taken: list[float], before: tuple[float, float]):
    seconds, jobs = (after - then for after, then in zip(analysis_so_far(), before))
    cuts = statistics.quantiles(taken, n=20, method="inclusive")
    analysis = f", analysis {1000 * seconds / jobs:.0f} ms each on average" if jobs else ""
    print(f"{what}: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms of {len(taken)}{analysis}")


client = Client()
patient = client.patient_of(client.upload())
for _ in range(3):  # connections, caches and the spare child are warm afterwards
    client.upload_to_summary(patient)
before = analysis_so_far()
tell("upload to summary, one at a time", [client.upload_to_summary(patient) for _ in range(SINGLE)], before)
before = analysis_so_far()
tell(f"upload to summary, {AT_ONCE} at once", [ms for _ in range(ROUNDS) for ms in at_once(patient)], before)
