# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which servers a stack is to have, and which of those it has should go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

Instance = dict[str, Any]


def web_hostnames(count: int | str) -> list[str]:
    """Return the host names of so many web servers: web01, web02 ..."""
    return [f"web{number:02d}" for number in range(1, int(count) + 1)]


def worker_hostnames(count: int | str) -> list[str]:
    """Return the host names of so many worker servers: worker01, worker02 ..."""
    return [f"worker{number:02d}" for number in range(1, int(count) + 1)]


def _existing(instances: dict[str, Instance], name: str, hostname: str) -> Instance:
    """Return the instance that is the server: by its name, or by host name when its name was changed by hand."""
    if name in instances:
        return instances[name]
    for instance in instances.values():
        if instance.get("hostname") == hostname:
            return instance
    return {}


def server_plan(
    count: int | str,
    stack: str,
    public_subnets: list[Any],
    private_subnets: list[Any],
    instances: dict[str, Instance] | None = None,
    workers: int | str = 0,
) -> list[dict[str, Any]]:
    """Return the servers that are to be, jump host first.

    :arg int count: number of web servers, at least 1.
    :arg int workers: number of worker servers.
    :raises AnsibleFilterError: when there is no subnet for them.
    """
    for kind, subnets in (("public", public_subnets), ("private", private_subnets)):
        if not subnets:
            raise AnsibleFilterError(f"server_plan: no {kind} subnet to put a server in; check railyard_zone_count in group_vars/all/stack.yml")
    wanted = [("jump01", "jump", public_subnets[0])]
    for role, hostnames in (("web", web_hostnames(count)), ("worker", worker_hostnames(workers))):
        wanted += [(hostname, role, private_subnets[index % len(private_subnets)]) for index, hostname in enumerate(hostnames)]
    plan = []
    for hostname, role, subnet in wanted:
        name = f"{stack}-{hostname}"
        found = _existing(instances or {}, name, hostname)
        plan.append(
            {
                "name": name,
                "hostname": hostname,
                "role": role,
                "subnet": subnet,
                "public": role == "jump",
                "id": found.get("id", ""),
                "state": found.get("state", ""),
            }
        )
    return plan


def surplus_servers(instances: dict[str, Instance], plan: list[dict[str, Any]]) -> list[Instance]:
    """Return the web and worker servers among ``instances`` that are in nobody's place in ``plan``, sorted by name."""
    kept = {server["id"] for server in plan}
    return sorted(
        (i for i in instances.values() if i.get("role") in ("web", "worker") and i["id"] not in kept),
        key=lambda instance: instance["name"],
    )


class FilterModule:
    """Filters on the servers of a stack."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "server_plan": server_plan,
            "surplus_servers": surplus_servers,
            "web_hostnames": web_hostnames,
            "worker_hostnames": worker_hostnames,
        }
