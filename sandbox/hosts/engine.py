"""The container engine: podman with settings of the project's own, so that nothing under /etc is edited.

Images and containers of all sandboxes of a user live in one storage below the shared cache; labels tell
them apart.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.core.files import write_if_changed
from sandbox.core.settings import Settings
from sandbox.network import netns
from sandbox.network.command import CommandError, run

SANDBOX_LABEL = "railyard.sandbox"
INSTANCE_LABEL = "railyard.instance"
SERVICE_LABEL = "railyard.service"

#: Exit codes of a host's init, by how its operating system ended (the kernel signals a PID namespace's init).
REBOOTED = 129

_RUNTIME = "runc"

# Limits above what this process may hold need CAP_SYS_RESOURCE, which many build machines lack.
_OPEN_FILES = 65536
_PROCESSES = 16384


#: In a sandbox's home: the cache that its containers are in.
CACHE_FILE = "cache"


def cache_directory(home: Path | None = None) -> Path:
    """Shared by all sandboxes: ``RAILYARD_SANDBOX_CACHE``, by default ``~/.cache/railyard-sandbox``.

    Of a sandbox that is up the one that it began with, whatever the variables say now: its containers are there.

    :param home: of the sandbox
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if home and (recorded := (home / CACHE_FILE).read_text("utf-8").strip()):
            return Path(recorded)
    return Path(os.environ.get("RAILYARD_SANDBOX_CACHE") or Path.home() / ".cache" / "railyard-sandbox")


@dataclass(frozen=True)
class Container:
    """One container as the engine sees it."""

    id: str
    name: str
    state: str  # in podman's words
    pid: int  # 0 when not running
    exit_code: int
    labels: Mapping[str, str]

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def never_started(self) -> bool:
        return self.state in ("configured", "created")


