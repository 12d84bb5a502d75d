"""Versions of the engines of RDS, as far as the sandbox knows them. No side effects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.services.rds.parameters import PARAMETERS, Parameter
from sandbox.services.rds.postgres_parameters import PARAMETERS as POSTGRES_PARAMETERS

#: Minor versions by major version, oldest first; the last is what AWS takes when only the major one is named.
VERSIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "mysql": {
        "8.0": ("8.0.37", "8.0.39", "8.0.40", "8.0.41", "8.0.42", "8.0.43", "8.0.44"),
        "8.4": ("8.4.3", "8.4.4", "8.4.5", "8.4.6", "8.4.7"),
    },
    "mariadb": {
        "10.6": ("10.6.22", "10.6.23"),
        "10.11": ("10.11.13", "10.11.14"),
        "11.4": ("11.4.7", "11.4.8"),
    },
    "postgres": {
        "13": ("13.22", "13.23"),
        "14": ("14.19", "14.20"),
        "15": ("15.14", "15.15"),
        "16": ("16.10", "16.11"),
        "17": ("17.5", "17.6", "17.7"),
    },
}
#: Version of an instance that names none.
DEFAULT_VERSION = {"mysql": "8.4.7", "mariadb": "11.4.8", "postgres": "17.7"}
#: When a major version came to RDS, and when its standard support ends, where AWS tells of an end.
STANDARD_SUPPORT = {
    "mysql": {"8.0": ((2018, 10, 23), (2026, 7, 31)), "8.4": ((2024, 11, 21), (2029, 7, 31))},
    "postgres": {
        "13": ((2021, 2, 24), (2026, 2, 28)),
        "14": ((2022, 2, 3), (2027, 2, 28)),
        "15": ((2023, 2, 27), (2028, 2, 29)),
        "16": ((2024, 2, 26), (2029, 2, 28)),
        "17": ((2025, 2, 20), (2030, 2, 28)),
    },
}
_TITLES = {"mysql": "MySQL Community Edition", "mariadb": "MariaDB Community Edition", "postgres": "PostgreSQL"}
#: What an instance can send to CloudWatch.
_LOGS = {"postgres": ["postgresql", "upgrade"]}


def families(engine: str) -> list[str]:
    """Families of parameter groups of an engine, for example ``mysql8.4``."""
    return [f"{engine}{major}" for major in VERSIONS.get(engine, {})]


def version_of(engine: str, asked: str | None) -> str | None:
    """The full version that AWS makes of a version in a request; None when there is no such version."""
    if engine not in VERSIONS:
        return asked
    if not asked:
        return DEFAULT_VERSION[engine]
    for major, minors in VERSIONS[engine].items():
        if asked == major:
            return minors[-1]
        if asked in minors:
            return asked
    return None


def engine_versions(engine: str | None, version: str | None, family: str | None, default: bool) -> list[dict[str, Any]]:
    """Entries of ``describe_db_engine_versions``, oldest first."""
    found = []
    for name, majors in VERSIONS.items():
        for major, minors in majors.items():
            for minor in minors:
                newer = [m for m in minors if m > minor]
                entry = {
                    "Engine": name,
                    "MajorEngineVersion": major,
                    "EngineVersion": minor,
                    "DBParameterGroupFamily": f"{name}{major}",
                    "DBEngineDescription": _TITLES[name],
                    "DBEngineVersionDescription": f"{_TITLES[name]} {minor}",
                    "ValidUpgradeTarget": [
                        {
                            "Engine": name,
                            "EngineVersion": target,
                            "Description": f"{_TITLES[name]} {target}",
                            "AutoUpgrade": False,
                            "IsMajorVersionUpgrade": False,
                        }
                        for target in newer
                    ],
                    "ExportableLogTypes": _LOGS.get(name, ["audit", "error", "general", "slowquery"]),
                    "SupportsLogExportsToCloudwatchLogs": True,
                    "SupportsReadReplica": True,
                    "Status": "available",
                }
                if (
                    engine in (None, name)
                    and version in (None, major, minor)
                    and family in (None, entry["DBParameterGroupFamily"])
                    and (not default or minor == (minors[-1] if version == major else DEFAULT_VERSION[name]))
                ):
                    found.append(entry)
    return found


def lifecycles() -> list[dict[str, Any]]:
    """Entries of ``describe_db_major_engine_versions``."""
    return [
        {
            "Engine": engine,
            "MajorEngineVersion": major,
            "SupportedEngineLifecycles": [
                {
                    "LifecycleSupportName": "open-source-rds-standard-support",
                    "LifecycleSupportStartDate": datetime(*begin, tzinfo=UTC),
                    "LifecycleSupportEndDate": datetime(*end, 23, 59, 59, tzinfo=UTC),
                }
            ],
        }
        for engine, majors in STANDARD_SUPPORT.items()
        for major, (begin, end) in majors.items()
    ]


def parameters_of(family: str) -> Mapping[str, Parameter] | None:
    """Parameters of a family such as ``mysql8.4``; None of one that the sandbox does not know."""
    engine = next((name for name in VERSIONS if family in families(name)), None)
    return None if engine is None else POSTGRES_PARAMETERS if engine == "postgres" else PARAMETERS
