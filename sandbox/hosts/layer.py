"""The layer of hosts: a booted container for each live instance, in the namespace that the network made for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.core.authority import Authority
from sandbox.core.settings import Settings
from sandbox.hosts import ca_bundle, confinement, image, provisioning
from sandbox.hosts.engine import INSTANCE_LABEL, REBOOTED, Container, Engine
from sandbox.network import netns
from sandbox.services.ec2.picture import Instance, Vpc
from sandbox.services.picture import Picture

log = logging.getLogger(__name__)

#: Hosts that boot or stop at the same time.
CONCURRENT = 4

_LIVE = ("pending", "running")
_STOPPED = ("stopping", "stopped")


class HostLayer:
    """Converges the containers of this sandbox to the instances of the picture."""

    name = "hosts"

    def __init__(
        self,
        settings: Settings,
        stop_instance: Callable[[str], object] | None = None,
        report: Callable[[str], object] = log.info,
    ) -> None:
        """``stop_instance`` tells the API that an instance's system shut down; by default it is boto3's."""
        self.settings = settings
        self.engine = Engine(settings)
        self._stop_instance = stop_instance or self._stop_through_api
        self._report = report
        self._running: dict[str, int] = {}  # instance id → process id of its init, when last looked
        self._ended: dict[str, int] = {}  # instance id → process id of an init that the engine took for running
        self._unreported: set[str] = set()  # instances that shut down and of which the API does not know yet
        self._authority = Authority(settings)
        self._trusting: set[str] = set()  # ids of instances whose hosts are known to trust the authority
        self._states: dict[str, str] | None = None  # instance id → state in the picture last converged to

    # -- the layer's interface

    def converge(self, picture: Picture) -> None:
        """Boot, stop and remove hosts; several at a time. Raises the error, or a group of them, after all had
        their turn."""
        states: dict[str, str] = {instance.id: instance.state for instance in picture.instances}
        if states == self._states and all(self._at_home(*host) for host in self._running.items()):
            return
        containers = self._containers()
        instances = {instance.id: instance for instance in picture.instances}
        vpcs = {vpc.id: vpc for vpc in picture.vpcs}
        jobs: list[Callable[[], None]] = []
        for instance_id, container in containers.items():
            if states.get(instance_id) not in (*_LIVE, *_STOPPED):
                jobs.append(partial(self._remove, instance_id, container))
        for instance in instances.values():
            own = containers.get(instance.id)
            if instance.state in _LIVE and instance.vpc_id in vpcs:
                jobs.append(partial(self._live, instance, vpcs[instance.vpc_id], own))
            elif instance.state in _STOPPED and own:
                jobs.append(partial(self._halt, instance.id, own))
        self._states = None
        if jobs:
            # Before the jobs: side by side each would make an authority.
            self._authority.certificate()
        try:
            self._all(jobs)
        finally:
            self._running = {i: c.pid for i, c in self._containers().items() if c.running}
        self._states = states

    def status(self) -> list[dict[str, Any]]:
        """A row per host: its container's name and state, and the process id of its init (0 when not running)."""
        return [
            {"kind": "host", "id": instance_id, "state": c.state, "name": c.name, "pid": c.pid}
            for instance_id, c in sorted(self._containers().items())
        ]

    def processes(self) -> list[int]:
        return list(self._running.values())

    def close(self) -> None:
        """Leave the hosts running: the next daemon adopts them by their label."""

    def destroy(self) -> None:
        """Remove every host of this sandbox with its file system; the image stays in the cache."""
        names = [c.name for c in self._containers().values()] + self.engine.leftovers()
        self._all([partial(self.engine.remove, name) for name in names])
        self._running.clear()
        self._unreported.clear()
        self._states = None

    # -- one host

    def _live(self, instance: Instance, vpc: Vpc, container: Container | None) -> None:
        namespace = self.settings.netns(instance.id)
        if not netns.exists(namespace):
            raise RuntimeError(f"{instance.id} cannot boot: its network namespace {namespace} is missing")
        if container and container.running:
            inside = _namespace_of(container.pid)
            if inside is None and self._ended.get(instance.id) != container.pid:
                # A moment ago: the engine does not know yet whether it shut down or reboots, and tells the next round.
                self._ended[instance.id] = container.pid
                return
            if netns.identity(namespace) != inside:
                self.engine.stop(container.name)
                self.engine.start(container.name)
            self._adopt_trust(instance.id, container.name)
            return
        if container and not container.never_started and container.exit_code != REBOOTED:
            if instance.id in self._running:
                self._unreported.add(instance.id)
            if instance.id in self._unreported:
                # On AWS too, an instance whose system shuts down is stopped from then on.
                self._report(f"{instance.id} shut down by itself; telling the API that it is stopped")
                self._stop_instance(instance.id)
                self._unreported.remove(instance.id)
                return
        system = instance.system
        if container is None:
            release = system.release or self.settings.release
            reference = image.ensure(self.settings, self._report, image.of_hosts(system.user), release)
            confined = confinement.options(release, self.settings.home)
            name = provisioning.hostname(instance)
            if instance.forwards:
                confined = [*confined, confinement.ROUTER]
            self.engine.create_host(namespace, reference, namespace, name, instance.id, confined)
        if container is None or container.never_started:
            # Also for one whose making was interrupted before its first boot.
            root = self.engine.mount(namespace)
            try:
                provisioning.write(root, provisioning.files(instance, vpc, self.settings.region))
                provisioning.write(root, ca_bundle.files(root, self._authority.certificate()))
                self._trusting.add(instance.id)
            finally:
                self.engine.unmount(namespace)
        self.engine.start(namespace)
        self._adopt_trust(instance.id, namespace)

    def _adopt_trust(self, instance_id: str, name: str) -> None:
        """Let a host that another daemon made trust the authority."""
        if instance_id not in self._trusting:
            self.engine.exec(name, ["sh"], stdin=ca_bundle.adoption(self._authority.certificate()))
            self._trusting.add(instance_id)

    def _halt(self, instance_id: str, container: Container) -> None:
        self._unreported.discard(instance_id)
        if container.running:
            self.engine.stop(container.name)

    def _remove(self, instance_id: str, container: Container) -> None:
        self._unreported.discard(instance_id)
        self._trusting.discard(instance_id)
        self.engine.remove(container.name)

    # -- helpers

    def _containers(self) -> dict[str, Container]:
        return {c.labels[INSTANCE_LABEL]: c for c in self.engine.containers(INSTANCE_LABEL)}

    def _at_home(self, instance_id: str, pid: int) -> bool:
        """Whether the host's init still runs, in the namespace that has the host's name."""
        inside = _namespace_of(pid)
        return inside is not None and inside == netns.identity(self.settings.netns(instance_id))

    def _all(self, jobs: list[Callable[[], None]]) -> None:
        """Run the jobs side by side; one that fails does not keep the others from their turn."""
        with ThreadPoolExecutor(CONCURRENT) as pool:
            futures = [pool.submit(job) for job in jobs]
        errors = [error for future in futures if isinstance(error := future.exception(), Exception)]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup("; ".join(str(error) for error in errors), errors)

    def _stop_through_api(self, instance_id: str) -> None:
        import boto3  # only a host that died needs these

        from sandbox.core import credentials

        client = boto3.client(
            "ec2",
            endpoint_url=self.settings.endpoint,
            region_name=self.settings.region,
            **credentials.ensure(self.settings).for_boto3(),
        )
        client.stop_instances(InstanceIds=[instance_id])


def _namespace_of(pid: int) -> int | None:
    """Inode of the network namespace of a process, or None when it is gone."""
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except (FileNotFoundError, ProcessLookupError):
        return None
