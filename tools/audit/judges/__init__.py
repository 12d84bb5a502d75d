"""The judges, each in a file of its own: a function that yields a verdict for each of what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tools.audit.judges import checkov, gixy, lynis, ssh_audit, sslyze, systemd
from tools.audit.place import Place
from tools.audit.verdict import Verdict

JUDGES: dict[str, Callable[[Place], Iterator[Verdict]]] = {
    "ssh-audit": ssh_audit.judge,
    "systemd": systemd.judge,
    "sslyze": sslyze.judge,
    "gixy": gixy.judge,
    "checkov": checkov.judge,
    "lynis": lynis.judge,
}
