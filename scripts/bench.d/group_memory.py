"""Summary read with token check from memory, over a bare actix-web handler with the same bytes."""

import load
import place
import reader


def run(bench) -> None:
    clinic = reader.demonstration()
    with clinic.serve() as recorded, clinic.serve(place.UNRECORDED) as unrecorded, reader.Bare(clinic.body) as bare:
        def ask(house, connections: int, **more):
            return lambda: load.wrk(house.url + clinic.path, connections, bench.seconds, clinic.token, **more)

        def ask_bare(connections: int):
            return lambda: load.wrk(bare.url, connections, bench.seconds)

        for house in (recorded, unrecorded):
            house.client().get(clinic.path)
            load.wrk(house.url + clinic.path, 64, 1, clinic.token)
        size = f"{len(clinic.body):,} bytes"
        both = (("memory", unrecorded, "not recorded", 0.65, 0.9), ("memory.recorded", recorded, "one audit row per read", None, None))
        for name, house, how, bound, aim in both:
            ours, theirs = load.in_turns(bench.rounds, ask(house, 64), ask_bare(64))
            answered(ours + theirs)
            bench.table.pair(name, f"summary of {size} from memory, {how} / bare actix-web, 64 connections", "req/s", "higher",
                             [it.per_second for it in ours], [it.per_second for it in theirs], bound, aim)
            bench.table.pair(f"{name}.p99", f"its p99, {how}", "ms", "lower", [it.p99 for it in ours], [it.p99 for it in theirs])
        not_modified(bench, clinic, unrecorded)
        for connections in (1_000,) if bench.quick else (1_000, 10_000):
            for name, house, how, *_ in both:
                ours, theirs = load.in_turns(bench.few(3, 1), ask(house, connections), ask_bare(connections))
                bench.table.pair(f"{name}.{connections}", f"the same, {how}, {connections:,} connections", "req/s", "higher",
                                 [it.per_second for it in ours], [it.per_second for it in theirs],
                                 p99=[it.p99 for it in ours], p99_beside=[it.p99 for it in theirs])
                bench.table.value(f"{name}.{connections}.errors", f"errors at {connections:,} connections, {how}", "", "lower",
                                  [float(it.errors) for it in ours], bound=0, beside=[it.errors for it in theirs])


def not_modified(bench, clinic, house) -> None:
    asking = house.client()
    asking.connection.request("GET", clinic.path, headers={"Authorization": f"Bearer {clinic.token}"})
    answer = asking.connection.getresponse()
    answer.read()
    known = {"If-None-Match": answer.getheader("ETag")}
    status, _ = asking.ask("GET", clinic.path, **known)
    if status != 304:
        raise SystemExit(f"a summary that is known was answered {status}")
    url = house.url + clinic.path
    ours, theirs = load.in_turns(bench.rounds, lambda: load.wrk(url, 64, bench.seconds, clinic.token, known),
                                 lambda: load.wrk(url, 64, bench.seconds, clinic.token))
    answered(ours + theirs)
    bench.table.pair("memory.not_modified", "304 where nothing changed / 200 with the body, not recorded", "req/s", "higher",
                     [it.per_second for it in ours], [it.per_second for it in theirs])


def answered(loads: list) -> None:
    if wrong := sum(it.errors for it in loads):
        raise SystemExit(f"{wrong} requests were not answered as they should have been")
