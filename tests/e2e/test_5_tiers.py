"""Whatever tier breaks, verify names it, and the command that mends it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.lab import Lab, until

#: Seconds in which verify has to say which tier it is: people look at it when a site is down.
SOON = 120


def said_by_verify(stack: Lab, what: str) -> str:
    """What verify says of a stack that is broken."""
    began = time.monotonic()
    run = stack.playbook(f"verify-{what}", "playbooks/verify.yml", "-e", "verify_timeout=15", fails=True)
    assert time.monotonic() - began < SOON, str(run)
    return " ".join(run.text.split())


def greets(address: str) -> bool:
    """Whether an sshd answers at an address, when there is one already."""
    if not address:
        return False
    try:
        with socket.create_connection((address, 22), timeout=3) as ssh:
            ssh.settimeout(3)
            return ssh.recv(4) == b"SSH-"
    except OSError:
        return False


@contextmanager
def without_jump_host(stack: Lab) -> Iterator[None]:
    """A jump host that is stopped. Started again it has another address."""
    account = stack.account()
    jump = account.servers()["jump01"]["InstanceId"]
    account.ec2.stop_instances(InstanceIds=[jump])
    until("the jump host is stopped", lambda: account.servers()["jump01"]["State"]["Name"] == "stopped", 60)
    try:
        yield
    finally:
        account.ec2.start_instances(InstanceIds=[jump])
        until("the jump host runs", lambda: account.servers()["jump01"]["State"]["Name"] == "running", 60)
        until("ssh to the jump host", lambda: greets(account.servers()["jump01"].get("PublicIpAddress", "")), 60)


@contextmanager
def without_way(stack: Lab, group: str, port: int) -> Iterator[None]:
    """A security group that lets nobody in at a port any more."""
    ec2, found = stack.account().ec2, stack.account().group(group)
    rules = [rule for rule in found["IpPermissions"] if rule.get("FromPort") == port]
    assert rules, found["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=found["GroupId"], IpPermissions=rules)
    try:
        yield
    finally:
        ec2.authorize_security_group_ingress(GroupId=found["GroupId"], IpPermissions=rules)


@contextmanager
def without_way_out(stack: Lab) -> Iterator[None]:
    """Web servers that reach no SMTP server."""
    ec2, found = stack.account().ec2, stack.account().group("web")
    rules = [rule for rule in found["IpPermissionsEgress"] if rule.get("FromPort") in (465, 587)]
    assert rules, found["IpPermissionsEgress"]
    ec2.revoke_security_group_egress(GroupId=found["GroupId"], IpPermissions=rules)
    try:
        yield
    finally:
        ec2.authorize_security_group_egress(GroupId=found["GroupId"], IpPermissions=rules)


@contextmanager
def without_rights(stack: Lab) -> Iterator[None]:
    """Web servers whose role may nothing."""
    iam, role = stack.account().iam, stack.account().web_role()
    policy = iam.get_role_policy(RoleName=role, PolicyName="web")["PolicyDocument"]
    nothing = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}'
    iam.put_role_policy(RoleName=role, PolicyName="web", PolicyDocument=nothing)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="web", PolicyDocument=json.dumps(policy))


@contextmanager
def without_puma(stack: Lab) -> Iterator[None]:
    """A server on which nothing answers behind nginx."""
    stack.on("web02", "sudo systemctl stop puma.socket puma.service")
    try:
        yield
    finally:
        stack.on("web02", "sudo systemctl start puma.socket puma.service")


BROKEN = {
    "way-in": (lambda stack: without_way(stack, "jump", 22), "Jump host is broken", "--tags vpc,security"),
    "database": (lambda stack: without_way(stack, "database", 3306), "Database is broken", "--tags security,rds"),
    "cache": (lambda stack: without_way(stack, "cache", 6379), "Cache is broken", "--tags security,elasticache"),
    "mail": (without_way_out, "Mail is broken", "security,ses"),
    "bucket": (without_rights, "Uploads is broken", "--tags iam,s3"),
    "server": (without_puma, "Server web02 is broken", "--tags nginx,app"),
    # The last: the jump host has another address afterwards.
    "jump": (without_jump_host, "Jump host jump01 is broken", "--tags ec2"),
}


@pytest.mark.parametrize("tier", BROKEN)
def test_verify_names_the_tier_that_is_broken(stack: Lab, tier: str) -> None:
    broken, words, command = BROKEN[tier]
    with broken(stack):
        said = said_by_verify(stack, tier)
    assert words in said, said
    assert command in said, said


def test_verify_is_content_again(stack: Lab) -> None:
    run = stack.playbook("verify-mended", "playbooks/verify.yml")
    assert "the image was found in the bucket" in " ".join(run.text.split()), str(run)
    assert run.changed == 0
