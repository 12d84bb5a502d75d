# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Topics of a stack in SNS, with who subscribed to them.

SNS lists names only, so tags are asked of those topics whose name starts with the stack's.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there

#: What SNS gives in place of the ARN of a subscription that nobody has confirmed.
PENDING = "PendingConfirmation"
#: What it gives while a subscription goes.
DELETED = "Deleted"


@AWSRetry.jittered_backoff(retries=8)
def _pages(sns: Any, operation: str, key: str, **arguments: Any) -> list[Raw]:
    return [item for page in sns.get_paginator(operation).paginate(**arguments) for item in page.get(key) or []]


@AWSRetry.jittered_backoff(retries=8)
def _tags(sns: Any, arn: str) -> list[Raw]:
    return sns.list_tags_for_resource(ResourceArn=arn)["Tags"]


@AWSRetry.jittered_backoff(retries=8)
def _attributes(sns: Any, arn: str) -> Raw:
    return sns.get_topic_attributes(TopicArn=arn)["Attributes"]


def name_of(arn: str) -> str:
    """Name of a topic, which ends its ARN."""
    return arn.rsplit(":", 1)[1]


def read_topics(sns: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Topics with the tag ``Stack=<stack>``, among those whose name starts with the stack's."""
    arns = [one["TopicArn"] for one in _pages(sns, "list_topics", "Topics")]

    def look(arn: str) -> Raw | None:
        tags = _tags(sns, arn)
        if {"Key": "Stack", "Value": stack} not in tags:
            return None
        subscriptions = _pages(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn)
        return {"Arn": arn, "Tags": tags, "Attributes": _attributes(sns, arn), "Subscriptions": subscriptions}

    return still_there(look, [arn for arn in arns if name_of(arn) == stack or name_of(arn).startswith(f"{stack}-")])


def topic(raw: Raw) -> Entry:
    policy = raw["Attributes"].get("Policy")
    return {
        "id": raw["Arn"],
        "name": name_of(raw["Arn"]),
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw["Tags"]),
        "arn": raw["Arn"],
        "display_name": raw["Attributes"].get("DisplayName", ""),
        "policy": json.loads(policy) if policy else None,
        "kms_key": raw["Attributes"].get("KmsMasterKeyId"),
        "subscriptions": sorted(
            (
                {"protocol": one["Protocol"], "endpoint": one["Endpoint"], "confirmed": one["SubscriptionArn"] != PENDING}
                for one in raw["Subscriptions"]
                if one["SubscriptionArn"] != DELETED
            ),
            key=lambda one: (one["protocol"], one["endpoint"]),
        ),
    }


SERVICE = Service(
    client="sns",
    kinds={
        "topics": Kind(
            "cloudwatch",
            "Topic",
            "topic",
            {"arn": None, "display_name": "", "policy": None, "kms_key": None, "subscriptions": []},
            planned_id="arn:aws:sns:{region}:{account}:{name}",
        )
    },
    read=read_topics,
    entry_of={"topics": topic},
)
