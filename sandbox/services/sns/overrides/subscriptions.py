"""Subscriptions by e-mail wait until somebody confirms them: the emulator takes every one as confirmed."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSInvalidParameter, SNSNotFoundError
from moto.sns.models import Subscription
from moto.sns.responses import SNSResponse

from sandbox.core.settings import Settings

#: Protocols whose other end has to say yes.
_ASKED = ("email", "email-json")
#: What SNS gives in place of the ARN of a subscription that waits, in answers and in lists.
_ANSWERED, _LISTED = "pending confirmation", "PendingConfirmation"


def waits(subscription: Subscription) -> bool:
    """Whether nobody has confirmed it yet."""
    return subscription.protocol in _ASKED and not subscription.confirmed


def token(subscription: Subscription) -> str:
    """What the mail to the subscriber holds, in the emulator: the end of the subscription's ARN."""
    return subscription.arn.rsplit(":", 1)[1]


def _described(subscription: Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": _LISTED if waits(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


def apply(settings: Settings) -> None:
    subscribe, attributes = SNSResponse.subscribe, SNSResponse.get_topic_attributes

    def _subscribe(self) -> ActionResult:
        answer = subscribe(self)
        made = self.backend.subscriptions[answer.result["SubscriptionArn"]]
        return ActionResult({"SubscriptionArn": _ANSWERED}) if waits(made) else answer

    def _listed(self, found: tuple[Any, ...]) -> ActionResult:
        subscriptions, next_token = found
        return ActionResult(
            {"Subscriptions": [_described(subscription) for subscription in subscriptions], "NextToken": next_token}
        )

    def list_subscriptions(self) -> ActionResult:
        return _listed(self, self.backend.list_subscriptions(next_token=self._get_param("NextToken")))

    def list_subscriptions_by_topic(self) -> ActionResult:
        topic, next_token = self._get_param("TopicArn"), self._get_param("NextToken")
        return _listed(self, self.backend.list_subscriptions_by_topic(topic, next_token=next_token))

    def get_topic_attributes(self) -> ActionResult:
        answer = attributes(self)
        arn = self._get_param("TopicArn")
        its = [one for one in self.backend.subscriptions.values() if one.topic_arn == arn]
        pending = sum(map(waits, its))
        answer.result["Attributes"] |= {
            "SubscriptionsPending": str(pending),
            "SubscriptionsConfirmed": str(len(its) - pending),
        }
        return answer

    def confirm_subscription(self) -> ActionResult:
        arn, given = self._get_param("TopicArn"), self._get_param("Token")
        if arn not in self.backend.topics:
            raise SNSNotFoundError("Topic does not exist")
        for subscription in self.backend.subscriptions.values():
            if subscription.topic_arn == arn and token(subscription) == given:
                subscription.confirmed = True
                return ActionResult({"SubscriptionArn": subscription.arn})
        raise SNSInvalidParameter("Invalid parameter: Token")

    SNSResponse.subscribe = _subscribe
    SNSResponse.list_subscriptions = list_subscriptions
    SNSResponse.list_subscriptions_by_topic = list_subscriptions_by_topic
    SNSResponse.get_topic_attributes = get_topic_attributes
    SNSResponse.confirm_subscription = confirm_subscription
