# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dashboard of a stack: all its alarms, then one graph for each concern with a line for each resource. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.concerns import Concern, Watch, Watched, thresholds, watches
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.dashboards import plain
from ansible_collections.railyard.aws.plugins.module_utils._cloudwatch.stack_alarms import number

#: A dashboard has 24 columns.
COLUMNS, ACROSS, HEIGHT = 24, 3, 6
#: The most alarms that AWS shows in one widget, and how many fit in a row of it.
ALARMS_AT_ONCE, ALARMS_IN_A_ROW = 100, 4
HEADINGS = {"server": "Servers", "balancer": "Load balancer", "database": "Database", "cache": "Cache"}


def _alarm_widgets(names: list[str], region: str, account: str, top: int) -> list[dict[str, Any]]:
    widgets = []
    for start in range(0, len(names), ALARMS_AT_ONCE):
        some = names[start : start + ALARMS_AT_ONCE]
        height = 1 + -(-len(some) // ALARMS_IN_A_ROW)
        properties = {"title": "Alarms", "alarms": [f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}" for name in some]}
        widgets.append({"type": "alarm", "x": 0, "y": top, "width": COLUMNS, "height": height, "properties": properties})
        top += height
    return widgets


def _lines(concern: Concern, some: list[Watch]) -> list[list[Any]]:
    lines: list[list[Any]] = []
    for watch in some:
        for metric in (concern.metric, *concern.beside):
            dimensions = [part for pair in watch.dimensions.items() for part in pair]
            label = watch.who if metric == concern.metric else f"{watch.who} {metric}"
            lines.append([watch.namespace, metric, *dimensions, {"label": label}])
    return lines


def _graph(concern: Concern, some: list[Watch], region: str, threshold: float) -> dict[str, Any]:
    level = {"label": f"{number(threshold)} {concern.unit}", "value": plain(threshold * concern.factor)}
    return {
        "title": concern.title,
        "view": "timeSeries",
        "region": region,
        "stat": concern.statistic,
        "period": concern.period,
        "metrics": _lines(concern, some),
        "annotations": {"horizontal": [level]},
    }


def stack_dashboard(watched: Watched, given: dict[str, Any], region: str, account: str) -> dict[str, Any]:
    """Body of the dashboard, with numbers written as ``dashboards.plain`` writes them."""
    usual = thresholds(given, watched)
    all_watches = watches(watched)
    widgets = _alarm_widgets(sorted(watch.alarm_name(watched["stack"]) for watch in all_watches), region, account, 0)
    y = sum(widget["height"] for widget in widgets)
    width = COLUMNS // ACROSS
    for of, heading in HEADINGS.items():
        concerns = list(dict.fromkeys(watch.concern for watch in all_watches if watch.concern.of == of))
        if not concerns:
            continue
        widgets.append({"type": "text", "x": 0, "y": y, "width": COLUMNS, "height": 1, "properties": {"markdown": f"## {heading}"}})
        y += 1
        for index, concern in enumerate(concerns):
            some = [watch for watch in all_watches if watch.concern == concern]
            place = {"x": index % ACROSS * width, "y": y + index // ACROSS * HEIGHT, "width": width, "height": HEIGHT}
            widgets.append({"type": "metric", **place, "properties": _graph(concern, some, region, usual[concern.name])})
        y += -(-len(concerns) // ACROSS) * HEIGHT
    return plain({"widgets": widgets})
