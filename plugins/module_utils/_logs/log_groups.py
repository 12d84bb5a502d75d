# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log groups: what AWS takes of them, and how those that are there are read."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: Days that AWS keeps logs for: PutRetentionPolicy takes no others.
RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
NAME = re.compile(r"[\w./#-]{1,512}", re.ASCII)


class LogGroupError(Exception):
    """Something the person has to mend; the text says what and how."""


def retention_problem(days: Any) -> str:
    """Why logs cannot be kept for so many days, with the nearest numbers that AWS takes; empty when they can."""
    if days in RETENTION_DAYS and not isinstance(days, bool):
        return ""
    near = ""
    if isinstance(days, int) and not isinstance(days, bool):
        closest = sorted(RETENTION_DAYS, key=lambda known: abs(known - days))[:2]
        near = f"; nearest are {' and '.join(str(one) for one in sorted(closest))}"
    return f"is '{days}', which is no number of days that AWS keeps logs for{near}. It knows {', '.join(map(str, RETENTION_DAYS))}."


def check(names: list[str], days: int) -> None:
    """Raise LogGroupError for what AWS would refuse."""
    for name in names:
        if not NAME.fullmatch(name):
            raise LogGroupError(f"'{name}' cannot be the name of a log group; write up to 512 letters, digits and . - _ / #.")
        if names.count(name) > 1:
            raise LogGroupError(f"The log group '{name}' is named twice; name it once.")
    problem = retention_problem(days)
    if problem:
        raise LogGroupError(f"retention_days {problem}")


def read(client: Any, prefix: str) -> list[dict[str, Any]]:
    """Every log group whose name starts with ``prefix``, as the API describes it."""
    return read_all(client, "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)


@AWSRetry.jittered_backoff(retries=8)
def tags_of(client: Any, group: dict[str, Any]) -> dict[str, str]:
    """Tags of a log group. Tagging takes the ARN without the ``:*`` that the list puts behind it."""
    return client.list_tags_for_resource(resourceArn=tagging_arn(group))["tags"]


def tagging_arn(group: dict[str, Any]) -> str:
    """ARN of a log group as tagging takes it."""
    return group["arn"].removesuffix(":*")
