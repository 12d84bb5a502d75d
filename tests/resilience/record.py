"""What a harness tried, what of it passed, and how long it may go on."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Trial:
    """One thing that was tried; ``why`` is empty where it passed."""

    what: str
    why: str
    seconds: float


@dataclass
class Record:
    """Of one harness. Its ``random`` follows from the seed and the harness's name alone, so that one repeats alone."""

    harness: str
    seed: int
    #: Seconds that it may take, None without a limit; there it tries everything and not a choice.
    budget: float | None
    port: int
    logs: Path
    show: Callable[[str], None] = lambda line: None
    clock: Callable[[], float] = time.monotonic
    trials: list[Trial] = field(default_factory=list)
    #: Of a load, where the harness puts one on a site: sent, and failed.
    requests: int = 0
    unanswered: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed}/{self.harness}")
        self.began = self.clock()

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.budget is None

    def seconds(self) -> float:
        """How long it has taken so far."""
        return self.clock() - self.began

    def time_for(self, seconds: float) -> bool:
        """Whether something that takes so long still fits in."""
        return self.budget is None or self.seconds() + seconds <= self.budget

    def attempt(self, what: str, job: Callable[[], Any], shown: bool = True) -> Any:
        """Try a thing: it passes where the job raises nothing. The job's answer, None where it failed.

        Where it is one of hundreds, ``shown`` is false: only its failure is.
        """
        began, why, answer = self.clock(), "", None
        try:
            answer = job()
        # Whatever goes wrong is what was looked for; Ctrl-C is none of it.
        except Exception as error:
            why = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
            why = why or traceback.format_exc(limit=-1)
        trial = Trial(what, why, self.clock() - began)
        self.trials.append(trial)
        if shown or why:
            self.show(f"{self.harness}: {what}: {'FAILED' if why else 'passed'} ({trial.seconds:.0f} s)")
        if why:
            self.show("\n".join(f"    {line}" for line in why.splitlines()[:60]))
        return answer

    @property
    def passed(self) -> int:
        return sum(not trial.why for trial in self.trials)

    @property
    def well(self) -> bool:
        """Whether something was tried and all of it passed."""
        return bool(self.trials) and self.passed == len(self.trials)

    def as_dict(self) -> dict[str, Any]:
        return {
            "harness": self.harness,
            "tried": len(self.trials),
            "passed": self.passed,
            "seed": self.seed,
            "seconds": round(self.seconds(), 1),
            "unanswered": f"{self.unanswered}/{self.requests}" if self.requests else "-",
            "failures": [{"what": one.what, "why": one.why} for one in self.trials if one.why],
            "trials": [{"what": one.what, "seconds": round(one.seconds, 1)} for one in self.trials],
        }


def table(results: list[dict[str, Any]]) -> str:
    """One line for each harness; of requests to a site how many failed, of how many."""
    head = ("harness", "tried", "passed", "seed", "seconds", "unanswered")
    rows = [head, *((one["harness"], *(str(one[key]) for key in head[1:])) for one in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            word.ljust(width) if not column else word.rjust(width)
            for column, (word, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
