# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of the database. A variable that is not given is not looked at."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._rds.creation import MAX_RETENTION, MAX_STORAGE, MIN_STORAGE, MONITORING_INTERVALS
from ansible_collections.railyard.aws.plugins.module_utils._rds.storage import least_limit
from ansible_collections.railyard.aws.plugins.module_utils._rds.versions import covers, major_of
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, entry_problems, form_problems, shown, truth
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.servers import SIZES
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Inputs = dict[str, Any]

ENGINE = "railyard_database_engine"
VERSION = "railyard_database_engine_version"
CLASS = "railyard_database_instance_class"
_ENGINES = ("mysql", "mariadb", "postgres")
_TITLES = {"mysql": "MySQL", "mariadb": "MariaDB", "postgres": "PostgreSQL"}
#: Of a version: what it looks like, and examples.
_VERSIONS = {
    "mysql": (r"\d+\.\d+(?:\.\d+)?", "8.4, in quotes, or 8.4.7"),
    "mariadb": (r"\d+\.\d+(?:\.\d+)?", "11.4, in quotes, or 11.4.8"),
    "postgres": (r"[1-9]\d(?:\.\d+)?", "17, in quotes, or 17.6"),
}
#: Words of SQL that RDS takes for no master user, such as come to mind for one.
_SQL = "all|create|database|databases|default|grant|group|index|key|primary|schema|select|system|table|tables|trigger|update|usage|using|values|when|where"
_MASTERS = {
    "mysql": (
        rf"(?!(?i:rds|mysql|root$|(?:{_SQL})$))[A-Za-z][A-Za-z0-9_]{{0,15}}",
        "at most 16 letters, digits and underscores, no name of MySQL's or RDS's own, such as admin",
    ),
    "postgres": (
        rf"(?!(?i:rds|pg_|(?:admin|public|user|{_SQL})$))[A-Za-z][A-Za-z0-9_]{{0,62}}",
        "at most 63 letters, digits and underscores, no name of PostgreSQL's or RDS's own, such as postgres",
    ),
}
_LOGS = {"mysql": "audit error general slowquery iam-db-auth-error", "postgres": "postgresql upgrade iam-db-auth-error"}
#: Parameters of the one engine that people write for the other: this one's, and what to write there.
_STRANGE = {
    "postgres": (
        r"character_set_\w+|collation_\w+|innodb_\w+|long_query_time|slow_query_log|log_output|log_bin\w*|sql_mode|binlog_\w+|"
        r"require_secure_transport|wait_timeout|interactive_timeout|max_allowed_packet|lower_case_table_names|performance_schema|time_zone",
        "log_min_duration_statement: 2000",
    ),
    "mysql": (
        r"rds\..+|log_min_duration_statement|shared_buffers|work_mem|maintenance_work_mem|effective_cache_size|statement_timeout|"
        r"random_page_cost|shared_preload_libraries|max_wal_size|log_statement|idle_in_transaction_session_timeout",
        "long_query_time: 2",
    ),
}
_FORMS = (
    Form("railyard_database_name", r"[a-z](?:[a-z0-9]|-(?!-|$)){0,62}", "a name of at most 63 small letters, digits and single hyphens, such as railyard"),
    Form(CLASS, rf"db\.[a-z][a-z0-9-]*\d[a-z0-9-]*\.{SIZES}(?:\.tpc\d\.mem\d+x)?", "a class of instances such as db.t4g.micro"),
    Form(
        "rds_monitoring_role_arn",
        r"|arn:aws(?:-[a-z]+)*:iam::\d{12}:role/[\w+=,.@/-]+",
        "the ARN of a role, such as arn:aws:iam::123456789012:role/rds-monitoring-role",
    ),
    Form("rds_subnet_group_name", r"(?!default$)[A-Za-z0-9][A-Za-z0-9 ._-]{0,254}", "letters, digits and hyphens, not 'default', such as railyard"),
    *(
        Form(f"rds_{what}_group_name", r"(?!default)[A-Za-z](?:[A-Za-z0-9]|-(?!-|$)){0,254}", "letters, digits and single hyphens, such as railyard-mysql8-4")
        for what in ("parameter", "option")
    ),
)
_RANGES = (
    Range("railyard_database_storage", MIN_STORAGE, MAX_STORAGE, "a number of GiB", "20"),
    Range("railyard_database_backup_days", 0, MAX_RETENTION, "a number of days", "7"),
    Range("rds_await_timeout", 60, 86400, "a number of seconds", "2400"),
    Range("rds_absent_timeout", 60, 86400, "a number of seconds", "3600"),
)
_LIMIT = "railyard_database_max_storage"
_INSIGHTS = "rds_performance_insights"
#: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.Engines.html
_WITHOUT_INSIGHTS = re.compile(r"db\.t[234]g?\.(micro|small)")


