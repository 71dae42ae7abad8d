"""What the groups that read summaries share: the demonstration clinic, a patient of it, and a bare
actix-web handler with the same bytes."""

import functools
import json
import statistics
import subprocess

import place

WORKERS = 2


class Clinic:
    """The demonstration clinic in a database of its own, everything read."""

    def __init__(self, name: str, binary: str = place.BINARY):
        self.database = place.Database(name, binary)
        with place.House(self.database, "all", binary) as house:
            said = subprocess.run([binary, "demo", "--url", house.url, "--corpus", str(place.CORPUS)],
                                  env=self.database.env(), capture_output=True, text=True)
            if said.returncode:
                raise SystemExit(f"the demonstration clinic: {said.stderr.strip()}")
            made = json.loads(said.stdout)
            self.clinic, self.all_scopes = made["clinic"], made["token"]
            house.token = self.all_scopes
            asking = house.client()
            place.wait_for("the documents of the clinic", lambda: not any(
                asking.get(f"/api/v1/documents?limit=1&state={state}")["items"] for state in ("stored", "reading")))
            # As a partner system has it: not every wall of the clinic is open to it.
            self.token = self.database.token(binary, "read,upload,write", self.clinic)["token"]
            bodies = {patient["id"]: asking.ask("GET", f"/api/v1/patients/{patient['id']}/summary")[1]
                      for patient in asking.get("/api/v1/patients?limit=200")["items"]}
        full = {patient: body for patient, body in bodies.items() if json.loads(body)["values"]}
        middle = statistics.median_low(len(body) for body in full.values())
        self.patient, self.body = next((patient, body) for patient, body in full.items() if len(body) == middle)
        self.path = f"/api/v1/patients/{self.patient}/summary"

    def serve(self, binary: str = place.BINARY, **settings) -> place.House:
        return place.House(self.database, "serve", binary, self.token, HTTP__WORKERS=WORKERS, **settings)


@functools.cache
def demonstration() -> Clinic:
    """The one that all groups read which change nothing that another one measures."""
    return Clinic("bench_reader")


class Bare:
    """The bare handler: the same bytes, the same number of threads."""

    def __init__(self, body: bytes):
        file = place.RUN / "bare-body"
        file.write_bytes(body)
        port = place.free_port()
        self.url = f"http://127.0.0.1:{port}/"
        self.process = place.start([place.BESIDE, "bare", "--body", str(file), "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS)], "bare")
        place.wait_for("the bare handler", lambda: place.listens(port), self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        place.end(self.process)
