"""The table at the end, and whether everybody is content."""

from __future__ import annotations

from collections.abc import Sequence

from tools.audit import explained as list_of
from tools.audit.explained import Explained
from tools.audit.verdict import Verdict

HEADINGS = ("JUDGE", "OF", "VERDICT", "FIGURE")


def said(verdict: Verdict, explained: Sequence[Explained]) -> str:
    """A verdict in a word or two."""
    open_ = len(list_of.unexplained(verdict, explained))
    if open_:
        return f"NOT CONTENT: {open_}"
    return f"content, {len(verdict.findings)} explained" if verdict.findings else "content"


def lines(verdicts: Sequence[Verdict], explained: Sequence[Explained]) -> list[str]:
    """The table."""
    rows = [HEADINGS, *((one.judge, one.of, said(one, explained), one.figure) for one in verdicts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def complaints(verdicts: Sequence[Verdict], explained: Sequence[Explained]) -> list[str]:
    """What keeps the run from passing: findings that nothing explains, and explanations of nothing."""
    found = [
        f"{verdict.judge}, {verdict.of}: {finding.name}" + (f": {finding.words}" if finding.words else "")
        for verdict in verdicts
        for finding in list_of.unexplained(verdict, explained)
    ]
    gone = [
        f"{list_of.FILE.name} explains '{entry.finding}' of {entry.judge}, which is not found any more: take it out."
        for entry in list_of.idle(verdicts, explained)
    ]
    return found + gone
