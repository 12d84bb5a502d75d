"""Deletions that AWS refuses because something still uses the thing, and what a deletion leaves clean."""

from __future__ import annotations

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models.internet_gateways import InternetGatewayBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    _security_groups()
    _subnets()
    _internet_gateways()
    _vpcs()


def _refuse(kind: str, resource_id: str) -> None:
    raise DependencyViolationError(f"The {kind} '{resource_id}' has dependencies and cannot be deleted.")


def _security_groups() -> None:
    delete = SecurityGroupBackend.delete_security_group

    def referring(backend, group) -> bool:
        """Whether a rule of another group names this one."""
        others = (other for groups in backend.groups.values() for other in groups.values() if other.id != group.id)
        return any(
            rule.source_group.get("GroupId") == group.id
            for other in others
            for rule in (*other.ingress_rules, *other.egress_rules)
        )

    def delete_security_group(self, name=None, group_id=None):
        group = self.get_security_group_by_name_or_id(group_id or name)
        if group:
            in_use = any(group in eni._group_set for eni in self.enis.values())
            if in_use or referring(self, group):
                raise DependencyViolationError(f"resource {group.id} has a dependent object")
        return delete(self, name, group_id)

    SecurityGroupBackend.delete_security_group = delete_security_group


def _subnets() -> None:
    delete = SubnetBackend.delete_subnet

    def delete_subnet(self, subnet_id):
        if any(eni.subnet.id == subnet_id for eni in self.enis.values()):
            _refuse("subnet", subnet_id)
        subnet = delete(self, subnet_id)
        # Associations go with the subnet; left behind they keep route tables and ACLs from being deleted.
        for table in self.route_tables.values():
            for association, associated in list(table._associations.items()):
                if associated == subnet_id:
                    del table._associations[association]
        for acl in self.network_acls.values():
            for association, entry in list(acl._associations.items()):
                if entry.subnet_id == subnet_id:
                    del acl._associations[association]
        return subnet

    SubnetBackend.delete_subnet = delete_subnet


def _internet_gateways() -> None:
    detach = InternetGatewayBackend.detach_internet_gateway

    def detach_internet_gateway(self, internet_gateway_id, vpc_id):
        if any(eni.public_ip and eni.vpc_id == vpc_id for eni in self.enis.values()):
            raise DependencyViolationError(
                f"Network {vpc_id} has some mapped public address(es). "
                "Please unmap those public address(es) before detaching the gateway."
            )
        detach(self, internet_gateway_id, vpc_id)

    InternetGatewayBackend.detach_internet_gateway = detach_internet_gateway


def _vpcs() -> None:
    delete = VPCBackend.delete_vpc

    def delete_vpc(self, vpc_id):
        attached = any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in self.internet_gateways.values())
        groups = any(group.name != "default" for group in self.groups.get(vpc_id, {}).values())
        acls = any(acl.vpc_id == vpc_id and not acl.default for acl in self.network_acls.values())
        if attached or groups or acls:
            _refuse("vpc", vpc_id)
        vpc = delete(self, vpc_id)
        for acl_id, acl in list(self.network_acls.items()):
            if acl.vpc_id == vpc_id:
                del self.network_acls[acl_id]
        return vpc

    VPCBackend.delete_vpc = delete_vpc
