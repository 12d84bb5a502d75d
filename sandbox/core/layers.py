"""What the core knows of the parts of the world, and of the services behind them: two protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sandbox.core.settings import Settings

P = TypeVar("P", contravariant=True)


class Layer(Protocol[P]):
    """One part of the world that is made to agree with a picture of the account."""

    name: str

    def converge(self, picture: P) -> None:
        """Make, change and remove what differs. Safe to repeat and after a kill at any point."""

    def status(self) -> object:
        """What there is, as plain data for ``status --json``."""

    # A layer with processes of its own has `processes() -> Iterable[int]` too: when one ends, the layer converges.

    def close(self) -> None:
        """Stop what runs in this process; leave containers and namespaces to be adopted."""

    def destroy(self) -> None:
        """Remove everything this sandbox's layer made, also in a process that never converged."""


class Assembly(Protocol):
    """What the command line needs of the services; ``sandbox/assembly.py`` is one."""

    @property
    def HOME_NAMES(self) -> Sequence[str]:
        """Files and directories in a sandbox's home that layers write."""

    @property
    def COMMANDS(self) -> Sequence[Callable[[Any], None]]:
        """Each adds a verb: gets what ``ArgumentParser.add_subparsers`` returns."""

    def load_layers(self, settings: Settings) -> list[Layer[Any]]:
        """Construct every layer for one sandbox, in the order in which they converge."""

    def tables(self, answer: Mapping[str, Any]) -> list[str]:
        """Lines about the services for people, from the daemon's status."""
