"""The age of a changed patient's summary as another instance answers it: the change is committed by
somebody else, the instance is asked without a pause until it tells of it."""

import statistics

import place
import reader


def run(bench) -> None:
    clinic = reader.demonstration()
    token = place.RUN / "secrets/age_token"
    token.touch(mode=0o600)
    token.write_text(clinic.token)

    def ages(house, changes: int, listen: str = "nothing") -> list[float]:
        return place.beside("age", "--url", house.url, "--token-file", token, "--patient", clinic.patient, "--postgres-file",
                            clinic.database.url_file, "--changes", changes, "--listen", listen)["milliseconds"]

    with clinic.serve(**place.NO_MEMORY, **place.NO_REDIS) as house:
        taken = ages(house, bench.few(500, 50))
        bench.table.value("age.postgres", f"oldest of {len(taken)} answers from Postgres: 0 by construction", "ms", "lower", [max(taken)], bound=0)
    with clinic.serve() as house:
        tell(bench, "age.cache", "from memory and Redis", ages(house, bench.few(1000, 100)))
        tell(bench, "age.cut", "the connection that listens was cut before each change", ages(house, bench.few(40, 5), "cut"))
        # By construction no more than summary.listener_silence (1 s), and what an answer takes.
        tell(bench, "age.frozen", "the connection that listens was frozen before each change", ages(house, bench.few(40, 5), "frozen"), 1050)


def tell(bench, name: str, what: str, taken: list[float], bound: float | None = None) -> None:
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    for which, age in (("p50", cuts[49]), ("p99", cuts[98])):
        bench.table.value(f"{name}.{which}", f"age of a changed summary, {which} of {len(taken)}: {what}", "ms", "lower", [age])
    bench.table.value(f"{name}.worst", f"the worst of {len(taken)}: {what}", "ms", "lower", [max(taken)], bound)
