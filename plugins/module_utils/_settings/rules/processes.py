# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs about processes beside puma, and schedules; see validation.py."""

from __future__ import annotations

import re
import zoneinfo
from pathlib import Path
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import processes, schedules
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import did_you_mean, shown
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number


def process_problems(inputs: dict[str, Any]) -> list[str]:
    """What no process can be as it was meant."""
    declared = inputs.get("railyard_app_processes")
    # What is no dictionary at all the setting's type says.
    return [f"railyard_app_processes: {problem}" for problem in processes.problems(declared)] if isinstance(declared, dict) else []


def _procfile(source: str) -> dict[str, str] | None:
    """The processes beside web of an application that is a directory of this machine; None where only the servers will see it."""
    path = Path(source)
    if not source.startswith("/") or not path.is_dir():
        return None
    try:
        return processes.procfile((path / "Procfile").read_text("utf-8", errors="replace"))
    except OSError:
        return {}


def worker_problems(inputs: dict[str, Any]) -> list[str]:
    """Processes that would run on no server, and worker servers on which nothing would run."""
    declared, count = inputs.get("railyard_app_processes"), whole_number(inputs.get("railyard_worker_count"))
    if not isinstance(declared, dict) or processes.problems(declared) or count is None:
        return []
    if not count:
        return [
            f"railyard_app_processes: {name}.servers is 'worker', and railyard_worker_count is 0, so it would run nowhere; write "
            "railyard_worker_count: 1, or leave servers out."
            for name in processes.homeless(declared)
        ]
    there = _procfile(str(inputs.get("railyard_app_source"))) if not declared else {}
    if inputs.get("railyard_app_schedule") or there is None or processes.at_work(declared or {name: {} for name in there}):
        return []
    said = "railyard_app_processes has none for them" if declared else f"the Procfile of {inputs.get('railyard_app_source')} has no process but web"
    return [
        f"railyard_worker_count is '{count}', and nothing would run on worker servers, which cost what they cost: {said}, and railyard_app_schedule is "
        "empty. Write railyard_worker_count: 0, or what is to run there, such as railyard_app_processes: {worker: {command: bundle exec sidekiq}}."
    ]


#: IAM and S3 compare beginnings of keys, and a unit of systemd has it for one word.
_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,3}/")


def _timezone_problems(declared: Any) -> list[str]:
    known = zoneinfo.available_timezones()
    zones = {
        name: str(one["timezone"]) for name, one in (declared.items() if isinstance(declared, dict) else ()) if isinstance(one, dict) and one.get("timezone")
    }
    # A machine without the database of zones knows none: then the server says it.
    return [
        f"railyard_app_schedule: {name}.timezone is '{shown(zone)}', which is no time zone{did_you_mean(zone, known)} Write one such as Asia/Seoul or UTC."
        for name, zone in zones.items()
        if known and zone not in known and zone.isprintable()
    ]


def schedule_problems(inputs: dict[str, Any]) -> list[str]:
    """What no server could run at its times."""
    declared, prefix = inputs.get("railyard_app_schedule"), inputs.get("railyard_schedule_prefix")
    found = [f"railyard_app_schedule: {problem}" for problem in schedules.problems(declared)] if isinstance(declared, dict) else []
    found += _timezone_problems(declared)
    rubies = str(inputs.get("rbenv_bucket_prefix") or "ruby")
    if isinstance(prefix, str) and any(prefix.startswith(f"{one}/") for one in (rubies.split("/", maxsplit=1)[0], "app")):
        found.append(f"railyard_schedule_prefix is '{prefix}', below which releases or Rubies are kept, and would go after days; write another, such as runs/.")
    if isinstance(prefix, str) and not _PREFIX.fullmatch(prefix):
        found.append(f"railyard_schedule_prefix is '{prefix}'; write letters, digits and hyphens with a slash at the end, such as schedules/.")
    return found
