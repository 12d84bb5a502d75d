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
    Range("railyard_budget_actual_percent", 1, 1000, "a percentage of the budget", "80"),
    Range("railyard_budget_forecast_percent", 1, 1000, "a percentage of the budget", "100"),
    Range("iam_unused_days", 1, 3650, "a number of days", "90"),
)
#: US dollars and cents.
_BUDGET = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
#: Most addresses that AWS mails of one threshold.
BUDGET_EMAILS = 10
FLOW_TRAFFIC = ("ALL", "REJECT", "ACCEPT", "none")


def email_problems(inputs: Inputs, name: str = "railyard_alarm_emails") -> list[str]:
    emails = inputs.get(name)
    if emails is None:
        return []
    if not isinstance(emails, list):
        return [f"{name} is '{emails}', which is no list; write one like [ops@example.com], on the command line -e '{{\"{name}\": [\"...\"]}}'."]
    bad = [one for one in emails if not isinstance(one, str) or not EMAIL.fullmatch(one) or len(one) > 254]
    problems = [f"{name} has '{one}', which is no e-mail address; write one like ops@example.com." for one in bad]
    twice = sorted({one for one in map(str, emails) if [str(other).lower() for other in emails].count(one.lower()) > 1})
    return problems + [f"{name} has '{one}' more than once; write it once." for one in twice]


def _budget_email_problems(inputs: Inputs) -> list[str]:
    name, budget, emails = "railyard_budget_emails", inputs.get("railyard_budget_monthly"), inputs.get("railyard_budget_emails")
    # Those of the alarms, which is what it is by itself, are judged as theirs.
    problems = [] if emails == inputs.get("railyard_alarm_emails") else email_problems(inputs, name)
    if isinstance(emails, list) and len(emails) > BUDGET_EMAILS:
        problems.append(f"{name} has {len(emails)} addresses, and AWS tells {BUDGET_EMAILS} of a budget; write fewer, or the address of a mailing list.")
    if budget not in (None, "") and emails == []:
        problems.append(
            f"railyard_budget_monthly is '{shown(budget)}', but nobody would be told: {name} is empty, and so is railyard_alarm_emails; "
            'write whom to mail, -e \'{"railyard_budget_emails": ["ops@example.com"]}\'.'
        )
    return problems


def budget_problems(inputs: Inputs) -> list[str]:
    budget = inputs.get("railyard_budget_monthly")
    problems = []
    if budget not in (None, "") and not (_BUDGET.fullmatch(str(budget)) and float(budget) > 0):
        problems.append(
            f"railyard_budget_monthly is '{shown(budget)}'; write US dollars a month as a number above 0, such as 100 or 99.50, without a sign of the"
            ' currency, or "" for no budget.'
        )
    return problems + _budget_name_problems(inputs) + _budget_email_problems(inputs)


def _budget_name_problems(inputs: Inputs) -> list[str]:
    # A look finds it by these ends, whatever it was called between them: one of another name would outlive the stack.
    name, stack, region = (inputs.get(f"railyard_{one}") for one in ("budget_name", "stack", "region"))
    if name is None or re.fullmatch(rf"{re.escape(str(stack))}[A-Za-z0-9_.-]*-{re.escape(str(region))}", str(name)) and len(str(name)) <= 100:
        return []
    return [
        f"railyard_budget_name is '{shown(name)}'; write at most 100 letters, digits, dots, hyphens and underscores that begin with {stack} and end with"
        f" -{region}, such as {stack}-{region}."
    ]


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
        *budget_problems(inputs),
        *retention_problems(inputs),
        *threshold_problems(inputs),
        *traffic_problems(inputs),
        *agent_log_problems(inputs),
    ]
