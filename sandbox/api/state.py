"""The emulator's state on disk: saved soon after a change, loaded at the next start, also after ``kill -9``."""

from __future__ import annotations

import io
import logging
import os
import pickle
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import moto

from sandbox.api import sections
from sandbox.api.sections import Place
from sandbox.core import command

log = logging.getLogger(__name__)

#: 3: classes and functions in the state are named by the modules of ``sandbox/services``.
_FORMAT = 3


class StateError(Exception):
    """The saved state cannot be used; the message says why and what to do."""


class Gate:
    """Lets any number of requests pass at once, or one saver alone."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0
        self._saving = False

    @contextmanager
    def request(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(lambda: not self._saving)
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    @contextmanager
    def saver(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(lambda: not self._saving)
            self._saving = True
            self._condition.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._condition:
                self._saving = False
                self._condition.notify_all()


def dump() -> tuple[bytes, dict[Place, Exception]]:
    """The state of every backend in use.

    :returns: the state, and for each backend left out what kept it from being pickled
    """
    parts, omitted = sections.dump(sections.in_use())
    return pickle.dumps(_stamp()) + pickle.dumps(parts), omitted


def load(data: bytes) -> dict[str, Exception]:
    """Put a dumped state into the emulator.

    :returns: for each service that could not be loaded, why; the others are
    :raises StateError: when another version wrote it, or it is damaged
    """
    buffer = io.BytesIO(data)
    try:
        stamp = pickle.load(buffer)
    except Exception as error:
        raise StateError(f"the saved state is damaged ({error})") from error
    if stamp != _stamp():
        raise StateError(f"the saved state was written by {_name(stamp)}, this is {_name(_stamp())}")
    lost: dict[str, Exception] = {}
    try:
        for places, body in pickle.load(buffer):
            try:
                sections.load((places, body))
            except Exception as error:
                if {service for service, _account, _region in places} & sections.TOGETHER:
                    raise
                # Nothing of a stack is in it, so it must not cost the account.
                lost |= {service: error for service, _account, _region in places}
    except Exception as error:
        raise StateError(f"the saved state is damaged ({type(error).__name__}: {error})") from error
    return lost


def _stamp() -> dict[str, Any]:
    return {"format": _FORMAT, "moto": moto.__version__, "python": platform.python_version()}


def _name(stamp: Any) -> str:
    if not isinstance(stamp, dict):
        return repr(stamp)
    return ", ".join(f"{what} {value}" for what, value in stamp.items())


class StateFile:
    """Saves the state to a file when told that something changed, at most about once a second."""

    def __init__(self, path: Path, gate: Gate, delay: float = 1.0) -> None:
        self.path = path
        self.last_error: str | None = None
        self._omitted: set[Place] = set()  # backends that could not be saved the last time
        self._gate = gate
        self._delay = delay
        self._changed = threading.Event()
        self._asked = self._saved = 0  # changes told, and how many of them are on disk
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="state", daemon=True)

    def restore(self) -> bool:
        """Load the file if there is one; returns whether there was.

        :raises StateError: when it does not fit, naming the file and the command that starts anew
        """
        if not self.path.exists():
            return False
        try:
            lost = load(self.path.read_bytes())
        except StateError as error:
            raise StateError(
                f"{self.path}: {error}. Start anew with `{command.name()} down`, then `{command.name()} up`."
            ) from error
        for service, why in lost.items():
            log.error("%s of the saved state could not be restored: %s: %s", service, type(why).__name__, why)
        return True

    def start(self) -> None:
        self._thread.start()

    def changed(self) -> None:
        """Something changed: save soon."""
        self._asked += 1
        self._changed.set()

    @property
    def unsaved(self) -> bool:
        """Whether a kill at this moment would lose a change."""
        return self._saved != self._asked

    def close(self) -> None:
        """Save what is unsaved and stop."""
        self._stop.set()
        self._changed.set()
        self._thread.join(timeout=30)

    def save(self) -> None:
        """Write the state now, atomically."""
        asked = self._asked
        with self._gate.saver():
            data, omitted = dump()
        temporary = self.path.with_suffix(".new")
        with open(temporary, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        self._saved = asked
        for place, error in omitted.items():
            if place not in self._omitted:
                log.error("%s of account %s in %s is not saved: %s: %s", *place, type(error).__name__, error)
        self._omitted = set(omitted)
        # What no stack uses is a line of the log and no more.
        self.last_error = (
            "; ".join(
                f"{place[0]} in {place[2]} is not saved: {type(error).__name__}: {error}"
                for place, error in omitted.items()
                if place[0] in sections.TOGETHER
            )
            or None
        )

    def _run(self) -> None:
        while True:
            self._changed.wait()
            stopping = self._stop.is_set()
            if not stopping:
                time.sleep(self._delay)
            self._changed.clear()
            try:
                self.save()
            except Exception as error:
                self.last_error = f"{type(error).__name__}: {error}"
                log.exception("could not save the state to %s", self.path)
            if stopping or self._stop.is_set():
                return
