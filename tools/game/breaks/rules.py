"""Security groups: a rule that is not what it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tools.game.place import Place

#: Of RFC 5737, where nobody is.
SOMEWHERE_ELSE = "203.0.113.9/32"


def _group(place: Place, name: str) -> dict[str, Any]:
    filters = [
        {"Name": "group-name", "Values": [name]},
        {"Name": "tag:Stack", "Values": [place.names.stack]},
    ]
    found = place.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    one: dict[str, Any] = place.only(found, f"security group '{name}'", "security")
    return one


def _plain(rules: list[dict[str, Any]]) -> list[str]:
    """Rules without what says nothing of who may come in, in an order of their own."""
    kept = []
    for rule in rules:
        ports = {key: rule.get(key) for key in ("IpProtocol", "FromPort", "ToPort")}
        ways = [
            *(one["CidrIp"] for one in rule.get("IpRanges", [])),
            *(one["CidrIpv6"] for one in rule.get("Ipv6Ranges", [])),
            *(one["PrefixListId"] for one in rule.get("PrefixListIds", [])),
            *(one["GroupId"] for one in rule.get("UserIdGroupPairs", [])),
        ]
        kept += [json.dumps({**ports, "from": way}, sort_keys=True) for way in ways]
    return sorted(kept)


def way_in(setting: str) -> Callable[[Place], list[str]]:
    """Look at who may come in through the group that a setting names."""

    def look(place: Place) -> list[str]:
        return _plain(_group(place, getattr(place.names, setting))["IpPermissions"])

    return look


def _replace(place: Place, group: dict[str, Any], port: int | None, change: Callable[[dict[str, Any]], None]) -> None:
    """Put other rules in the place of those of a port, or of all."""
    ec2 = place.client("ec2")
    old = [rule for rule in group["IpPermissions"] if port is None or rule.get("FromPort") == port]
    new = json.loads(json.dumps(old))
    for rule in new:
        change(rule)
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=old)
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=new)


def jump_host_lets_others_in(place: Place) -> None:
    """Somebody wrote the address of another office."""
    group = _group(place, place.names.jump_security_group_name)
    ec2 = place.client("ec2")
    old = [rule for rule in group["IpPermissions"] if rule.get("FromPort") == 22]
    new = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": SOMEWHERE_ELSE}]}
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=old)
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[new])


def database_lets_the_jump_host_in(place: Place) -> None:
    """Somebody chose the wrong group out of the list."""
    jump = _group(place, place.names.jump_security_group_name)["GroupId"]

    def change(rule: dict[str, Any]) -> None:
        rule["UserIdGroupPairs"] = [{"GroupId": jump}]

    _replace(place, _group(place, place.names.database_security_group_name), None, change)


def cache_at_another_port(place: Place) -> None:
    """Somebody mistyped the port."""

    def change(rule: dict[str, Any]) -> None:
        rule["FromPort"], rule["ToPort"] = rule["FromPort"] + 1, rule["ToPort"] + 1

    _replace(place, _group(place, place.names.cache_security_group_name), None, change)
