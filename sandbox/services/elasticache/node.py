"""One cache node: a Redis in a container, and its directory. All that must outlive this process is in the latter."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.core.authority import Authority
from sandbox.core.files import private_directory, read, write_if_changed
from sandbox.core.settings import Settings
from sandbox.hosts.engine import Engine
from sandbox.network import netns
from sandbox.services.elasticache import config
from sandbox.services.elasticache import image as cache_image
from sandbox.services.elasticache.picture import CacheNode, ReplicationGroup
from sandbox.services.elasticache.redis_client import Redis, ReplyError

LABEL = "railyard.cache"

#: User and group of the server: no account of the image or the machine has this number.
USER = 6379

_SECRET_FILE = "secret"
_PLACE_FILE = "place.json"
#: Seconds until a started Redis has read its keys and answers.
_PATIENCE = 15.0


@dataclass(frozen=True)
class Place:
    """Where a node is; kept beside its data for when the API no longer tells."""

    id: str
    shard: str
    primary: bool
    address: str
    port: int


class Node:
    """One node. Methods raise ``CommandError``, ``OSError`` and ``ReplyError``."""

    def __init__(self, settings: Settings, engine: Engine, directory: Path, namespace: str) -> None:
        """:param directory: its name is the node's key, its parent's the group's"""
        self.settings = settings
        self.engine = engine
        self.directory = directory
        self.namespace = namespace
        self.key = directory.name
        self.container = f"{settings.prefix}-{self.key}"
        self.pid = 0

    def place(self) -> Place | None:
        """Where the node is; None when it was never made."""
        text = self._read(_PLACE_FILE)
        return Place(**json.loads(text)) if text is not None else None

    def made(self) -> bool:
        """Whether all that it needs to run was written once."""
        return (self.directory / config.CONFIG_FILE).exists()

    def converge(self, group: ReplicationGroup, node: CacheNode) -> bool:
        """Let it run with the API's settings. Returns whether it had to be started."""
        text = config.config(group, node, self._secret())
        values = config.parameters_text(config.parameters(group))
        place = Place(node.id, node.shard, node.primary, node.address, group.port)
        same = self._read(config.CONFIG_FILE) == text
        if same and self.alive():
            self._adjust(values)
            self._write(_PLACE_FILE, json.dumps(asdict(place)))
            return False
        if not same and group.tls:
            self._certify(group, node)
        self._write(config.PARAMETERS_FILE, values)
        self._write(_PLACE_FILE, json.dumps(asdict(place)))
        self.engine.remove(self.container)
        # Last: with this text there, what it names is there too.
        self._write(config.CONFIG_FILE, text)
        self._start()
        return True

    def keep(self) -> None:
        """Let it run as it is, though the API names it no more and its address is gone from the network."""
        place = self.place()
        if place is not None:
            # The other nodes are in this namespace; from outside no route leads here.
            netns.run(self.namespace, ["ip", "address", "replace", f"{place.address}/32", "dev", "lo"])
        if not self.alive():
            self.engine.remove(self.container)
            self._start()

    def remove(self) -> None:
        """Remove container, keys and the address that ``keep`` gave it."""
        self.engine.remove(self.container)
        place = self.place()
        if place is not None and netns.exists(self.namespace):
            present = netns.run(self.namespace, ["ip", "-o", "-4", "address", "show", "dev", "lo"])
            if f" {place.address}/32 " in present:
                netns.run(self.namespace, ["ip", "address", "delete", f"{place.address}/32", "dev", "lo"])
        shutil.rmtree(self.directory, ignore_errors=True)
        self.pid = 0

    def alive(self) -> bool:
        """Whether it runs in the namespace that has this name now; adopts one of an earlier process."""
        self.pid = self.pid or self._running_pid()
        if not self.pid:
            return False
        try:
            inside = os.stat(f"/proc/{self.pid}/ns/net").st_ino
        except FileNotFoundError:
            inside = None
        if inside is None or inside != netns.identity(self.namespace):
            self.pid = 0
            return False
        return True

    def connect(self) -> Redis:
        """A connection with all rights, not over the network."""
        return Redis(self.directory / config.CONTROL_SOCKET, config.ADMINISTRATOR, self._secret())

    # -- parts

    def _start(self) -> None:
        (self.directory / config.CONTROL_SOCKET).unlink(missing_ok=True)
        self.engine.run_service(
            self.container,
            cache_image.ensure(self.settings),
            self.namespace,
            ["redis-server", f"{config.DIRECTORY}/{config.CONFIG_FILE}"],
            user=USER,
            writable={self.directory: config.DIRECTORY},
            labels={LABEL: self.container},
        )
        end = time.monotonic() + _PATIENCE
        while True:
            self.pid = self._running_pid()
            if not self.pid:
                said = self.engine.logs(self.container, 5).strip()
                raise OSError(f"redis-server ended at once: {said or 'it said nothing'}")
            try:
                with self.connect() as redis:
                    redis.call("PING")
                return
            except (OSError, ReplyError) as error:
                if time.monotonic() > end:
                    raise OSError(f"redis-server does not answer within {_PATIENCE:g} s: {error}") from error
            time.sleep(0.1)

    def _adjust(self, values: str) -> None:
        """Set what changed while it runs; the file follows, so that what failed is tried again."""
        before = (self._read(config.PARAMETERS_FILE) or "").splitlines()
        changed = [line for line in values.splitlines() if line not in before]
        if changed:
            with self.connect() as redis:
                for line in changed:
                    name, value = line.split(" ", 1)
                    redis.call("CONFIG", "SET", name, config.unquoted(value))
        self._write(config.PARAMETERS_FILE, values)

    def _certify(self, group: ReplicationGroup, node: CacheNode) -> None:
        issuer = Authority(self.settings)
        certificate, key = issuer.issue(config.certificate_names(group, node), [node.address])
        self._write(config.CERTIFICATE_FILE, certificate.decode())
        self._write(config.KEY_FILE, key.decode())
        self._write(config.AUTHORITY_FILE, issuer.certificate().decode())

    def _secret(self) -> str:
        """The administrator's password of the node's group, made when first asked for."""
        file = self.directory.parent / _SECRET_FILE
        if not file.exists():
            private_directory(file.parent.parent)
            private_directory(file.parent)
            write_if_changed(file, secrets.token_hex(16), mode=0o600)
        return file.read_text()

    def _running_pid(self) -> int:
        """Process id of the container's first process; 0 when it does not run."""
        present = self.engine.containers(f"{LABEL}={self.container}")
        return next((container.pid for container in present if container.running), 0)

    def _read(self, name: str) -> str | None:
        return read(self.directory / name)

    def _write(self, name: str, text: str) -> None:
        if not self.directory.is_dir():
            private_directory(self.directory, USER)
        write_if_changed(self.directory / name, text, mode=0o600, owner=USER)
