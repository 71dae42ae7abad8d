"""`--other BINARY`: this house beside one of an earlier version, each with a database of its own, in
turns: uploads, reads that Postgres answers and reads from memory."""

import threading
import time

import load
import place
import reader
from group_memory import answered

UPLOADS, AT_ONCE = 60, 4


def run(bench) -> None:
    here, other = reader.Clinic("bench_here"), reader.Clinic("bench_other", bench.other)
    with place.House(here.database, "all", token=here.token) as ours, place.House(other.database, "all", bench.other, other.token) as theirs:
        def reads(path: str, connections: int):
            def one(house, clinic):
                return lambda: load.wrk(house.url + path.format(clinic.patient), connections, bench.seconds, house.token)
            return one(ours, here), one(theirs, other)

        for name, what, path in (("other.patient", "patient from Postgres", "/api/v1/patients/{}"),
                                 ("other.summary", "summary from memory", "/api/v1/patients/{}/summary")):
            for connections in (1, 64):
                loads = load.in_turns(bench.rounds, *reads(path, connections))
                answered(loads[0] + loads[1])
                bench.table.pair(f"{name}.{connections}", f"{what}, {connections} connections, this / {bench.other}", "req/s", "higher",
                                 *[[it.per_second for it in side] for side in loads])
        sent = load.in_turns(bench.rounds, lambda: uploads(ours), lambda: uploads(theirs))
        bench.table.pair("other.uploads", f"small uploads, {AT_ONCE} at once, this / {bench.other}", "/s", "higher", *sent)
    here.database.drop(), other.database.drop()


def uploads(house) -> float:
    """Documents a second until the last is answered; then waits until all are read, so that they
    do not disturb the other house."""
    def send() -> None:
        asking = house.client()
        for _ in range(UPLOADS // AT_ONCE):
            asking.upload()

    began = time.perf_counter()
    threads = [threading.Thread(target=send) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = UPLOADS / (time.perf_counter() - began)
    asking = house.client()
    place.wait_for("the documents to be read", lambda: not any(
        asking.get(f"/api/v1/documents?limit=1&state={state}")["items"] for state in ("stored", "reading")), pause=0.1)
    return rate
