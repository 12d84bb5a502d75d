"""Mail of topics: what the emulator hands over, and AWS's words for it."""

from __future__ import annotations

import datetime
import email
import email.policy
import json
import re
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.metrics.measurements import Measurement, dimensions, registry
from sandbox.services.cloudwatch import changes
from sandbox.services.cloudwatch.notice import Change, message, region_name, subject
from sandbox.services.cloudwatch.overrides import measured, states
from sandbox.services.ses.mailbox import Mailbox
from sandbox.services.sns import mails
from sandbox.services.sns.overrides import delivery, subscriptions

REGION = "ap-northeast-1"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:site-alarms"
REASON = (
    "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (28/11/26 11:59:00)] was greater than or equal to the "
    "threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
)
#: A mail of AWS's, with names of ours: https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
ALARM_MAIL = f"""\
You are receiving this email because your Amazon CloudWatch Alarm "shop/web01/disk" in the Asia Pacific (Tokyo) region \
has entered the ALARM state, because "{REASON}" at "Saturday 28 November, 2026 12:00:00 UTC".

View this alarm in the AWS Management Console:
https://{REGION}.console.aws.amazon.com/cloudwatch/deeplink.js?region={REGION}#alarmsV2:alarm/shop$2Fweb01$2Fdisk

Alarm Details:
- Name:                       shop/web01/disk
- Description:                Look what fills it.
- State Change:               OK -> ALARM
- Reason for State Change:    {REASON}
- Timestamp:                  Saturday 28 November, 2026 12:00:00 UTC
- AWS Account:                123456789012
- Alarm Arn:                  arn:aws:cloudwatch:{REGION}:123456789012:alarm:shop/web01/disk

Threshold:
- The alarm is in the ALARM state when the metric is GreaterThanOrEqualToThreshold 1.0 for at least 1 of the last 1 \
period(s) of 60 seconds.

Monitored Metric:
- MetricNamespace:                     AWS/EC2
- MetricName:                          StatusCheckFailed
- Dimensions:                          [InstanceId = i-1] [path = /]
- Period:                              60 seconds
- Statistic:                           Maximum
- Unit:                                not specified
- TreatMissingData:                    missing

State Change Actions:
- OK:
- ALARM: [{TOPIC}]
- INSUFFICIENT_DATA:
"""


def change(**changed) -> Change:
    moment = datetime.datetime(2026, 11, 28, 12)
    its = [SimpleNamespace(name="InstanceId", value="i-1"), SimpleNamespace(name="path", value="/")]
    alarm = SimpleNamespace(
        name="shop/web01/disk", description="Look what fills it.", configuration_updated_timestamp=moment,
        state_value="ALARM", state_reason=REASON, region_name=REGION, ok_actions=[], alarm_actions=[TOPIC],
        alarm_arn=f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:shop/web01/disk", insufficient_data_actions=[],
        metric_name="StatusCheckFailed", namespace="AWS/EC2", statistic="Maximum", extended_statistic=None, unit=None,
        dimensions=its, period=60, evaluation_periods=1, datapoints_to_alarm=None, threshold=1, treat_missing_data=None,
        comparison_operator="GreaterThanOrEqualToThreshold", evaluate_low_sample_count_percentile=None,
    )  # fmt: skip
    vars(alarm).update(changed)
    return Change(alarm, "123456789012", "OK", moment)


def test_the_mail_of_an_alarm_is_in_the_words_of_aws():
    its = change()
    mail = mails.notification(REGION, f"{TOPIC}:1", "you@example.com", subject(its), message(its))
    body, footer = mail.get_content().split("\n--\n")
    assert body == ALARM_MAIL
    assert mail["Subject"] == 'ALARM: "shop/web01/disk" in Asia Pacific (Tokyo)'
    assert mail["From"] == "AWS Notifications <no-reply@sns.amazonaws.com>" and mail["To"] == "you@example.com"
    assert "unsubscribe.html?SubscriptionArn=arn%3Aaws" in footer


def test_a_percentile_is_named_in_the_mail():
    text = mails.alarm_text(REGION, json.loads(message(change(extended_statistic="p95", statistic=None))))
    assert "- Statistic:                           p95\n" in text


def test_another_message_is_mailed_as_it_is():
    mail = mails.notification(REGION, f"{TOPIC}:1", "you@example.com", None, '{"AlarmName": "only a name"}')
    assert mail.get_content().startswith('{"AlarmName": "only a name"}\n')
    assert mail["Subject"] == "AWS Notification Message"


def test_a_region_that_nobody_knows_is_called_by_its_code():
    assert region_name(REGION) == "Asia Pacific (Tokyo)" and region_name("xx-moon-1") == "xx-moon-1"


