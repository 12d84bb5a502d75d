# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of the monitoring: sentences with the value seen and what to write instead."""

from __future__ import annotations

import difflib
import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.alarm_definitions import ALARM_DEFINITIONS
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.stack_alarms import number
from ansible_collections.railyard.aws.plugins.module_utils._logs.log_groups import NAME, retention_problem
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, form_problems, shown
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Inputs = dict[str, Any]

#: Not what mail allows, but what people have: one @, a domain with a dot, nothing that AWS refuses.
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+")
_FORMS = (
    Form(
        "cloudwatch_agent_package",
        r"|https?://\S+|/[A-Za-z0-9._/-]+",
        "the URL of a package or its path on the server, such as /var/tmp/amazon-cloudwatch-agent.rpm, or nothing",
    ),
    Form("cloudwatch_agent_package_checksum", r"|sha256:[0-9a-f]{64}", "sha256: and 64 hexadecimal digits in small letters, or nothing"),
)
_RANGES = (
    Range("cloudwatch_agent_journal_seconds", 1, 3600, "a number of seconds", "15"),
    Range("cloudwatch_agent_log_days", 1, 3650, "a number of days", "14"),
    Range("iam_unused_days", 1, 3650, "a number of days", "90"),
)
FLOW_TRAFFIC = ("ALL", "REJECT", "ACCEPT", "none")


def email_problems(inputs: Inputs) -> list[str]:
    emails = inputs.get("railyard_alarm_emails")
    if emails is None:
        return []
    if not isinstance(emails, list):
        return [
            f"railyard_alarm_emails is '{emails}', which is no list; write one like [ops@example.com], on the command line "
            '-e \'{"railyard_alarm_emails": ["..."]}\'.'
        ]
    bad = [one for one in emails if not isinstance(one, str) or not EMAIL.fullmatch(one) or len(one) > 254]
    problems = [f"railyard_alarm_emails has '{one}', which is no e-mail address; write one like ops@example.com." for one in bad]
    twice = sorted({one for one in map(str, emails) if [str(other).lower() for other in emails].count(one.lower()) > 1})
    return problems + [f"railyard_alarm_emails has '{one}' more than once; write it once." for one in twice]


def retention_problems(inputs: Inputs) -> list[str]:
    days = inputs.get("railyard_log_retention_days")
    if days is None:
        return []
    number_of_days = whole_number(days)
    problem = retention_problem(days if number_of_days is None else number_of_days)
    return [f"railyard_log_retention_days {problem} Write one of them, such as 30."] if problem else []


def _value(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def threshold_problems(inputs: Inputs) -> list[str]:
    given = inputs.get("railyard_alarm_thresholds")
    if given is None:
        return []
    known = {definition.name: definition for definition in ALARM_DEFINITIONS}
    if not isinstance(given, dict):
        return [f"railyard_alarm_thresholds is '{given}', which is no dictionary; write one like {{server_cpu: 90}}."]
    problems = []
    for name, value in given.items():
        definition = known.get(name)
        if definition is None:
            near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
            hint = f"; did you mean '{near[0]}'?" if near else "."
            problems.append(f"railyard_alarm_thresholds has '{name}', which is no threshold{hint} There are {', '.join(known)}.")
            continue
        measure = _value(value)
        if measure is None or not definition.lowest <= measure <= definition.highest:
            problems.append(
                f"railyard_alarm_thresholds.{name} is '{value}'; write a number of {definition.unit} from {number(definition.lowest)}"
                f" to {number(definition.highest)}, such as {number(definition.threshold)}."
            )
    return problems


def traffic_problems(inputs: Inputs) -> list[str]:
    traffic = inputs.get("railyard_flow_traffic")
    return [] if traffic is None or traffic in FLOW_TRAFFIC else [f"railyard_flow_traffic is '{traffic}'; write one of {', '.join(FLOW_TRAFFIC)}."]


def agent_log_problems(inputs: Inputs) -> list[str]:
    logs, start = inputs.get("railyard_agent_logs"), f"/{inputs.get('railyard_stack')}/"
    form = f"{{file: /var/log/example.log, group: {start}example}}"
    if logs is None:
        return []
    if not isinstance(logs, list):
        return [f"railyard_agent_logs is '{logs}', which is no list; write one of entries like {form}."]
    problems = []
    for entry in logs:
        path, group = (entry.get("file"), entry.get("group")) if isinstance(entry, dict) else (None, None)
        if not isinstance(path, str) or not isinstance(group, str):
            problems.append(f"railyard_agent_logs has {entry!r}; write entries like {form}.")
            continue
        if not re.fullmatch(r"(?:/[A-Za-z0-9._*@-]+)+", path):
            problems.append(f"railyard_agent_logs has the file '{shown(path)}'; write its whole path, such as /var/log/example.log.")
        unit = entry.get("unit", "any.service")
        if not re.fullmatch(r"[A-Za-z0-9@._:-]+(?:\*(?=\.service))?\.(?:service|socket|timer|mount|target|path|scope)", str(unit)):
            problems.append(f"railyard_agent_logs has the unit '{shown(unit)}'; write its whole name, such as puma.service.")
        # The web servers' role lets them write below it, and nowhere else.
        if not group.startswith(start) or not NAME.fullmatch(group):
            problems.append(f"railyard_agent_logs has the group '{group}', to which the servers may not write; write one like {start}example.")
    paths = [entry.get("file") for entry in logs if isinstance(entry, dict)]
    twice = sorted({path for path in paths if isinstance(path, str) and paths.count(path) > 1})
    return problems + [f"railyard_agent_logs has '{path}' more than once; write it once." for path in twice]


def monitoring_problems(inputs: Inputs) -> list[str]:
    """All problems of the monitoring's inputs."""
    return [
        *form_problems(inputs, _FORMS, _RANGES),
        *email_problems(inputs),
        *retention_problems(inputs),
        *threshold_problems(inputs),
        *traffic_problems(inputs),
        *agent_log_problems(inputs),
    ]
