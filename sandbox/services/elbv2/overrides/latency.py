"""Load balancers are provisioning for their time, and forward nothing until then."""

from __future__ import annotations

from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from sandbox.api.latency import latency
from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    create = ELBv2Backend.create_load_balancer

    def state(self):
        return "provisioning" if latency.pending(self) else self.__dict__["state"]

    def keep(self, value):
        self.__dict__["state"] = value

    def create_load_balancer(self, *args, **kwargs):
        balancer = create(self, *args, **kwargs)
        latency.began(balancer, "load_balancer")
        return balancer

    FakeLoadBalancer.state = property(state, keep)
    ELBv2Backend.create_load_balancer = create_load_balancer
