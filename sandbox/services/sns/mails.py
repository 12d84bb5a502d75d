"""Mail of SNS to subscribers, in AWS's wording: whether they want it, alarms, and all other messages. Pure."""

from __future__ import annotations

import datetime
import json
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode

SENDER = "no-reply@sns.amazonaws.com"
_NO_SUBJECT = "AWS Notification Message"


def question(region: str, topic_arn: str, token: str, endpoint: str) -> EmailMessage:
    """The mail that asks an address whether it wants to be told."""
    query = urlencode({"TopicArn": topic_arn, "Token": token, "Endpoint": endpoint})
    text = (
        f"You have chosen to subscribe to the topic:\n{topic_arn}\n\n"
        "To confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n"
        f"https://sns.{region}.amazonaws.com/confirmation.html?{query}\n\n"
        "Please do not reply directly to this email. If you wish to remove yourself from receiving all future SNS "
        f"subscription confirmation requests please send an email to sns-opt-out\n"
    )
    return _mail(endpoint, "AWS Notification - Subscription Confirmation", text)


def notification(region: str, subscription_arn: str, endpoint: str, subject: str | None, message: str) -> EmailMessage:
    """The mail of a message; that of an alarm is told in sentences."""
    alarm = _alarm(message)
    body = alarm_text(region, alarm) if alarm else f"{message}\n"
    query = urlencode({"SubscriptionArn": subscription_arn, "Endpoint": endpoint})
    footer = (
        "\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to "
        f"unsubscribe:\nhttps://sns.{region}.amazonaws.com/unsubscribe.html?{query}\n\n"
        "Please do not reply directly to this email. If you have any questions or comments regarding this email, "
        "please contact us at https://aws.amazon.com/support\n"
    )
    return _mail(endpoint, subject or _NO_SUBJECT, body + footer)


def as_json(endpoint: str, subject: str | None, envelope: dict[str, Any]) -> EmailMessage:
    """The mail of the protocol ``email-json``: the message in SNS's envelope."""
    return _mail(endpoint, subject or _NO_SUBJECT, json.dumps(envelope, indent=2) + "\n")


def alarm_text(region: str, said: dict[str, Any]) -> str:
    """The message of an alarm's change, told as SNS tells it."""
    trigger, state = said["Trigger"], said["NewStateValue"]
    moment = datetime.datetime.strptime(said["StateChangeTime"], "%Y-%m-%dT%H:%M:%S.%f%z")
    time = f"{moment:%A %d %B, %Y %H:%M:%S} UTC"
    named = {"\\": "", "%": "$25", "/": "$2F", " ": "$20"}
    link = "".join(named.get(letter, letter) for letter in said["AlarmName"])
    statistic = trigger.get("ExtendedStatistic") or _STATISTICS.get(trigger.get("Statistic", ""), "not specified")
    dimensions = " ".join(f"[{one['name']} = {one['value']}]" for one in trigger["Dimensions"])
    limit, period = f"{trigger['ComparisonOperator']} {trigger['Threshold']}", trigger["Period"]
    asked = f"at least {trigger['DatapointsToAlarm']} of the last {trigger['EvaluationPeriods']} period(s) of {period}"

    lines = [
        f'You are receiving this email because your Amazon CloudWatch Alarm "{said["AlarmName"]}" in the '
        f"{said['Region']} region has entered the {state} state, because "
        f'"{said["NewStateReason"]}" at "{time}".',
        "",
        "View this alarm in the AWS Management Console:",
        f"https://{region}.console.aws.amazon.com/cloudwatch/deeplink.js?region={region}#alarmsV2:alarm/{link}",
        "",
        "Alarm Details:",
        _line("Name", said["AlarmName"], 28),
        _line("Description", said["AlarmDescription"] or "", 28),
        _line("State Change", f"{said['OldStateValue']} -> {state}", 28),
        _line("Reason for State Change", said["NewStateReason"], 28),
        _line("Timestamp", time, 28),
        _line("AWS Account", said["AWSAccountId"], 28),
        _line("Alarm Arn", said["AlarmArn"], 28),
        "",
        "Threshold:",
        f"- The alarm is in the ALARM state when the metric is {limit} for {asked} seconds.",
        "",
        "Monitored Metric:",
        _line("MetricNamespace", trigger["Namespace"], 37),
        _line("MetricName", trigger["MetricName"], 37),
        _line("Dimensions", dimensions, 37),
        _line("Period", f"{period} seconds", 37),
        _line("Statistic", statistic, 37),
        _line("Unit", trigger["Unit"] or "not specified", 37),
        _line("TreatMissingData", trigger["TreatMissingData"], 37),
        "",
        "State Change Actions:",
        f"- OK: {_arns(said['OKActions'])}".rstrip(),
        f"- ALARM: {_arns(said['AlarmActions'])}".rstrip(),
        f"- INSUFFICIENT_DATA: {_arns(said['InsufficientDataActions'])}".rstrip(),
    ]
    return "\n".join(lines) + "\n"


_STATISTICS = {
    "AVERAGE": "Average",
    "MAXIMUM": "Maximum",
    "MINIMUM": "Minimum",
    "SUM": "Sum",
    "SAMPLECOUNT": "SampleCount",
}


def _line(name: str, value: str, width: int) -> str:
    return f"- {name + ':':<{width}}{value}".rstrip()


def _arns(arns: list[str]) -> str:
    return f"[{', '.join(arns)}]" if arns else ""


def _alarm(message: str) -> dict[str, Any] | None:
    try:
        said = json.loads(message)
    except ValueError:
        return None
    is_alarm = isinstance(said, dict) and {"AlarmName", "NewStateValue", "Trigger"} <= said.keys()
    return said if is_alarm else None


def _mail(endpoint: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = Address("AWS Notifications", addr_spec=SENDER)
    mail["To"] = endpoint
    mail["Subject"] = " ".join(subject.split())
    mail.set_content(text)
    return mail
