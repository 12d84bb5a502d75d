"""The command behind `make prove`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from tests.e2e.lab import PROJECT
from tests.resilience.record import Record, table

#: Harness and the minutes of an hour that it gets; what one does not use the next ones have.
HARNESSES = {"input": 5, "together": 3, "leaks": 5, "partial": 10, "mutations": 10, "day": 9, "crash": 10, "doors": 8}
EVERYTHING = "everything"
RESULT = PROJECT / "build" / "prove.json"
LOGS = PROJECT / "build" / "prove-logs"


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make prove",
        description="Try what the project promises of bad moments; without words, a choice of everything in an hour.",
        usage='make prove ARGS="[everything] [HARNESS ...] [--seed N] [--minutes N]"',
        allow_abbrev=False,
    )
    parser.add_argument("words", nargs="*", metavar="HARNESS", help=f"{', '.join(HARNESSES)}, or {EVERYTHING}")
    parser.add_argument("--seed", type=int, help="the choice of an earlier run, which its table names")
    parser.add_argument("--minutes", type=float, default=60, help="for all of them together (60)")
    given = parser.parse_args(words)
    if unknown := [word for word in given.words if word not in (*HARNESSES, EVERYTHING)]:
        parser.error(f"{', '.join(unknown)}: no harness; there are {', '.join(HARNESSES)}, and {EVERYTHING}")
    if given.minutes <= 0:
        parser.error(f"--minutes is {given.minutes:g}; write a number above 0")
    return given


def budgets(chosen: list[str], left: float) -> dict[str, float]:
    """Seconds for each of the harnesses to come, of those that are left."""
    whole = sum(HARNESSES[name] for name in chosen)
    return {name: left * HARNESSES[name] / whole for name in chosen}


def main(words: list[str]) -> int:
    given = arguments(words)
    chosen = [name for name in HARNESSES if name in given.words] or list(HARNESSES)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    unlimited = EVERYTHING in given.words
    port = int(os.environ.get("RAILYARD_PROVE_PORT", "5198"))
    print(f'The same again: make prove ARGS="{" ".join([*given.words, f"--seed {seed}"])}"', flush=True)
    left, results = given.minutes * 60, []
    for position, name in enumerate(chosen):
        budget = None if unlimited else budgets(chosen[position:], left)[name]
        record = Record(name, seed, budget, port, LOGS / name, show=lambda line: print(line, flush=True))
        harness = importlib.import_module(f"tests.resilience.{name}")
        try:
            harness.prove(record)
        except Exception as error:
            # What it works with could not be had: that is no trial of it, and not well either.
            record.attempt("prepare", lambda error=error: _again(error))
        left -= record.seconds()
        results.append(record.as_dict())
        write(RESULT, {"seed": seed, "results": results})
    print(f"\n{table(results)}\n")
    failed = [one["harness"] for one in results if one["tried"] != one["passed"] or not one["tried"]]
    if failed:
        print(f'Again what failed: make prove ARGS="{" ".join(failed)} --seed {seed}"')
    return 1 if failed else 0


def _again(error: Exception) -> None:
    raise error


def write(path: Path, result: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    # Whoever ends it has the sandbox gone, too. Where it was begun beside a script, Ctrl-C would be ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
