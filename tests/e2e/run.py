"""What a playbook said, read from its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_COUNTS = ("ok", "changed", "unreachable", "failed")
_RECAP = re.compile(r"^(\S+)\s+: " + r"\s+".join(rf"{name}=(?P<{name}>\d+)" for name in _COUNTS), re.MULTILINE)
_BANNER = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(?P<name>.*)\] \*+$")


@dataclass(frozen=True)
class Run:
    """One run of a playbook: its exit code, its whole text and where that is kept."""

    code: int
    text: str
    seconds: float
    log: Path

    def total(self, count: str) -> int:
        """Sum over all hosts of ``ok``, ``changed``, ``unreachable`` or ``failed`` in the recap."""
        return sum(int(host[count]) for host in _RECAP.finditer(self.text))

    @property
    def changed(self) -> int:
        """Number of tasks that changed something, or would have."""
        return self.total("changed")

    def changed_tasks(self) -> list[str]:
        """``role : task => host`` for each of them."""
        found, task = [], "?"
        for line in self.text.splitlines():
            if banner := _BANNER.match(line):
                task = banner["name"]
            elif line.startswith("changed: ["):
                found.append(f"{task} => {line.removeprefix('changed: [').split(']')[0]}")
        return found

    def __str__(self) -> str:
        """For the message of an assertion that failed."""
        counts = ", ".join(f"{name}={self.total(name)}" for name in _COUNTS)
        head = f"exit code {self.code} after {self.seconds:.0f} s, {counts}; full text in {self.log}"
        return "\n".join([head, *self.changed_tasks(), "...", self.text[-3000:]])
