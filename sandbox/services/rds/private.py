"""What the API keeps of an RDS instance and tells nobody: for the database layer, in the daemon's process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Private:
    password: str = field(repr=False)
    boots: int  # how often somebody asked for a reboot
    source: str | None  # snapshot that it was restored from


def private_of(region: str, name: str) -> Private | None:
    """Of the instance with this identifier; None when it is gone, or its secret is."""
    from moto.rds.models import rds_backends

    from sandbox.api.environment import ACCOUNT_ID

    database = rds_backends[ACCOUNT_ID][region].databases.get(name)
    if database is None:
        return None
    secret = getattr(database, "master_user_secret", None)
    if database.manage_master_user_password and secret is not None:
        kept = secret.secretsmanager.secrets.get(secret.secret_arn)
        version = kept.versions[kept.default_version_id] if kept is not None else None
        password = json.loads(version["secret_string"])["password"] if version else None
    else:
        password = database._master_user_password
    if not password:
        return None
    return Private(password, getattr(database, "railyard_boots", 0), getattr(database, "railyard_source", None))
