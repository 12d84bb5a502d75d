"""Prints, as JSON, what of the stack changes when a setting does, and what roles have alone.

``edges`` is a list of [setting, what reads it, whether that changed]. ``alone`` has for each input that a stack gives a
role: [the role's own default, what a stack with the usual settings gives it].

What reads settings are other settings, the inputs that roles are given (group_vars/all/_roles), and how Ansible reaches
the servers (group_vars/jump, group_vars/private). A process of its own, because Ansible's loader of plugins changes how
a process imports.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from ansible.plugins.loader import init_plugin_loader

PROJECT = Path(__file__).resolve().parents[2]
SETTING = re.compile(r"\brailyard_\w+")
#: Values of a person where one of the right type alone would make no stack.
CHANGED: dict[str, Any] = {
    "railyard_environment": "production",
    "railyard_vpc_cidr": "10.7.0.0/16",
    "railyard_zones": ["ap-northeast-1a", "ap-northeast-1c"],
    "railyard_public_subnet_cidrs": ["10.0.128.0/20", "10.0.144.0/20"],
    "railyard_private_subnet_cidrs": ["10.0.128.0/20", "10.0.144.0/20"],
    "railyard_subnets": [{"name": "one", "tier": "public"}, {"name": "two", "tier": "private"}],
    "railyard_region": "eu-north-1",
    "railyard_image_parameter": "/aws/service/debian/release/13/latest/amd64",
    "railyard_database_engine": "postgres",
    "railyard_cache_engine": "valkey",
    "railyard_app_source": str(PROJECT / "tests/unit/examples/sample-app"),
    "railyard_hop": {"aws_instance_id": "i-1", "ansible_host": "203.0.113.9"},
}
#: How a stack may be, beside the usual one: what is for a domain is nothing without one; who logs in may
#: be said apart; the log of schedules is there where there are any, and so are types of worker servers.
BASES: tuple[dict[str, Any], ...] = (
    {},
    {"railyard_domain": "example.com"},
    {"railyard_ssh_user": "ec2-user"},
    {"railyard_app_schedule": {"digest": {"command": "bin/digest", "calendar": "daily"}}},
    {"railyard_worker_count": 1},
)
#: What Ansible itself knows of a web server and of the way to it.
HOSTS: dict[str, Any] = {
    "aws_instance_id": "i-2",
    "ansible_host": "10.0.64.7",
    "inventory_hostname": "web01",
    "groups": {"jump": ["jump01"]},
    "hostvars": {"jump01": {"aws_instance_id": "i-0", "ansible_host": "203.0.113.7"}},
}


def other(name: str, value: Any) -> Any:
    """Another value of the same type."""
    if name in CHANGED:
        return CHANGED[name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return [{**value[0], "file": "/x.log"}] if value and isinstance(value[0], dict) else ["another"]
    return {"another": "one"} if isinstance(value, dict) else f"{value}-another"


def roles() -> list[str]:
    """Roles that the stack gives something."""
    return sorted(path.stem for path in (PROJECT / "group_vars/all/_roles").glob("*.yml"))


def main() -> None:
    init_plugin_loader([str(PROJECT / "collections")])
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar

    loader = DataLoader()

    def read(*patterns: str) -> dict[str, Any]:
        files = [path for pattern in patterns for path in sorted((PROJECT / "group_vars").glob(pattern))]
        return {
            name: value
            for path in files
            for name, value in loader.load_from_file(str(path), trusted_as_template=True).items()
        }

    def read_role(role: str, folder: str) -> dict[str, Any]:
        path = PROJECT / "roles" / role / folder / "main.yml"
        return loader.load_from_file(str(path), trusted_as_template=True) or {} if path.is_file() else {}

    raw = HOSTS | read("all/*.yml", "all/_roles/*.yml", "jump/*.yml", "private/*.yml")

    def value_of(name: str, *over: dict[str, Any]) -> Any:
        variables = dict(raw)
        for more in over:
            variables |= more
        return Templar(loader=loader, variables=variables).template(variables[name])

    edges = []
    for name, expression in raw.items():
        for setting in sorted(set(SETTING.findall(str(expression))) & set(raw)):
            changed = []
            for base in BASES:
                change = {setting: other(setting, value_of(setting, base))}
                changed.append(value_of(name, base) != value_of(name, base, change))
            edges.append([setting, name, any(changed)])
    # Alone, the stack's name and region have to be given.
    usual = {f"{role}_{what}": value_of(f"railyard_{what}") for role in roles() for what in ("stack", "region")}
    alone = {}
    for role in roles():
        own = {name: value for file in ("defaults", "vars") for name, value in read_role(role, file).items()}
        for name in read(f"all/_roles/{role}.yml"):
            if name in own:
                variables = {**HOSTS, **own, **usual}
                alone[name] = [Templar(loader=loader, variables=variables).template(own[name]), value_of(name)]
    json.dump({"edges": edges, "alone": alone}, sys.stdout)


if __name__ == "__main__":
    main()
