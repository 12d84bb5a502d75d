"""The emulator's state on disk: saved soon after a change, loaded at the next start, also after ``kill -9``."""

from __future__ import annotations

import importlib
import io
import logging
import marshal
import os
import pickle
import platform
import threading
import time
import types
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import moto
from moto.backends import get_backend
from moto.core.base_backend import AccountSpecificBackend, BackendDict

from sandbox.api.keys import reduce_key

log = logging.getLogger(__name__)

_FORMAT = 1
_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


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


def _make_function(code: bytes, module: str, cells: int) -> types.FunctionType:
    empty = tuple(types.CellType() for _unused in range(cells))
    return types.FunctionType(marshal.loads(code), vars(importlib.import_module(module)), closure=empty)


def _fill_function(function: types.FunctionType, state: tuple) -> None:
    # Apart from the making, because what a function encloses may hold the function.
    function.__defaults__, function.__kwdefaults__, contents = state
    for cell, content in zip(function.__closure__ or (), contents, strict=True):
        cell.cell_contents = content


def _is_local(function: types.FunctionType) -> bool:
    return "<l" in function.__qualname__  # <locals> or <lambda>


def _make_dictionary(kind: type) -> Any:
    return kind.__new__(kind)


def _fill_dictionary(dictionary: Any, state: tuple) -> None:
    dictionary.default_factory, attributes = state
    vars(dictionary).update(attributes)


class _Pickler(pickle.Pickler):
    """Refers to the emulator's registries by name, makes locks anew, and keeps functions made inside others.

    The code of such a function fits one version of Python, which the stamp therefore names.
    """

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, BackendDict):
            return ("service", obj.service_name)
        if isinstance(obj, AccountSpecificBackend):
            return ("account", obj.service_name, obj.account_id)
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, _LOCK):
            return threading.Lock, ()
        if isinstance(obj, _RLOCK):
            return threading.RLock, ()
        if isinstance(obj, types.FunctionType) and _is_local(obj):
            cells = tuple(cell.cell_contents for cell in obj.__closure__ or ())
            made = (marshal.dumps(obj.__code__), obj.__module__, len(cells))
            state = (obj.__defaults__, obj.__kwdefaults__, cells)
            return _make_function, made, state, None, None, _fill_function
        if isinstance(obj, defaultdict) and obj.__class__ is not defaultdict:
            # Would be made by calling its class with the factory, which is not what its __init__ takes.
            state = (obj.default_factory, vars(obj))
            return _make_dictionary, (type(obj),), state, None, iter(dict.items(obj)), _fill_dictionary
        return reduce_key(obj)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: tuple) -> Any:
        registry = get_backend(pid[1])
        return registry if pid[0] == "service" else registry[pid[2]]


def dump() -> tuple[bytes, dict[str, Exception]]:
    """The state of every service in use, as one pickle, so that what services share stays shared.

    :returns: the state, and for each service left out what kept it from being pickled
    """
    backends = {
        registry.service_name: {account: dict(regions.items()) for account, regions in registry.items()}
        for registry in list(BackendDict._instances)
    }
    omitted: dict[str, Exception] = {}
    try:
        body = _pickled(backends)
    except Exception:
        # One service that cannot be saved must not cost the others.
        for service in list(backends):
            try:
                _pickled(backends[service])
            except Exception as error:
                omitted[service] = error
                del backends[service]
        body = _pickled(backends)
    return pickle.dumps(_stamp()) + body, omitted


def _pickled(obj: Any) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(obj)
    return buffer.getvalue()


def load(data: bytes) -> None:
    """Put a dumped state into the emulator.

    :raises StateError: when another version wrote it, or it is damaged
    """
    buffer = io.BytesIO(data)
    try:
        stamp = pickle.load(buffer)
    except Exception as error:
        raise StateError(f"the saved state is damaged ({error})") from error
    if stamp != _stamp():
        raise StateError(f"the saved state was written by {_name(stamp)}, this is {_name(_stamp())}")
    try:
        backends = _Unpickler(buffer).load()
    except Exception as error:
        raise StateError(f"the saved state is damaged ({type(error).__name__}: {error})") from error
    for service, accounts in backends.items():
        registry = get_backend(service)
        for account, regions in accounts.items():
            for region, backend in regions.items():
                registry[account][region] = backend


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
            load(self.path.read_bytes())
        except StateError as error:
            raise StateError(
                f"{self.path}: {error}. Start anew with `python -m sandbox down`, then `python -m sandbox up`."
            ) from error
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
        message = "; ".join(
            f"{service} is not saved: {type(error).__name__}: {error}" for service, error in omitted.items()
        )
        if message and message != self.last_error:
            log.error("%s", message)
        self.last_error = message or None

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
