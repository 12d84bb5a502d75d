# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log groups of a stack: all whose names start with ``/<stack>/``, as the servers may write to those."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._logs import log_groups


def _read_log_groups(client: Any, scope: Scope) -> list[Raw]:
    """Log groups with their ``tags``."""
    listed = log_groups.read(client, f"/{scope.stack}/")
    return still_there(lambda group: {**group, "tags": log_groups.tags_of(client, group)}, listed)


def _log_group(raw: Raw) -> Entry:
    arn = log_groups.tagging_arn(raw)
    return entry_of(arn, raw["logGroupName"], raw["tags"], arn=arn, retention_days=raw.get("retentionInDays"), stored_bytes=raw.get("storedBytes", 0))


KINDS: dict[str, Kind] = {
    "log_groups": Kind(
        label="Log group",
        role="cloudwatch",
        made_by={
            "amazon.aws.cloudwatchlogs_log_group": ModuleSpec(("log_group_name",)),
            "railyard.aws.cloudwatch_log_groups": ModuleSpec(reports=True),
        },
        client="logs",
        read=_read_log_groups,
        entry=_log_group,
        fields={"arn": None, "retention_days": None, "stored_bytes": 0},
        planned_id="arn:aws:logs:{region}:{account}:log-group:{name}",
    ),
}
