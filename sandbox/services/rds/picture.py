"""What a picture holds of RDS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.core.fields import (
    Address,
    Checked,
    Count,
    DatabasePort,
    Identifier,
    Line,
    Mac,
    NameOfHost,
    ParameterName,
    Word,
)


@dataclass(frozen=True)
class Database(Checked):
    """One RDS instance. Its master password is no part of it: no answer of the API has it."""

    id: Identifier  # DbiResourceId: stays when the instance is renamed
    name: Identifier  # DBInstanceIdentifier
    vpc_id: Identifier
    subnet_id: Identifier
    address: Address
    mac: Mac
    port: DatabasePort
    host_name: NameOfHost  # endpoint
    group_ids: tuple[Identifier, ...]
    engine: Literal["mysql", "mariadb", "postgres"]
    version: Word
    master_user: Identifier
    database: Identifier | None  # schema made with it
    parameter_group: Word
    parameters: tuple[tuple[ParameterName, Line], ...]  # those that somebody set
    storage: Count  # GiB
    state: Word  # in the API's words
    public: bool = False


@dataclass(frozen=True)
class DatabaseSnapshot(Checked):
    name: Identifier
    database_id: Identifier  # DbiResourceId of its source
