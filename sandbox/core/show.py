"""Text for people: tables of the sandbox's status and of the doctor's findings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TextIO

from sandbox.core.doctor import Check

_COLOURS = {"green": "32", "yellow": "33", "red": "31", "bold": "1"}


def colour(text: str, name: str, stream: TextIO | None = None) -> str:
    """``text`` in a colour where the stream is a terminal and NO_COLOR is not set."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or not stream.isatty():
        return text
    return f"\033[{_COLOURS[name]}m{text}\033[0m"


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table with a title; nothing when there are no rows."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not cells:
        return []
    widths = [max(len(row[column]) for row in (heads, *cells)) for column in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        return ("  " + "  ".join(padded)).rstrip()

    return ["", colour(title, "bold"), line(heads), *(line(row) for row in cells)]


def status(answer: Mapping[str, Any], tables: Callable[[Mapping[str, Any]], list[str]]) -> str:
    """The daemon's status as a page of text.

    :param tables: lines about what the services have
    """
    mode = "API and hosts" if answer["mode"] == "hosts" else "API only"
    state = colour("converged", "green") if answer["converged"] else colour("converging", "yellow")
    lines = [
        f"Sandbox {answer['name']}: {mode}, {state}",
        f"  endpoint  {answer['endpoint']}  ({answer['region']})",
        f"  daemon    process {answer['pid']}, {answer['memory_bytes'] / 1024**2:.0f} MiB",
        f"  requests  {answer['api']['requests']}, {answer['api']['errors']} failed inside the emulator, "
        f"{answer['api']['refused']} refused",
    ]
    if answer["latency"]:
        lines.append(f"  latency   new resources take {answer['latency']:g} of the time that AWS takes")
    lines += tables(answer)
    odd = [(line,) for line in answer["picture"]["odd"]]
    lines += table("What the account says and AWS would not take", ("WHAT",), odd)
    lines += table(
        "Layers",
        ("LAYER", "STATE", "SECONDS"),
        [
            (layer["name"], f"failing: {layer['error']}" if layer["error"] else "ok", layer["seconds"])
            for layer in answer["layers"]
        ],
    )
    for what, error in (("account", answer["read_error"]), ("state on disk", answer["state_error"])):
        if error:
            lines += ["", colour(f"The {what}: {error}", "red")]
    return "\n".join(lines)


def say(text: str) -> None:
    """To standard output, at once."""
    print(text, flush=True)


def complain(text: str) -> None:
    """To standard error, in red where that is a terminal."""
    print(colour(text, "red", sys.stderr), file=sys.stderr, flush=True)


def doctor(checks: Sequence[Check]) -> str:
    """One line per check, and under each failed one what mends it."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        word, shade = ("ok", "green") if check.ok else ("missing", "red")
        if not check.ok and check.needed_for == "comfort":
            word, shade = "tight", "yellow"
        lines.append(f"  {colour(word.ljust(7), shade)}  {check.name.ljust(width)}  {check.detail}")
        if check.mend and not check.ok:
            lines.append(f"  {'':7}  {'':{width}}  mend: {check.mend}")
    return "\n".join(lines)
