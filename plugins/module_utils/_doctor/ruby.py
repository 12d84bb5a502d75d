# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which lines of Ruby count in production, and what a setting in them is, as far as reading alone can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Line

_OPENS = re.compile(r"^\s*(if|unless|case|while|until|for|begin|def|class|module)\b|=\s*(if|unless|case|begin)\b|\bdo\b(\s*\|[^|]*\|)?\s*$")
_ENVIRONMENT = r"(?:Rails\.env|ENV\[['\"](?:RAILS|RACK)_ENV['\"]\])"
_TERNARY = re.compile(rf"({_ENVIRONMENT}\S*)\s+\?\s+(.+?)\s+:\s+(.+)$")
_MODIFIER = re.compile(r"\S.*\s(if|unless)\s+(.+)$")
_FETCH = re.compile(r"ENV\.fetch\(?\s*['\"](\w+)['\"](?:\s*,\s*|\)?\s*\{\s*):?['\"]?([\w-]+)?")
_OR = re.compile(r"ENV\[['\"](\w+)['\"]\](?:\.presence)?(?:\s*\|\|\s*:?['\"]?([\w-]+))?")


@dataclass(frozen=True)
class Setting:
    """A word that a line sets, whether it holds in production, and the variable of the environment that decides, if one does."""

    word: str | None
    holds: bool | None
    line: Line
    variable: str = ""


def holds(condition: str) -> bool | None:
    """Whether a condition holds in production; none when it depends on something else."""
    said = re.search(rf"(!|not\s+)?\s*{_ENVIRONMENT}(?:\.(\w+)\?|\s*(==|!=)\s*['\"](\w+)['\"])", condition)
    if not said or re.search(r"&&|\|\||\band\b|\bor\b", condition):
        return None
    names = {"local": "development"}
    result = names.get(said[2], said[2] or said[4]) == "production"
    if said[3] == "!=":
        result = not result
    return not result if said[1] else result


def _both(outer: bool | None, inner: bool | None) -> bool | None:
    if outer is False or inner is False:
        return False
    return None if outer is None or inner is None else True


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def in_production(lines: Iterable[Line]) -> Iterator[tuple[Line, bool | None]]:
    """Lines of one file that may count in production, each with whether it does for certain."""
    # What is open: whether its branch holds, and whether one of its branches held already.
    stack: list[tuple[bool | None, bool | None]] = []
    for line in lines:
        text = re.sub(r"\s#(?!\{).*$", "", line.text).strip()
        around: bool | None = True
        for branch, _earlier in stack:
            around = _both(around, branch)
        word = text.split("(")[0].split()[0] if text.split() else ""
        if word in ("elsif", "else", "when") and stack:
            branch, earlier = stack.pop()
            tried = True if earlier is True or branch is True else None if earlier is None or branch is None else False
            if word == "when":
                inner = None if "production" not in text and not re.search(r"development|test", text) else "production" in text
                tried = False
            else:
                inner = _not(tried) if word == "else" else _both(_not(tried), holds(text))
            stack.append((inner, tried))
            continue
        if re.match(r"end\b", text):
            if stack:
                stack.pop()
            continue
        opened = _OPENS.search(text)
        if opened and not re.search(r"\bend\b\s*$", text):
            keyword = opened[1] or opened[2]
            condition = text.split(keyword, 1)[1] if keyword in ("if", "unless") else ""
            inner = (holds(condition) if keyword == "if" else _not(holds(condition))) if condition else True
            if keyword == "case":
                inner = False
            stack.append((inner, False))
            if keyword in ("if", "unless", "case"):
                continue
        else:
            modifier = _MODIFIER.search(text)
            if modifier:
                said = holds(modifier[2])
                around = _both(around, said if modifier[1] == "if" else _not(said))
        if around is not False:
            yield line, around


def setting(line: Line, pattern: str, certain: bool | None) -> Setting | None:
    """What a line sets, where ``pattern`` ends just before the value; none when it sets nothing."""
    found = re.search(pattern, line.text)
    if not found:
        return None
    value = re.sub(r"\s(if|unless)\s.*$", "", line.text[found.end() :]).strip().lstrip("(").strip()
    either = _TERNARY.search(value)
    if either:
        said = holds(either[1])
        value = either[2] if said else either[3] if said is False else ""
    for shape in (_FETCH, _OR):
        switched = shape.search(value)
        if switched:
            return Setting(switched[2], certain, line, switched[1])
    word = re.match(r"[:'\"]?([\w:]+)", value)
    return Setting(word[1] if word else None, certain if word else None, line)
