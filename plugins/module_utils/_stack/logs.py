# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log groups of a stack: all whose names start with ``/<stack>/``, as the servers may write to those."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._logs import log_groups
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there


def read_log_groups(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Log groups with their ``tags``."""
    return still_there(lambda group: {**group, "tags": log_groups.tags_of(client, group)}, log_groups.read(client, f"/{stack}/"))


def log_group(raw: Raw) -> Entry:
    return {
        "id": log_groups.tagging_arn(raw),
        "name": raw["logGroupName"],
        "exists": True,
        "tags": raw["tags"],
        "arn": log_groups.tagging_arn(raw),
        "retention_days": raw.get("retentionInDays"),
        "stored_bytes": raw.get("storedBytes", 0),
    }


SERVICE = Service(
    client="logs",
    kinds={
        "log_groups": Kind(
            "cloudwatch",
            "Log group",
            "log-group",
            {"arn": None, "retention_days": None, "stored_bytes": 0},
            planned_id="arn:aws:logs:{region}:{account}:log-group:{name}",
        )
    },
    read=read_log_groups,
    entry_of={"log_groups": log_group},
)
