"""The layer of networks: one namespace per VPC, which routes and judges, and one per host,
load balancer and database."""

from __future__ import annotations

import json
import re
from typing import Any

from sandbox.core.settings import Settings
from sandbox.network import nat, netns, plumbing, rules, topology
from sandbox.network.command import CommandError, run
from sandbox.network.topology import Detour, Endpoint, Topology
from sandbox.services.picture import Picture

#: After this many converges without a change everything is looked at again, not only what changes by itself.
FULL_LOOK_EVERY = 15


class NetworkLayer:
    """Converges namespaces, links, routes, rules and NAT of this machine to the picture."""

    name = "network"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._guard: str | None = None  # text last applied
        self._rules: dict[str, str] = {}  # namespace → text last applied
        self._made: dict[str, tuple[object, ...]] = {}  # namespace → what it was made from, and which one it is
        self._detours: dict[str, tuple[Detour, ...]] = {}  # router's namespace → detours last made
        self._nat: dict[str, int] = {}  # router's namespace → process id
        self._converges = 0
        self._mtu = 0  # bytes
        self._own_addresses: list[str] = []

    # -- the layer's interface

    def converge(self, picture: Picture) -> None:
        """Make what the picture asks for and remove what it does not.

        Every VPC is tried. Raises ``CommandError``, ``OSError``, or ``RuntimeError`` when several VPCs failed.
        """
        if self._converges % FULL_LOOK_EVERY == 0:
            self._forget()
            self._mtu = _mtu()
            self._own_addresses = _own_addresses()
        self._converges += 1
        vpcs = topology.of_picture(picture)
        self._protect_controller(vpcs, let_go=False)
        self._remove_surplus(vpcs)
        errors: list[Exception] = []
        for vpc in vpcs:
            try:
                self._converge_vpc(vpc)
            except (CommandError, OSError, ValueError) as error:
                errors.append(error)
        self._protect_controller(vpcs, let_go=True)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise RuntimeError("; ".join(str(error) for error in errors))

    def status(self) -> list[dict[str, Any]]:
        """A row per namespace, for the guard, and for each NAT with its process id."""
        names = self._ours()
        guard = "rejects" if self._guard_applied() else "missing"
        rows: list[dict[str, Any]] = []
        if names:
            rows.append({"kind": "guard", "id": self.settings.guard_table, "state": guard})
        for name in names:
            resource_id = name.removeprefix(f"{self.settings.prefix}-")
            kind = "router" if resource_id.startswith("vpc-") else "link"
            rows.append({"kind": kind, "id": resource_id, "state": "present", "namespace": name})
            if kind == "router" and (pid := nat.find(name)) is not None:
                rows.append({"kind": "nat", "id": resource_id, "state": "running", "pid": pid})
        return rows

    def processes(self) -> list[int]:
        return list(self._nat.values())

    def close(self) -> None:
        """Leave everything as it is: the next daemon adopts it."""

    def destroy(self) -> None:
        """Remove all that this layer ever made, also by a process that was killed; the guard goes last."""
        for name in self._ours():
            self._remove(name)
        self._forget()
        if self._guard_applied():
            run(["nft", "delete", "table", "inet", self.settings.guard_table])

    # -- parts

    def _protect_controller(self, vpcs: tuple[Topology, ...], *, let_go: bool) -> None:
        """Reject the VPCs' ranges in the controller's namespace; without ``let_go`` it only ever adds ranges."""
        cidrs = sorted({vpc.vpc.cidr for vpc in vpcs})
        text = rules.guard(self.settings.guard_table, cidrs)
        if text == self._guard and (let_go or self._guard_applied()):
            return
        if let_go:
            run(["nft", "-f", "-"], stdin=text)
            self._guard = text
        else:
            run(["nft", "-f", "-"], stdin=rules.guard(self.settings.guard_table, cidrs, replace=False))
            self._guard = None

    def _converge_vpc(self, vpc: Topology) -> None:
        router = self.settings.netns(vpc.vpc.id)
        if self._is_new(router, vpc.vpc.id, vpc.router_addresses):
            if plumbing.make_router(router, vpc) and (pid := nat.find(router)) is not None:
                # It carries for a namespace that had this name before.
                nat.stop(pid)
                self._nat.pop(router, None)
            self._remember(router, vpc.vpc.id, vpc.router_addresses)
            self._rules.pop(router, None)
        # Rules first: a link never carries a packet that nobody judged.
        self._apply_rules(router, vpc)
        links = {self._link(endpoint): endpoint for endpoint in vpc.endpoints}
        present = plumbing.links(router)
        plumbing.remove_links(router, present - set(links))
        made = [self._converge_endpoint(router, *one, joined=one[0] in present) for one in links.items()]
        self._converge_detours(router, vpc, any(made))
        self._converge_nat(router, vpc)

    def _converge_endpoint(self, router: str, link: str, endpoint: Endpoint, joined: bool) -> bool:
        """Returns whether it was made anew."""
        namespace = self.settings.netns(endpoint.id)
        wanted = (netns.identity(router), endpoint.mac, endpoint.addresses, endpoint.forwards, self._mtu)
        if joined and not self._is_new(namespace, *wanted):
            return False
        plumbing.make_endpoint(router, namespace, link, endpoint, self._mtu)
        self._remember(namespace, *wanted)
        return True

    def _converge_detours(self, router: str, vpc: Topology, links_are_new: bool) -> None:
        detours = vpc.detours
        # A route goes with its link.
        if links_are_new or self._detours.get(router, ()) != detours:
            plumbing.make_detours(router, detours, {one.id: self._link(one) for one in vpc.endpoints})
            self._detours[router] = detours

    def _apply_rules(self, router: str, vpc: Topology) -> None:
        text = rules.router(vpc, forbidden=self._own_addresses)
        if self._rules.get(router) != text:
            netns.run(router, ["nft", "-f", "-"], input=text)
            self._rules[router] = text

    def _converge_nat(self, router: str, vpc: Topology) -> None:
        pid = self._nat.get(router)
        if pid is None or not nat.alive(pid):
            pid = nat.find(router)
        if vpc.needs_uplink and pid is None:
            log = self.settings.home / "log" / f"nat-{vpc.vpc.id}.log"
            pid = nat.start(router, vpc.uplink_range, self._mtu, log)
        elif pid is not None and not vpc.needs_uplink:
            nat.stop(pid)
            pid = None
        if pid is None:
            self._nat.pop(router, None)
        else:
            self._nat[router] = pid

    def _remove_surplus(self, vpcs: tuple[Topology, ...]) -> None:
        wanted = {self.settings.netns(vpc.vpc.id) for vpc in vpcs}
        wanted |= {self.settings.netns(endpoint.id) for vpc in vpcs for endpoint in vpc.endpoints}
        for name in self._ours():
            if name not in wanted:
                self._remove(name)

    def _remove(self, name: str) -> None:
        """Remove a namespace. What still runs in it is cut off at once: the links are cut first."""
        # A NAT in it would keep the kernel's namespace alive without a name.
        if (pid := nat.find(name)) is not None:
            nat.stop(pid)
        if netns.exists(name):
            plumbing.cut_off(name)
        netns.delete(name)
        for memory in (self._made, self._rules, self._detours, self._nat):
            memory.pop(name, None)

    # -- memory and names

    def _link(self, endpoint: Endpoint) -> str:
        return self.settings.link(plumbing.LINK, endpoint.id)

    def _ours(self) -> list[str]:
        """This sandbox's namespaces of VPCs and of what is in them; a longer sandbox name is another's."""
        pattern = re.compile(re.escape(self.settings.prefix) + r"-(vpc|i|lb|db|cache)-[0-9a-zA-Z]+")
        return [name for name in netns.names(f"{self.settings.prefix}-") if pattern.fullmatch(name)]

    def _is_new(self, namespace: str, *wanted: object) -> bool:
        """Whether a namespace was not made from ``wanted`` by this process, or is not the one that was."""
        identity = netns.identity(namespace)
        return identity is None or self._made.get(namespace) != (identity, *wanted)

    def _remember(self, namespace: str, *wanted: object) -> None:
        self._made[namespace] = (netns.identity(namespace), *wanted)

    def _forget(self) -> None:
        for memory in (self._made, self._rules, self._detours, self._nat):
            memory.clear()
        self._guard = None

    def _guard_applied(self) -> bool:
        tables = json.loads(run(["nft", "-j", "list", "tables"]))["nftables"]
        return any(entry.get("table", {}).get("name") == self.settings.guard_table for entry in tables)


def _mtu() -> int:
    """Bytes that this machine's way out carries; 1500 where it has none."""
    routes = json.loads(run(["ip", "-j", "-4", "route", "show", "default"]) or "[]")
    if not routes:
        return 1500
    # Not of /sys, which in a container may be that of the machine around it.
    return json.loads(run(["ip", "-j", "link", "show", "dev", routes[0]["dev"]]))[0]["mtu"]


def _own_addresses() -> list[str]:
    """This machine's own IPv4 addresses: a host must not reach the controller through the NAT."""
    interfaces = json.loads(run(["ip", "-j", "-4", "address", "show"]) or "[]")
    return sorted({address["local"] for interface in interfaces for address in interface["addr_info"]})
