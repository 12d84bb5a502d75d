"""The emulator's backends as pickles: those that share objects in one, every other in one of its own."""

from __future__ import annotations

import importlib
import io
import marshal
import pickle
import threading
import types
import weakref
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend

from sandbox.api.keys import reduce_key

#: (package of the emulator, account, region or partition)
Place = tuple[str, str, str]
#: Backends and the pickle of all of them.
Section = tuple[tuple[Place, ...], bytes]

#: Services that hold each other's objects: in one pickle, so that what they share stays shared.
TOGETHER = frozenset(
    (
        "acm",
        "applicationautoscaling",
        "autoscaling",
        "cloudformation",
        "cloudwatch",
        "dynamodb",
        "ec2",
        "elasticache",
        "elb",
        "elbv2",
        "events",
        "iam",
        "kms",
        "logs",
        "rds",
        "resourcegroupstaggingapi",
        "route53",
        "route53domains",
        "s3",
        "s3control",
        "secretsmanager",
        "ses",
        "sesv2",
        "sns",
        "sqs",
        "ssm",
        "sts",
    )
)

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


def in_use() -> dict[Place, BaseBackend]:
    """Every backend that the emulator has made so far."""
    return {
        (_package(registry), account, region): backend
        for registry in list(BackendDict._instances)
        for account, regions in list(registry.items())
        for region, backend in list(regions.items())
    }


def _package(registry: BackendDict | AccountSpecificBackend) -> str:
    """Tells a registry from every other: three of them share the service's name of EC2."""
    return registry.backend.__module__.split(".")[1]


def dump(backends: Mapping[Place, BaseBackend]) -> tuple[list[Section], dict[Place, Exception]]:
    """
    :returns: the sections, and for each backend left out what kept it from being pickled
    """
    together = [place for place in backends if place[0] in TOGETHER]
    sections, omitted = _shared(together, backends)
    for place, backend in backends.items():
        if place[0] in TOGETHER:
            continue
        try:
            sections.append(((place,), _pickled({place: backend})))
        except Exception as error:
            omitted[place] = error
    return sections, omitted


def load(section: Section) -> None:
    """Put the backends of a section in their places. Raises whatever the pickle does."""
    for (package, account, region), backend in _Unpickler(io.BytesIO(section[1])).load().items():
        get_backend(package)[account][region] = backend


def _shared(
    places: Iterable[Place], backends: Mapping[Place, BaseBackend]
) -> tuple[list[Section], dict[Place, Exception]]:
    """One section of all of these that can be pickled."""
    omitted: dict[Place, Exception] = {}
    good = {place: backends[place] for place in places}
    try:
        return [(tuple(good), _pickled(good))], omitted
    except Exception:
        for place in list(good):
            try:
                _pickled({place: backends[place]})
            except Exception as error:
                omitted[place] = error
                del good[place]
    return [(tuple(good), _pickled(good))], omitted


def _pickled(backends: Mapping[Place, BaseBackend]) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, backends).dump(dict(backends))
    return buffer.getvalue()


def _make_function(code: bytes, module: str, cells: int) -> types.FunctionType:
    empty = tuple(types.CellType() for _unused in range(cells))
    return types.FunctionType(marshal.loads(code), vars(importlib.import_module(module)), closure=empty)


def _fill_function(function: types.FunctionType, state: tuple[Any, ...]) -> None:
    # Apart from the making, because what a function encloses may hold the function.
    function.__defaults__, function.__kwdefaults__, contents = state
    for cell, content in zip(function.__closure__ or (), contents, strict=True):
        cell.cell_contents = content


def _is_local(function: types.FunctionType) -> bool:
    return "<l" in function.__qualname__  # <locals> or <lambda>


def _make_dictionary(kind: Any) -> Any:
    return kind.__new__(kind)


def _fill_dictionary(dictionary: Any, state: tuple[Any, ...]) -> None:
    dictionary.default_factory, attributes = state
    vars(dictionary).update(attributes)


class _Pickler(pickle.Pickler):
    """Refers to the emulator's registries, and to backends of other sections, by name; makes locks anew, and keeps
    functions made inside others.

    The code of such a function fits one version of Python, which the stamp of a state therefore names.
    """

    def __init__(self, file: io.BytesIO, backends: Mapping[Place, BaseBackend]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._inside = {id(backend) for backend in backends.values()}

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, BackendDict):
            return ("service", _package(obj))
        if isinstance(obj, AccountSpecificBackend):
            return ("account", _package(obj), obj.account_id)
        if isinstance(obj, BaseBackend) and id(obj) not in self._inside:
            place = next((place for place, backend in in_use().items() if backend is obj), None)
            return ("backend", *place) if place else None
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, _LOCK):
            return threading.Lock, ()
        if isinstance(obj, _RLOCK):
            return threading.RLock, ()
        if isinstance(obj, weakref.WeakValueDictionary):
            # Holds a function that holds the dictionary; what it refers to is held by its backend.
            return weakref.WeakValueDictionary, (dict(obj),)
        if isinstance(obj, types.FunctionType) and _is_local(obj):
            cells = tuple(cell.cell_contents for cell in obj.__closure__ or ())
            made = (marshal.dumps(obj.__code__), obj.__module__, len(cells))
            state = (obj.__defaults__, obj.__kwdefaults__, cells)
            return _make_function, made, state, None, None, _fill_function
        if isinstance(obj, defaultdict) and obj.__class__ is not defaultdict:
            # Would be made by calling its class with the factory, which is not what its __init__ takes.
            return (
                _make_dictionary,
                (type(obj),),
                (obj.default_factory, vars(obj)),
                None,
                iter(dict.items(obj)),
                _fill_dictionary,
            )
        return reduce_key(obj)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: tuple[Any, ...]) -> Any:
        found = get_backend(pid[1])
        for name in pid[2:]:
            found = found[name]
        return found
