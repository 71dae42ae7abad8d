"""Summary read from Postgres: no cache at all, the clinic and what it may see said in each
transaction, the materialized row under the walls of the clinic."""

import load
import place
import reader
from group_memory import answered


def run(bench) -> None:
    clinic = reader.demonstration()
    nothing_kept = place.NO_MEMORY | place.NO_REDIS
    with clinic.serve(place.UNRECORDED, **nothing_kept) as unrecorded, clinic.serve(**nothing_kept) as recorded, reader.Bare(clinic.body) as bare:
        for name, house, how, bound in (("postgres", unrecorded, "not recorded", 0.2), ("postgres.recorded", recorded, "one audit row per read", None)):
            url = house.url + clinic.path
            load.wrk(url, 64, 1, clinic.token)
            ours, theirs = load.in_turns(bench.rounds, lambda: load.wrk(url, 64, bench.seconds, clinic.token),
                                         lambda: load.wrk(bare.url, 64, bench.seconds))
            answered(ours + theirs)
            bench.table.pair(name, f"summary from Postgres, uncached, {how} / bare actix-web, 64 connections", "req/s", "higher",
                             [it.per_second for it in ours], [it.per_second for it in theirs], bound)
            bench.table.pair(f"{name}.p99", f"its p99, {how}", "ms", "lower", [it.p99 for it in ours], [it.p99 for it in theirs])
