"""Metrics of RDS instances: the container's, the files', and what the server says of its connections.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox.metrics import usage
from sandbox.metrics.measurements import Measurement, dimensions
from sandbox.metrics.round import Round
from sandbox.network.command import CommandError
from sandbox.services.rds.picture import Database
from sandbox.services.rds.server import software_of

_NAMESPACE = "AWS/RDS"
_GIBI = 2**30
#: Seconds that a server may take to say how many are connected.
_PATIENCE = 10


def ask_server(look: Round, database: Database) -> int:
    """Connections of others than the sandbox. Raises ``CommandError`` and ``ValueError``."""
    software = software_of(database.engine)
    said = look.engine.podman(
        "exec",
        "--interactive",
        look.container(database.id),
        *software.client,
        stdin=software.connections,
        timeout=_PATIENCE,
    )
    # The one that asks is one of them.
    return max(0, int(said.split()[-1]) - 1)


def gather(look: Round, connections: Callable[[Round, Database], int] = ask_server) -> Iterator[Measurement]:
    for database in look.picture.databases:
        pid = look.pid(database.id)
        if not pid:
            # As on AWS, one that is stopped has no metrics.
            continue
        its = dimensions(DBInstanceIdentifier=database.name)
        try:
            cpu, free = usage.cpu_seconds(pid), usage.machine().available
            storage = _free_storage(look.engine.settings.home / "databases" / database.id / "data", database.storage)
        except OSError:
            continue
        if (percent := look.percent(database.id, cpu)) is not None:
            yield Measurement(_NAMESPACE, "CPUUtilization", its, percent, "Percent")
        yield Measurement(_NAMESPACE, "FreeableMemory", its, float(free), "Bytes")
        yield Measurement(_NAMESPACE, "FreeStorageSpace", its, float(storage), "Bytes")
        try:
            yield Measurement(_NAMESPACE, "DatabaseConnections", its, float(connections(look, database)), "Count")
        except (CommandError, IndexError, ValueError):
            # It starts, or ends: the layer tells what is wrong with it.
            continue


def _free_storage(data: Path, allocated: int) -> int:
    """Bytes of the allocated storage that no file has, and no more than the disk below has."""
    used = 0
    for folder, _unused, names in os.walk(data):
        for name in names:
            try:
                used += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    below = os.statvfs(data)
    return max(0, min(allocated * _GIBI - used, below.f_bavail * below.f_frsize))
