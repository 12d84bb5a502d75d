"""Application load balancers: one HAProxy per load balancer, in a container in its own network namespace."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.core.authority import Authority
from sandbox.core.files import private_directory, read, write_if_changed
from sandbox.core.settings import Settings
from sandbox.hosts import image
from sandbox.hosts.engine import Engine
from sandbox.network import netns, plumbing
from sandbox.network.command import CommandError
from sandbox.services.elbv2 import certificates as balancer_tls
from sandbox.services.elbv2.haproxy import config
from sandbox.services.elbv2.haproxy import runtime_api as haproxy_socket
from sandbox.services.elbv2.haproxy.config import Member, backend_name
from sandbox.services.elbv2.haproxy.rules import forwarded_groups
from sandbox.services.elbv2.picture import LoadBalancer, TargetGroup
from sandbox.services.elbv2.target_health import INITIAL, TargetHealth, registry
from sandbox.services.picture import Picture

_log = logging.getLogger(__name__)

LABEL = "railyard.balancer"

#: User and group of the proxy: no account of the image or the machine has this number.
USER = 21080
#: With whom a container was made; one of an older sandbox ran as root, and is made again.
USER_LABEL = f"railyard.balancer-user={USER}"

#: Seconds between two looks at the health of all targets.
_POLL = 1.0


@dataclass
class _Running:
    """What this process knows of one load balancer's HAProxy."""

    name: str  # for people
    container: str
    directory: Path
    text: str = ""
    pid: int = 0
    problem: str = ""
    #: (backend, server) → keys on the health registry
    targets: Mapping[tuple[str, str], list[tuple[str, str, int]]] = field(default_factory=dict)


