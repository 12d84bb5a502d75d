"""Measure the parts that are named, or all. Prints ``figure: value`` and writes build/bench.json."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from tests.e2e.lab import PROJECT
from tools.bench import again, building, hop, ruby, running

PARTS: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
    "running": running.measure,
    "again": again.measure,
    "hop": hop.measure,
    "ruby": ruby.measure,
    "building": building.measure,
}
FIGURES = PROJECT / "build" / "bench.json"


def main() -> int:
    """Figures of parts that were not measured stay in the file as they were."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help="what to measure; everything by default")
    parser.add_argument(
        "--times",
        type=float,
        default=1.0,
        help="factor on the time that resources take on AWS in the part `building`; 1 takes half an hour",
    )
    options = parser.parse_args()
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    for part in options.part or PARTS:
        measured = PARTS[part](options)
        for figure, value in measured.items():
            print(f"{figure}: {value}", flush=True)
        figures |= measured
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
