# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alarms and dashboards of a stack in CloudWatch.

Alarms are the stack's by the start of their names, ``<stack>/``, which no other stack's name can have: AWS tells the tags
of one alarm a call, and a stack has dozens. A dashboard is the account's, not a region's, so the region ends its name.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch import alarms, dashboards
from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import arn_entry, entry_of, moment, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


def _read_alarms(client: Any, scope: Scope) -> list[Raw]:
    return alarms.read(client, f"{scope.stack}/")


def _whole(client: Any, listed: Raw) -> Raw:
    name, arn = listed["DashboardName"], listed["DashboardArn"]
    tags = ask(client, "list_tags_for_resource", ResourceARN=arn)["Tags"]
    return {"Name": name, "Arn": arn, "Tags": tags, "Body": ask(client, "get_dashboard", DashboardName=name)["DashboardBody"]}


def _read_dashboards(client: Any, scope: Scope) -> list[Raw]:
    """Dashboards whose name starts with the stack's, ends with the region and whose tag does not give them to another."""
    found = read_all(client, "list_dashboards", "DashboardEntries", DashboardNamePrefix=scope.stack)
    listed = [one for one in found if one["DashboardName"].endswith(f"-{scope.region}")]

    def ours(raw: Raw) -> bool:
        owner = tags_of(raw).get("Stack")
        return owner == scope.stack or (owner is None and raw["Name"] == f"{scope.stack}-{scope.region}")

    return [raw for raw in still_there(lambda one: _whole(client, one), listed) if ours(raw)]


def _alarm(raw: Raw) -> Entry:
    return entry_of(
        raw["AlarmArn"],
        raw["AlarmName"],
        {},
        arn=raw["AlarmArn"],
        # Not named state: that would be one of the states in which a resource comes and goes.
        value=raw.get("StateValue"),
        since=moment(raw.get("StateUpdatedTimestamp")),
        definition=alarms.described(raw),
    )


def _dashboard(raw: Raw) -> Entry:
    return arn_entry(raw, "Arn", "Name", body=dashboards.plain(dashboards.parse_body(raw["Body"])))


KINDS: dict[str, Kind] = {
    "alarms": Kind(
        label="Alarm",
        role="cloudwatch",
        made_by={"railyard.aws.cloudwatch_alarms": ModuleSpec(reports=True)},
        client="cloudwatch",
        read=_read_alarms,
        entry=_alarm,
        fields={"arn": None, "value": None, "since": None, "definition": {}},
        planned_id="arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        # Dozens of them: a table for people is not the place.
        listed=False,
        about="The `value` is such as `OK`, the `definition` as `cloudwatch_alarms` takes it; `tags` are not asked for.",
    ),
    "dashboards": Kind(
        label="Dashboard",
        role="cloudwatch",
        made_by={"railyard.aws.cloudwatch_dashboard": ModuleSpec()},
        client="cloudwatch",
        read=_read_dashboards,
        entry=_dashboard,
        fields={"arn": None, "body": {}},
        planned_id="arn:aws:cloudwatch::{account}:dashboard/{name}",
    ),
}