def engine_of(inputs: Inputs) -> str:
    """The engine that is asked for; MySQL where none is, or one that there is not."""
    engine = str(inputs.get(ENGINE))
    return engine if engine in _ENGINES else "mysql"


def is_postgres(inputs: Inputs) -> bool:
    return engine_of(inputs) == "postgres"


def master_user(inputs: Inputs) -> str:
    """The master user as the role rds makes it."""
    return str(inputs.get("rds_master_username") or ("postgres" if is_postgres(inputs) else "admin"))


def database_problems(inputs: Inputs) -> list[str]:
    engine = engine_of(inputs)
    kind = "postgres" if engine == "postgres" else "mysql"
    if ENGINE in inputs and str(inputs[ENGINE]) not in _ENGINES:
        # All else depends on it.
        return [f"{ENGINE} is '{shown(inputs[ENGINE])}'; write mysql, mariadb or postgres."]
    pattern, examples = _VERSIONS[engine]
    logs = _LOGS[kind].split()
    forms = (Form(VERSION, pattern, f"a version of {_TITLES[engine]} such as {examples}"), Form("rds_master_username", *_MASTERS[kind]))
    port = Range("railyard_database_port", 1150, 65535, "a port", "5432" if kind == "postgres" else "3306")
    return [
        *form_problems(inputs, (*_FORMS, *forms), (port, *_RANGES)),
        *entry_problems(inputs, (Form("rds_log_exports", "|".join(logs), f"one of {', '.join(logs)}"),)),
        *_limit_problems(inputs),
        *_insights_problems(inputs),
        *_monitoring_problems(inputs),
        *_parameter_problems(inputs),
        *_option_problems(inputs),
    ]


def _limit_problems(inputs: Inputs) -> list[str]:
    """The size that storage may grow to: none, or above the size that it begins with."""
    size, limit = (whole_number(inputs.get(name)) for name in ("railyard_database_storage", _LIMIT))
    if _LIMIT not in inputs or limit == 0 or (limit is not None and size is not None and least_limit(size) <= limit <= MAX_STORAGE):
        return []
    least = f" ({least_limit(size)}, as AWS wants a tenth more)" if size is not None and MIN_STORAGE <= size <= MAX_STORAGE else ""
    return [f"{_LIMIT} is '{inputs[_LIMIT]}'; write a number of GiB above railyard_database_storage{least}, up to {MAX_STORAGE}, or 0 to let it not grow."]


def _insights_problems(inputs: Inputs) -> list[str]:
    size = str(inputs.get(CLASS))
    if not truth(inputs.get(_INSIGHTS)) or not _WITHOUT_INSIGHTS.fullmatch(size):
        return []
    return [f"{_INSIGHTS} is 'true', which AWS does not offer on '{size}'; write false, or a larger {CLASS}, such as db.t4g.medium."]


