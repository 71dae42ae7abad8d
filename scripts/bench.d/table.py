"""Rows: what was measured here and beside, their ratio, the bound, and what an earlier run says."""

import json
import statistics
from dataclasses import asdict, dataclass, field

SCHEMA = 1
# Worse by more than this, and beyond what the rounds of both runs spread over, is marked.
WORSE = 0.15


@dataclass
class Row:
    name: str
    what: str
    unit: str
    # Whether "lower" or "higher" is better.
    better: str
    here: float
    beside: float | None
    # What is judged: the ratio here/beside where there is a pair, else `here`; its spread.
    judged: float
    least: float
    most: float
    rounds: int
    bound: float | None
    aim: float | None
    met: bool | None
    note: str = ""
    details: dict = field(default_factory=dict)
    # Set where a baseline knows the row: "worse", "better" or "same", and its `judged`.
    than_baseline: str | None = None
    baseline: float | None = None


class Table:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def pair(self, name: str, what: str, unit: str, better: str, here: list[float], beside: list[float],
             bound: float | None = None, aim: float | None = None, note: str = "", **details) -> Row:
        """Two lists of the same rounds; the ratio is the median of the rounds' ratios."""
        ratios = [ours / theirs for ours, theirs in zip(here, beside)]
        return self._add(name, what, unit, better, statistics.median(here), statistics.median(beside), ratios, bound, aim, note, details)

    def value(self, name: str, what: str, unit: str, better: str, here: list[float],
              bound: float | None = None, aim: float | None = None, note: str = "", **details) -> Row:
        """A figure by itself: the median of the rounds."""
        return self._add(name, what, unit, better, statistics.median(here), None, here, bound, aim, note, details)

    def _add(self, name, what, unit, better, here, beside, judged, bound, aim, note, details) -> Row:
        middle = statistics.median(judged)
        met = None
        if bound is not None:
            met = middle <= bound if better == "lower" else middle >= bound
        row = Row(name, what, unit, better, here, beside, middle, min(judged), max(judged), len(judged), bound, aim, met, note, details)
        self.rows.append(row)
        print(line(row), flush=True)
        return row

    def compare(self, earlier: dict) -> None:
        if earlier.get("schema") != SCHEMA:
            raise SystemExit(f"the baseline has schema {earlier.get('schema')}, this is {SCHEMA}")
        known = {row["name"]: row for row in earlier["rows"]}
        for row in self.rows:
            if before := known.get(row.name):
                row.baseline = before["judged"]
                row.than_baseline = verdict(row, before)

    def failed(self) -> bool:
        return any(row.met is False or row.than_baseline == "worse" for row in self.rows)

    def json(self, about: dict) -> str:
        return json.dumps({"schema": SCHEMA} | about | {"rows": [asdict(row) for row in self.rows]}, indent=1)


def verdict(row: Row, before: dict) -> str:
    """Better or worse only where the change is more than WORSE and the spreads do not touch."""
    sign = 1 if row.better == "lower" else -1
    change = (row.judged - before["judged"]) * sign
    if abs(change) <= WORSE * abs(before["judged"]):
        return "same"
    apart = row.least > before["most"] or row.most < before["least"]
    if not apart:
        return "same"
    return "worse" if change > 0 else "better"


HEAD = ("| row | here | beside | ratio | least..most | bound | aim | met | baseline |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")


def short(number: float | None) -> str:
    if number is None:
        return ""
    if number == 0 or abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.2f}" if abs(number) >= 0.1 else f"{number:.4f}"


def line(row: Row) -> str:
    sign = "<= " if row.better == "lower" else ">= "
    limit = lambda number: sign + short(number) if number is not None else ""
    met = {True: "yes", False: "NO", None: ""}[row.met]
    than = f"{row.than_baseline} ({short(row.baseline)})" if row.than_baseline else ""
    ratio = short(row.judged) if row.beside is not None else ""
    cells = [f"{row.name}: {row.what}", f"{short(row.here)} {row.unit}", f"{short(row.beside)} {row.unit}" if row.beside is not None else "",
             ratio, f"{short(row.least)}..{short(row.most)}", limit(row.bound), limit(row.aim), met, than]
    return "| " + " | ".join(cells) + " |"
