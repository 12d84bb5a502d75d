# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Thresholds of a database from its class: how much memory it has, and how many connections that lets in. Pure."""

from __future__ import annotations

import re
from typing import Any

GIBI, MEBI = 2**30, 2**20

#: GiB of the burstable classes, and GiB for each virtual CPU of the others, by the letter of their family.
#: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
_BURSTABLE = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_PER_CPU = {"c": 2, "m": 4, "r": 8, "x": 16}
_CLASS = re.compile(r"db\.(?P<family>[a-z])(?P<rest>[a-z0-9-]*)\.(?P<size>micro|small|medium|large|\d*xlarge)")
#: Virtual CPUs of the sizes below xlarge, which has four.
_CPUS = {"medium": 1, "large": 2}

#: RDS lets in a connection for every so many bytes of DBInstanceClassMemory unless the parameter max_connections says otherwise.
BYTES_PER_CONNECTION = {"mysql": 12_582_880, "mariadb": 12_582_880, "postgres": 9_531_392}
#: And no more than so many.
MOST_CONNECTIONS = {"postgres": 5000}
#: Of the class's memory RDS itself and the system have a part, a larger one of small classes, which the formula does not count. So
#: this share of what it would let in is near the end everywhere: of 85 on a db.t4g.micro about 65 come in, and the alarm is at 51.
CONNECTIONS_SHARE = 0.6
#: Of a limit that somebody set the whole counts.
SET_SHARE = 0.8
#: Less of its memory than this free, and the system begins to swap.
MEMORY_SHARE = 0.05


def memory_of(instance_class: str) -> float | None:
    """GiB of memory of a class of RDS; None of one that this table does not know."""
    found = _CLASS.fullmatch(instance_class)
    if found is None:
        return None
    family, size = found["family"], found["size"]
    if family == "t":
        return _BURSTABLE.get(size)
    # Of x1 and x2 with an e in their names the memory of a CPU is twice that: left to the usual thresholds.
    if family not in _PER_CPU or (family == "x" and "e" in found["rest"]):
        return None
    cpus = _CPUS.get(size) or (4 * int(size.removesuffix("xlarge") or 1) if size.endswith("xlarge") else None)
    return cpus * _PER_CPU[family] if cpus else None


def _whole(value: float) -> int:
    """At least one: a threshold of none would always be reached."""
    return max(1, int(value))


def of_class(instance_class: str, max_connections: Any = None, engine: str = "mysql") -> dict[str, float]:
    """Thresholds of a database by the names of definitions, of a class that is known and a limit that somebody set."""
    memory = memory_of(instance_class)
    found: dict[str, float] = {}
    if memory is not None:
        found["database_memory"] = _whole(memory * GIBI * MEMORY_SHARE / MEBI)
        connections = memory * GIBI / BYTES_PER_CONNECTION[engine]
        found["database_connections"] = _whole(min(connections, MOST_CONNECTIONS.get(engine, connections)) * CONNECTIONS_SHARE)
    if str(max_connections or "").isdigit():
        found["database_connections"] = _whole(int(max_connections) * SET_SHARE)
    return found
