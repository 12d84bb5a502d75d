"""Findings that stay, and why: explained.yml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from tools.audit.verdict import Finding, Verdict
from tools.verbs.trouble import Trouble

FILE = Path(__file__).with_name("explained.yml")
_FIELDS = {"judge", "finding", "reason"}
#: Where an entry holds alone: in the sandbox, whose servers are containers.
SANDBOX = "sandbox"


@dataclass(frozen=True)
class Explained:
    """A finding that is explained: its name, or a pattern of names, of one judge; ``only`` says where it may be."""

    judge: str
    finding: str
    reason: str
    only: str = ""

    def of(self, judge: str, finding: Finding) -> bool:
        """Whether it explains this finding of this judge."""
        return judge == self.judge and fnmatchcase(finding.name, self.finding)


def read(file: Path = FILE) -> list[Explained]:
    """The list. Raises Trouble for an entry that is none, or that gives no reason."""
    found = []
    for entry in yaml.safe_load(file.read_text("utf-8")) or []:
        if (
            not isinstance(entry, dict)
            or set(entry) - {"only"} != _FIELDS
            or not all(str(entry[key]).strip() for key in entry)
            or entry.get("only", SANDBOX) != SANDBOX
        ):
            raise Trouble(
                f"{file.name} has the entry {entry!r}; write judge, finding and reason, none of them empty, and"
                f" `only: {SANDBOX}` for what is so nowhere else."
            )
        found.append(Explained(**{key: str(value).strip() for key, value in entry.items()}))
    return found


def holding(explained: Iterable[Explained], sandbox: bool) -> list[Explained]:
    """Entries that hold where the stack stands."""
    return [entry for entry in explained if sandbox or entry.only != SANDBOX]


def unexplained(verdict: Verdict, explained: Iterable[Explained]) -> list[Finding]:
    """Findings of a verdict that nothing explains."""
    known = list(explained)
    return [one for one in verdict.findings if not any(entry.of(verdict.judge, one) for entry in known)]


def idle(verdicts: Sequence[Verdict], explained: Iterable[Explained]) -> list[Explained]:
    """Entries about judges that spoke, and that none of their findings needs any more."""
    found = [(verdict.judge, finding) for verdict in verdicts for finding in verdict.findings]
    spoke = {verdict.judge for verdict in verdicts}
    return [
        entry
        for entry in explained
        if entry.judge in spoke and not any(entry.of(judge, finding) for judge, finding in found)
    ]
