"""Summary read from Redis: nothing in the process's own memory, the version known."""

import load
import place
import reader
from group_memory import answered


def run(bench) -> None:
    clinic = reader.demonstration()
    with clinic.serve(place.UNRECORDED, **place.NO_MEMORY) as house, reader.Bare(clinic.body) as bare:
        url = house.url + clinic.path
        load.wrk(url, 64, 1, clinic.token)
        ours, theirs = load.in_turns(bench.rounds, lambda: load.wrk(url, 64, bench.seconds, clinic.token),
                                     lambda: load.wrk(bare.url, 64, bench.seconds))
        answered(ours + theirs)
        bench.table.pair("redis", "summary from Redis, not recorded / bare actix-web, 64 connections", "req/s", "higher",
                         [it.per_second for it in ours], [it.per_second for it in theirs], aim=0.5)
        bench.table.pair("redis.p99", "its p99", "ms", "lower", [it.p99 for it in ours], [it.p99 for it in theirs])
