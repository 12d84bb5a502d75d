# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dashboard of a stack: all its alarms, then one graph for each definition with a line for each resource. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.alarm_definitions import (
    AlarmDefinition,
    MonitoredResources,
    ResourceAlarm,
    resource_alarms,
    thresholds,
)
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.dashboards import plain
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.stack_alarms import number

#: A dashboard has 24 columns.
COLUMNS, ACROSS, HEIGHT = 24, 3, 6
#: The most alarms that AWS shows in one widget, and how many fit in a row of it.
ALARMS_AT_ONCE, ALARMS_IN_A_ROW = 100, 4
HEADINGS = {"server": "Servers", "balancer": "Load balancer", "database": "Database", "cache": "Cache", "schedule": "Schedules"}


def _alarm_widgets(names: list[str], region: str, account: str, top: int) -> list[dict[str, Any]]:
    widgets = []
    for start in range(0, len(names), ALARMS_AT_ONCE):
        some = names[start : start + ALARMS_AT_ONCE]
        height = 1 + -(-len(some) // ALARMS_IN_A_ROW)
        properties = {"title": "Alarms", "alarms": [f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}" for name in some]}
        widgets.append({"type": "alarm", "x": 0, "y": top, "width": COLUMNS, "height": height, "properties": properties})
        top += height
    return widgets


def _lines(definition: AlarmDefinition, some: list[ResourceAlarm]) -> list[list[Any]]:
    lines: list[list[Any]] = []
    for one in some:
        for metric in (definition.metric, *definition.beside):
            dimensions = [part for pair in one.dimensions.items() for part in pair]
            label = one.who if metric == definition.metric else f"{one.who} {metric}"
            lines.append([one.namespace, metric, *dimensions, {"label": label}])
    return lines


def _graph(definition: AlarmDefinition, some: list[ResourceAlarm], region: str, threshold: float) -> dict[str, Any]:
    level = {"label": f"{number(threshold)} {definition.unit}", "value": plain(threshold * definition.factor)}
    return {
        "title": definition.title,
        "view": "timeSeries",
        "region": region,
        "stat": definition.statistic,
        "period": definition.period,
        "metrics": _lines(definition, some),
        "annotations": {"horizontal": [level]},
    }


def stack_dashboard(resources: MonitoredResources, given: dict[str, Any], region: str, account: str) -> dict[str, Any]:
    """Body of the dashboard, with numbers written as ``dashboards.plain`` writes them."""
    usual = thresholds(given, resources)
    all_alarms = resource_alarms(resources)
    widgets = _alarm_widgets(sorted(one.alarm_name(resources["stack"]) for one in all_alarms), region, account, 0)
    y = sum(widget["height"] for widget in widgets)
    width = COLUMNS // ACROSS
    for of, heading in HEADINGS.items():
        definitions = list(dict.fromkeys(one.definition for one in all_alarms if one.definition.of == of))
        if not definitions:
            continue
        widgets.append({"type": "text", "x": 0, "y": y, "width": COLUMNS, "height": 1, "properties": {"markdown": f"## {heading}"}})
        y += 1
        for index, definition in enumerate(definitions):
            some = [one for one in all_alarms if one.definition == definition]
            place = {"x": index % ACROSS * width, "y": y + index // ACROSS * HEIGHT, "width": width, "height": HEIGHT}
            widgets.append({"type": "metric", **place, "properties": _graph(definition, some, region, usual[definition.name])})
        y += -(-len(definitions) // ACROSS) * HEIGHT
    return plain({"widgets": widgets})
