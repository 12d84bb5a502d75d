# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The arrows of the map: who may reach whom on which port, and where routes lead. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.railyard.aws.plugins.module_utils._report.flows import Flow
from ansible_collections.railyard.aws.plugins.module_utils._report.network import PRIVATE, Network, Node
from ansible_collections.railyard.aws.plugins.module_utils._report.shapes import Box, Line

#: Boxes of one group and one zone beyond which only the first gets arrows: the others' are the same.
DRAWN = 3
#: How far a route's arrow keeps from the corners.
INSET = 24


@dataclass
class _Wish:
    """An arrow that has no ends yet."""

    kind: str
    source: Box
    target: Box
    label: str


def _kind(flow: Flow, target: Node) -> str:
    if flow.risky:
        return "open"
    if flow.ports == {"22"}:
        return "login"
    return "data" if target.row == "data" else "request"


def curve(x1: float, y1: float, x2: float, y2: float) -> str:
    """A path that leaves and arrives upright."""
    bend = max(abs(y2 - y1) / 2, 18)
    down = 1 if y2 >= y1 else -1
    return f"M{x1:.1f} {y1:.1f} C{x1:.1f} {y1 + down * bend:.1f} {x2:.1f} {y2 - down * bend:.1f} {x2:.1f} {y2:.1f}"


class Arrows:
    """Draws between boxes that have their places."""

    def __init__(self, network: Network, nodes: dict[str, Box], subnets: dict[str, Box], outside: dict[frozenset[str], Box], bars: dict[str, Box]) -> None:
        self._network, self._nodes, self._subnets, self._outside, self._bars = network, nodes, subnets, outside, bars

    def all(self, flows: list[Flow]) -> list[Line]:
        """Routes first, so that what may be reached lies over them."""
        return [*self._routes(), *self._connected(self._wishes(flows))]

    def _holders(self, group: str) -> list[Node]:
        """Things with a group; of many in one zone the first."""
        found = [one for one in self._network.nodes if group in one.groups and one.id in self._nodes]
        kept: list[Node] = []
        for one in found:
            same = [other for other in found if other.zones == one.zones]
            if len(same) <= DRAWN or one is same[0]:
                kept.append(one)
        return kept

    def _wishes(self, flows: list[Flow]) -> list[_Wish]:
        found: list[_Wish] = []
        for flow in flows:
            for target in self._holders(flow.group):
                if flow.peer_kind == "group":
                    sources = [self._nodes[one.id] for one in self._holders(flow.peer) if one.id != target.id]
                else:
                    sources = [one for groups, one in self._outside.items() if flow.group in groups and flow.peer in one.id.split("+")]
                found += [_Wish(_kind(flow, target), source, self._nodes[target.id], flow.port_list) for source in sources]
        return self._merged(found)

    @staticmethod
    def _merged(wishes: list[_Wish]) -> list[_Wish]:
        """One arrow for all addresses of a box that may do the same."""
        kept: dict[tuple[str, str], _Wish] = {}
        for one in wishes:
            other = kept.setdefault((one.source.id, one.target.id), one)
            if one.label != other.label:
                other.label = ", ".join(dict.fromkeys([*other.label.split(", "), *one.label.split(", ")]))
                other.kind = "open" if "open" in (one.kind, other.kind) else other.kind
        return list(kept.values())

    def _connected(self, wishes: list[_Wish]) -> list[Line]:
        """Give every arrow its own place on the edges that it leaves and meets, in the order of where the other end is."""
        lines = []
        for wish in wishes:
            down = wish.target.y >= wish.source.bottom
            x1 = self._anchor([one for one in wishes if one.source is wish.source], wish, wish.source, wish.target)
            x2 = self._anchor([one for one in wishes if one.target is wish.target], wish, wish.target, wish.source)
            if wish.source.kind in ("world", "people") and wish.target.x + INSET <= wish.source.middle <= wish.target.right - INSET:
                # Straight down, where the box is above what it reaches.
                x1 = x2 = wish.source.middle
            y1, y2 = (wish.source.bottom, wish.target.y) if down else (wish.source.y, wish.target.bottom)
            label_y = y2 - 13 if down else y2 + 20
            lines.append(Line(wish.kind, curve(x1, y1, x2, y2), wish.label, x2 + 6, label_y, wish.source.id, wish.target.id))
        return lines

    @staticmethod
    def _anchor(same_edge: list[_Wish], wish: _Wish, edge: Box, other: Box) -> float:
        def far(one: _Wish) -> float:
            return (one.source if one.source is not edge else one.target).middle

        ordered = sorted(same_edge, key=lambda one: (far(one), one.label))
        place = ordered.index(wish)
        even = edge.x + edge.width * (place + 1) / (len(ordered) + 1)
        if edge.width > 2 * other.width:
            # A wide box is left where the other end is.
            return min(max(other.middle, edge.x + INSET), edge.right - INSET)
        return even

    def _routes(self) -> list[Line]:
        lines = []
        gateway = self._bars.get("gateway")
        for node in self._network.nodes:
            if node.kind == "nat" and gateway and node.id in self._nodes:
                at = self._nodes[node.id]
                lines.append(Line("route", curve(at.middle, at.y, at.middle, gateway.bottom), source=node.id, target="gateway"))
        for subnet in self._network.subnets:
            if subnet.tier != PRIVATE:
                continue
            frame = self._subnets[subnet.id]
            lines += self._to_exit(subnet.exit, subnet.id, frame)
            for index, endpoint in enumerate(subnet.endpoints):
                if endpoint in self._bars:
                    endpoint_box = self._bars[endpoint]
                    x = min(max(frame.middle + 14 * index, endpoint_box.x + INSET), endpoint_box.right - INSET)
                    lines.append(Line("route", curve(frame.middle + 14 * index, frame.bottom, x, endpoint_box.y), source=subnet.id, target=endpoint))
        return lines

    def _to_exit(self, name: str, subnet_id: str, frame: Box) -> list[Line]:
        """A private subnet's default route, to the NAT gateway that it names."""
        for node in self._network.nodes:
            if node.kind == "nat" and node.title == name and node.id in self._nodes:
                nat = self._nodes[node.id]
                x = min(max(nat.middle, frame.x + INSET), frame.right - INSET)
                return [Line("route", curve(x, frame.y, nat.middle, nat.bottom), source=subnet_id, target=node.id)]
        return []
