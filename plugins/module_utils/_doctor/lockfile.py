# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a bundle has: Gemfile.lock as Bundler writes it, and which of its gems a server installs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_SPEC = re.compile(r"^    (?P<name>[\w.-]+) \((?P<version>[^)\s]+)\)$")
_NEEDS = re.compile(r"^      (?P<name>[\w.-]+)")
_DIRECT = re.compile(r"^  (?P<name>[\w.-]+)(!)?(?: \(|$)")
_SECTION = re.compile(r"^[A-Z][A-Z ]+$")


@dataclass
class Gem:
    """One gem: where its code comes from (``GEM``, ``GIT``, ``PATH``; ``remote``), what it needs, and its line in the lock file."""

    name: str
    version: str
    kind: str
    remote: str
    line: int
    needs: set[str] = field(default_factory=set)
    #: Platforms that there is a compiled one for.
    compiled: set[str] = field(default_factory=set)


@dataclass
class LockFile:
    """Everything of a lock file that decides whether a server can install it. Versions are texts, empty where it says none."""

    gems: dict[str, Gem] = field(default_factory=dict)
    direct: set[str] = field(default_factory=set)
    platforms: dict[str, int] = field(default_factory=dict)
    ruby: tuple[str, int] = ("", 0)
    bundler: tuple[str, int] = ("", 0)

    def closure(self, roots: Iterable[str]) -> set[str]:
        """Names of gems that ``roots`` need, themselves included."""
        found: set[str] = set()
        waiting = [name for name in roots if name in self.gems]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [one for one in self.gems[name].needs if one in self.gems]
        return found


def read(text: str) -> LockFile:
    """A lock file from its text; what is no part of its format is passed over."""
    lock = LockFile()
    section = remote = ""
    gem: Gem | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if _SECTION.match(line):
            section, remote, gem = line, "", None
        elif section in ("GEM", "GIT", "PATH", "PLUGIN SOURCE"):
            said = re.match(r"^  remote: (.+)$", line)
            spec, needs = _SPEC.match(line), _NEEDS.match(line)
            if said:
                remote = said[1]
            elif spec:
                version, _dash, platform = spec["version"].partition("-")
                gem = lock.gems.setdefault(spec["name"], Gem(spec["name"], version, section, remote, number))
                if platform:
                    gem.compiled.add(platform)
            elif needs and gem:
                gem.needs.add(needs["name"])
        elif section == "PLATFORMS" and line.strip():
            lock.platforms[line.strip()] = number
        elif section == "DEPENDENCIES" and (direct := _DIRECT.match(line)):
            lock.direct.add(direct["name"])
        elif section == "RUBY VERSION" and (ruby := re.match(r"\s+ruby ([\d.]+)", line)):
            lock.ruby = (ruby[1], number)
        elif section == "BUNDLED WITH" and line.strip():
            lock.bundler = (line.strip(), number)
    return lock
