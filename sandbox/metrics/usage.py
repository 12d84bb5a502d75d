"""CPU time, memory, disk and network of a container, read from the kernel by its first process: no command runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PROC, _CGROUP = Path("/proc"), Path("/sys/fs/cgroup")
#: A system's init puts itself into a group of its own, below that of all its processes.
_OWN_OF_INIT = "/init.scope"


@dataclass(frozen=True)
class Machine:
    """The machine's memory in bytes."""

    total: int
    available: int


@dataclass(frozen=True)
class Traffic:
    """Bytes through a network namespace since it was made, without those to itself."""

    received: int
    sent: int


def machine(proc: Path = _PROC) -> Machine:
    fields = dict(line.split(":", 1) for line in (proc / "meminfo").read_text().splitlines() if ":" in line)
    return Machine(*(int(fields[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable")))


def cpu_seconds(pid: int, proc: Path = _PROC, cgroup: Path = _CGROUP) -> float:
    """CPU time of a process and all that are in its container. Raises ``OSError`` when it is gone."""
    group = _group(pid, "cpuacct", proc, cgroup)
    if (file := group / "cpuacct.usage").exists():
        return int(file.read_text()) / 1e9
    return int(_fields(group / "cpu.stat")["usage_usec"]) / 1e6


def memory_bytes(pid: int, proc: Path = _PROC, cgroup: Path = _CGROUP) -> int:
    """Memory of a container, without files that the kernel would drop. Raises ``OSError`` when it is gone."""
    group = _group(pid, "memory", proc, cgroup)
    files = _fields(group / "memory.stat")
    if (file := group / "memory.usage_in_bytes").exists():
        return max(0, int(file.read_text()) - int(files.get("total_inactive_file", 0)))
    return max(0, int((group / "memory.current").read_text()) - int(files.get("inactive_file", 0)))


def disk_used_percent(pid: int, proc: Path = _PROC) -> float:
    """How full the file system at ``/`` of a container is, as ``df`` has it. Raises ``OSError`` when it is gone."""
    found = os.statvfs(proc / str(pid) / "root")
    used = found.f_blocks - found.f_bfree
    return 100.0 * used / ((used + found.f_bavail) or 1)


def traffic(pid: int, proc: Path = _PROC) -> Traffic:
    """Raises ``OSError`` when the process is gone."""
    lines = (proc / str(pid) / "net" / "dev").read_text().splitlines()[2:]
    rows = [line.replace(":", " ", 1).split() for line in lines]
    counted = [row for row in rows if row[0] != "lo"]
    return Traffic(sum(int(row[1]) for row in counted), sum(int(row[9]) for row in counted))


def _group(pid: int, controller: str, proc: Path, cgroup: Path) -> Path:
    """Directory of a process's control group, where the kernel has one hierarchy or one for each controller."""
    unified = None
    for line in (proc / str(pid) / "cgroup").read_text().splitlines():
        number, names, path = line.split(":", 2)
        path = path.removesuffix(_OWN_OF_INIT).lstrip("/")
        if controller in names.split(","):
            return cgroup / controller / path
        if number == "0":
            unified = cgroup / path
    if unified is None:
        raise OSError(f"process {pid} is in no control group for {controller}")
    return unified


def _fields(file: Path) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in file.read_text().splitlines() if " " in line)
