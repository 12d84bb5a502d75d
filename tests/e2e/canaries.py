"""Where secrets may have landed: everything that ran while a playbook did, and files that others can read."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.e2e import machine
from tests.e2e.lab import Lab

#: Seconds between two looks at the processes.
_PERIOD = 0.1
#: Directories of a server in which something may write a secret.
_PLACES = ("etc", "home", "opt", "root", "run", "srv", "tmp", "usr/local", "var")
#: Bytes of a file that are looked at, and the length from which a value counts as a secret.
_LIMIT, _SHORTEST = 4_000_000, 12


class ProcessWatch:
    """Collects the command line of every process of the machine, those in containers included, while it is entered."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="process-watch", daemon=True)

    def __enter__(self) -> ProcessWatch:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def _watch(self) -> None:
        while not self._stop.wait(_PERIOD):
            for entry in os.scandir("/proc"):
                if entry.name.isdigit():
                    try:
                        self.seen.add(Path(entry.path, "cmdline").read_bytes())
                    except (FileNotFoundError, ProcessLookupError, PermissionError):
                        continue


def _leaves(value: Any) -> Iterator[str]:
    """Texts of a value as Secrets Manager keeps it: JSON's leaves, or the text itself."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, str):
        yield value


def secrets(lab: Lab) -> dict[str, str]:
    """Every secret of the account, as value to the name of what holds it.

    User names, hosts and ports, which secrets also hold, are none.
    """
    client = lab.account().client("secretsmanager")
    found: dict[str, str] = {}
    for page in client.get_paginator("list_secrets").paginate():
        for listed in page["SecretList"]:
            text = client.get_secret_value(SecretId=listed["ARN"])["SecretString"]
            try:
                value = json.loads(text)
            except ValueError:
                value = text
            if isinstance(value, dict):
                value = {key: one for key, one in value.items() if key in ("password", "secret_access_key")}
            found |= {leaf: listed["Name"] for leaf in _leaves(value) if len(leaf) >= _SHORTEST}
    return found


def readable_by_others(root: Path) -> Iterator[Path]:
    """Regular files below ``root`` that any user can read, links and other file systems left out."""
    try:
        device = root.lstat().st_dev
        if not root.is_dir() or root.is_symlink() or not root.lstat().st_mode & stat.S_IXOTH:
            return
    except (FileNotFoundError, ProcessLookupError):
        return
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if _enterable(Path(directory, name), device)]
        for name in files:
            path = Path(directory, name)
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(found.st_mode) and found.st_mode & stat.S_IROTH:
                yield path


def _enterable(path: Path, device: int) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and bool(found.st_mode & stat.S_IXOTH) and found.st_dev == device


def holding(paths: Iterator[Path], values: dict[str, str]) -> dict[str, str]:
    """Files that hold one of the values, with the name of the secret."""
    wanted = {value.encode(): name for value, name in values.items()}
    found = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                text = file.read(_LIMIT)
        except (FileNotFoundError, PermissionError, OSError):
            continue
        found |= {str(path): name for value, name in wanted.items() if value in text}
    return found


def on_servers(lab: Lab, values: dict[str, str]) -> dict[str, str]:
    """Files on the sandbox's servers that others can read and that hold one of the values."""
    found: dict[str, str] = {}
    for name, root in machine.roots(lab).items():
        for place in _PLACES:
            held = holding(readable_by_others(root / place), values)
            found |= {f"{name}:/{Path(path).relative_to(root)}": secret for path, secret in held.items()}
    return found
