"""Namespaces, links, addresses and routes of one VPC: reads what is there and makes what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.core.lines import joined
from sandbox.network import netns
from sandbox.network.command import run
from sandbox.network.topology import Detour, Endpoint, Topology
from sandbox.services.ec2.picture import Router

#: Prefix of the router's side of an endpoint's link.
LINK = "ep"

#: Numbers of a router's own rules and tables of routing, from the first on.
_DETOURS = 1000

#: Of the router. Strict reverse path filtering drops packets whose source is not the link's own address.
_ROUTER_SETTINGS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/rp_filter": "1",
    "net/ipv4/conf/all/accept_redirects": "0",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
}

#: Of the router's side of each link. Proxy ARP answers for all other hosts of the subnet, and at once: the kernel
#: would wait up to 0.8 s before the first packet of each neighbour.
_LINK_SETTINGS = {
    "net/ipv4/conf/{link}/proxy_arp": "1",
    "net/ipv4/conf/{link}/send_redirects": "0",
    "net/ipv4/neigh/{link}/proxy_delay": "0",
}


#: What the user data of a NAT instance asks of its kernel, which it shares with others here: no container may.
_FORWARDING = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/accept_redirects": "0",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/eth0/send_redirects": "0",
}


def make_router(namespace: str, topology: Topology) -> bool:
    """Make the VPC's namespace with the addresses at which the router answers. Returns whether it was missing."""
    created = netns.create(namespace)
    configure(namespace, _ROUTER_SETTINGS)
    lo = _interfaces(namespace)["lo"]
    wanted = {f"{address}/32" for address in topology.router_addresses}
    present = {address for address in _addresses(lo) if not address.startswith("127.")}
    batch(
        namespace,
        [
            *([] if "UP" in lo["flags"] else ["link set lo up"]),
            *(f"address delete {address} dev lo" for address in sorted(present - wanted)),
            *(f"address add {address} dev lo" for address in sorted(wanted - present)),
        ],
    )
    return created


def links(namespace: str) -> set[str]:
    """Names of the endpoints' links that a router has."""
    return {name for name in _interfaces(namespace) if name.startswith(LINK)}


def remove_links(namespace: str, names: Iterable[str]) -> None:
    """Cut endpoints off; their routes go with the links."""
    batch(namespace, [f"link delete {name}" for name in sorted(names)])


def cut_off(namespace: str) -> None:
    """Remove all links of a router or an endpoint, so that nothing inside reaches anything any more."""
    ours = [name for name in _interfaces(namespace) if name == "eth0" or name.startswith(LINK)]
    remove_links(namespace, ours)


def make_endpoint(router: str, namespace: str, link: str, endpoint: Endpoint, mtu: int) -> None:
    """Make an endpoint's namespace and its link to the router, or mend whichever part is not right."""
    netns.create(namespace)
    _join(router, namespace, link, endpoint, mtu)
    _configure_endpoint(namespace, endpoint, mtu)
    _configure_link(router, link, endpoint, mtu)


def make_detours(namespace: str, detours: Iterable[Detour], links: Mapping[str, str]) -> None:
    """Have what some subnets send out routed to instances.

    :param links: names of the endpoints' links by their ids
    """
    tables, wanted = detour_rules(list(detours))
    lines = []
    for table, router in tables.items():
        # Without the link, the second holds: nothing is carried past the instance.
        lines.append(
            f"route replace default via {router.private_ip} dev {links[router.instance_id]} onlink table {table}"
        )
        lines.append(f"route replace unreachable default metric 4294967295 table {table}")
    shown = [" ".join(line.split()) for line in run(["ip", "-n", namespace, "-4", "rule", "show"]).splitlines()]
    present = [line for line in shown if _DETOURS <= int(line.split(":")[0]) < 2 * _DETOURS]
    lines += [f"rule delete priority {line.split(':')[0]}" for line in present if line not in wanted]
    lines += [f"rule add priority {line.replace(':', '', 1)}" for line in wanted if line not in present]
    batch(namespace, lines)


