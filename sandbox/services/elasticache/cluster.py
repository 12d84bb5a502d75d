"""Looks at the nodes of a cluster and takes the steps of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sandbox.services.elasticache.plan import Command, Member, Move, View
from sandbox.services.elasticache.redis_client import Redis
from sandbox.services.elasticache.slots import slots_of

#: Slots and keys handled with one exchange.
_SLOTS_AT_ONCE = 1024
_KEYS_AT_ONCE = 100
#: Milliseconds that one transfer of keys may take.
_PATIENCE = 10_000


def view_of(nodes: str, info: str) -> View:
    """A node's answers to ``CLUSTER NODES`` and ``CLUSTER INFO``, read."""
    known, own = set(), None
    for line in nodes.splitlines():
        fields = line.split()
        flags = fields[2].split(",")
        if "handshake" in flags:
            continue
        known.add(fields[0])
        if "myself" in flags:
            own = fields
    if own is None:
        raise ValueError("CLUSTER NODES does not name the node itself")
    marks = [part for part in own[8:] if part.startswith("[")]
    ranges = [part for part in own[8:] if not part.startswith("[")]
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    return View(
        id=own[0],
        known=frozenset(known),
        master=None if own[3] == "-" else own[3],
        slots=slots_of(" ".join(ranges)),
        moving=frozenset(int(mark[1:].split("-", 1)[0]) for mark in marks),
        settled=facts.get("cluster_state") == "ok" and facts.get("cluster_slots_ok") == "16384",
    )


def look(connections: Mapping[str, Redis]) -> dict[str, View]:
    """The view of each node."""
    asked = [("CLUSTER", "NODES"), ("CLUSTER", "INFO")]
    return {key: view_of(*redis.pipeline(asked)) for key, redis in connections.items()}


def tell(connections: Mapping[str, Redis], step: Command) -> None:
    """:raises ReplyError: when the node refuses"""
    connections[step.key].call(*step.words)


def move(
    connections: Mapping[str, Redis], views: Mapping[str, View], members: Mapping[str, Member], step: Move
) -> None:
    """Carry slots with their keys over, some at a time. Clients are redirected meanwhile, and lose nothing.

    :raises ReplyError: when a node refuses; asking for a new plan goes on from there
    """
    source, target = connections[step.source], connections[step.target]
    source_id, target_id = views[step.source].id, views[step.target].id
    for slots in _portions(sorted(step.slots)):
        target.pipeline(("CLUSTER", "SETSLOT", slot, "IMPORTING", source_id) for slot in slots)
        source.pipeline(("CLUSTER", "SETSLOT", slot, "MIGRATING", target_id) for slot in slots)
        _carry(source, slots, members[step.target])
        # The new owner first: until the old one is told it still redirects.
        for redis in (target, source):
            redis.pipeline(("CLUSTER", "SETSLOT", slot, "NODE", target_id) for slot in slots)


def _carry(source: Redis, slots: list[int], target: Member) -> None:
    counts = source.pipeline(("CLUSTER", "COUNTKEYSINSLOT", slot) for slot in slots)
    filled = [slot for slot, count in zip(slots, counts, strict=True) if count]
    while filled:
        found = source.pipeline(("CLUSTER", "GETKEYSINSLOT", slot, _KEYS_AT_ONCE) for slot in filled)
        source.pipeline(
            ("MIGRATE", target.address, target.port, "", 0, _PATIENCE, "REPLACE", "KEYS", *keys)
            for keys in found
            if keys
        )
        filled = [slot for slot, keys in zip(filled, found, strict=True) if keys]


def _portions(slots: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(slots), _SLOTS_AT_ONCE):
        yield slots[first : first + _SLOTS_AT_ONCE]


def roles(views: Iterable[View]) -> str:
    """Shards and slots in a few words."""
    views = list(views)
    masters = [view for view in views if view.master is None]
    return f"{len(masters)} shards, {sum(len(v.slots) for v in masters)} slots, {len(views) - len(masters)} replicas"