def _monitoring_problems(inputs: Inputs) -> list[str]:
    name, interval = "rds_monitoring_interval", inputs.get("rds_monitoring_interval", 0)
    if whole_number(interval) not in MONITORING_INTERVALS:
        return [f"{name} is '{interval}'; write one of {', '.join(map(str, MONITORING_INTERVALS))} seconds, where 0 is off."]
    if whole_number(interval) and not inputs.get("rds_monitoring_role_arn"):
        return [
            f"{name} is '{interval}', but rds_monitoring_role_arn is empty: enhanced monitoring writes by a role. Write its ARN, such as "
            "arn:aws:iam::123456789012:role/rds-monitoring-role, or the interval 0."
        ]
    return []


def _parameter_problems(inputs: Inputs) -> list[str]:
    given = inputs.get("rds_parameters")
    strange, example = _STRANGE["postgres" if is_postgres(inputs) else "mysql"]
    title, problems = _TITLES[engine_of(inputs)], []
    for name, value in given.items() if isinstance(given, dict) else ():
        if not re.fullmatch(r"[a-z][a-z0-9_.-]*", str(name)):
            problems.append(f"rds_parameters has '{name}', which is no parameter's name; write one like max_connections: 200.")
        elif re.fullmatch(strange, str(name)):
            problems.append(f"rds_parameters has '{name}', which {title} has not ({ENGINE}); write one of {title}, such as {example}, or leave it out.")
        elif isinstance(value, (dict, list)) or value is None or str(value) == "":
            problems.append(f"rds_parameters.{name} is '{value}'; write its value, such as max_connections: 200, or leave it out.")
    return problems


def _option_problems(inputs: Inputs) -> list[str]:
    given = inputs.get("rds_options")
    if given and is_postgres(inputs):
        return [f"rds_options is '{shown(given)}', and RDS has no options for PostgreSQL ({ENGINE}); write [], extensions are made by migrations."]
    return [
        f"rds_options has '{one}', without option_name; write entries like {{option_name: MARIADB_AUDIT_PLUGIN}}."
        for one in (given if isinstance(given, list) else [])
        if not isinstance(one, dict) or not one.get("option_name")
    ]


def engine_problems(inputs: Inputs, known: dict[str, Any], today: str) -> list[str]:
    """An engine that the database does not have, a version that RDS does not offer, or whose standard support has ended.

    ``known`` is what the module rds_engine_info answered: ``versions``, ``standard_support_ends`` and ``instance_engine``; empty when RDS was
    not asked. ``today`` is written like the ends, 2026-11-24.
    """
    wanted, versions, engine = str(inputs.get(VERSION)), known.get("versions") or [], engine_of(inputs)
    has = known.get("instance_engine") or engine
    if ENGINE in inputs and has != engine:
        return [
            f"{ENGINE} is '{engine}', and the database '{inputs.get('railyard_database_name')}' is {_TITLES.get(has, has)}, which nothing turns into "
            f"another: its content would be lost. Write {ENGINE}: {has}; or give the new one a name of its own, railyard_database_name, bring the content "
            "over, and remove the old one only then."
        ]
    if VERSION not in inputs or not versions or not re.fullmatch(_VERSIONS[engine][0], wanted):
        return []
    ends = known.get("standard_support_ends") or {}
    ended = {major for major, end in ends.items() if end < today}
    major = major_of(wanted, engine)
    current = [version for version in versions if major_of(version, engine) not in ended]
    offer = ", ".join([*dict.fromkeys(major_of(version, engine) for version in current), *current])
    if not any(covers(wanted, version) for version in versions):
        return [f"{VERSION} is '{wanted}', which RDS does not offer here; write one of {offer}."]
    if major in ended and not truth(inputs.get("railyard_database_allow_ended_version")):
        return [
            f"{VERSION} is '{wanted}', whose standard support AWS ended on {ends[major]}: it charges extra for it, by the hour. "
            f"Write one of {offer}; if it has to be this one, say so: railyard_database_allow_ended_version: true"
        ]
    return []
