"""Brings the emulator's alarms into the state that numbers give them, and tells the topics of those that changed."""

from __future__ import annotations

import datetime
import logging
import threading
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatum, cloudwatch_backends
from moto.core.utils import utcnow
from moto.sns.models import sns_backends

from sandbox.metrics.measurements import Measurements, registry
from sandbox.services.cloudwatch.evaluation import Rule, datapoints, evaluate
from sandbox.services.cloudwatch.notice import Change, actions, message, subject

_log = logging.getLogger(__name__)

#: One looks at a time: two that saw the same change would tell it twice.
_lock = threading.Lock()
#: For how long an alarm stays as somebody set it: on AWS until its next evaluation.
_AS_SET = datetime.timedelta(seconds=60)


def settle(backend: CloudWatchBackend, measured: Measurements = registry) -> int:
    """Evaluate every alarm on one metric, and tell of those that changed.

    :returns: how many changed
    """
    with _lock:
        changes = [change for alarm in list(backend.alarms.values()) if (change := _settled(alarm, backend, measured))]
    for change in changes:
        tell(change)
    return len(changes)


def settle_region(account: str, region: str) -> int:
    """``settle`` of an account's alarms in one region."""
    return settle(cloudwatch_backends[account][region])


def tell(change: Change) -> None:
    """Publish a change to the topics that the alarm names for the state it is in."""
    for arn in actions(change.alarm):
        parts = arn.split(":")
        if len(parts) < 6 or parts[2] != "sns":
            _log.info("alarm %s: %s is no topic, and nothing is done of it", change.alarm.name, arn)
            continue
        try:
            sns_backends[change.account][parts[3]].publish(message(change), arn=arn, subject=subject(change)[:100])
        except Exception as error:
            # Nobody is told where the topic is gone; AWS has it in the alarm's history.
            _log.warning("alarm %s could not tell %s: %s: %s", change.alarm.name, arn, type(error).__name__, error)


def rule_of(alarm: Alarm) -> Rule | None:
    """What an alarm asks; None of one that is not on a single metric."""
    if not alarm.metric_name or alarm.threshold is None:
        return None
    periods = int(alarm.evaluation_periods)
    rule = Rule(
        statistic=alarm.extended_statistic or alarm.statistic or "",
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        period=int(alarm.period),
        periods=periods,
        datapoints=int(alarm.datapoints_to_alarm or periods),
        missing=alarm.treat_missing_data or "missing",
    )
    return rule if rule.known else None


def _settled(alarm: Alarm, backend: CloudWatchBackend, measured: Measurements) -> Change | None:
    rule, now = rule_of(alarm), utcnow()
    if rule is None or now < getattr(alarm, "set_until", now):
        return None
    numbers = _numbers(alarm, backend.metric_data, measured)
    if not numbers and not measured.live:
        # Where nobody measures, a metric that nobody has put yet says nothing.
        return None
    verdict = evaluate(rule, datapoints(rule, numbers, now), alarm.state_value)
    if verdict is None or verdict.state == alarm.state_value:
        return None
    before = alarm.state_value
    alarm.update_state(verdict.reason, "{}", verdict.state)
    _log.info("alarm %s: %s -> %s: %s", alarm.name, before, verdict.state, verdict.reason)
    return Change(alarm, backend.account_id, before, now)


def _numbers(alarm: Alarm, put: list[Any], measured: Measurements) -> list[tuple[datetime.datetime, float]]:
    """What was measured of an alarm's metric, and what servers put themselves."""
    its = tuple(sorted((one.name, one.value) for one in alarm.dimensions))
    found = [
        (one.at, one.measurement.value)
        for one in measured.of(alarm.namespace, alarm.metric_name, its)
        if alarm.unit in (None, "", one.measurement.unit)
    ]
    for one in list(put):
        if (
            isinstance(one, MetricDatum)
            and (one.namespace, one.name) == (alarm.namespace, alarm.metric_name)
            and tuple(sorted((its.name, its.value) for its in one.dimensions)) == its
            and alarm.unit in (None, "", one.unit)
        ):
            found.append((one.timestamp.replace(tzinfo=None), float(one.value)))
    return found


def set_by_hand(alarm: Alarm, account: str, before: str) -> None:
    """Somebody set the state of an alarm: it stays so until the next evaluation, and topics are told."""
    now = utcnow()
    vars(alarm)["set_until"] = now + _AS_SET
    if before != alarm.state_value:
        tell(Change(alarm, account, before, now))
