# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of the database. A variable that is not given is not judged."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._rds.creation import MAX_RETENTION, MAX_STORAGE, MIN_STORAGE
from ansible_collections.railyard.aws.plugins.module_utils._rds.versions import covers, major_of
from ansible_collections.railyard.aws.plugins.module_utils._stack.judging import Form, Range, judge, truth
from ansible_collections.railyard.aws.plugins.module_utils._stack.subnets import whole_number

Inputs = dict[str, Any]

VERSION = "railyard_database_engine_version"
_FORMS = (
    Form("railyard_database_name", r"[a-z](?:[a-z0-9]|-(?!-|$)){0,62}", "a name of at most 63 small letters, digits and single hyphens, such as railyard"),
    Form(VERSION, r"\d+\.\d+(?:\.\d+)?", "a version of MySQL such as 8.4, in quotes, or 8.4.7"),
    Form("railyard_database_instance_class", r"db\.[a-z0-9-]+\.[a-z0-9.-]+", "a class of instances such as db.t4g.micro"),
)
_RANGES = (
    Range("railyard_database_port", 1150, 65535, "a port", "3306"),
    Range("railyard_database_storage", MIN_STORAGE, MAX_STORAGE, "a number of GiB", "20"),
    Range("railyard_database_backup_days", 0, MAX_RETENTION, "a number of days", "7"),
)
_LIMIT = "railyard_database_max_storage"


def database_problems(inputs: Inputs) -> list[str]:
    return judge(inputs, _FORMS, _RANGES) + _limit_problems(inputs)


def _limit_problems(inputs: Inputs) -> list[str]:
    """The size that storage may grow to: none, or above the size that it begins with."""
    size, limit = (whole_number(inputs.get(name)) for name in ("railyard_database_storage", _LIMIT))
    if _LIMIT not in inputs or limit == 0 or (limit is not None and size is not None and size < limit <= MAX_STORAGE):
        return []
    return [f"{_LIMIT} is '{inputs[_LIMIT]}'; write a number of GiB above railyard_database_storage, up to {MAX_STORAGE}, or 0 to let it not grow."]


def engine_problems(inputs: Inputs, known: dict[str, Any], today: str) -> list[str]:
    """A version that RDS does not offer, or whose standard support has ended.

    ``known`` is what the module rds_engine_info answered: ``versions`` and ``standard_support_ends``; empty when RDS was
    not asked. ``today`` is written like the ends, 2026-11-24.
    """
    wanted, versions = str(inputs.get(VERSION)), known.get("versions") or []
    if VERSION not in inputs or not versions or not re.fullmatch(_FORMS[1].pattern, wanted):
        return []
    ends = known.get("standard_support_ends") or {}
    ended = {major for major, end in ends.items() if end < today}
    current = [version for version in versions if major_of(version) not in ended]
    offer = ", ".join([*dict.fromkeys(map(major_of, current)), *current])
    if not any(covers(wanted, version) for version in versions):
        return [f"{VERSION} is '{wanted}', which RDS does not offer here; write one of {offer}."]
    if major_of(wanted) in ended and not truth(inputs.get("railyard_database_allow_ended_version")):
        return [
            f"{VERSION} is '{wanted}', whose standard support AWS ended on {ends[major_of(wanted)]}: it charges extra for it, by the hour. "
            f"Write one of {offer}; if it has to be this one, say so: railyard_database_allow_ended_version: true"
        ]
    return []
