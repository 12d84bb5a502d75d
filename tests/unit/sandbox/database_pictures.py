"""A database as the layers of the sandbox see it."""

from __future__ import annotations

import dataclasses

from sandbox.services.rds.picture import Database

DATABASE = Database(
    id="db-ABC",
    name="site",
    vpc_id="vpc-1",
    subnet_id="subnet-1",
    address="10.0.64.9",
    mac="02:00:00:00:00:01",
    port=3306,
    host_name="site.abc.ap-northeast-1.rds.amazonaws.com",
    group_ids=("sg-db",),
    engine="mysql",
    version="8.4.7",
    master_user="admin",
    database=None,
    parameter_group="site",
    parameters=(),
    storage=20,
    state="available",
)


def with_parameters(**parameters: str) -> Database:
    return dataclasses.replace(DATABASE, parameters=tuple(sorted(parameters.items())))
