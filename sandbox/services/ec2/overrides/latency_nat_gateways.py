"""NAT gateways are pending for their time, and carry nothing until then."""

from __future__ import annotations

from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

from sandbox.api.latency import latency
from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    create = NatGatewayBackend.create_nat_gateway

    def state(self):
        kept = self.__dict__["state"]
        return "pending" if kept == "available" and latency.pending(self) else kept

    def keep(self, value):
        self.__dict__["state"] = value

    def create_nat_gateway(self, *args, **kwargs):
        gateway = create(self, *args, **kwargs)
        latency.began(gateway, "nat_gateway")
        return gateway

    NatGateway.state = property(state, keep)
    NatGatewayBackend.create_nat_gateway = create_nat_gateway