def detour_rules(detours: list[Detour]) -> tuple[dict[int, Router], list[str]]:
    """Instances by the number of the table that leads to each, and the rules as ``ip rule show`` has them."""
    instances = {d.instance.instance_id: d.instance for d in detours if d.instance}
    tables = dict(enumerate((instances[instance_id] for instance_id in sorted(instances)), _DETOURS))
    numbers = {router.instance_id: number for number, router in tables.items()}
    # What is in the VPC is found in the main table, whose default route leads straight out.
    rules = [f"{_DETOURS}: from all lookup main suppress_prefixlength 0"] if detours else []
    for priority, detour in enumerate(detours, _DETOURS + 1):
        where = "" if detour.destination == "0.0.0.0/0" else f" to {detour.destination}"
        table = numbers[detour.instance.instance_id] if detour.instance else "main"
        rules.append(f"{priority}: from {detour.source}{where} lookup {table}")
    return tables, rules


def configure(namespace: str, values: Mapping[str, str]) -> None:
    """Write kernel settings of a namespace; the keys are paths below /proc/sys."""
    with netns.enter(namespace):
        for key, value in values.items():
            file = Path("/proc/sys") / key
            if file.read_text().strip() != value:
                file.write_text(value)


def batch(namespace: str, lines: list[str]) -> None:
    """Run many ``ip`` commands in a namespace as one process; stops at the first that fails."""
    if lines:
        run(["ip", "-n", namespace, "-batch", "-"], stdin=joined(lines))


def _join(router: str, namespace: str, link: str, endpoint: Endpoint, mtu: int) -> None:
    """Make the pair of interfaces, unless both ends are where they belong and are each other's peer."""
    inside = _interfaces(namespace).get("eth0")
    outside = _interfaces(router).get(link)
    if inside and outside and _peers(inside, outside) and inside["address"] == endpoint.mac.lower():
        return
    if outside:
        remove_links(router, [link])
        inside = _interfaces(namespace).get("eth0")
    if inside:
        batch(namespace, ["link delete eth0"])
    run(
        [
            *("ip", "-n", router, "link", "add", link, "mtu", str(mtu), "type", "veth"),
            *("peer", "name", "eth0", "mtu", str(mtu), "address", endpoint.mac, "netns", namespace),
        ]
    )


def _configure_endpoint(namespace: str, endpoint: Endpoint, mtu: int) -> None:
    interfaces = _interfaces(namespace)
    eth0 = interfaces["eth0"]
    wanted = [address.interface for address in endpoint.addresses]
    present = _addresses(eth0)
    lines = [] if "UP" in interfaces["lo"]["flags"] else ["link set lo up"]
    lines += [f"address delete {address} dev eth0" for address in present if address not in wanted]
    lines += [f"address add {address} dev eth0" for address in wanted if address not in present]
    if "UP" not in eth0["flags"] or eth0["mtu"] != mtu:
        lines.append(f"link set eth0 up mtu {mtu}")
    lines.append(f"route replace default via {endpoint.gateway} dev eth0")
    # Without it the kernel takes all addresses of a subnet away with the first one.
    configure(namespace, {"net/ipv4/conf/all/promote_secondaries": "1"})
    batch(namespace, lines)
    if endpoint.forwards:
        configure(namespace, _FORWARDING)
    # Host processes without CAP_NET_RAW may ping, as they may on a server.
    configure(namespace, {"net/ipv4/ping_group_range": "0\t2147483647"})


def _configure_link(router: str, link: str, endpoint: Endpoint, mtu: int) -> None:
    interface = _interfaces(router)[link]
    if "UP" not in interface["flags"] or interface["mtu"] != mtu:
        batch(router, [f"link set {link} up mtu {mtu}"])
    configure(router, {key.format(link=link): value for key, value in _LINK_SETTINGS.items()})
    routes = json.loads(run(["ip", "-n", router, "-j", "-4", "route", "show", "dev", link]) or "[]")
    present = {route["dst"] for route in routes}
    wanted = {address.ip for address in endpoint.addresses}
    batch(
        router,
        [
            *(f"route delete {address} dev {link}" for address in sorted(present - wanted)),
            *(f"route replace {address} dev {link}" for address in sorted(wanted - present)),
        ],
    )


def _interfaces(namespace: str) -> dict[str, dict[str, Any]]:
    answer = json.loads(run(["ip", "-n", namespace, "-j", "address", "show"]) or "[]")
    return {interface["ifname"]: interface for interface in answer}


def _addresses(interface: dict[str, Any]) -> list[str]:
    found = interface["addr_info"]
    return [f"{address['local']}/{address['prefixlen']}" for address in found if address["family"] == "inet"]


def _peers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.get("link_index") == other["ifindex"] and other.get("link_index") == one["ifindex"]
