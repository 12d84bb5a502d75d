"""A rule of the jump host's security group for as long as a run lasts: ssh from the runner's own address.

Nothing is written where a rule of somebody's lets the address in already, and nothing of anybody else is ever taken
away. CI's own rules say until when they may stand: one that a killed run left is taken away by the next run after that.
"""

from __future__ import annotations

import ipaddress
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.ci import ending
from tools.verbs.trouble import Trouble

_PORT = 22
_FORM = "%Y-%m-%dT%H:%MZ"
_OWN = re.compile(r"railyard ci until (\d{4}-\d\d-\d\dT\d\d:\d\dZ)\b")


def own(url: str) -> str:
    """This machine's public IPv4 address, as ``url`` answers. Raises Trouble."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            said = answer.read(200).decode("ascii", "replace").strip()
    except (OSError, ValueError) as error:
        raise Trouble(f"railyard_checkip_url ({url}) did not answer: {error}.", 1) from None
    try:
        return str(ipaddress.IPv4Address(said))
    except ValueError:
        raise Trouble(
            f"railyard_checkip_url ({url}) did not answer with an IPv4 address but with '{said[:80]}'.", 1
        ) from None


@contextmanager
def opened(ec2: Any, stack: str, group: str, address: str, run: str, lasts: int) -> Iterator[str]:
    """Let ``address`` in while the block runs; yields what was done about it, in words.

    ``run`` names the run in the rule, ``lasts`` is how many seconds it may last at most. Raises Trouble, and botocore's
    errors.
    """
    found = _group(ec2, stack, group)
    _sweep(ec2, found)
    network = f"{address}/32"
    described = _description(found, network)
    if described is None and _lets_in(found, address):
        yield f"{network} is let in by a rule that stands."
        return
    try:
        if described is None:
            until = (datetime.now(UTC) + timedelta(seconds=lasts)).strftime(_FORM)
            said = f"railyard ci until {until} run {re.sub('[^0-9A-Za-z-]', '-', run)[:60]}"
            with ending.held():
                _authorize(ec2, found, {"CidrIp": network, "Description": said})
        yield f"{network} is let in until the run ends."
    finally:
        # Anew: meanwhile somebody may have made it a rule of their own, which is not CI's to take away.
        if _description(_group(ec2, stack, group), network) is not None:
            _revoke(ec2, found, network)


def _group(ec2: Any, stack: str, name: str) -> dict[str, Any]:
    filters = [{"Name": "tag:Stack", "Values": [stack]}, {"Name": "group-name", "Values": [name]}]
    found: list[dict[str, Any]] = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    if not found:
        raise Trouble(
            f"Security group '{name}' of stack '{stack}' was not found; run `ansible-playbook site.yml` first.", 1
        )
    return found[0]


def _ranges(group: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Networks that may ssh, each with the description of its rule."""
    for rule in group["IpPermissions"]:
        if rule["IpProtocol"] == "-1" or (rule["IpProtocol"] == "tcp" and rule["FromPort"] <= _PORT <= rule["ToPort"]):
            yield from ((one["CidrIp"], one.get("Description") or "") for one in rule["IpRanges"])


def _description(group: dict[str, Any], network: str) -> str | None:
    """Of CI's own rule for a network; None where there is none, or where it is somebody else's."""
    return next((said for cidr, said in _ranges(group) if cidr == network and _OWN.match(said)), None)


def _lets_in(group: dict[str, Any], address: str) -> bool:
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(cidr) for cidr, _said in _ranges(group))


def _sweep(ec2: Any, group: dict[str, Any]) -> None:
    """Take away what runs left that ended in no other way."""
    now = datetime.now(UTC)
    for network, said in list(_ranges(group)):
        ended = _OWN.match(said)
        if ended and datetime.strptime(ended[1], _FORM).replace(tzinfo=UTC) < now:
            _revoke(ec2, group, network)
            group["IpPermissions"] = [
                {**rule, "IpRanges": [one for one in rule["IpRanges"] if one["CidrIp"] != network]}
                for rule in group["IpPermissions"]
            ]


def _authorize(ec2: Any, group: dict[str, Any], rule: dict[str, str]) -> None:
    from botocore.exceptions import ClientError

    try:
        ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=_permissions(rule))
    except ClientError as error:
        # Somebody wrote one just now.
        if error.response["Error"]["Code"] != "InvalidPermission.Duplicate":
            raise Trouble(
                f"{rule['CidrIp']} cannot be let in by security group '{group['GroupName']}': {error}.",
                1,
            ) from None


def _revoke(ec2: Any, group: dict[str, Any], network: str) -> None:
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=_permissions({"CidrIp": network}))


def _permissions(rule: dict[str, str]) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": _PORT, "ToPort": _PORT, "IpRanges": [rule]}]
