"""RDS: figures of gp3, which AWS wants to be told from a size on that depends on the engine, and refuses below it."""

from __future__ import annotations

from typing import Any

from moto.rds import models
from moto.rds.exceptions import InvalidParameterCombination

from sandbox.core.settings import Settings

#: GiB from which gp3 of an engine has figures that can be chosen.
STRIPED_FROM = {"mysql": 400, "mariadb": 400, "postgres": 400}
FIGURES = ("iops", "storage_throughput")


def apply(settings: Settings) -> None:
    backend = models.RDSBackend
    create, modify = backend.create_db_instance, backend.modify_db_instance

    def create_db_instance(self, db_kwargs):
        if "instance_create_time" in db_kwargs and not _striped(db_kwargs):
            # No request but a restore: moto copies all that it knows of the source, and nobody asked for its figures.
            db_kwargs = {key: value for key, value in db_kwargs.items() if key not in FIGURES}
        _refuse_figures(db_kwargs, db_kwargs)
        database = create(self, db_kwargs)
        _striped_figures(database)
        return database

    def modify_db_instance(self, db_instance_identifier, db_kwargs):
        database = self.describe_db_instances(db_instance_identifier)[0]
        asked = {key: value for key, value in db_kwargs.items() if value is not None}
        # Under another name than on AWS moto would compare nothing.
        to_be = {**{key: getattr(database, key) for key in ("engine", "storage_type", "allocated_storage")}, **asked}
        _refuse_figures(asked, {**to_be, "engine": database.engine})
        if _striped(to_be) and asked.get("allocated_storage") and not asked.get("iops"):
            raise InvalidParameterCombination(
                "You must specify both the storage size and iops when modifying the storage size or iops on a DB "
                f"instance that has iops. (storage size {asked['allocated_storage']})"
            )
        changed = modify(self, db_instance_identifier, db_kwargs)
        _striped_figures(changed)
        return changed

    backend.create_db_instance = create_db_instance
    backend.modify_db_instance = modify_db_instance


def _striped(storage: dict[str, Any]) -> bool:
    least = STRIPED_FROM.get(str(storage.get("engine")), 0)
    return storage.get("storage_type") == "gp3" and int(storage.get("allocated_storage") or 0) >= least


def _refuse_figures(asked: dict[str, Any], to_be: dict[str, Any]) -> None:
    """As AWS: smaller storage has its figures, and nobody chooses others."""
    if to_be.get("storage_type") == "gp3" and any(asked.get(key) for key in FIGURES) and not _striped(to_be):
        raise InvalidParameterCombination(
            "You can't specify IOPS or storage throughput for engine "
            f"{to_be.get('engine')} and a storage size less than {STRIPED_FROM.get(str(to_be.get('engine')), 0)}."
        )


def _striped_figures(database: Any) -> None:
    if _striped(vars(database)):
        database.iops = max(int(database.iops or 0), 12000)
        database.storage_throughput = max(int(database.storage_throughput or 0), 500)
