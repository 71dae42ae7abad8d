"""The queue by itself: claim and complete, each a commit on the disk, over two commits of one row
each by as many clients on the same Postgres."""

import load
import place

# Documents of seed.sql, and a job for each.
FILL = """
    INSERT INTO fertidoc.job (job_id, clinic_id, kind, document_id, max_attempts)
    SELECT gen_random_uuid(), d.clinic_id, 'analyze', d.document_id, 3 FROM fertidoc.document d ORDER BY d.document_id LIMIT :jobs"""


def run(bench) -> None:
    from group_view import SEED

    database = place.Database("bench_queue")
    holder = database.token()
    jobs = bench.few(5000, 600)
    database.sql(SEED, patients=jobs // 3 + 1, clinic=holder["clinic"], agent=holder["token_id"])
    for workers in (1, 8):
        wanted = jobs if workers == 8 else jobs // 3

        def here() -> float:
            database.sql("SET session_replication_role = replica; TRUNCATE fertidoc.job_attempt, fertidoc.job;" + FILL, jobs=wanted)
            said = place.beside("claims", "--workers", workers, env=database.env())
            if said["done"] != wanted:
                raise SystemExit(f"{said['done']} of {wanted} jobs were claimed")
            return said["done"] / said["seconds"]

        def beside() -> float:
            said = place.beside("commits", "--postgres-file", database.url_file, "--clients", workers, "--pairs", wanted // workers)
            return said["done"] / said["seconds"]

        ours, theirs = load.in_turns(bench.rounds, here, beside)
        bench.table.pair(f"queue.{workers}", f"claim and complete, {workers} at once / two bare commits", "/s", "higher", ours, theirs)
    database.drop()
