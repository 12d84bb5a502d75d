# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where everything of the map is: zones side by side, public subnets above private ones, data at the bottom. Pure.

What stands in one zone has a place in that zone's column; what stands in several is drawn across them, in the widest space
that the others of its row leave free.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._report.arrows import Arrows
from ansible_collections.railyard.aws.plugins.module_utils._report.flows import Stack, flows
from ansible_collections.railyard.aws.plugins.module_utils._report.network import DATA, FRONT, PRIVATE, PUBLIC, Network, Node, network_of
from ansible_collections.railyard.aws.plugins.module_utils._report.outside import outside_boxes, service_boxes
from ansible_collections.railyard.aws.plugins.module_utils._report.shapes import (
    BAR,
    BOX_HEIGHT,
    BOX_WIDTH,
    GAP,
    LEAD,
    MARGIN,
    PAD,
    SUBNET_HEAD,
    ZONE_HEAD,
    Box,
    Picture,
    box,
)

#: Boxes side by side in one zone, at least and at most.
SLOTS = (2, 4)
OUTSIDE_HEIGHT = BOX_HEIGHT + 44


def _span(node: Node, zones: list[str]) -> range:
    at = [zones.index(zone) for zone in node.zones]
    return range(min(at), max(at) + 1)


class Columns:
    """The zones from left to right, with how many boxes each holds side by side."""

    def __init__(self, network: Network) -> None:
        self.zones = network.zones
        self._slots = {zone: self._wanted(network, zone) for zone in self.zones}
        self.left: dict[str, float] = {}
        x = float(MARGIN + PAD)
        for zone in self.zones:
            self.left[zone] = x
            x += self.width(zone) + GAP
        self.right = x - GAP if self.zones else x + 2 * BOX_WIDTH

    def _wanted(self, network: Network, zone: str) -> int:
        most = 0
        for tier in (PUBLIC, PRIVATE):
            for row in (FRONT, DATA):
                here = [one for one in network.nodes if (one.tier, one.row) == (tier, row) and self.zones.index(zone) in _span(one, self.zones)]
                alone = sum(len(one.zones) == 1 for one in here)
                most = max(most, alone + (alone < len(here)))
        return min(max(most, SLOTS[0]), SLOTS[1])

    def slots(self, zone: str) -> int:
        return self._slots[zone]

    def width(self, zone: str) -> float:
        number = self._slots[zone]
        return number * BOX_WIDTH + (number - 1) * GAP + 4 * PAD

    def inside(self, zone: str) -> tuple[float, float]:
        """Where boxes of a zone begin and end."""
        return self.left[zone] + 2 * PAD, self.left[zone] + self.width(zone) - 2 * PAD


def _place_row(nodes: list[Node], columns: Columns, top: float) -> tuple[list[Box], float]:
    """Boxes of one row of a tier, and where the next may begin."""
    zones = columns.zones
    alone = {zone: [one for one in nodes if one.zones == (zone,)] for zone in zones}
    across = [one for one in nodes if len(one.zones) > 1]
    boxes: list[Box] = []
    y = top
    while any(alone.values()) or across:
        taken: dict[str, tuple[int, bool]] = {}
        for zone in zones:
            fits = max(columns.slots(zone) - bool(across), 1)
            here, alone[zone] = alone[zone][:fits], alone[zone][fits:]
            to_the_right = bool(across) and zone == zones[-1] and len(zones) > 1
            boxes += [_box(one, x, y, BOX_WIDTH) for one, x in zip(here, _places(columns, zone, len(here), bool(across), to_the_right), strict=True)]
            taken[zone] = (len(here), to_the_right)
        placed = _across(across, columns, taken, y)
        across = across[len(placed) :]
        boxes += placed
        y += BOX_HEIGHT + GAP
    return boxes, y - GAP if boxes else top


def _places(columns: Columns, zone: str, number: int, packed: bool, to_the_right: bool) -> list[float]:
    """Left edges of so many boxes of one zone: packed to a side, or spread evenly over the zone's width."""
    start, end = columns.inside(zone)
    if packed:
        first = end - number * (BOX_WIDTH + GAP) + GAP if to_the_right else start
        return [first + index * (BOX_WIDTH + GAP) for index in range(number)]
    step = (end - start) / max(number, 1)
    return [start + step * index + (step - BOX_WIDTH) / 2 for index in range(number)]


def _free(columns: Columns, taken: dict[str, tuple[int, bool]], zones: list[str]) -> tuple[float, float]:
    """The widest space over zones that are side by side which no box of the row takes."""
    found: list[tuple[float, float]] = []
    start = columns.inside(zones[0])[0]
    for zone in zones:
        number, to_the_right = taken[zone]
        left, right = columns.inside(zone)
        if number and not to_the_right:
            if zone != zones[0]:
                found.append((start, columns.inside(zones[zones.index(zone) - 1])[1]))
            start = left + number * (BOX_WIDTH + GAP)
        elif number:
            found.append((start, right - number * (BOX_WIDTH + GAP)))
            start = right + GAP
    end = columns.inside(zones[-1])[1]
    found.append((start, end))
    return max(found, key=lambda one: one[1] - one[0])


