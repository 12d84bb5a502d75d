# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of a stack in Systems Manager: all below ``/<stack>/``. Values of plain ones only, never of secrets."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import arn_entry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

SECRET = "SecureString"


def _read_parameters(ssm: Any, scope: Scope) -> list[Raw]:
    listed = read_all(ssm, "get_parameters_by_path", "Parameters", Path=f"/{scope.stack}", Recursive=True, WithDecryption=False)

    def with_tags(one: Raw) -> Raw:
        return {**one, "Tags": ask(ssm, "list_tags_for_resource", ResourceType="Parameter", ResourceId=one["Name"])["TagList"]}

    return still_there(with_tags, listed)


def _parameter(raw: Raw) -> Entry:
    value = None if raw["Type"] == SECRET else raw["Value"]
    return arn_entry(raw, "ARN", "Name", type=raw["Type"], version=raw["Version"], value=value)


KINDS: dict[str, Kind] = {
    "parameters": Kind(
        label="Parameter",
        role="cloudwatch",
        made_by={"community.aws.ssm_parameter": ModuleSpec(), "railyard.aws.release_record": ModuleSpec()},
        client="ssm",
        read=_read_parameters,
        entry=_parameter,
        fields={"arn": None, "type": None, "version": 0, "value": None},
        planned_id="arn:aws:ssm:{region}:{account}:parameter{name}",
        about="No `value` of a `SecureString`.",
    ),
}
