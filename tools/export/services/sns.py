"""Topics, with their policies and who subscribed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.export.resource import Clients, Export, Left, Raw, Resource, present, tags


def _topic(raw: Raw, _clients: Clients) -> Iterator[Resource | Left]:
    arn, attributes = raw["Arn"], raw["Attributes"]
    name = arn.rpartition(":")[2]
    yield Resource(
        "SNS::Topic",
        name,
        present(
            TopicName=name,
            DisplayName=attributes.get("DisplayName"),
            KmsMasterKeyId=attributes.get("KmsMasterKeyId"),
            Tags=tags(raw.get("Tags")),
        ),
        {"TopicArn": arn},
        {arn: ""},
    )
    if attributes.get("Policy"):
        yield Resource(
            "SNS::TopicInlinePolicy",
            name,
            {"TopicArn": arn, "PolicyDocument": json.loads(attributes["Policy"])},
            {"TopicArn": arn},
        )
    for one in raw["Subscriptions"]:
        if one["Protocol"] in ("http", "https"):
            # Whoever knows the address of a hook can use it.
            yield Left(f"{name}, a subscription by {one['Protocol']}", "its address may be a secret")
        elif one["SubscriptionArn"].startswith("arn:"):
            yield Resource(
                "SNS::Subscription",
                f"{name} {one['Protocol']} {one['Endpoint']}",
                {"TopicArn": arn, "Protocol": one["Protocol"], "Endpoint": one["Endpoint"]},
                {"Arn": one["SubscriptionArn"]},
            )
        else:
            yield Left(f"{name}, {one['Endpoint']}", "has not confirmed the subscription yet")


EXPORTS: dict[str, Export] = {"topics": _topic}
