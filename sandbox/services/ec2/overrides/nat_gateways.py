"""NAT gateways: filters by tag, the resource type's name, and a deletion that gives back what it held."""

from __future__ import annotations

from moto.ec2 import utils
from moto.ec2.models import nat_gateways, tags

from sandbox.core.settings import Settings

_BUILT_IN_FILTERS = {"nat-gateway-id", "vpc-id", "subnet-id", "state"}


def apply(settings: Settings) -> None:
    _tag_names()
    _describe()
    _create_and_delete()


def _tag_names() -> None:
    # AWS writes natgateway, in tag specifications and in DescribeTags.
    for table in (utils.EC2_PREFIX_TO_RESOURCE, tags.EC2_PREFIX_TO_RESOURCE):
        table["nat"] = "natgateway"
    utils.EC2_RESOURCE_TO_PREFIX["natgateway"] = "nat"


def _describe() -> None:
    backend_class = nat_gateways.NatGatewayBackend
    describe = backend_class.describe_nat_gateways

    def describe_nat_gateways(self, filters, nat_gateway_ids):
        filters = filters or {}
        found = describe(self, filters, nat_gateway_ids)
        rest = {name: values for name, values in filters.items() if name not in _BUILT_IN_FILTERS}
        return utils.generic_filter(rest, found)

    backend_class.describe_nat_gateways = describe_nat_gateways


def _create_and_delete() -> None:
    backend_class = nat_gateways.NatGatewayBackend
    create, delete = backend_class.create_nat_gateway, backend_class.delete_nat_gateway

    def create_nat_gateway(self, subnet_id, allocation_id, tags=None, connectivity_type="public"):
        gateway = create(self, subnet_id, allocation_id, tags, connectivity_type)
        gateway.private_ip = gateway._eni.private_ip_address
        gateway._eni.description = f"Interface for NAT Gateway {gateway.id}"
        gateway._eni.interface_type = "nat_gateway"
        gateway._eni.requester_managed = True
        gateway._eni.status = "in-use"
        return gateway

    def delete_nat_gateway(self, nat_gateway_id):
        gateway = delete(self, nat_gateway_id)
        if gateway._eni.id in self.enis:
            self.delete_network_interface(gateway._eni.id)
        return gateway

    backend_class.create_nat_gateway = create_nat_gateway
    backend_class.delete_nat_gateway = delete_nat_gateway