class BalancerLayer:
    """Converges the HAProxy containers of one sandbox and reports their targets' health to the registry."""

    name = "balancer"

    def __init__(self, settings: Settings, engine: Engine | None = None, health: TargetHealth = registry) -> None:
        self.settings = settings
        self.engine = engine or Engine(settings)
        self.health = health
        self.authority = Authority(settings)
        self.home = settings.home / "balancers"
        self._running: dict[str, _Running] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._poller: threading.Thread | None = None

    # -- the layer

    def converge(self, picture: Picture) -> None:
        """Start, reload or remove. Every load balancer is tried; raises ``RuntimeError`` for those that failed."""
        problems = []
        wanted = {balancer.id: balancer for balancer in picture.load_balancers}
        self._remove_others(set(wanted))
        for balancer in wanted.values():
            running = self._known(balancer)
            try:
                self._converge_one(balancer, picture, running)
                running.problem = ""
            except (CommandError, OSError, ValueError) as error:
                running.problem = str(error)
                problems.append(f"load balancer {balancer.name}: {error}")
        if wanted and self._poller is None:
            self._poller = threading.Thread(target=self._poll, name="target-health", daemon=True)
            self._poller.start()
        if problems:
            raise RuntimeError("; ".join(problems))

    def status(self) -> list[dict[str, Any]]:
        """One row per load balancer, with its targets."""
        with self._lock:
            known = dict(self._running)
        rows = []
        for identifier, running in sorted(known.items()):
            keys = sorted({key for keys in running.targets.values() for key in keys})
            states = [f"{key[1]}:{key[2]} {(self.health.get(key) or INITIAL).state}" for key in keys]
            rows.append(
                {
                    "kind": "load balancer",
                    "id": identifier,
                    "name": running.name,
                    "state": "failed" if running.problem else "running" if running.pid else "waiting",
                    "detail": running.problem or ", ".join(states) or "no targets",
                }
            )
        return rows

    def processes(self) -> list[int]:
        return [running.pid for running in self._running.values()]

    def close(self) -> None:
        """Stop looking at health; the containers go on serving."""
        self._stop.set()
        if self._poller is not None:
            self._poller.join(timeout=2 * _POLL + 10)
            self._poller = None

    def destroy(self) -> None:
        """Remove every load balancer container and file of this sandbox."""
        self.close()
        if shutil.which("podman"):
            for container in self.engine.containers(LABEL):
                self.engine.remove(container.name)
        shutil.rmtree(self.home, ignore_errors=True)
        with self._lock:
            self._running.clear()

    # -- one load balancer

    def _known(self, balancer: LoadBalancer) -> _Running:
        with self._lock:
            return self._running.setdefault(
                balancer.id,
                _Running(
                    name=balancer.name,
                    container=f"{self.settings.prefix}-{balancer.id}",
                    directory=self.home / balancer.id,
                ),
            )

    def _remove_others(self, wanted: set[str]) -> None:
        """Remove load balancers that the API no longer has, those of an earlier process included."""
        present = {entry.name for entry in self.home.iterdir()} if self.home.is_dir() else set()
        for identifier in present - wanted:
            self.engine.remove(f"{self.settings.prefix}-{identifier}")
            shutil.rmtree(self.home / identifier, ignore_errors=True)
            with self._lock:
                self._running.pop(identifier, None)

    def _converge_one(self, balancer: LoadBalancer, picture: Picture, running: _Running) -> None:
        namespace = self.settings.netns(balancer.id)
        if not balancer.addresses or not balancer.listeners or not netns.exists(namespace):
            if running.pid or (running.directory / config.CONFIG_FILE).exists():
                # without a listener nothing may answer
                self.engine.remove(running.container)
                shutil.rmtree(running.directory, ignore_errors=True)
                running.pid, running.text, running.targets = 0, "", {}
            return
        groups = {group.arn: group for group in picture.target_groups}
        members = self._members(balancer, groups, picture)
        served = {certificate.arn: certificate for certificate in picture.certificates}
        private_directory(self.home)
        private_directory(running.directory, USER)
        files, renewed = balancer_tls.ensure(self.authority, running.directory, balancer, served, USER)
        inside = {arn: [f"{config.DIRECTORY}/{name}" for name in names] for arn, names in files.items()}
        text = config.render(balancer, groups, members, inside)
        if not self._alive(running, namespace):
            self._start(running, namespace, text, members)
        elif text != running.text or renewed:
            self._reload(running, text, members)
        balancer_tls.remove_others(running.directory, files)
        before = {key for keys in running.targets.values() for key in keys}
        running.targets = _targets(groups, members)
        # one that comes back, a restarted server for example, starts as a new target does
        for key in before - {key for keys in running.targets.values() for key in keys}:
            self.health.forget(key)

    def _members(
        self, balancer: LoadBalancer, groups: Mapping[str, TargetGroup], picture: Picture
    ) -> dict[str, list[Member]]:
        addresses = {instance.id: instance.private_ip for instance in picture.live_instances()}
        used = {arn for listener in balancer.listeners for arn in forwarded_groups(listener)}
        found: dict[str, list[Member]] = {}
        for arn in used & set(groups):
            draining = set(self.health.draining(arn))
            registered = {(target.id, target.port) for target in groups[arn].targets} - draining
            found[arn] = [
                Member(identifier, address, port, draining=(identifier, port) in draining)
                for identifier, port in sorted(registered | draining)
                if (address := addresses.get(identifier, "" if identifier.startswith("i-") else identifier))
            ]
        return found

    def _alive(self, running: _Running, namespace: str) -> bool:
        """Whether the container runs in the namespace that has this name now; adopts one of an earlier process."""
        if not running.pid:
            running.pid = self._pid(running)
            if not running.pid:
                return False
            running.text = read(running.directory / config.CONFIG_FILE) or ""
        try:
            inside = os.stat(f"/proc/{running.pid}/ns/net").st_ino
        except FileNotFoundError:
            inside = None
        if inside != netns.path(namespace).stat().st_ino:
            running.pid = 0
            return False
        return True

    def _pid(self, running: _Running) -> int:
        """Process id of the container's first process; 0 when it does not run."""
        present = self.engine.containers(LABEL, USER_LABEL)
        return next((c.pid for c in present if c.name == running.container and c.running), 0)

    def _start(self, running: _Running, namespace: str, text: str, members: Mapping[str, list[Member]]) -> None:
        """Start HAProxy; with the configuration it last had, when it refuses the new one.

        :raises CommandError: when it does
        """
        self.engine.remove(running.container)
        private_directory(running.directory / config.RUN, USER)
        for socket_file in (config.STATS_SOCKET, config.MASTER_SOCKET):
            (running.directory / socket_file).unlink(missing_ok=True)
        self._write(running, config.BAD_GATEWAY_FILE, config.bad_gateway())
        self._write(running, config.STATE_FILE, haproxy_socket.merge_state("", _servers(members)))
        reference = image.ensure(self.settings, release=self.settings.release)
        before = read(running.directory / config.CONFIG_FILE)
        # What it ran with was judged then: one that was killed is not kept waiting.
        refused = None if text == before else self._refused(running, reference, text)
        if refused is None:
            self._write(running, config.CONFIG_FILE, text)
        elif before is not None:
            text = before
        else:
            raise refused
        # The listeners' ports are below 1024, and the proxy has no right of root's.
        plumbing.configure(namespace, {"net/ipv4/ip_unprivileged_port_start": "0"})
        self.engine.run_service(
            running.container,
            reference,
            namespace,
            [
                "haproxy",
                "-W",
                "-S",
                f"{config.DIRECTORY}/{config.MASTER_SOCKET},mode,600",
                "-f",
                f"{config.DIRECTORY}/{config.CONFIG_FILE}",
            ],
            user=USER,
            mounts={running.directory: config.DIRECTORY},
            writable={running.directory / config.RUN: f"{config.DIRECTORY}/{config.RUN}"},
            labels={LABEL: running.container, **dict([USER_LABEL.split("=")])},
        )
        running.text = text
        running.pid = self._pid(running)
        if not running.pid:
            said = self.engine.logs(running.container, 20).strip()
            raise ValueError(f"haproxy ended at once: {said or 'it said nothing'}")
        if refused is not None:
            raise refused

    def _refused(self, running: _Running, reference: str, text: str) -> CommandError | None:
        """What HAProxy says against a configuration, before a container is started with it."""
        candidate = running.directory / f"{config.CONFIG_FILE}.new"
        self._write(running, candidate.name, text)
        try:
            self.engine.run_once(
                reference,
                ["haproxy", "-c", "-q", "-f", f"{config.DIRECTORY}/{candidate.name}"],
                user=USER,
                mounts={running.directory: config.DIRECTORY},
            )
        except CommandError as error:
            return error
        finally:
            candidate.unlink(missing_ok=True)
        return None

    def _reload(self, running: _Running, text: str, members: Mapping[str, list[Member]]) -> None:
        """Hand the listening sockets to a new worker: no connection is refused, requests under way end."""
        candidate = f"{config.CONFIG_FILE}.new"
        self._write(running, candidate, text)
        self.engine.exec(running.container, ["haproxy", "-c", "-q", "-f", f"{config.DIRECTORY}/{candidate}"])
        dump = haproxy_socket.command(running.directory / config.STATS_SOCKET, "show servers state")
        self._write(running, config.STATE_FILE, haproxy_socket.merge_state(dump, _servers(members)))
        (running.directory / candidate).replace(running.directory / config.CONFIG_FILE)
        haproxy_socket.command(running.directory / config.MASTER_SOCKET, "reload")
        running.text = text
        _log.info("load balancer %s: reloaded", running.name)

    def _write(self, running: _Running, name: str, text: str) -> None:
        # the 502 page is a raw HTTP message: its line ends are its own
        write_if_changed(running.directory / name, text, mode=0o600, owner=USER)

    # -- health

    def _poll(self) -> None:
        while not self._stop.wait(_POLL):
            with self._lock:
                every = [running for running in self._running.values() if running.pid]
            for running in every:
                try:
                    self._read_health(running)
                except OSError as error:
                    # between two workers, or just ended: converge sees to it
                    _log.debug("load balancer %s: %s", running.name, error)

    def _read_health(self, running: _Running) -> None:
        socket_file = running.directory / config.STATS_SOCKET
        targets = running.targets
        for row in haproxy_socket.parse_stat(haproxy_socket.command(socket_file, "show stat")):
            for key in targets.get((row.backend, row.server), ()):
                before = self.health.get(key) or INITIAL
                if row.rising and before.state == "initial":
                    # AWS: a new target is healthy after one passed check, whatever the threshold
                    haproxy_socket.command(socket_file, f"set server {row.backend}/{row.server} health up")
                    continue
                if row.rising and before.state == "unhealthy":
                    continue
                self.health.put(key, haproxy_socket.health_of(row))


def _servers(members: Mapping[str, list[Member]]) -> list[tuple[str, str, str, int]]:
    return [(backend_name(arn), m.server, m.address, m.port) for arn, every in members.items() for m in every]


def _targets(
    groups: Mapping[str, TargetGroup], members: Mapping[str, list[Member]]
) -> dict[tuple[str, str], list[tuple[str, str, int]]]:
    found: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for arn, every in members.items():
        for member in every:
            if not member.draining:
                found.setdefault((backend_name(arn), member.server), []).append((arn, member.target_id, member.port))
    return found
