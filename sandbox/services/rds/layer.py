"""RDS instances: one MariaDB or PostgreSQL per instance, in a container in its own network namespace."""

from __future__ import annotations

import functools
import logging
import shutil
import threading
from collections.abc import Callable
from typing import Any

from sandbox.core.authority import Authority
from sandbox.core.settings import Settings
from sandbox.hosts.engine import Engine
from sandbox.hosts.image import Recipe
from sandbox.network import netns
from sandbox.network.command import CommandError
from sandbox.services.picture import Picture
from sandbox.services.rds import image as database_image
from sandbox.services.rds.picture import Database
from sandbox.services.rds.private import Private, private_of
from sandbox.services.rds.registry import DatabaseRegistry, registry
from sandbox.services.rds.server import LABEL, NotReady, Server, software_of

_log = logging.getLogger(__name__)

#: States in which an instance has no server, in the API's words.
_AT_REST = ("stopped", "stopping")


class _Image:
    """An image that is built in a thread of its own while the other layers go on."""

    def __init__(self, settings: Settings, recipe: Recipe) -> None:
        self._settings = settings
        self._recipe = recipe
        self._builder: threading.Thread | None = None
        self._built: str | None = None
        self._error: Exception | None = None

    def reference(self) -> str:
        """Its name. Raises ``NotReady`` while it is being built, and ``RuntimeError`` when it cannot be."""
        if self._built is not None:
            return self._built
        if self._builder is None:
            self._error = None
            self._builder = threading.Thread(target=self._build, name="database-image", daemon=True)
            self._builder.start()
            # Most often it is in the cache.
            self._builder.join(timeout=1.5)
        if self._builder.is_alive():
            raise NotReady(f"the {self._recipe.title} is being built")
        self._builder = None
        if self._error is not None:
            raise RuntimeError(f"the {self._recipe.title} could not be built: {self._error}")
        if self._built is None:
            raise NotReady(f"the {self._recipe.title} is being built")
        return self._built

    def _build(self) -> None:
        try:
            self._built = database_image.ensure(self._settings, _log.info, self._recipe)
        except Exception as error:
            self._error = error


