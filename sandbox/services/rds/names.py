"""Names that an RDS instance's parts have in common. No side effects."""

from __future__ import annotations

import base64
import hashlib
import secrets

#: Engines at whose endpoints a server of the sandbox answers: its PostgreSQL, and its MariaDB for the other two.
SERVED = ("mysql", "mariadb", "postgres")


def new_resource_id() -> str:
    """A DbiResourceId such as AWS gives: ``db-`` and 26 letters and digits."""
    return "db-" + base64.b32encode(secrets.token_bytes(20)).decode()[:26]


def interface_id(resource_id: str) -> str:
    """Id of the network interface that stands for an instance: AWS tells nobody which of its own it is."""
    return "eni-" + hashlib.sha256(resource_id.encode()).hexdigest()[:17]
