"""Instances are pending for their time after a launch and after a start."""

from __future__ import annotations

from moto.ec2.models.instances import Instance, InstanceBackend, InstanceState

from sandbox.api.latency import latency
from sandbox.core.settings import Settings


class Pending(InstanceState):
    """Reads as pending; what is written goes to the state that the instance keeps."""

    def __init__(self, kept: InstanceState) -> None:
        self.__dict__["kept"] = kept

    name = property(lambda self: "pending", lambda self, value: setattr(self.kept, "name", value))
    code = property(lambda self: 0, lambda self, value: setattr(self.kept, "code", value))


def apply(settings: Settings) -> None:
    run, start = InstanceBackend.run_instances, Instance.start

    def state(self):
        kept = self.__dict__["_state"]
        return Pending(kept) if kept.name == "running" and latency.pending(self) else kept

    def keep(self, value):
        self.__dict__["_state"] = value

    def run_instances(self, *args, **kwargs):
        reservation = run(self, *args, **kwargs)
        for instance in reservation.instances:
            latency.began(instance, "instance")
        return reservation

    def start_again(self):
        was_stopped = self.__dict__["_state"].name == "stopped"
        previous = start(self)
        if was_stopped:
            latency.began(self, "instance")
        return previous

    Instance._state = property(state, keep)
    Instance.start = start_again
    InstanceBackend.run_instances = run_instances