class DatabaseLayer:
    """Converges the database containers of one sandbox and says on the registry how they fare."""

    name = "database"

    def __init__(
        self,
        settings: Settings,
        engine: Engine | None = None,
        states: DatabaseRegistry = registry,
        private: Callable[[str], Private | None] | None = None,
    ) -> None:
        """
        :param private: what the API does not tell of the instance with an identifier
        """
        self.settings = settings
        self.engine = engine or Engine(settings)
        self.states = states
        self.home = settings.home / "databases"
        self.snapshots = self.home / "snapshots"
        self._private = private or functools.partial(private_of, settings.region)
        self._authority = Authority(settings)
        self._servers: dict[str, Server] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._images = {
            recipe.repository: _Image(settings, recipe) for recipe in (database_image.RECIPE, database_image.POSTGRES)
        }
        states.watch()

    # -- the layer

    def converge(self, picture: Picture) -> None:
        """Start, change, dump or remove. Every database is tried; raises ``RuntimeError`` for those that failed."""
        if not picture.databases and not self.home.is_dir():
            return
        problems = [*self._converge_snapshots(picture), *self._remove_others(picture)]
        for database in picture.databases:
            row = {"kind": "database", "id": database.id, "name": database.name}
            try:
                self._converge_one(database, row)
            except NotReady as waiting:
                row |= {"state": "waiting", "detail": str(waiting)}
            except (CommandError, OSError, RuntimeError, ValueError) as error:
                row |= {"state": "failed", "detail": str(error)}
                problems.append(f"database {database.name}: {error}")
            self._rows[database.id] = row
        if not picture.databases and not problems:
            self._leave()
        if problems:
            raise RuntimeError("; ".join(problems))

    def status(self) -> list[dict[str, Any]]:
        """One row per database; its detail tells which parameters the server does not follow, and why."""
        return [row for _unused, row in sorted(self._rows.copy().items())]

    def processes(self) -> list[int]:
        return [server.pid for server in self._servers.values()]

    def close(self) -> None:
        """The servers go on."""

    def destroy(self) -> None:
        """Remove every database container and file of this sandbox."""
        if shutil.which("podman"):
            for container in self.engine.containers(LABEL):
                self.engine.remove(container.name)
        shutil.rmtree(self.home, ignore_errors=True)
        self._servers.clear()
        self._rows.clear()

    # -- parts

    def _server(self, identifier: str, engine: str = "") -> Server:
        """The server of an instance; without its engine, which the API no longer tells, as its files have it."""
        if identifier not in self._servers:
            folder = self.home / identifier
            engine = engine or ("postgres" if (folder / "data" / "PG_VERSION").exists() else "mysql")
            name = f"{self.settings.prefix}-{identifier}"
            self._servers[identifier] = Server(self.engine, self._authority, name, folder, software_of(engine))
        return self._servers[identifier]

    def _reference(self, server: Server) -> Callable[[], str]:
        return self._images[server.software.recipe.repository].reference

    def _converge_one(self, database: Database, row: dict[str, Any]) -> None:
        server = self._server(database.id, database.engine)
        if database.state in _AT_REST:
            if server.pid or self._rows.get(database.id, {}).get("state") != "stopped":
                server.stop()
            self.states.forget(database.id)
            row |= {"state": "stopped", "detail": "its data are kept"}
            return
        private = self._private(database.name)
        if private is None:
            raise NotReady("its master user has no password: the secret is gone")
        namespace = self.settings.netns(database.id)
        if not netns.exists(namespace):
            raise NotReady("no network yet")
        try:
            server.converge(database, private, namespace, self._reference(server), self.snapshots)
        except NotReady:
            # One that failed is tried again, and stays what it was until it answers.
            if server.crashes < 2:
                self.states.forget(database.id)
            raise
        except RuntimeError:
            if server.crashes > 1:
                self.states.put(database.id, "incompatible-parameters")
            raise
        self.states.put(database.id, "available")
        remarks = [
            *filter(None, [server.answers]),
            *server.notes,
            *(f"{option}: waits for a reboot" for option in server.pending),
        ]
        detail = f"{database.address}:{database.port} {database.host_name}"
        row |= {"state": "running", "detail": "; ".join([detail, *remarks])}

    def _converge_snapshots(self, picture: Picture) -> list[str]:
        """Dump what has no dump yet, also of an instance that was deleted meanwhile."""
        problems = []
        for snapshot in picture.database_snapshots:
            target = self.snapshots / f"{snapshot.name}.sql"
            if not target.exists() and (self.home / snapshot.database_id / "data").is_dir():
                try:
                    server = self._server(snapshot.database_id)
                    server.dump(target, self._reference(server))
                except NotReady:
                    continue
                except (CommandError, OSError, RuntimeError) as error:
                    problems.append(f"database snapshot {snapshot.name}: {error}")
                    continue
                _log.info("database snapshot %s: kept in %s", snapshot.name, target)
            self.states.put_snapshot(snapshot.name)
        kept = {f"{snapshot.name}.sql" for snapshot in picture.database_snapshots}
        if self.snapshots.is_dir():
            for file in self.snapshots.iterdir():
                if file.name not in kept:
                    file.unlink()
        return problems

    def _remove_others(self, picture: Picture) -> list[str]:
        """Remove databases that the API no longer has, once their snapshots are safe."""
        wanted = {database.id for database in picture.databases}
        present = {entry.name for entry in self.home.iterdir()} if self.home.is_dir() else set()
        problems = []
        for identifier in present - wanted - {self.snapshots.name}:
            waiting = [
                s.name
                for s in picture.database_snapshots
                if s.database_id == identifier and not (self.snapshots / f"{s.name}.sql").exists()
            ]
            if waiting and (self.home / identifier / "data").is_dir():
                continue
            try:
                self._server(identifier).destroy()
            except CommandError as error:
                problems.append(f"database {identifier}: {error}")
                continue
            self._servers.pop(identifier, None)
            self._rows.pop(identifier, None)
            self.states.forget(identifier)
        return problems

    def _leave(self) -> None:
        """Without a database or a snapshot nothing of the layer stays, and it costs nothing."""
        for directory in (self.snapshots, self.home):
            if directory.is_dir() and not any(directory.iterdir()):
                directory.rmdir()
