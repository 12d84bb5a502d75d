"""Alarms: one that tells nobody."""

from __future__ import annotations

from typing import Any

from tools.game.place import Place


def _alarm(place: Place) -> dict[str, Any]:
    """The alarm of servers that are not healthy."""
    name = f"{place.names.stack}/balancer/unhealthy"
    found = place.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    one: dict[str, Any] = place.only(found, f"alarm '{name}'", "cloudwatch")
    return one


def tells_whom(place: Place) -> dict[str, Any]:
    """Look at when the alarm goes off and whom it tells."""
    found = _alarm(place)
    return {name: found.get(name) for name in ("ActionsEnabled", "AlarmActions", "OKActions", "Threshold")}


def silenced(place: Place) -> None:
    """Somebody wanted to sleep."""
    place.client("cloudwatch").disable_alarm_actions(AlarmNames=[_alarm(place)["AlarmName"]])
