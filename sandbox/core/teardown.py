"""Ending a sandbox: its process, its world, its files; whatever of it is still there."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.core import command, daemon
from sandbox.core.settings import Settings

if TYPE_CHECKING:
    from sandbox.hosts.engine import Engine

#: What the core writes into a sandbox's home; ``client`` holds keys of hosts that are gone. Named one by one, since
#: the home may be a directory with other things in it.
_FILES = (
    "daemon.pid",
    "sandbox.log",
    "sandbox.log.1",
    "state.pickle",
    "state.new",
    "env",
    "credentials.json",
)
_DIRECTORIES = ("authority", "client", "issuer")


class Leftover(Exception):
    """Something could not be removed; the message lists it."""


def stop_daemon(settings: Settings, patience: float = 30) -> bool:
    """Ask the daemon to end, and make it after ``patience`` seconds; returns whether there was one."""
    pid = daemon.running_pid(settings)
    if pid is None:
        return False
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if daemon.running_pid(settings) is None:
                return True
            time.sleep(0.1)
    raise Leftover(f"process {pid} does not end; look at it with `ps -o pid,stat,wchan,args {pid}`")


def destroy(
    settings: Settings, layers: list[Any], report: Callable[[str], object] = print, home_names: Iterable[str] = ()
) -> None:
    """Let every layer remove its part, last first; then remove the files.

    :param home_names: what layers write into the home
    :raises Leftover: after trying everything, when some part could not be removed
    """
    failed = []
    for layer in reversed(layers):
        report(f"Removing: {layer.name}")
        try:
            layer.destroy()
        except Exception as error:
            failed.append(f"{layer.name}: {type(error).__name__}: {error}")
    if failed:
        # Files stay, so that another `down` knows where it was.
        raise Leftover("\n".join(["could not be removed:", *failed, f"run `{command.name()} down` again"]))
    remove_files(settings, home_names)


def remove_files(settings: Settings, home_names: Iterable[str]) -> None:
    """Remove what the daemon, its layers and its clients wrote; the home too when nothing else is in it.

    :param home_names: what layers write into the home
    """
    for name in (*_FILES, *_DIRECTORIES, *home_names):
        path = settings.home / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if settings.home.is_dir() and not any(settings.home.iterdir()):
        settings.home.rmdir()


def purge(engine: Engine) -> str:
    """Remove the cache that all sandboxes share (image, packages); returns its place.

    :raises Leftover: when another sandbox has containers in it
    """
    others = engine.podman("ps", "--all", "--format", "{{.Names}}").split()
    if others:
        raise Leftover(f"the cache {engine.cache} is in use by containers of other sandboxes: {', '.join(others)}")
    engine.podman("rmi", "--all", "--force")
    volatile = Path(engine.podman("info", "--format", "{{.Store.RunRoot}}").strip()).parent
    shutil.rmtree(engine.cache)
    shutil.rmtree(volatile)
    return str(engine.cache)