@pytest.fixture
def account(monkeypatch, tmp_path):
    """Clients of an overridden emulator, which is as it was afterwards, and its mailbox."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.sns.models import SNSBackend, Subscription
    from moto.sns.responses import SNSResponse

    kept = {
        CloudWatchBackend: ("put_metric_alarm", "set_alarm_state", "get_all_metrics"),
        CloudWatchResponse: ("describe_alarms",),
        SNSBackend: ("subscribe",),
        Subscription: ("publish",),
        SNSResponse: (
            "subscribe",
            "list_subscriptions",
            "list_subscriptions_by_topic",
            "get_topic_attributes",
            "confirm_subscription",
        ),
    }
    for owner, names in kept.items():
        for name in names:
            monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    monkeypatch.setattr(registry, "_series", {})
    monkeypatch.setattr(registry, "live", True)
    settings = Settings("unit", tmp_path, 1, REGION)
    for override in (subscriptions, delivery, measured, states):
        override.apply(settings)
    with mock_aws():
        yield SimpleNamespace(
            cloudwatch=boto3.client("cloudwatch", REGION), sns=boto3.client("sns", REGION), box=Mailbox(tmp_path)
        )


def received(account) -> list:
    raw = [account.box.raw(entry["number"]) for entry in account.box.list()]
    return [email.message_from_bytes(one, policy=email.policy.default) for one in raw]


def confirmed(account, protocol: str = "email") -> str:
    topic = account.sns.create_topic(Name="site-alarms")["TopicArn"]
    account.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint="you@example.com")
    link = re.search(r"https://\S+confirmation\.html\S+", received(account)[-1].get_content())
    account.sns.confirm_subscription(TopicArn=topic, Token=parse_qs(urlsplit(link[0]).query)["Token"][0])
    return topic


def test_an_address_is_asked_once_and_told_only_when_it_agreed(account):
    topic = account.sns.create_topic(Name="site-alarms")["TopicArn"]
    for _unused in range(2):
        account.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="you@example.com")
    account.sns.publish(TopicArn=topic, Message="too early")
    assert [mail["Subject"] for mail in received(account)] == ["AWS Notification - Subscription Confirmation"]
    confirmed(account)
    account.sns.publish(TopicArn=topic, Subject="News", Message="hello")
    news = received(account)[-1]
    assert news["Subject"] == "News" and news.get_content().startswith("hello\n")


def test_who_wants_json_gets_the_envelope(account):
    topic = confirmed(account, "email-json")
    account.sns.publish(TopicArn=topic, Message="hello")
    assert '"Message": "hello"' in received(account)[-1].get_content()


def alarm(account, topic: str, **changed) -> None:
    account.cloudwatch.put_metric_alarm(
        **{
            "AlarmName": "site/unhealthy",
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "UnHealthyHostCount",
            "Dimensions": [{"Name": "LoadBalancer", "Value": "app/site/1"}],
            "Statistic": "Maximum",
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 1,
            "Period": 60,
            "EvaluationPeriods": 1,
            "AlarmActions": [topic],
            "OKActions": [topic],
            **changed,
        }
    )


def measure(value: float) -> None:
    """A number of now, in the place of all before."""
    registry._series.clear()
    one = Measurement("AWS/ApplicationELB", "UnHealthyHostCount", dimensions(LoadBalancer="app/site/1"), value, "Count")
    registry.put([one], datetime.datetime.now(datetime.UTC).replace(tzinfo=None))


def state(account) -> str:
    return account.cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"]


def test_an_alarm_follows_what_is_measured_and_tells_of_each_change_once(account):
    topic = confirmed(account)
    alarm(account, topic)
    measure(0)
    assert state(account) == "OK"
    measure(1)
    assert changes.settle_region("123456789012", REGION) == 1
    assert changes.settle_region("123456789012", REGION) == 0
    assert state(account) == "ALARM"
    measure(0)
    assert state(account) == "OK"
    subjects = [mail["Subject"].split(":")[0] for mail in received(account)[1:]]
    # One that is new comes out of INSUFFICIENT_DATA, and that is told too.
    assert subjects == ["OK", "ALARM", "OK"]


def test_an_alarm_that_is_put_again_stays_in_its_state_and_a_new_one_knows_nothing(account):
    topic = confirmed(account)
    alarm(account, topic, TreatMissingData="ignore")
    assert state(account) == "INSUFFICIENT_DATA"
    measure(1)
    assert state(account) == "ALARM"
    told = len(received(account))
    alarm(account, topic, Threshold=0.5)
    assert state(account) == "ALARM" and len(received(account)) == told


def test_one_that_is_switched_off_changes_and_tells_nobody(account):
    topic = confirmed(account)
    alarm(account, topic, ActionsEnabled=False)
    measure(1)
    assert state(account) == "ALARM" and len(received(account)) == 1


def test_a_state_that_is_set_by_hand_is_told_and_stays_until_the_next_evaluation(account, monkeypatch):
    topic = confirmed(account)
    alarm(account, topic)
    measure(0)
    assert state(account) == "OK"
    account.cloudwatch.set_alarm_state(AlarmName="site/unhealthy", StateValue="ALARM", StateReason="a trial")
    assert state(account) == "ALARM" and "a trial" in received(account)[-1].get_content()
    later = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=61)
    monkeypatch.setattr(changes, "utcnow", lambda: later)
    one = Measurement("AWS/ApplicationELB", "UnHealthyHostCount", dimensions(LoadBalancer="app/site/1"), 0, "Count")
    registry.put([one], later)
    assert state(account) == "OK"


def test_a_topic_that_is_gone_keeps_no_alarm_from_its_state(account, caplog):
    alarm(account, TOPIC)
    measure(1)
    assert state(account) == "ALARM" and "could not tell" in caplog.text


def test_what_is_measured_is_among_the_metrics_of_the_api(account):
    measure(3)
    found = account.cloudwatch.list_metrics(Namespace="AWS/ApplicationELB")["Metrics"]
    assert [one["MetricName"] for one in found] == ["UnHealthyHostCount"]
    now = datetime.datetime.now(datetime.UTC)
    (point,) = account.cloudwatch.get_metric_statistics(
        Namespace="AWS/ApplicationELB", MetricName="UnHealthyHostCount", Statistics=["Maximum"], Period=60,
        StartTime=now - datetime.timedelta(minutes=5), EndTime=now + datetime.timedelta(minutes=1),
    )["Datapoints"]  # fmt: skip
    assert point["Maximum"] == 3.0
