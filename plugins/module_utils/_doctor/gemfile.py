# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Gemfile asks for: gems with their groups, and the Ruby. It is Ruby; what cannot be told by reading counts as wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

_GEM = re.compile(r"^\s*gem[\s(]+['\"]([\w.-]+)['\"](.*)$")
_GROUP = re.compile(r"^\s*group[\s(]+(.+?)\)?\s+do\b")
_BLOCK = re.compile(r"\bdo\b(\s*\|[^|]*\|)?\s*$|^\s*(if|unless|case|begin|def)\b")
_OWN_GROUPS = re.compile(r"\b(?:group|groups)['\"]?\s*(?::|=>)\s*(\[[^\]]*\]|%[iwIW][\[({][^\])}]*[\])}]|[:'\"]\w+)")
#: Other Rubies and other systems than a server's.
_ELSEWHERE = re.compile(r"\b((?:ruby|mri)_(?:18|19|2[0-5])|mingw|mswin|x64_mingw|windows|jruby|truffleruby|rbx)\b")
_HERE = re.compile(r"\b(ruby|mri)\b(?!_)")
_PLATFORMS = re.compile(r"\bplatforms?['\"]?\s*(?::|=>)?\s*[\s(]*(%[iw]\[[^\]]*\]|\[[^\]]*\]|:\w+(?:\s*,\s*:\w+)*)")


class _Line(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def text(self) -> str: ...


@dataclass
class GemFile:
    """``groups`` of each gem (empty: the default group), the line of each, and what ``ruby`` asks for with its line."""

    groups: dict[str, set[str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    ruby: tuple[str, int] = ("", 0)
    #: Groups of which Bundler installs nothing unless BUNDLE_WITH names them.
    optional: set[str] = field(default_factory=set)
    #: Gems that stand within a condition or a loop only: whether they are wanted cannot be told by reading.
    perhaps: set[str] = field(default_factory=set)

    def left_out(self, without: Iterable[str]) -> set[str]:
        """Gems of which every group is one of ``without``, or ``elsewhere``."""
        names = {*without, "elsewhere"}
        return {name for name, groups in self.groups.items() if groups and groups <= names}


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", re.sub(r"%[iwIW](?=[\[({])", "", text)))


def _elsewhere(text: str) -> bool:
    said = _PLATFORMS.search(text)
    return bool(said and _ELSEWHERE.search(said[1]) and not _HERE.search(said[1]))


def read(lines: Iterable[_Line]) -> GemFile:
    """A Gemfile from its lines without comments."""
    found = GemFile()
    open_: list[set[str]] = []
    conditions: list[bool] = []
    for line in lines:
        text = re.sub(r"\s#(?!\{).*$", "", line.text)
        gem, group = _GEM.match(text), _GROUP.match(text)
        ruby = re.match(r"^\s*ruby[\s(]+(.+?)\)?\s*$", text)
        if ruby:
            found.ruby = (ruby[1], line.number)
        elif gem:
            own = _OWN_GROUPS.search(gem[2])
            groups = (_words(own[1]) if own else set()) | set().union(*open_)
            if _elsewhere(gem[2]):
                groups = {"elsewhere"}
            if any(conditions) and gem[1] not in found.groups:
                found.perhaps.add(gem[1])
            elif not any(conditions):
                found.perhaps.discard(gem[1])
            # One that is in the default group anywhere is wanted.
            if gem[1] in found.groups and any(conditions) and "elsewhere" in groups | found.groups[gem[1]]:
                found.groups[gem[1]] = {"elsewhere"}
            elif gem[1] in found.groups:
                found.groups[gem[1]] = found.groups[gem[1]] | groups if groups and found.groups[gem[1]] else set()
            else:
                found.groups[gem[1]] = groups
                found.lines[gem[1]] = line.number
        elif group:
            names = _words(group[1])
            if {"optional", "true"} <= names:
                found.optional |= names - {"optional", "true"}
            open_.append(names - {"optional", "true", "false"})
            conditions.append(False)
        elif re.match(r"^\s*end\b", text):
            if open_:
                open_.pop()
                conditions.pop()
        elif _BLOCK.search(text):
            open_.append({"elsewhere"} if re.match(r"^\s*platforms?\b", text) and _elsewhere(text) else set())
            conditions.append(not re.match(r"^\s*(platforms?|source|git|path|github|install_if)\b", text))
    return found
