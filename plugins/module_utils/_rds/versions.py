# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Engine versions of RDS: comparing them, and what AWS offers."""

from __future__ import annotations

import re

from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.find import find_by_name
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: Lifecycle that costs nothing extra; the one after it is charged for by the hour.
STANDARD_SUPPORT = "open-source-rds-standard-support"


def numbers(version: str) -> list[int]:
    """Return a version's numbers for comparison: ``10.6.22`` as [10, 6, 22]."""
    return [int(part) for part in re.findall(r"\d+", version)]


def major_of(version: str, engine: str = "mysql") -> str:
    """Return the major version, as parameter and option groups name it: ``8.4`` of ``8.4.7``, of PostgreSQL ``17`` of ``17.6``."""
    return ".".join(version.split(".")[: 1 if engine == "postgres" else 2])


def covers(wanted: str, version: str) -> bool:
    """Whether ``version`` (``8.4.7``) is the wanted one, which may be shorter (``8.4``)."""
    return f"{version}.".startswith(f"{wanted}.")


def satisfies(wanted: str, version: str, upgrades_itself: bool, engine: str = "mysql") -> bool:
    """Whether an instance of ``version`` is as wanted.

    :arg upgrades_itself: whether AWS installs newer minor versions; then a newer one of the same major is fine.
    """
    newer = upgrades_itself and major_of(wanted, engine) == major_of(version, engine) and numbers(version) > numbers(wanted)
    return covers(wanted, version) or newer


def offered(client, engine):
    """Return the full versions of an engine that AWS offers, oldest first. Raises botocore's ClientError."""
    versions = read_all(client, "describe_db_engine_versions", "DBEngineVersions", Engine=engine)
    return sorted({entry["EngineVersion"] for entry in versions}, key=numbers)


def standard_support_ends(client, engine):
    """Return the end of standard support (datetime) by major version, of those for which AWS tells one."""
    majors = read_all(client, "describe_db_major_engine_versions", "DBMajorEngineVersions", Engine=engine)
    return {
        major["MajorEngineVersion"]: lifecycle["LifecycleSupportEndDate"]
        for major in majors
        for lifecycle in major.get("SupportedEngineLifecycles", [])
        if lifecycle["LifecycleSupportName"] == STANDARD_SUPPORT and lifecycle.get("LifecycleSupportEndDate")
    }


def engine_of(client, name):
    """Return the engine of the instance with this name; empty when there is none. Raises botocore's ClientError."""
    found = find_by_name(client.describe_db_instances, "DBInstances", "DBInstanceNotFound", DBInstanceIdentifier=name)
    return found["Engine"] if found else ""


def check_offered(client, engine, version):
    """Raise ResourceError, listing the versions there are, when AWS does not offer this one."""
    known = offered(client, engine)
    if not any(covers(version, one) for one in known):
        raise ResourceError(f"RDS does not offer {engine} {version} here. It has {', '.join(known) or 'no version'}; set engine_version to one of them.")
