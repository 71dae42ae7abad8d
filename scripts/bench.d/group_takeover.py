"""How long a document waits whose worker is killed or frozen: from the signal to the claim by the
other worker, by the clock of the database.

Two workers, and a document that neither can read to its end, because the children that would read
it are frozen. Whoever claims it gets the signal at some moment between two of its heartbeats. Lease,
heartbeat, rescue and pause are a twentieth of the settings by default, so that hundreds of samples
take minutes; by default it takes twenty times as long. Lanes (a pair of workers and a database
each) run beside one another."""

import os
import random
import signal
import statistics
import threading
import time
from pathlib import Path

import place

LEASE, HEARTBEAT, RESCUE, BACKOFF = 1000, 250, 250, 100
LANES = 3
SETTINGS = {"QUEUE__LEASE": LEASE, "QUEUE__HEARTBEAT": HEARTBEAT, "QUEUE__RESCUE_EVERY": RESCUE, "QUEUE__BACKOFF": BACKOFF,
            "QUEUE__POLL_EVERY": 200, "QUEUE__MAX_ATTEMPTS": 1000, "ANALYSIS__SLOTS": 1}


HOW = {"kill": "kill -9", "stop": "SIGSTOP"}


def run(bench) -> None:
    share = -(-bench.takeovers // LANES)
    lanes = [Lane(number, share) for number in range(LANES)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    if wrong := [lane.wrong for lane in lanes if lane.wrong]:
        raise SystemExit(f"takeover: {wrong[0]}")
    for name, what in HOW.items():
        taken = [sample for lane in lanes for sample in lane.taken[name]]
        cuts = statistics.quantiles(taken, n=100, method="inclusive")
        most = LEASE + RESCUE + BACKOFF
        how = f"after {what}, of {len(taken)}, lease {LEASE} ms / lease + rescue + pause"
        for which, age in (("p50", cuts[49]), ("p99", cuts[98]), ("worst", max(taken))):
            bench.table.pair(f"takeover.{name}.{which}", f"{which} {how}", "ms", "lower", [age], [float(most)])


class Lane(threading.Thread):
    """Everything of a lane is started in its thread, with which it would end."""

    def __init__(self, number: int, samples: int):
        super().__init__()
        self.number, self.samples = number, samples
        self.taken: dict[str, list[float]] = {}
        self.wrong = ""

    def run(self) -> None:
        try:
            self.database = place.Database(f"bench_takeover_{self.number}")
            token = self.database.token()["token"]
            with place.House(self.database, token=token) as house:
                # What is in the queue is this document, again and again.
                self.document = house.client().upload()
            self.database.sql("DELETE FROM fertidoc.job_attempt; DELETE FROM fertidoc.job")
            self.workers = [self.worker(), self.worker()]
            for how in HOW:
                self.taken[how] = [self.sample(how) for _ in range(self.samples)]
            for worker in self.workers:
                worker.__exit__()
            self.database.drop()
        except (Exception, SystemExit) as error:  # told by whoever waits for this thread
            self.wrong = str(error) or repr(error)

    def worker(self) -> place.House:
        worker = place.House(self.database, "work", **SETTINGS)
        place.wait_for("a spare child", lambda: children(worker.pid))
        return worker

    def sample(self, how: str) -> float:
        frozen = [child for worker in self.workers for child in place.wait_for("a spare child", lambda: children(worker.pid))]
        for child in frozen:
            os.kill(child, signal.SIGSTOP)
        self.database.sql(f"""INSERT INTO fertidoc.job (job_id, clinic_id, kind, document_id, max_attempts)
            SELECT gen_random_uuid(), clinic_id, 'analyze', document_id, 1000 FROM fertidoc.document WHERE document_id = '{self.document}'""")
        holder = place.wait_for("a claim", lambda: self.database.sql("SELECT worker FROM fertidoc.job WHERE state = 'running'"))
        victim = next(worker for worker in self.workers if holder.endswith(f"-{worker.pid}"))
        time.sleep(random.uniform(0, 2 * HEARTBEAT / 1000))
        at = time.time()
        os.kill(victim.pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
        claimed = place.wait_for("the takeover", lambda: self.database.sql(
            f"""SELECT extract(epoch FROM a.started_at) FROM fertidoc.job_attempt a JOIN fertidoc.job j USING (job_id)
                 WHERE a.worker <> '{holder}' AND a.finished_at IS NULL"""))
        self.recover(victim, how, frozen)
        return (float(claimed) - at) * 1000

    def recover(self, victim: place.House, how: str, frozen: list[int]) -> None:
        """The document is read to its end, and both workers stand again with nothing to do."""
        if how == "stop":
            os.kill(victim.pid, signal.SIGCONT)
        for child in frozen:
            try:
                os.kill(child, signal.SIGCONT)
            except ProcessLookupError:
                pass  # it went with its worker
        place.wait_for("the document", lambda: self.database.sql("SELECT state FROM fertidoc.job") == "done")
        # Both had claimed, and a child reads one document.
        place.wait_for("the end of the children", lambda: not any(Path(f"/proc/{child}").exists() for child in frozen))
        self.database.sql("DELETE FROM fertidoc.job_attempt; DELETE FROM fertidoc.job")
        if how == "kill":
            victim.process.wait()
            place.forget(victim.process)
            self.workers[self.workers.index(victim)] = self.worker()


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue
    return found
