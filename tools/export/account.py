"""What stands in the account of a stack, as resources: everything that the inventory knows is asked for."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.export.resource import Clients, Export, Left, Raw, Resource

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "collections"))

from ansible_collections.railyard.aws.plugins.module_utils._inventory import reading  # noqa: E402 (needs the path)
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Kind  # noqa: E402
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS  # noqa: E402

from tools.export import services  # noqa: E402 (one of them needs the path)

#: By kind, of every file in services/.
EXPORTS: dict[str, Export] = {
    kind: export
    for file in pkgutil.iter_modules(services.__path__)
    for kind, export in importlib.import_module(f"{services.__name__}.{file.name}").EXPORTS.items()
}


@dataclass(frozen=True)
class Found:
    """What a template can hold, and what it cannot."""

    resources: list[Resource]
    left: list[Left]


def _exported(kind: Kind, export: Export | None, raw: Raw, clients: Clients) -> Iterable[Resource | Left]:
    """The resources of one thing. What nobody here foresaw is said, and hinders nothing else."""
    name = f"{kind.label} {kind.entry(raw)['name']}"
    if export is None:
        return [Left(name, "is of a kind that tools/export/services does not know yet")]
    try:
        return [
            Left(f"{kind.label} {one.name}", one.reason) if isinstance(one, Left) else one
            for one in export(raw, clients)
        ]
    except (LookupError, TypeError, ValueError) as error:
        return [Left(name, f"AWS describes it otherwise than expected ({type(error).__name__}: {error})")]


def _gone(kind: Kind, raw: Raw) -> bool:
    return kind.entry(raw).get("state") in kind.deleted | kind.deleting


def look(clients: Clients, stack: str, region: str) -> Found:
    """Ask AWS for everything of a stack. Raises botocore's errors."""
    raw, _zones = reading.read_stack(clients, stack, list(KINDS), region)
    found = [
        one
        for kind, items in raw.items()
        for item in items
        if not _gone(KINDS[kind], item)
        for one in _exported(KINDS[kind], EXPORTS.get(kind), item, clients)
    ]
    return Found(
        [one for one in found if isinstance(one, Resource)],
        [one for one in found if isinstance(one, Left)],
    )
