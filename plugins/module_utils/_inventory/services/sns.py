# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Topics of a stack in SNS, with who subscribed to them.

SNS lists names only, so tags are asked of those topics whose name starts with the stack's.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import belongs_to_stack
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

#: What SNS gives in place of the ARN of a subscription that nobody has confirmed.
PENDING = "PendingConfirmation"
#: What it gives while a subscription goes.
DELETED = "Deleted"


def name_of(arn: str) -> str:
    """Name of a topic, which ends its ARN."""
    return arn.rsplit(":", 1)[1]


def _read_topics(sns: Any, scope: Scope) -> list[Raw]:
    """Topics with the tag ``Stack=<stack>``, among those whose name starts with the stack's."""
    arns = [one["TopicArn"] for one in read_all(sns, "list_topics", "Topics")]

    def look(arn: str) -> Raw | None:
        tags = ask(sns, "list_tags_for_resource", ResourceArn=arn)["Tags"]
        if not belongs_to_stack(tags, scope.stack):
            return None
        subscriptions = read_all(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn)
        attributes = ask(sns, "get_topic_attributes", TopicArn=arn)["Attributes"]
        return {"Arn": arn, "Tags": tags, "Attributes": attributes, "Subscriptions": subscriptions}

    return still_there(look, [arn for arn in arns if name_of(arn) == scope.stack or name_of(arn).startswith(f"{scope.stack}-")])


def _topic(raw: Raw) -> Entry:
    policy = raw["Attributes"].get("Policy")
    subscriptions = [
        {"protocol": one["Protocol"], "endpoint": one["Endpoint"], "confirmed": one["SubscriptionArn"] != PENDING}
        for one in raw["Subscriptions"]
        if one["SubscriptionArn"] != DELETED
    ]
    return entry_of(
        raw["Arn"],
        name_of(raw["Arn"]),
        tags_of(raw),
        arn=raw["Arn"],
        display_name=raw["Attributes"].get("DisplayName", ""),
        policy=json.loads(policy) if policy else None,
        kms_key=raw["Attributes"].get("KmsMasterKeyId"),
        subscriptions=sorted(subscriptions, key=lambda one: (one["protocol"], one["endpoint"])),
    )


KINDS: dict[str, Kind] = {
    "topics": Kind(
        label="Topic",
        role="cloudwatch",
        made_by={"community.aws.sns_topic": ModuleSpec()},
        client="sns",
        read=_read_topics,
        entry=_topic,
        fields={"arn": None, "display_name": "", "policy": None, "kms_key": None, "subscriptions": []},
        planned_id="arn:aws:sns:{region}:{account}:{name}",
        about="Subscriptions have `protocol`, `endpoint` and `confirmed`.",
    ),
}
