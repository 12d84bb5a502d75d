"""Alarms are in the state that numbers give them: those that the sandbox measured, and those that servers put.

The emulator keeps numbers and never looks at them, and a state that is set by hand tells nobody.
"""

from __future__ import annotations

from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from sandbox.core.settings import Settings
from sandbox.metrics.measurements import registry
from sandbox.services.cloudwatch.changes import set_by_hand, settle

#: What an alarm keeps when its definition is put again.
_KEPT = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


def apply(settings: Settings) -> None:
    describe = CloudWatchResponse.describe_alarms
    put, set_state = CloudWatchBackend.put_metric_alarm, CloudWatchBackend.set_alarm_state

    def describe_alarms(self) -> ActionResult:
        settle(self.cloudwatch_backend)
        return describe(self)

    def put_metric_alarm(self, *arguments, **named):
        before = self.alarms.get(named["name"])
        alarm = put(self, *arguments, **named)
        if before is not None:
            vars(alarm).update({name: getattr(before, name) for name in _KEPT})
        elif registry.live:
            alarm.state_value = "INSUFFICIENT_DATA"
        return alarm

    def set_alarm_state(self, alarm_name, reason, reason_data, state_value):
        before = self.alarms[alarm_name].state_value if alarm_name in self.alarms else ""
        set_state(self, alarm_name, reason, reason_data, state_value)
        set_by_hand(self.alarms[alarm_name], self.account_id, before)

    CloudWatchResponse.describe_alarms = describe_alarms
    CloudWatchBackend.put_metric_alarm = put_metric_alarm
    CloudWatchBackend.set_alarm_state = set_alarm_state
