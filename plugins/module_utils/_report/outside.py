# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands around the VPC on the map: who may come in, above it, and the region's services, below it. Pure."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._report.flows import WORLD, Flow, Stack
from ansible_collections.railyard.aws.plugins.module_utils._report.network import Network, existing
from ansible_collections.railyard.aws.plugins.module_utils._report.shapes import BOX_HEIGHT, BOX_WIDTH, GAP, Box, box
from ansible_collections.railyard.aws.plugins.module_utils._report.states import BAD, GOOD, PENDING, health, worst

#: Addresses that a box names before it says how many more there are.
NAMED = 2


def peers_of(flow_list: list[Flow], network: Network) -> dict[frozenset[str], list[str]]:
    """The groups that are open to the same addresses → those addresses, everybody first."""
    used = {group for node in network.nodes for group in node.groups}
    by_peer: dict[str, set[str]] = {}
    for flow in flow_list:
        if flow.peer_kind != "group" and flow.group in used:
            by_peer.setdefault(flow.peer, set()).add(flow.group)
    found: dict[frozenset[str], list[str]] = {}
    for peer in sorted(by_peer, key=lambda one: (one not in WORLD, one)):
        found.setdefault(frozenset(by_peer[peer]), []).append(peer)
    return found


def outside_boxes(flow_list: list[Flow], network: Network, nodes: dict[str, Box], left: float, right: float, y: float) -> dict[frozenset[str], Box]:
    """A box for each set of addresses, above what they reach as far as there is space, by the groups that are open to them."""
    wanted: list[tuple[float, frozenset[str], list[str]]] = []
    for groups, peers in peers_of(flow_list, network).items():
        reached = [nodes[one.id].middle for one in network.nodes if groups & set(one.groups) and one.id in nodes]
        wanted.append((sum(reached) / max(len(reached), 1), groups, peers))
    wanted.sort(key=lambda one: one[0])
    width = min(BOX_WIDTH * 1.15, (right - left + GAP) / max(len(wanted), 1) - GAP)
    edges = [max(left, min(middle - width / 2, right - width)) for middle, _groups, _peers in wanted]
    for index in range(1, len(edges)):
        edges[index] = max(edges[index], edges[index - 1] + width + GAP)
    for index in range(len(edges) - 1, -1, -1):
        edges[index] = min(edges[index], right - width - (len(edges) - 1 - index) * (width + GAP))
    boxes = {}
    for x, (_middle, groups, peers) in zip(edges, wanted, strict=True):
        world = any(peer in WORLD for peer in peers)
        rest = len(peers) - NAMED
        lines = [*peers[:NAMED]] if rest <= 0 else [peers[0], f"{peers[1]} + {rest}"]
        boxes[groups] = box("world" if world else "people", x, y, width, "Internet" if world else "Named addresses", lines, id="+".join(peers))
    return boxes


def service_boxes(stack: Stack, left: float, right: float, y: float) -> list[Box]:
    """A box for each service of the region in which the stack has something."""
    alarms = [str(one.get("value")) for one in existing(stack, "alarms")]
    ringing = alarms.count("ALARM")
    zones, buckets = existing(stack, "hosted_zones"), existing(stack, "buckets")
    mail, certificates = existing(stack, "mail_identities"), existing(stack, "certificates")
    secrets = existing(stack, "secrets")
    found = [
        ("S3", f"{len(buckets)} buckets", bool(buckets), GOOD),
        ("Secrets Manager", f"{len(secrets)} secrets", bool(secrets), GOOD),
        ("Route 53", ", ".join(str(one["name"]) for one in zones), bool(zones), GOOD),
        ("ACM", ", ".join(str(one["name"]) for one in certificates), bool(certificates), worst([health("certificates", one) for one in certificates])),
        ("SES", ", ".join(str(one["name"]) for one in mail), bool(mail), GOOD if all(one.get("verified") for one in mail) else PENDING),
        ("CloudWatch", f"{len(alarms)} alarms{f', {ringing} in ALARM' if ringing else ''}", bool(alarms), BAD if ringing else GOOD),
    ]
    shown = [(title, line, state) for title, line, there, state in found if there]
    if not shown:
        return []
    width = (right - left - (len(shown) - 1) * GAP) / len(shown)
    return [
        box("service", left + index * (width + GAP), y, width, title, [line], state=state, id=title, height=BOX_HEIGHT - 14)
        for index, (title, line, state) in enumerate(shown)
    ]
