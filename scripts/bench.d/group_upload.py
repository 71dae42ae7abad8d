"""Upload: wall beside aws-sdk-s3 with the same parts into the same store; memory per upload."""

import os
import statistics
import threading
import uuid

import load
import place

PART_BYTES = 8 << 20
# The house sends one part while the next one fills (src/upload/intake.rs).
IN_FLIGHT = 1
MIB = 1 << 20


class File:
    """Random bytes under the head of a PDF; each sending differs in its first bytes alone."""

    def __init__(self, mebibytes: int):
        self.pieces = [os.urandom(MIB) for _ in range(mebibytes)]

    def fresh(self) -> list[bytes]:
        head = b"%PDF-1.4\n%" + uuid.uuid4().hex.encode() + b"\n"
        return [head + self.pieces[0][len(head):], *self.pieces[1:]]


def forget_objects() -> None:
    """What was stored is not needed, and the disk is not endless."""
    for folder, _, names in os.walk(place.RUN / "store"):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.getsize(path) >= MIB:
                os.unlink(path)


def run(bench) -> None:
    database = place.Database("bench_upload")
    token = database.token()["token"]
    wall(bench, database, token)
    memory(bench, database, token)
    database.drop()


def wall(bench, database, token) -> None:
    mebibytes = bench.few(256, 64)
    file = File(mebibytes)
    path = place.RUN / "upload.bin"
    with place.House(database, token=token) as house:
        def here() -> float:
            seconds = house.client().send_file(file.fresh())
            forget_objects()
            return seconds

        def beside() -> float:
            path.write_bytes(b"".join(file.fresh()))
            said = place.beside(
                "upload", "--endpoint", place.STORE_URL, "--bucket", "beside", "--part-bytes", PART_BYTES, "--in-flight", IN_FLIGHT,
                "--access-key-file", place.RUN / "secrets/store_access_key", "--secret-key-file", place.RUN / "secrets/store_secret_key", path,
            )
            forget_objects()
            return said["seconds"]

        here(), beside()
        ours, theirs = load.in_turns(bench.rounds, here, beside)
    path.unlink()
    bench.table.pair("upload.wall", f"{mebibytes} MiB over HTTP / aws-sdk-s3 multipart, parts of 8 MiB, {IN_FLIGHT} in flight",
                     "s", "lower", ours, theirs, bound=1.3, aim=1.15)


def memory(bench, database, token) -> None:
    for at_once, mebibytes, rounds in ((1, bench.few(256, 64), bench.rounds), (20, bench.few(64, 32), bench.few(3, 1))):
        added, file = [], File(mebibytes)
        for _ in range(rounds):
            with place.House(database, token=token) as house:
                idle = settled(house)
                house.forget_peak()
                senders = [threading.Thread(target=lambda: house.client().send_file(file.fresh())) for _ in range(at_once)]
                for sender in senders:
                    sender.start()
                for sender in senders:
                    sender.join()
                added.append((house.peak() - idle) / at_once / MIB)
            forget_objects()
        bench.table.value(f"upload.memory.{at_once}", f"peak RSS over idle for each of {at_once} uploads of {mebibytes} MiB at once",
                          "MiB", "lower", added, bound=24)


def settled(house) -> int:
    """Resident bytes of a house that has answered a few requests and received a small file."""
    asking = house.client()
    for _ in range(20):
        asking.get("/api/v1/me")
    asking.upload()
    return statistics.median(house.memory() for _ in range(5))
