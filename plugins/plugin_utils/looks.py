# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tasks of one run saw of the account, kept for those that follow until something is changed.

Tasks run in processes of their own, so it is kept in files of a directory that only this run has. The callback ``looks`` makes
the directory and says when something was changed; the action ``stack_info`` reads and writes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Seconds after which a look is no longer believed: others may have changed something meanwhile.
BELIEVED = 60


class Looks:
    """The looks of a run. A directory that is empty or gone is a run without any."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @classmethod
    def begin(cls) -> Looks:
        """Looks of a run that begins, in a directory that nobody else can read."""
        looks = cls(Path(tempfile.mkdtemp(prefix="railyard-looks-")))
        looks.forget()
        return looks

    def end(self) -> None:
        """Remove all."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def forget(self) -> None:
        """Something was changed: what was seen before, and what is being looked at right now, counts no longer."""
        new = self._directory / "age.new"
        new.write_text(str(time.monotonic_ns()), "ascii")
        os.replace(new, self._directory / "age")

    def age(self) -> str:
        """Differs after each change."""
        return (self._directory / "age").read_text("ascii")

    @contextmanager
    def of(self, *whose: Any) -> Iterator[Look]:
        """The look at one stack with one set of credentials; others who want it wait meanwhile."""
        name = hashlib.sha256(json.dumps(whose, sort_keys=True, default=str).encode()).hexdigest()
        with (self._directory / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Look(self, self._directory / f"{name}.json")


class Look:
    """What is known of one stack."""

    def __init__(self, looks: Looks, file: Path) -> None:
        self._looks = looks
        self._file = file
        # Before anything is asked: what is changed while it is being looked at was perhaps not seen.
        self._age = looks.age()
        known = json.loads(file.read_text("utf-8")) if file.exists() else {}
        now = time.monotonic()
        fresh = known.get("age") == self._age
        self._kinds: dict[str, Any] = {kind: seen for kind, seen in known.get("kinds", {}).items() if fresh and now - seen["at"] < BELIEVED}
        self.where: dict[str, Any] = known.get("where", {})

    def lacking(self, kinds: list[str], names: dict[str, list[str]]) -> list[str]:
        """Those of ``kinds`` that are not known, or not with all ``names`` that are asked for by themselves."""
        return [kind for kind in kinds if kind not in self._kinds or not set(names.get(kind, [])) <= set(self._kinds[kind]["names"])]

    def add(self, entries: dict[str, Any], names: dict[str, list[str]], where: dict[str, Any]) -> None:
        """Keep what was just seen. ``where``: zones, region and account."""
        now = time.monotonic()
        self._kinds |= {kind: {"entries": seen, "names": names.get(kind, []), "at": now} for kind, seen in entries.items()}
        self.where = where
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({"age": self._age, "kinds": self._kinds, "where": where}), "utf-8")
        os.replace(new, self._file)

    def entries(self, kinds: list[str]) -> dict[str, Any]:
        """Entries of kinds that are known."""
        return {kind: self._kinds[kind]["entries"] for kind in kinds}


#: The looks of this run, where the callback is enabled. Workers are forked off the process that sets it.
current: Looks | None = None
