# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which process holds a lock, and whether it still lives: a run that was killed gives nothing back."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")


def machine() -> str:
    """What tells this machine from others: its name, its boot, and the process numbers that count in it."""
    parts = [platform.node()]
    reads: tuple[Callable[[], str], ...] = (
        lambda: (PROC / "sys/kernel/random/boot_id").read_text().strip(),
        # Containers share a boot, and each may have a process 1.
        lambda: os.readlink(PROC / "self/ns/pid"),
    )
    for read in reads:
        try:
            parts.append(read())
        except OSError:
            continue
    return " ".join(parts)


def started(pid: int) -> str:
    """When the process began, in the kernel's ticks: numbers are used again. Empty where it cannot be told."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    # The name in parentheses may have blanks and parentheses itself; the 22nd field is the 20th after it.
    return stat.rpartition(")")[2].split()[19]


def identity(pid: int) -> dict[str, str]:
    """What a lock says of the process that took it."""
    return {"machine": machine(), "pid": str(pid), "started": started(pid)}


def is_gone(holder: dict[str, str]) -> bool:
    """Whether the process was one of this machine and has ended. False where that cannot be told from here."""
    if not holder.get("pid") or holder.get("machine") != machine():
        return False
    pid = int(holder["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return started(pid) != holder.get("started", "")