class Engine:
    """podman for one sandbox: sees only the containers that carry the sandbox's label."""

    def __init__(self, settings: Settings, cache: Path | None = None) -> None:
        self.settings = settings
        self.cache = cache or cache_directory(settings.home)
        self._environment: dict[str, str] | None = None

    def remember(self) -> None:
        """Write into the sandbox's home where its containers are, until it is removed."""
        write_if_changed(self.settings.home / CACHE_FILE, f"{self.cache.resolve()}\n")

    # -- images

    def image_exists(self, image: str) -> bool:
        return bool(json.loads(self.podman("images", "--format", "json", "--filter", f"reference={image}")))

    def import_image(self, tar: Path, image: str) -> None:
        """Make an image of a tar of a root file system."""
        self.podman("import", str(tar), image, timeout=600)

    # -- containers

    def containers(self, *labels: str) -> list[Container]:
        """Containers of this sandbox, running or not; each of ``labels`` reads ``key`` or ``key=value``."""
        filters = [f"--filter=label={label}" for label in (f"{SANDBOX_LABEL}={self.settings.name}", *labels)]
        answer = json.loads(self.podman("ps", "--all", "--no-trunc", "--format", "json", *filters) or "[]")
        return [
            Container(
                id=entry["Id"],
                name=entry["Names"][0],
                state=entry["State"],
                pid=entry["Pid"],
                exit_code=entry["ExitCode"],
                labels=entry["Labels"],
            )
            for entry in answer or []
        ]

    def leftovers(self) -> list[str]:
        """Names for which there is a file system and no container: a creation was killed half-way."""
        answer = json.loads(
            self.podman("ps", "--all", "--external", "--format", "json", f"--filter=name={self.settings.prefix}-")
        )
        own = re.compile(re.escape(self.settings.prefix) + r"-[a-z]+-[0-9a-zA-Z]+")
        names = [entry["Names"][0] for entry in answer if entry["State"] == "storage"]
        return [name for name in names if own.fullmatch(name)]

    def create_host(
        self, name: str, image: str, namespace: str, hostname: str, instance_id: str, confinement: Sequence[str] = ()
    ) -> None:
        """Make a container that boots systemd in an existing network namespace; it is not started.

        ``confinement`` is what the release in the image needs besides (``confinement.options``).
        """
        self._make(
            name,
            "create",
            f"--name={name}",
            f"--hostname={hostname}",
            f"--network=ns:{netns.path(namespace)}",
            f"--label={SANDBOX_LABEL}={self.settings.name}",
            f"--label={INSTANCE_LABEL}={instance_id}",
            "--systemd=always",
            "--no-hosts",
            "--dns=none",
            # sudo and sshd write audit records; ping opens a raw socket; with SYS_BOOT the exit code tells a
            # reboot from a shutdown, and it only ever ends the container's own PID namespace.
            "--cap-add=AUDIT_WRITE,NET_RAW,SYS_BOOT",
            *confinement,
            "--stop-timeout=20",
            image,
            "/lib/systemd/systemd",
        )

    def run_service(
        self,
        name: str,
        image: str,
        namespace: str | None,
        argv: Sequence[str],
        *,
        user: int,
        mounts: Mapping[Path, str] | None = None,
        writable: Mapping[Path, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Start ``argv`` as the only process of a container named ``name`` in an existing network namespace.

        Without ``namespace`` it has no network.
        ``user`` is the number of its user and group: not root's. It has no capability and gets none, and nothing
        of the image can be written.
        ``mounts`` and ``writable`` map a path of the machine to a path of the container, which reads or writes it.
        Besides ``labels`` it carries ``railyard.service=<name>``: ``containers("railyard.service")`` finds all.
        """
        every_label = {SANDBOX_LABEL: self.settings.name, SERVICE_LABEL: name, **(labels or {})}
        self._make(
            name,
            "run",
            "--detach",
            f"--name={name}",
            *((f"--network=ns:{netns.path(namespace)}", "--dns=none") if namespace else ("--network=none",)),
            "--stop-timeout=10",
            *(f"--label={key}={value}" for key, value in every_label.items()),
            *_confined(user, mounts, writable),
            image,
            *argv,
        )

    def run_once(self, image: str, argv: Sequence[str], *, user: int, mounts: Mapping[Path, str] | None = None) -> str:
        """Run a command like a service, without a network, to its end; returns its standard output."""
        return self.podman("run", "--rm", "--network=none", *_confined(user, mounts), image, *argv)

    def _make(self, name: str, *argv: str) -> None:
        try:
            self.podman(*argv)
        except CommandError:
            if name not in self.leftovers():
                raise
            self.remove(name)
            self.podman(*argv)

    def start(self, name: str) -> None:
        """Start a container; also one whose start was killed half-way, which the runtime still knows."""
        try:
            self.podman("start", name)
        except CommandError:
            container = next((c for c in self.containers() if c.name == name and not c.running), None)
            if container is None:
                raise
            run([_RUNTIME, "delete", "--force", container.id])
            self.podman("container", "cleanup", name)
            self.podman("start", name)

    def stop(self, name: str) -> None:
        """Ask the container to shut down and wait; it is killed after its stop timeout."""
        self.podman("stop", name)

    def signal(self, name: str, signal: str) -> None:
        self.podman("kill", f"--signal={signal}", name)

    def remove(self, name: str) -> None:
        """Kill and remove; one that is gone already is no error."""
        for container in self.containers():
            if container.name == name and not container.running:
                # A start that was killed half-way leaves processes that podman does not know of.
                run([_RUNTIME, "delete", "--force", container.id])
        self.podman("rm", "--force", "--ignore", "--time=0", "--volumes", name)

    def exec(self, name: str, argv: Sequence[str], stdin: str | None = None) -> str:
        """Run a command inside and return its standard output."""
        interactive = [] if stdin is None else ["--interactive"]
        return self.podman("exec", *interactive, name, *argv, stdin=stdin)

    def logs(self, name: str, lines: int = 100) -> str:
        """The journal of a running host, or what the container wrote before it ended."""
        container = next((c for c in self.containers() if c.name == name), None)
        if container and container.running and INSTANCE_LABEL in container.labels:
            return self.exec(name, ["journalctl", "--no-pager", f"--lines={lines}"])
        return self.podman("logs", f"--tail={lines}", name)

    def mount(self, name: str) -> Path:
        """Mount the file system of a container that is not running; end it with ``unmount``."""
        return Path(self.podman("mount", name).strip())

    def unmount(self, name: str) -> None:
        self.podman("unmount", name)

    # -- the command itself

    def podman(self, *argv: str, stdin: str | None = None, timeout: float = 120) -> str:
        """Run podman with the project's settings; raises ``CommandError``."""
        return run(["podman", *argv], stdin=stdin, env=self.environment(), timeout=timeout)

    def environment(self) -> dict[str, str]:
        """The process environment plus where podman finds the project's settings, which are written if need be."""
        if self._environment is None:
            self.cache.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256(str(self.cache).encode()).hexdigest()[:12]
            volatile = Path("/run/railyard-sandbox") / digest
            files = {
                "CONTAINERS_CONF": (self.cache / "containers.conf", _containers_conf(volatile)),
                "CONTAINERS_STORAGE_CONF": (self.cache / "storage.conf", _storage_conf(self.cache, volatile)),
            }
            for path, text in files.values():
                write_if_changed(path, text)
            self._environment = {**os.environ, **{key: str(path) for key, (path, _unused) in files.items()}}
        return self._environment


def _confined(
    user: int, mounts: Mapping[Path, str] | None = None, writable: Mapping[Path, str] | None = None
) -> list[str]:
    """What keeps a service that was broken into from becoming more than it is."""
    if user <= 0:
        raise ValueError(f"a service runs as a user of its own, not as {user}")
    volumes = [(source, target, "ro") for source, target in (mounts or {}).items()]
    volumes += [(source, target, "rw") for source, target in (writable or {}).items()]
    for source, _unused, _unused in volumes:
        if ":" in str(source):
            raise ValueError(f"podman cannot mount {source}: name a home without a colon, RAILYARD_SANDBOX_HOME")
    return [
        f"--user={user}:{user}",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--read-only",
        "--no-hosts",
        "--init=false",
        "--systemd=false",
        *(f"--volume={source}:{target}:{mode}" for source, target, mode in volumes),
    ]


def _limit(kind: int, wanted: int) -> int:
    """``wanted``, or less where this process's own hard limit is lower."""
    hard = resource.getrlimit(kind)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def _containers_conf(volatile: Path) -> str:
    files = _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    processes = _limit(resource.RLIMIT_NPROC, _PROCESSES)
    return f"""\
# Written by the sandbox; read through CONTAINERS_CONF.
[containers]
cgroups = "enabled"
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
netns = "none"
log_driver = "k8s-file"
log_size_max = 10485760

[engine]
runtime = "{_RUNTIME}"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "{volatile}/engine"
"""


def _storage_conf(cache: Path, volatile: Path) -> str:
    return f"""\
# Written by the sandbox; read through CONTAINERS_STORAGE_CONF.
[storage]
driver = "overlay"
graphroot = "{cache}/storage"
runroot = "{volatile}/storage"
"""
