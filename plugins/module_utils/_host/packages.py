# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a server's package manager knows, read and never changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: Runs a program; returns status, output and errors.
Run = Callable[[list[str]], tuple[int, str, str]]

#: Where apt keeps its lists.
LISTS = "/var/lib/apt/lists"


def database(which: Callable[[str], str | None]) -> str:
    """Which database of packages a server has, ``dpkg`` or ``rpm``. Raises ResourceError where there is neither."""
    if which("dpkg-query"):
        return "dpkg"
    if which("rpm"):
        return "rpm"
    raise ResourceError("This server has neither dpkg nor rpm, so its packages cannot be looked for.")


def missing(names: Sequence[str], known_by: str, run: Run) -> list[str]:
    """Those of the names that are not installed.

    :arg known_by: ``dpkg`` or ``rpm``
    """
    if known_by == "dpkg":
        _status, out, _error = run(["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names])
        installed = {line.split()[0] for line in out.splitlines() if line.endswith(" installed")}
        return [name for name in names if name.split(":")[0] not in installed]
    return [name for name in names if run(["rpm", "--query", "--quiet", "--whatprovides", name])[0]]


def lists_age(directory: str = LISTS) -> int | None:
    """Seconds since apt's youngest list was written; None where there is none, as in a new image."""
    try:
        with os.scandir(directory) as entries:
            written = [entry.stat().st_mtime for entry in entries if entry.is_file() and "Packages" in entry.name]
    except FileNotFoundError:
        written = []
    return max(0, int(time.time() - max(written))) if written else None
