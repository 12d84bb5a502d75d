"""One database's server: its directory and its container."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.core.authority import Authority, write_private
from sandbox.core.fields import Identifier, check
from sandbox.core.files import copy_private, private_directory, read, write_if_changed
from sandbox.hosts.engine import Container, Engine
from sandbox.network import netns
from sandbox.network.command import CommandError
from sandbox.services.rds import config
from sandbox.services.rds.image import DIRECTORY, UID
from sandbox.services.rds.mariadb import MariaDB
from sandbox.services.rds.picture import Database
from sandbox.services.rds.postgres import PostgreSQL
from sandbox.services.rds.private import Private

LABEL = "railyard.database"
#: What a container was started for; another digest means that it has to be started again.
START_LABEL = "railyard.database-start"

_SERVE = ["serve-database"]
#: Content to be loaded before anybody is let in.
_RESTORE = "restore.sql"
#: Seconds that a server may take to begin, and to write or read a whole database.
_START, _DUMP = 60, 1800


#: What answers for an engine.
Software = MariaDB | PostgreSQL


def software_of(engine: str) -> Software:
    return PostgreSQL() if engine == "postgres" else MariaDB()


class NotReady(Exception):
    """Nothing is wrong; the message says what it waits for."""


@dataclass
class Server:
    """Converges one server. Everything that counts after a kill is in the directory or on the container."""

    engine: Engine
    authority: Authority
    container: str
    directory: Path
    software: Software
    pid: int = 0
    started_for: str = ""
    configured: object = None
    tried: str = ""  # files that were last brought to the running server
    crashes: int = 0
    notes: tuple[str, ...] = ()
    answers: str = ""  # what it is, where that is not what the API says
    pending: tuple[str, ...] = ()  # options that wait for a reboot

    # -- running

    def converge(
        self, database: Database, private: Private, namespace: str, image: Callable[[], str], snapshots: Path
    ) -> None:
        """Start or mend. Raises ``NotReady``, ``RuntimeError``, ``CommandError`` and ``OSError``."""
        rendered: Any = self.software.render(database)
        self.notes = rendered.notes
        wanted = _digest(private.boots, database.port, database.host_name)
        if not self._alive(namespace, wanted):
            reference = image()
            self._end()
            self._prepare(database, private, self.software.files(rendered), snapshots)
            self._run(reference, namespace, wanted)
            raise NotReady("starting")
        self._await(database)
        self._follow(rendered)
        self._configure(database, private)

    def stop(self) -> None:
        """Shut the server down and remove its container; the data stay."""
        self.pid, self.configured = 0, None
        self._end()

    def dump(self, target: Path, image: Callable[[], str]) -> None:
        """Write everything in the database to ``target``; a server that does not run is run for it."""
        found = self._container()
        alone = found is None or not found.running
        if alone:
            self.stop()
            self._run(image(), None, "dump")
        self._wait()
        file = self.directory / "run" / "dump.sql"
        self._exec(["sh", "-c", f"{self.software.dump} > {DIRECTORY}/run/dump.sql"], timeout=_DUMP)
        private_directory(target.parent)
        copy_private(file, target)
        file.unlink()
        if alone:
            self.stop()

    def destroy(self) -> None:
        """Remove container and data."""
        self.pid = 0
        self.engine.remove(self.container)
        shutil.rmtree(self.directory, ignore_errors=True)

    # -- parts

    def _alive(self, namespace: str, wanted: str) -> bool:
        """Whether it runs as wanted in the namespace that has this name now; adopts one of an earlier process."""
        if not self.pid:
            found = self._container()
            if found is None or not found.running:
                self._look_at_crash(found)
                return False
            self.pid, self.started_for = found.pid, found.labels.get(START_LABEL, "")
        try:
            inside = os.stat(f"/proc/{self.pid}/ns/net").st_ino
        except FileNotFoundError:
            self.pid = 0
            self._look_at_crash(self._container())
            return False
        if inside != netns.identity(namespace) or self.started_for != wanted:
            self.pid = 0
            return False
        return True

    def _look_at_crash(self, found: Container | None) -> None:
        if found is None or found.running or found.never_started:
            return
        self.crashes += 1
        if self.crashes > 1:
            said = self.engine.logs(self.container, 200)
            errors = [line for line in said.splitlines() if self.software.fatal in line][-3:]
            self.engine.remove(self.container)
            words = " ".join(errors or said.splitlines()[-2:]) or "it said nothing"
            raise RuntimeError(f"the server ends at once: {words}")

    def _container(self) -> Container | None:
        present = self.engine.containers(f"{LABEL}={self.container}")
        return next((c for c in present if c.name == self.container), None)

    def _end(self) -> None:
        """Let the server write everything down before its container goes."""
        found = self._container()
        if found is not None:
            if found.running:
                self.engine.stop(self.container)
            self.engine.remove(self.container)

    def _prepare(self, database: Database, private: Private, files: Mapping[str, str], snapshots: Path) -> None:
        private_directory(self.directory.parent)
        fresh = not (self.directory / "data").exists()
        for path in (self.directory, *(self.directory / name for name in ("run", "log", "tls"))):
            private_directory(path, UID)
        self._certify(database.host_name)
        for name, text in files.items():
            self.write(name, text)
        if private.source:
            # A part of a path.
            check(Identifier, private.source, "the snapshot that the instance was restored from")
        if fresh and private.source and (dump := snapshots / f"{private.source}.sql").exists():
            copy_private(dump, self.directory / _RESTORE, UID)

    def write(self, name: str, text: str) -> None:
        """Write a file of its directory, for itself alone."""
        write_if_changed(self.directory / name, text, mode=0o600, owner=UID)

    def read(self, name: str) -> str:
        """A file of its directory; empty where there is none."""
        return read(self.directory / name) or ""

    def _certify(self, name: str) -> None:
        certificate, key = self.directory / config.CERTIFICATE, self.directory / config.KEY
        self.authority.certificate()
        if certificate.exists() and key.exists() and self.authority.fits(certificate.read_bytes(), [name]):
            return
        certificate.unlink(missing_ok=True)
        issued, private = self.authority.issue([name])
        write_private(key, private, owner=UID)
        write_private(certificate, issued, mode=0o644, owner=UID)

    def _run(self, image: str, namespace: str | None, started_for: str) -> None:
        self.engine.run_service(
            self.container,
            image,
            namespace,
            _SERVE,
            user=UID,
            writable={self.directory: DIRECTORY},
            labels={LABEL: self.container, START_LABEL: started_for},
        )
        self.tried, self.configured, self.pending = "", None, ()

    def _await(self, database: Database) -> None:
        if self.configured is None:
            try:
                self.sql("SELECT 1;\n")
                self.answers = self.software.answers(self, database)
            except RuntimeError:
                raise NotReady("starting") from None
            self.crashes = 0

    def _wait(self) -> None:
        """Until it answers, a minute at most."""
        end = time.monotonic() + _START
        while True:
            try:
                self.sql("SELECT 1;\n")
                return
            except RuntimeError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.3)

    def _follow(self, rendered: Any) -> None:
        """Bring changed options to the running server; those that it takes at its start only are pending."""
        key = repr(self.software.files(rendered))
        if self.tried != key:
            self.pending = self.software.follow(self, rendered)
            self.tried = key

    def _configure(self, database: Database, private: Private) -> None:
        wanted = (database.master_user, _digest(private.password), database.database)
        if self.configured == wanted:
            return
        restore, first = self.directory / _RESTORE, self.directory / "data" / ".railyard-new"
        if restore.exists():
            self._exec(["sh", "-c", f"{shlex.join(self.software.client)} < {DIRECTORY}/{_RESTORE}"], timeout=_DUMP)
            restore.unlink()
            os.close(os.open(first, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        self.sql(self.software.accounts(database, private.password))
        if database.database and not first.exists():
            # Once: somebody may drop it later.
            self.sql(self.software.first_database(database))
        os.close(os.open(first, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        self.configured = wanted

    # -- commands

    def sql(self, statements: str) -> str:
        """Run statements as the administrator. The error does not repeat them: they may hold a hash."""
        return self._exec(list(self.software.client), stdin=statements)

    def _exec(self, argv: list[str], stdin: str | None = None, timeout: float = 120) -> str:
        interactive = ["--interactive"] if stdin is not None else []
        try:
            return self.engine.podman("exec", *interactive, self.container, *argv, stdin=stdin, timeout=timeout)
        except CommandError as error:
            raise RuntimeError(f"{argv[0]} in {self.container} ended with {error.code}: {error.stderr}") from None


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
