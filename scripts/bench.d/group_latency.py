"""From the first byte of an upload to its values in the patient's summary, as a client sees it: one
at a time, and twenty at once, over the time that the same server says its job took."""

import http.client
import re
import statistics
import threading
import time

import place
import reader

AT_ONCE = 20
PATIENCE = 60.0


def run(bench) -> None:
    clinic = reader.Clinic("bench_latency")
    with place.House(clinic.database, "all", token=clinic.token) as house:
        asking = house.client()
        patient = patient_of(asking, asking.upload())
        for _ in range(3):  # connections, caches and the spare child are warm afterwards
            upload_to_summary(asking, patient, 0.005)
        before = jobs_so_far(house)
        alone = [upload_to_summary(asking, patient, 0.005) for _ in range(bench.few(40, 10))]
        tell(bench, house, "latency.1", "one at a time", alone, before)
        before = jobs_so_far(house)
        together = [ms for _ in range(bench.few(5, 1)) for ms in at_once(house, patient)]
        tell(bench, house, f"latency.{AT_ONCE}", f"{AT_ONCE} at once", together, before)
    clinic.database.drop()


def patient_of(asking, document: str) -> str:
    """Whose the document is, once it is filed."""
    def filed():
        known = asking.get(f"/api/v1/documents/{document}")
        found = known.get("document", known).get("patient")
        return found and (found.get("id") or found["patient_id"])

    return place.wait_for("a document to be filed", filed)


def upload_to_summary(asking, patient: str, pause: float) -> float:
    began = time.perf_counter()
    document = asking.upload().encode()
    while time.perf_counter() - began < PATIENCE:
        status, summary = asking.ask("GET", f"/api/v1/patients/{patient}/summary")
        if status != 200:
            raise SystemExit(f"the summary was answered {status}")
        if document in summary:
            return (time.perf_counter() - began) * 1000
        time.sleep(pause)
    raise SystemExit(f"no value of an upload was in the summary within {PATIENCE:.0f} s")


def at_once(house, patient: str) -> list[float]:
    taken: list[float] = []
    start = threading.Barrier(AT_ONCE)

    def one():
        asking = house.client()
        start.wait()
        # Twenty who ask all the time would measure their own asking.
        taken.append(upload_to_summary(asking, patient, 0.05))

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) < AT_ONCE:
        raise SystemExit("not every upload reached the summary")
    return taken


def jobs_so_far(house) -> tuple[float, float]:
    """Seconds and number of jobs, from the server's own histogram."""
    connection = http.client.HTTPConnection("127.0.0.1", house.ops, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()

    def total(suffix: str) -> float:
        return sum(map(float, re.findall(rf"^fertidoc_job_duration_seconds_{suffix}(?:{{[^}}]*}})? (\S+)$", text, re.M)))

    return total("sum"), total("count")


def tell(bench, house, name: str, what: str, taken: list[float], before: tuple[float, float]) -> None:
    seconds, jobs = (after - then for after, then in zip(jobs_so_far(house), before))
    job = 1000 * seconds / max(jobs, 1)
    cuts = statistics.quantiles(taken, n=20, method="inclusive")
    for which, ms in (("p50", cuts[9]), ("p95", cuts[18])):
        bench.table.pair(f"{name}.{which}", f"upload to summary, {what}, {which} of {len(taken)} / its job alone, mean", "ms", "lower", [ms], [job])
