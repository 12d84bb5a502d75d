"""What the databases' servers are doing: written by the database layer, read by the emulated API.

Both live in the daemon's process. Where no layer runs (API only) nobody watches, and the API says what it would.
"""

from __future__ import annotations

import threading


class DatabaseRegistry:
    """Thread-safe. Keys are DbiResourceIds, and names of snapshots."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched = False
        self._states: dict[str, str] = {}
        self._dumped: set[str] = set()

    def watch(self, watched: bool = True) -> None:
        """Say whether servers stand behind the instances."""
        with self._lock:
            self._watched = watched
            self._states.clear()
            self._dumped.clear()

    def put(self, database_id: str, state: str) -> None:
        """Note how a server that should run fares, in the API's words."""
        with self._lock:
            self._states[database_id] = state

    def forget(self, database_id: str) -> None:
        with self._lock:
            self._states.pop(database_id, None)

    def state(self, database_id: str) -> str:
        """State of an instance that should run."""
        with self._lock:
            return self._states.get(database_id, "creating") if self._watched else "available"

    def put_snapshot(self, name: str) -> None:
        """Note that a snapshot's content is safe."""
        with self._lock:
            self._dumped.add(name)

    def snapshot_state(self, name: str) -> str:
        with self._lock:
            return "creating" if self._watched and name not in self._dumped else "available"


#: The daemon's one registry.
registry = DatabaseRegistry()
