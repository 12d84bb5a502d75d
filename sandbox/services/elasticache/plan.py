"""From the nodes of a cluster as they are to those that the API names: the next steps, as plain data. Pure.

``next_steps`` is asked again and again: it looks at the whole cluster each time, so a step that was cut short, or a
process that was killed between two, changes nothing but the number of rounds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.services.elasticache.slots import SLOTS, ranges_of


@dataclass(frozen=True)
class Member:
    """A node that should be there, or one that is to leave once its slots are elsewhere."""

    key: str
    shard: str
    primary: bool
    address: str
    port: int
    leaving: bool = False


@dataclass(frozen=True)
class View:
    """What one running node says of itself and of the cluster."""

    id: str
    known: frozenset[str]  # ids of all nodes that it knows, itself included, handshakes excluded
    master: str | None  # id of its master; None when it is a master
    slots: frozenset[int] = frozenset()
    moving: frozenset[int] = frozenset()  # slots that it marks as being imported or migrated
    settled: bool = True  # cluster_state is ok, and it knows an owner of every slot


@dataclass(frozen=True)
class Command:
    """Something to tell one node."""

    key: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """Slots with their keys that go from one node to another."""

    source: str
    target: str
    slots: frozenset[int]


@dataclass(frozen=True)
class Remove:
    """A node with nothing left on it."""

    key: str


@dataclass(frozen=True)
class Wait:
    """The nodes have to tell each other first."""

    reason: str


Step = Command | Move | Remove | Wait


@dataclass(frozen=True)
class _Cluster:
    members: Mapping[str, Member]
    views: Mapping[str, View]
    shards: Mapping[str, frozenset[int]]
    heads: Mapping[str, str] = field(default_factory=dict)  # shard → key of the member that has its slots

    @property
    def staying(self) -> list[Member]:
        return [member for member in self.members.values() if not member.leaving]

    @property
    def ids(self) -> dict[str, str]:
        """Node id → key, of everyone who runs."""
        return {view.id: key for key, view in self.views.items()}


def next_steps(members: list[Member], views: Mapping[str, View], shards: Mapping[str, frozenset[int]]) -> list[Step]:
    """Steps to take before looking again; nothing when the cluster is as it should be.

    :param members: each has a view
    :param views: by key of the member
    :param shards: slots of each shard that should be there
    """
    by_key = {member.key: member for member in members}
    cluster = _Cluster(by_key, views, shards)
    cluster = _Cluster(by_key, views, shards, {shard: _head(cluster, shard) for shard in shards})
    for phase in (_meet, _take_over, _forget, _assign, _move, _unmark, _follow, _remove, _settle):
        steps = phase(cluster)
        if steps:
            return steps
    return []


def _head(cluster: _Cluster, shard: str) -> str:
    """The master of a shard: who has most slots of all masters in it, else the one that the API calls primary."""
    inside = [member for member in cluster.staying if member.shard == shard]
    masters = [member for member in inside if cluster.views[member.key].master is None]
    chosen = max(masters or inside, key=lambda m: (len(cluster.views[m.key].slots), m.primary, m.key))
    return chosen.key


def _meet(cluster: _Cluster) -> list[Step]:
    """Introduce everyone to everyone at once: hearsay alone takes seconds. All must know all who stay."""
    needed = [m for m in cluster.members.values() if not m.leaving or cluster.views[m.key].slots]
    steps: list[Step] = [
        Command(one.key, ("CLUSTER", "MEET", other.address, str(other.port)))
        for one in needed
        for other in needed
        if cluster.views[other.key].id not in cluster.views[one.key].known
    ]
    return steps


def _take_over(cluster: _Cluster) -> list[Step]:
    """A replica whose master is gone for good becomes one: the first of each such master."""
    orphans: dict[str, str] = {}
    for member in cluster.staying:
        master = cluster.views[member.key].master
        if master is not None and master not in cluster.ids:
            orphans.setdefault(master, member.key)
    return [Command(key, ("CLUSTER", "FAILOVER", "TAKEOVER")) for key in orphans.values()]


def _forget(cluster: _Cluster) -> list[Step]:
    """Nodes that do not run any more and never will."""
    return [
        Command(member.key, ("CLUSTER", "FORGET", gone))
        for member in cluster.staying
        for gone in sorted(cluster.views[member.key].known - set(cluster.ids))
    ]


def _owners(cluster: _Cluster) -> dict[int, list[str]]:
    owners: dict[int, list[str]] = defaultdict(list)
    for key, view in cluster.views.items():
        for slot in view.slots:
            owners[slot].append(key)
    return owners


def _assign(cluster: _Cluster) -> list[Step]:
    """Slots that nobody has."""
    owned = set(_owners(cluster))
    steps: list[Step] = []
    for shard, slots in cluster.shards.items():
        bounds = [str(bound) for pair in ranges_of(slots - owned) for bound in pair]
        if bounds:
            steps.append(Command(cluster.heads[shard], ("CLUSTER", "ADDSLOTSRANGE", *bounds)))
    return steps


def _move(cluster: _Cluster) -> list[Step]:
    """Slots that another has than the head of their shard."""
    owners = _owners(cluster)
    if any(len(keys) > 1 for keys in owners.values()):
        return [Wait("two nodes claim the same slots")]
    moves: dict[tuple[str, str], set[int]] = defaultdict(set)
    for shard, slots in cluster.shards.items():
        head = cluster.heads[shard]
        for slot in slots:
            if owners[slot] != [head]:
                moves[owners[slot][0], head].add(slot)
    if not all(cluster.views[key].settled for pair in moves for key in pair):
        # Such a node takes and gives no keys.
        return [Wait("a node that gives or takes slots does not see the whole cluster yet")]
    return [Move(source, target, frozenset(slots)) for (source, target), slots in sorted(moves.items())]


def _unmark(cluster: _Cluster) -> list[Step]:
    """Marks that a move left which was cut short."""
    return [
        Command(key, ("CLUSTER", "SETSLOT", str(slot), "STABLE"))
        for key, view in cluster.views.items()
        for slot in sorted(view.moving)
    ]


def _follow(cluster: _Cluster) -> list[Step]:
    """Everyone else in a shard copies its head."""
    steps: list[Step] = []
    for member in cluster.staying:
        head = cluster.heads[member.shard]
        if member.key != head and cluster.views[member.key].master != cluster.views[head].id:
            steps.append(Command(member.key, ("CLUSTER", "REPLICATE", cluster.views[head].id)))
    return steps


def _remove(cluster: _Cluster) -> list[Step]:
    return [Remove(member.key) for member in cluster.members.values() if member.leaving]


def _settle(cluster: _Cluster) -> list[Step]:
    if sum(map(len, cluster.shards.values())) == SLOTS and not all(v.settled for v in cluster.views.values()):
        return [Wait("not every node knows an owner of every slot")]
    return []
