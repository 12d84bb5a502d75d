"""Alarms of CloudWatch come in pages, take tags when they are made only, and lose them with their life."""

from __future__ import annotations

from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from sandbox.core.settings import Settings

#: How many alarms CloudWatch lists at once unless it is asked for more or less.
_PAGE = 50


def apply(settings: Settings) -> None:
    put, delete = CloudWatchBackend.put_metric_alarm, CloudWatchBackend.delete_alarms
    describe = CloudWatchResponse.describe_alarms

    def put_metric_alarm(self, *arguments, **named):
        if named["name"] in self.alarms:
            named["tags"] = None
        return put(self, *arguments, **named)

    def delete_alarms(self, alarm_names) -> None:
        for name in alarm_names:
            if name in self.alarms:
                self.tagger.delete_all_tags_for_resource(self.alarms[name].alarm_arn)
        delete(self, alarm_names)

    def describe_alarms(self) -> ActionResult:
        listed = describe(self).result
        # The name after which the page begins: alarms that come and go between two pages shift nothing.
        after, size = self._get_param("NextToken") or "", self._get_int_param("MaxRecords") or _PAGE
        kinds = self._get_param("AlarmTypes") or ["MetricAlarm"]
        keys = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms"}
        wanted = [(key, alarm) for kind, key in keys.items() if kind in kinds for alarm in listed[key]]
        rest = sorted((one for one in wanted if one[1].name > after), key=lambda one: one[1].name)
        page = rest[:size]
        result = {key: [alarm for its, alarm in page if its == key] for key in keys.values()}
        return ActionResult({**result, **({"NextToken": page[-1][1].name} if len(rest) > size else {})})

    CloudWatchBackend.put_metric_alarm = put_metric_alarm
    CloudWatchBackend.delete_alarms = delete_alarms
    CloudWatchResponse.describe_alarms = describe_alarms
