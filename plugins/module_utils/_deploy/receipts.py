# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people did to the application, a line each: the versions of one parameter, of which AWS keeps the last hundred.

Each receipt is a version of its own, so two people never write over one another's, and none is changed afterwards. Clients
come from the caller, with retries.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import redacted

DESCRIPTION = "Who did what to the application, one version for each"
#: Characters of what was done, and of how it ended: a parameter holds 4 KiB.
LONGEST = 1000

Receipt = dict[str, Any]


def receipt(by: str, what: str, on: str = "", seconds: float | None = None, result: str = "") -> Receipt:
    """A receipt of now. Credentials in URLs are in none; what else a command line holds is."""
    at = datetime.now(UTC).replace(microsecond=0).isoformat()
    said = {"at": at, "by": by, "what": redacted(what)[:LONGEST], "on": on, "result": redacted(result)[:LONGEST]}
    timed = {} if seconds is None else {"seconds": round(seconds)}
    return {name: value for name, value in said.items() if value} | timed


def add(client: Any, name: str, entry: Receipt, tags: dict[str, str]) -> None:
    """Keep a receipt. AWS takes tags from whoever makes a parameter, and not with a further version."""
    value = json.dumps(entry)
    written = client.put_parameter(Name=name, Value=value, Description=DESCRIPTION, Type="String", Overwrite=True, aws_retry=True)
    if written.get("Version") == 1 and tags:
        wanted = ansible_dict_to_boto3_tag_list(tags)
        client.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=wanted, aws_retry=True)


def listed(client: Any, name: str) -> list[Receipt]:
    """All receipts that there are, the newest first. What is none, as of a person's own hand, is left out."""
    found: list[Receipt] = []
    more: dict[str, str] = {}
    while True:
        try:
            answer = client.get_parameter_history(Name=name, MaxResults=50, **more, aws_retry=True)
        except is_boto3_error_code("ParameterNotFound"):
            return []
        for version in answer["Parameters"]:
            try:
                entry = json.loads(version["Value"])
            except ValueError:
                continue
            if isinstance(entry, dict) and {"at", "by", "what"} <= entry.keys():
                found.append(entry)
        if not answer.get("NextToken"):
            return found[::-1]
        more = {"NextToken": answer["NextToken"]}
