"""Security groups: the default group of a VPC lets its members talk to one another and cannot be deleted."""

from __future__ import annotations

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule
from moto.ec2.responses.security_groups import SecurityGroups

from sandbox.core.settings import Settings


class CannotDelete(EC2ClientError):
    def __init__(self, group_id: str):
        message = f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
        super().__init__("CannotDelete", message)


def apply(settings: Settings) -> None:
    create = SecurityGroupBackend.create_security_group
    delete = SecurityGroups.delete_security_group

    def create_security_group(self, *args, is_default=None, **kwargs):
        group = create(self, *args, is_default=is_default, **kwargs)
        if is_default:
            source = {"GroupId": group.id, "OwnerId": self.account_id, "UserId": self.account_id}
            rule = SecurityGroupRule(self, "-1", group.id, None, None, None, source, is_egress=False)
            group.ingress_rules.append(rule)
        return group

    # In the response, because the deletion of a VPC deletes its default group through the backend.
    def delete_security_group(self):
        group = self.ec2_backend.get_security_group_from_id(self._get_param("GroupId") or "")
        if group and group.is_default:
            raise CannotDelete(group.id)
        return delete(self)

    SecurityGroupBackend.create_security_group = create_security_group
    SecurityGroups.delete_security_group = delete_security_group