def _across(nodes: list[Node], columns: Columns, taken: dict[str, tuple[int, bool]], y: float) -> list[Box]:
    """Boxes of the first of ``nodes``, as many as the row has space for: all over the zones of the first."""
    if not nodes:
        return []
    over = [columns.zones[index] for index in _span(nodes[0], columns.zones)]
    start, end = _free(columns, taken, over)
    same = [one for one in nodes if _span(one, columns.zones) == _span(nodes[0], columns.zones)]
    together = min(len(same) if same == nodes[: len(same)] else 1, max(int((end - start + GAP) // (BOX_WIDTH + GAP)), 1))
    width = (end - start - (together - 1) * GAP) / together
    return [_box(one, start + index * (width + GAP), y, width) for index, one in enumerate(nodes[:together])]


def _box(node: Node, x: float, y: float, width: float) -> Box:
    return box(node.kind, x, y, width, node.title, list(node.lines), state=node.state, id=node.id)


class _Map:
    """Puts the parts of one picture on top of one another."""

    def __init__(self, network: Network, stack: Stack) -> None:
        self.network, self.stack, self.columns = network, stack, Columns(network)
        self.picture = Picture()
        self.nodes: dict[str, Box] = {}
        self.subnets: dict[str, Box] = {}
        self.flows = [one for one in flows(stack) if one.direction == "in"]

    def draw(self) -> Picture:
        top = MARGIN + OUTSIDE_HEIGHT
        y = top + BAR / 2 + PAD + ZONE_HEAD
        for tier in (PUBLIC, PRIVATE):
            y = self._tier(tier, y)
        bottom = y - LEAD + PAD if self.network.subnets else y + BOX_HEIGHT
        self._frames(top, bottom)
        bars = self._bars(top, bottom + PAD + BAR / 2)
        self._services(bottom + PAD + BAR + 40)
        outside = outside_boxes(self.flows, self.network, self.nodes, MARGIN, self.picture.width - MARGIN, MARGIN)
        self.picture.boxes += [*self.nodes.values(), *outside.values(), *bars.values()]
        self.picture.lines = Arrows(self.network, self.nodes, self.subnets, outside, bars).all(self.flows)
        return self.picture

    def _tier(self, tier: str, y: float) -> float:
        """Place one tier's subnets; return where the next tier may begin."""
        subnets = [one for one in self.network.subnets if one.tier == tier]
        nodes = [one for one in self.network.nodes if one.tier == tier]
        if not subnets:
            return y
        # What is written at an arrow's end stands above the box, and below the subnet's own heading.
        inner = y + SUBNET_HEAD + LEAD / 3
        for row in (FRONT, DATA):
            here = [one for one in nodes if one.row == row]
            boxes, end = _place_row(here, self.columns, inner)
            self.nodes |= {one.id: one for one in boxes}
            inner = end + (LEAD if boxes else 0)
        height = max(inner - LEAD if nodes else inner + 8, y + SUBNET_HEAD) + PAD - y
        for zone in self.columns.zones:
            self._subnet_frames([one for one in subnets if one.zone == zone], zone, y, height)
        return y + height + LEAD

    def _subnet_frames(self, subnets: list[Any], zone: str, y: float, height: float) -> None:
        """Frames of a zone's subnets of one tier, side by side where there are several."""
        if not subnets:
            return
        start, whole = self.columns.left[zone] + PAD, self.columns.width(zone) - 2 * PAD
        width = (whole - (len(subnets) - 1) * 6) / len(subnets)
        for index, subnet in enumerate(subnets):
            lines = [subnet.cidr, f"0.0.0.0/0 → {subnet.exit}" if subnet.exit else ""]
            frame = box(f"subnet-{subnet.tier}", start + index * (width + 6), y, width, subnet.name, [one for one in lines if one], id=subnet.id, height=height)
            self.subnets[subnet.id] = frame
            self.picture.frames.append(frame)

    def _frames(self, top: float, bottom: float) -> None:
        right = self.columns.right + PAD
        self.picture.width = right + MARGIN
        zones = [
            Box("zone", self.columns.left[zone], top + BAR / 2 + PAD / 2, self.columns.width(zone), bottom - top - BAR / 2 - PAD / 2, zone, id=zone)
            for zone in self.columns.zones
        ]
        vpc = Box("vpc", MARGIN, top, right - MARGIN, bottom + PAD + BAR / 2 - top, f"VPC {self.network.name}", [self.network.cidr], id="vpc")
        self.picture.frames = [vpc, *zones, *self.picture.frames]

    def _bars(self, top: float, bottom: float) -> dict[str, Box]:
        """What lies on the VPC's border: the internet gateway above, endpoints below."""
        left, width = MARGIN + 2 * PAD, self.picture.width - 2 * MARGIN - 4 * PAD
        bars = {}
        if self.network.gateways:
            bars["gateway"] = box("bar", left, top - BAR / 2, width, f"Internet gateway · {', '.join(self.network.gateways)}", [], id="gateway", height=BAR)
        share = (width - (len(self.network.endpoints) - 1) * GAP) / max(len(self.network.endpoints), 1)
        for index, one in enumerate(self.network.endpoints):
            service = str(one.get("service") or "").rsplit(".", 1)[-1]
            title = f"VPC endpoint · {service} ({one.get('type') or 'Gateway'}) · {one['name']}"
            bars[one["id"]] = box("bar", left + index * (share + GAP), bottom - BAR / 2, share, title, [], state=one["health"], id=one["id"], height=BAR)
        return bars

    def _services(self, y: float) -> None:
        found = service_boxes(self.stack, MARGIN, self.picture.width - MARGIN, y)
        self.picture.boxes += found
        self.picture.height = (found[0].bottom if found else y - 30) + MARGIN


def picture_of(stack: Stack) -> dict[str, Any] | None:
    """The map as plain data for a template; None where there is no VPC."""
    network = network_of(stack)
    return asdict(_Map(network, stack).draw()) if network else None
