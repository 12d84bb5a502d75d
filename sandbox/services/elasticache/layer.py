"""Replication groups of the cache: real Redis nodes at the endpoints that the API names."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.core.settings import Settings
from sandbox.hosts.engine import Engine
from sandbox.network import netns
from sandbox.network.command import CommandError
from sandbox.services.elasticache import cluster as cache_cluster
from sandbox.services.elasticache.node import LABEL, Node
from sandbox.services.elasticache.picture import ReplicationGroup
from sandbox.services.elasticache.plan import Command, Member, Move, Remove, Wait, next_steps
from sandbox.services.elasticache.redis_client import Redis, ReplyError
from sandbox.services.elasticache.slots import slots_of
from sandbox.services.picture import Picture

_log = logging.getLogger(__name__)

#: Seconds that one converge waits for nodes to tell each other; the next one goes on from there.
_PATIENCE = 20.0
_PAUSE = 0.2


@dataclass
class _Known:
    """What this process knows of one replication group."""

    id: str  # for people
    nodes: dict[str, Node] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""
    detail: str = ""


class CacheLayer:
    """Converges the Redis containers of one sandbox, and the clusters that they form."""

    name = "cache"

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        self.settings = settings
        self.engine = engine or Engine(settings)
        self.home = settings.home / "caches"
        self._known: dict[str, _Known] = {}

    # -- the layer

    def converge(self, picture: Picture) -> None:
        """Start, change and remove. Every group is tried; raises ``RuntimeError`` for those that failed."""
        wanted = {group.key: group for group in picture.replication_groups}
        self._remove_others(set(wanted))
        problems = []
        for group in wanted.values():
            known = self._known.setdefault(group.key, _Known(group.id))
            try:
                self._converge_group(group, known)
                known.problem = ""
            except (CommandError, OSError, ReplyError, RuntimeError, ValueError) as error:
                known.problem = str(error)
                problems.append(f"cache {group.id}: {error}")
        if problems:
            raise RuntimeError("; ".join(problems))

    def status(self) -> list[dict[str, Any]]:
        """One row per replication group and per node."""
        rows = []
        for key, known in sorted(dict(self._known).items()):
            state = "failed" if known.problem else "running" if known.rows else "waiting"
            detail = known.problem or known.detail
            rows.append({"kind": "cache", "id": key, "name": known.id, "state": state, "detail": detail})
            rows += known.rows
        return rows

    def processes(self) -> list[int]:
        return [node.pid for known in self._known.values() for node in known.nodes.values()]

    def close(self) -> None:
        """Leave everything as it is: the next daemon adopts it."""

    def destroy(self) -> None:
        """Remove every cache container of this sandbox and all keys."""
        if shutil.which("podman"):
            for container in self.engine.containers(LABEL):
                self.engine.remove(container.name)
        shutil.rmtree(self.home, ignore_errors=True)
        self._known.clear()

    # -- groups

    def _remove_others(self, wanted: set[str]) -> None:
        """Remove groups that the API no longer has, those of an earlier process included."""
        present = {entry.name for entry in self.home.iterdir()} if self.home.is_dir() else set()
        for key in sorted(present - wanted):
            for entry in sorted((self.home / key).glob("node-*")):
                self.engine.remove(f"{self.settings.prefix}-{entry.name}")
            shutil.rmtree(self.home / key)
            self._known.pop(key, None)
            _log.info("cache %s: removed", key)

    def _converge_group(self, group: ReplicationGroup, known: _Known) -> None:
        namespace = self.settings.netns(group.key)
        if not netns.exists(namespace):
            known.rows, known.detail = [], "waiting for the network"
            return
        nodes = self._nodes(group, known, namespace)
        wanted = {node.key: node for node in group.nodes}
        if group.cluster_mode:
            self._rescue(group, nodes)
        started = [key for key, node in wanted.items() if nodes[key].converge(group, node)]
        if started:
            names = ", ".join(wanted[key].id for key in started)
            _log.info("cache %s: started %s", group.id, names)
        leaving = [node for key, node in nodes.items() if key not in wanted]
        if group.cluster_mode:
            for node in leaving:
                if node.made():
                    node.keep()
                else:
                    self._drop(group, known, node)
            self._form(group, known)
        else:
            for node in leaving:
                self._drop(group, known, node)
            replicas = len(group.nodes) - 1
            known.detail = f"1 primary, {replicas} replicas"
        known.rows = [
            {"kind": "cache node", "id": node.key, "name": node.id, "state": "running", "detail": node.address}
            for node in group.nodes
        ]

    def _nodes(self, group: ReplicationGroup, known: _Known, namespace: str) -> dict[str, Node]:
        """Nodes that should be there and nodes that are, by key."""
        home = self.home / group.key
        present = {entry.name for entry in home.glob("node-*")}
        for key in sorted(present | {node.key for node in group.nodes}):
            if key not in known.nodes:
                known.nodes[key] = Node(self.settings, self.engine, home / key, namespace)
        return dict(known.nodes)

    def _rescue(self, group: ReplicationGroup, nodes: Mapping[str, Node]) -> None:
        """A replica must not copy the empty node that comes in its lost master's place: it takes over before."""
        for shard in {node.shard for node in group.nodes if not nodes[node.key].made()}:
            inside = [nodes[node.key] for node in group.nodes if node.shard == shard]
            with contextlib.ExitStack() as stack:
                running = {n.key: stack.enter_context(n.connect()) for n in inside if n.made() and n.alive()}
                views = cache_cluster.look(running)
                if views and all(view.master is not None for view in views.values()):
                    key = min(views)
                    cache_cluster.tell(running, Command(key, ("CLUSTER", "FAILOVER", "TAKEOVER")))
                    _log.info("cache %s: a replica took over shard %s", group.id, shard)

    def _drop(self, group: ReplicationGroup, known: _Known, node: Node) -> None:
        place = node.place()
        node.remove()
        known.nodes.pop(node.key, None)
        _log.info("cache %s: removed %s", group.id, place.id if place else node.key)

    # -- clusters

    def _form(self, group: ReplicationGroup, known: _Known) -> None:
        """Take steps until the cluster is as the API says; raises ``RuntimeError`` when it is not in time."""
        shards = {shard: slots_of(text) for shard, text in group.slots}
        end = time.monotonic() + _PATIENCE
        while True:
            with contextlib.ExitStack() as stack:
                connections = {key: stack.enter_context(node.connect()) for key, node in known.nodes.items()}
                members = self._members(group, known.nodes)
                views = cache_cluster.look(connections)
                steps = next_steps(list(members.values()), views, shards)
                if not steps:
                    known.detail = cache_cluster.roles(views.values())
                    return
                waits = [step.reason for step in steps if isinstance(step, Wait)]
                if time.monotonic() > end:
                    raise RuntimeError(f"not formed yet: {waits[0] if waits else f'{len(steps)} steps are left'}")
                self._take(group, known, steps, connections, members, views)
            if not any(isinstance(step, Move) for step in steps):
                time.sleep(_PAUSE)

    def _members(self, group: ReplicationGroup, nodes: Mapping[str, Node]) -> dict[str, Member]:
        wanted = {node.key: node for node in group.nodes}
        members = {}
        for key, node in nodes.items():
            place = wanted.get(key) or node.place()
            if place is not None:
                members[key] = Member(key, place.shard, place.primary, place.address, group.port, key not in wanted)
        return members

    def _take(
        self,
        group: ReplicationGroup,
        known: _Known,
        steps: list[Any],
        connections: Mapping[str, Redis],
        members: Mapping[str, Member],
        views: Mapping[str, Any],
    ) -> None:
        for step in steps:
            if isinstance(step, Command):
                cache_cluster.tell(connections, step)
            elif isinstance(step, Move):
                cache_cluster.move(connections, views, members, step)
                _log.info("cache %s: moved %d slots", group.id, len(step.slots))
            elif isinstance(step, Remove):
                self._drop(group, known, known.nodes[step.key])
