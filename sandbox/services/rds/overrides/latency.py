"""RDS instances are creating for their time, or until their server is there, whichever is later."""

from __future__ import annotations

from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, RDSBackend

from sandbox.api.latency import latency
from sandbox.core.settings import Settings

#: What AWS refuses while an instance is being made.
_WAITING = ("modify_db_instance", "reboot_db_instance", "stop_db_instance", "create_db_snapshot")


def apply(settings: Settings) -> None:
    status = DBInstance.status
    create = RDSBackend.create_db_instance

    def status_now(self):
        shown = status.fget(self)
        return "creating" if shown == "available" and latency.pending(self) else shown

    def create_db_instance(self, *args, **kwargs):
        database = create(self, *args, **kwargs)
        latency.began(database, "database")
        return database

    DBInstance.status = property(status_now, status.fset)
    RDSBackend.create_db_instance = create_db_instance
    for name in _WAITING:
        setattr(RDSBackend, name, _once_made(getattr(RDSBackend, name)))


def _once_made(action):
    def act(self, db_instance_identifier, *args, **kwargs):
        database = self.databases.get(db_instance_identifier.rsplit(":", 1)[-1])
        if database is not None and latency.pending(database):
            raise RDSClientError(
                "InvalidDBInstanceState", f"Instance {db_instance_identifier} is not in available state."
            )
        return action(self, db_instance_identifier, *args, **kwargs)

    return act
