# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Rails application as its files describe it: gems, versions, configuration. Nothing of it is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Bytes of a file that are read; configuration is never longer.
LARGEST = 256 * 1024


class NoApplication(Exception):
    """The directory holds no Rails application; its words say what is missing."""


@dataclass(frozen=True)
class Line:
    """One line of configuration that is no comment."""

    file: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


def version_of(text: str) -> tuple[int, ...]:
    """``2.6.6p146`` as ``(2, 6, 6)``, to be compared."""
    return tuple(int(part) for part in re.findall(r"\d+", text.split("p")[0])[:3])


class Application:
    """What the checks look at.

    :param root: directory of the application
    :param gemfile: its bundle's Gemfile, from there
    :raises NoApplication: when it has none
    """

    def __init__(self, root: Path, gemfile: str = "Gemfile") -> None:
        if not (root / gemfile).is_file():
            raise NoApplication(f"{root} has no {gemfile}, so it is no Rails application; write the directory that has it.")
        self.root = root
        lock = root / f"{gemfile}.lock"
        self.locked = lock.is_file()
        text = self._read(lock) if self.locked else ""
        #: Gem → version, as the lock file decides.
        self.gems = dict(re.findall(r"^    ([A-Za-z0-9_.-]+) \(([^)\s]+)\)$", text, re.MULTILINE))
        self.ruby = self._ruby(text)
        #: Lines of configuration and of uploaders, the usual places of what a stack decides.
        self.lines = [line for pattern in ("config/**/*.rb", "config/*.yml", "app/uploaders/**/*.rb") for line in self._lines(pattern)]

    def has(self, gem: str, below: str | None = None) -> bool:
        """Whether a gem is in the bundle, and, where ``below`` is given, older than that version."""
        version = self.gems.get(gem)
        return version is not None and (below is None or version_of(version) < version_of(below))

    def matching(self, pattern: str, without: str | None = None) -> list[Line]:
        """Lines that a regular expression is found in, and another one is not."""
        return [line for line in self.lines if re.search(pattern, line.text) and not (without and re.search(without, line.text))]

    def read(self, name: str) -> str:
        """A file's text; of one that is not there the empty text."""
        file = self.root / name
        return self._read(file) if file.is_file() else ""

    def lines_of(self, *patterns: str) -> list[Line]:
        """Lines that are no comments, of all files below the root that one of the shell patterns names."""
        return [line for pattern in patterns for line in self._lines(pattern)]

    def _ruby(self, lock: str) -> str | None:
        found = re.search(r"^RUBY VERSION\n\s+ruby ([\d.]+)", lock, re.MULTILINE)
        if found:
            return found[1]
        file = self.root / ".ruby-version"
        found = re.search(r"\d+\.\d+(?:\.\d+)?", self._read(file)) if file.is_file() else None
        return found[0] if found else None

    def _lines(self, pattern: str) -> Iterator[Line]:
        for file in sorted(one for one in self.root.glob(pattern) if one.is_file()):
            for number, text in enumerate(self._read(file).splitlines(), 1):
                if text.strip() and not text.lstrip().startswith("#"):
                    yield Line(str(file.relative_to(self.root)), number, text)

    def _read(self, file: Path) -> str:
        with file.open("rb") as opened:
            return opened.read(LARGEST).decode("utf-8", "replace")
