"""What all groups are given: the table, how often, how long."""

from dataclasses import dataclass, field

from table import Table


@dataclass
class Bench:
    quick: bool
    million: bool
    rounds: int
    takeovers: int
    documents: int
    other: str | None
    table: Table = field(default_factory=Table)

    @property
    def seconds(self) -> float:
        """Of one run of wrk."""
        return 1 if self.quick else 4

    def few(self, number: int, quick: int) -> int:
        return quick if self.quick else number
