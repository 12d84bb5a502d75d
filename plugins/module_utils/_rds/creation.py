# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an instance of RDS may look like. Pure."""

from __future__ import annotations

import re

from ansible_collections.railyard.aws.plugins.module_utils._rds.storage import problems as storage_problems
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: What AWS allows: days that backups are kept, GiB of general purpose storage, seconds between two measurements.
MAX_RETENTION, MIN_STORAGE, MAX_STORAGE = 35, 20, 65536
MONITORING_INTERVALS = (0, 1, 5, 10, 15, 30, 60)

#: Options of a new instance that were not given.
DEFAULTS = {
    "engine": "mysql",
    "master_username": "admin",
    "storage_type": "gp3",
    "storage_encrypted": True,
    "publicly_accessible": False,
    "deletion_protection": True,
    "copy_tags_to_snapshot": True,
    "auto_minor_version_upgrade": True,
    "manage_master_user_password": True,
}
#: Without these a new instance cannot be.
NEEDED = {"instance_class": "db.t4g.micro", "allocated_storage": "20"}

_CLASS = r"db\.[a-z0-9-]+\.[a-z0-9.-]+"
_HOURS = r"([01]\d|2[0-3]):[0-5]\d"
_DAYS = r"(mon|tue|wed|thu|fri|sat|sun)"
WINDOWS = {
    "backup_window": (rf"{_HOURS}-{_HOURS}", "17:00-17:30"),
    "maintenance_window": (rf"{_DAYS}:{_HOURS}-{_DAYS}:{_HOURS}", "sun:18:00-sun:18:30"),
}


def validate(params):
    """Raise ResourceError, naming every mistake in the options, whatever the instance is like now."""
    name, problems = params["db_instance_identifier"], []
    retention, interval = params.get("backup_retention_period"), params.get("monitoring_interval")
    storage, limit = params.get("allocated_storage"), params.get("max_allocated_storage")
    if not re.fullmatch(r"[a-z](?:[a-z0-9]|-(?!-|$)){0,62}", name):
        problems.append("its name has to begin with a letter, have at most 63 letters, digits and single hyphens, and not end in a hyphen")
    if params.get("instance_class") is not None and not re.fullmatch(_CLASS, params["instance_class"]):
        problems.append(f"instance_class is '{params['instance_class']}'; write one like db.t4g.micro")
    if storage is not None and not MIN_STORAGE <= storage <= MAX_STORAGE:
        problems.append(f"allocated_storage is {storage}; AWS has {MIN_STORAGE} to {MAX_STORAGE} GiB")
    if limit and limit <= (storage or 0):
        problems.append(f"max_allocated_storage is {limit}, no more than allocated_storage; 0 lets it not grow")
    if retention is not None and not 0 <= retention <= MAX_RETENTION:
        problems.append(f"backup_retention_period is {retention}; AWS keeps backups 0 to {MAX_RETENTION} days")
    if interval is not None and interval not in MONITORING_INTERVALS:
        problems.append(f"monitoring_interval is {interval}; AWS measures every {', '.join(map(str, MONITORING_INTERVALS))} seconds, 0 is off")
    if interval and not params.get("monitoring_role_arn"):
        problems.append("monitoring_interval needs monitoring_role_arn, the role that writes what is measured")
    if params.get("engine_version") is not None and not re.fullmatch(r"\d+(\.\d+){0,2}", params["engine_version"]):
        problems.append(f"engine_version is '{params['engine_version']}'; write one like 8.4 or 8.4.7, of PostgreSQL one like 17 or 17.6")
    for option, (pattern, example) in WINDOWS.items():
        value = params.get(option)
        if value is not None and not re.fullmatch(pattern, value.lower()):
            problems.append(f"{option} is '{value}'; write it in UTC like {example}")
    if problems:
        raise ResourceError(f"Database '{name}': " + "; ".join(problems) + ".")


def check_storage(name, wanted):
    """Raise ResourceError when IOPS or throughput are asked for that storage of this kind and size cannot have."""
    wrong = storage_problems(wanted)
    if wrong:
        raise ResourceError(f"Database '{name}': " + "; ".join(wrong) + ".")


def check_needed(params):
    """Raise ResourceError when an option is missing without which a new instance cannot be."""
    missing = [f"{option} (for example {example})" for option, example in NEEDED.items() if params.get(option) is None]
    if missing:
        raise ResourceError(f"Database '{params['db_instance_identifier']}' does not exist; give {' and '.join(missing)} to create it.")
