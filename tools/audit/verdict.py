"""What a judge says: a verdict for each of what it looked at, with its findings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that a judge does not like: a name that stays the same from run to run, and its words."""

    name: str
    words: str = ""


@dataclass(frozen=True)
class Verdict:
    """What one judge says of one server, site or template; ``figure`` is what it measured, in a few words."""

    judge: str
    of: str
    figure: str
    findings: tuple[Finding, ...] = ()
