"""The layers of the world in the order in which they converge; the last is removed first."""

from __future__ import annotations

import importlib
from typing import Protocol

from sandbox.picture import Picture
from sandbox.settings import Settings


class Layer(Protocol):
    """One part of the world that is made to agree with the picture."""

    name: str

    def converge(self, picture: Picture) -> None:
        """Make, change and remove what differs. Safe to repeat and after a kill at any point."""

    def status(self) -> object:
        """What there is, as plain data for ``status --json``."""

    # A layer with processes of its own has `processes() -> Iterable[int]` too: when one ends, the layer converges.

    def close(self) -> None:
        """Stop what runs in this process; leave containers and namespaces to be adopted."""

    def destroy(self) -> None:
        """Remove everything this sandbox's layer made, also in a process that never converged."""


#: Module and class of each layer. Imported when needed: the API alone needs none of them.
LAYERS = (
    ("sandbox.network.layer", "NetworkLayer"),
    ("sandbox.hosts.layer", "HostLayer"),
    ("sandbox.services.resolver", "ResolverLayer"),
    ("sandbox.services.metadata", "MetadataLayer"),
    ("sandbox.services.endpoints", "EndpointLayer"),
    ("sandbox.services.mail", "MailLayer"),
    ("sandbox.services.balancer", "BalancerLayer"),
    ("sandbox.services.database", "DatabaseLayer"),
    ("sandbox.services.publish", "PublishLayer"),
    ("sandbox.services.cache", "CacheLayer"),
)


def load(settings: Settings) -> list[Layer]:
    """Construct every layer for one sandbox."""
    return [getattr(importlib.import_module(module), name)(settings) for module, name in LAYERS]
