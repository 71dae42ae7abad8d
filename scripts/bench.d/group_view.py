"""The materialized view at 10,000, 100,000 and 1,000,000 patients with 30 observations each: what a
refresh costs beside the bare SQL of its definition, what reading costs, and whether every query
that the API asks uses an index."""

import sys
import time
from pathlib import Path

import load
import place
import plans

SEED = (Path(__file__).parent / "seed.sql").read_text()
# As the product does it, by the role that owns the view.
REFRESH = "SET ROLE fertidoc_refresher; REFRESH MATERIALIZED VIEW CONCURRENTLY materialized.patient_summary"
# Nothing is written and nothing is sent; each row is computed.
BARE = "SET ROLE fertidoc_refresher; EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) "
STALE = 1000


def run(bench) -> None:
    sizes = [2_000] if bench.quick else [10_000, 100_000]
    for patients in sizes + ([1_000_000] if bench.million else []):
        database = place.Database(f"bench_view_{patients}")
        holder = database.token()
        began = time.monotonic()
        database.sql(SEED, patients=patients, clinic=holder["clinic"], agent=holder["token_id"])
        database.sql("SET ROLE fertidoc_refresher; REFRESH MATERIALIZED VIEW materialized.patient_summary")
        database.sql("ANALYZE materialized.patient_summary")
        print(f"   {patients:,} patients after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        refresh(bench, database, patients)
        reads(bench, database, holder, patients)
        plans.look(bench, database, holder, patients)
        database.drop()


def patient(number: int) -> str:
    """As `pg_temp.id(1, number)` of the seed."""
    return f"{26214401:08x}-0000-7000-8000-{number:012x}"


def change(database, first: int) -> None:
    """Patients who are stale from now on: as many as change between two refreshes of a busy day."""
    database.sql(f"""UPDATE fertidoc.patient SET given_names = 'Changed ' || clock_timestamp()
                      WHERE patient_id BETWEEN '{patient(first)}' AND '{patient(first + STALE - 1)}'""")


def refresh(bench, database, patients: int) -> None:
    definition = database.sql("SELECT pg_get_viewdef('materialized.patient_summary')").rstrip(";")

    def timed(sql: str) -> float:
        began = time.perf_counter()
        database.sql(sql)
        return time.perf_counter() - began

    def here() -> float:
        change(database, 1)
        return timed(REFRESH)

    rounds = bench.rounds if patients < 1_000_000 else 2
    ours, theirs = load.in_turns(rounds, here, lambda: timed(BARE + definition))
    bench.table.pair(f"view.refresh.{patients}", f"refresh of {patients:,} summaries, {STALE:,} changed / the bare SQL of its definition",
                     "s", "lower", ours, theirs, aim=1.6)
    database.sql("DELETE FROM fertidoc.stale_patient")


def reads(bench, database, holder: dict, patients: int) -> None:
    """Uncached, one at a time and from all over the register; those who changed are stale, because
    nobody refreshes."""
    change(database, 1)
    step = (patients - STALE) // STALE
    fresh = [f"/api/v1/patients/{patient(STALE + 1 + number * step)}/summary" for number in range(STALE)]
    stale = [f"/api/v1/patients/{patient(1 + number)}/summary" for number in range(STALE)]
    nothing_kept = place.NO_MEMORY | place.NO_REDIS
    with place.House(database, token=holder["token"], binary=place.UNRECORDED, **nothing_kept) as house:
        def median_of(paths: list[str]) -> float:
            measured = load.wrk(house.url, 1, bench.seconds / 2, holder["token"], paths=paths)
            if measured.errors:
                raise SystemExit(f"{measured.errors} readings failed")
            return measured.p50

        pages = walk(house.client())
        median_of(fresh), median_of(stale)
        ours, theirs = load.in_turns(bench.rounds, lambda: median_of(stale), lambda: median_of(fresh))
        bench.table.pair(f"view.stale.{patients}", f"summary of a stale patient / of a fresh one, of {patients:,}, 1 connection, p50",
                         "ms", "lower", ours, theirs)
        ours, theirs = load.in_turns(bench.rounds, lambda: median_of(pages), lambda: median_of(fresh))
        bench.table.pair(f"view.list.{patients}", f"page of 50 patients, of {patients:,} / summary of a fresh one, p50",
                         "ms", "lower", ours, theirs)


def walk(asking) -> list[str]:
    """Addresses of the first twenty pages of the register."""
    found = ["/api/v1/patients?limit=50"]
    while len(found) < 20 and (cursor := asking.get(found[-1]).get("next_cursor")):
        found.append(f"/api/v1/patients?limit=50&cursor={cursor}")
    return found
