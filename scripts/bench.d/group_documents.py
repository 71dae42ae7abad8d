"""Documents a minute, from the first claim to the last result by the clock of the database, with one
worker and with two; each worker reads one document at a time, so that two cores are shared by the
two and not taken by one."""

import load
import place


def run(bench) -> None:
    database = place.Database("bench_documents")
    token = database.token()["token"]

    def with_workers(number: int) -> float:
        with place.House(database, token=token) as house:
            asking = house.client()
            ids = [asking.upload() for _ in range(bench.documents)]
        workers = [place.House(database, "work", ANALYSIS__SLOTS=1) for _ in range(number)]
        among = f"d.document_id IN ({', '.join(repr(id) for id in ids)})"
        place.wait_for("all documents", lambda: database.sql(
            f"SELECT 1 WHERE NOT EXISTS (SELECT FROM fertidoc.document d WHERE {among} AND d.state <> 'read')"), pause=0.2)
        seconds = float(database.sql(
            f"""SELECT extract(epoch FROM max(a.finished_at) - min(a.started_at)) FROM fertidoc.job_attempt a
                  JOIN fertidoc.job j USING (job_id) JOIN fertidoc.document d USING (document_id) WHERE {among}"""))
        for worker in workers:
            worker.__exit__()
        return bench.documents / seconds * 60

    two, one = load.in_turns(bench.few(5, 1), lambda: with_workers(2), lambda: with_workers(1))
    bench.table.pair("documents", f"{bench.documents} documents of a page with a text layer, 2 workers / 1 worker", "/min", "higher", two, one)
    database.drop()
