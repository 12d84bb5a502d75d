# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which lines of Ruby count in production, and what a setting in them is, as far as reading alone can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line

_OPENS = re.compile(r"^\s*(if|unless|case|while|until|for|begin|def|class|module)\b|=\s*(if|unless|case|begin)\b|\bdo\b(\s*\|[^|]*\|)?\s*$")
_ENVIRONMENT = r"(?:::)?(?:Rails\.env|ENV(?:\[|\.fetch\()['\"](?:RAILS|RACK)_ENV['\"](?:\s*,\s*['\"]\w+['\"])?[\])])"
_ASKED = re.compile(rf"(?P<not>!|not\s+)?\s*{_ENVIRONMENT}(?:\.(?P<predicate>\w+)\?|(?:\.to_s)?\s*(?P<operator>==|!=)\s*['\":](?P<word>\w+)['\"]?)")
_LIST = r"(?:%[wi][\[({][^\])}]*[\])}]|\[[^\]]*\])"
_IN_LIST = re.compile(
    rf"(?P<not>!|not\s+)?\s*(?:(?P<before>{_LIST})\.include\?\s*\(?\s*{_ENVIRONMENT}|{_ENVIRONMENT}(?:\.to_s)?\.in\?\s*\(?\s*(?P<after>{_LIST}))"
)
_LEAVES = re.compile(r"^(?:return|next|break|exit)\s+(if|unless)\s+(.+)$")
_HEREDOC = re.compile(r"<<[~-]?(['\"]?)([A-Z_][A-Z0-9_]*)\1")
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


_VARIABLE = re.compile(
    r"^\(?\s*(?P<not>!|not\s+)?\s*ENV(?:\[\s*['\"](?P<name>\w+)['\"]\s*\]|\.(?:key|has_key|include|member)\?\(?\s*['\"](?P<key>\w+)['\"]\s*\)?)"
    r"(?P<blank>&?\.(?:blank|nil|empty)\?)?(?:&?\.(?:present\?|presence|to_s|downcase|to_b))*\s*(?:(?P<operator>==|!=)\s*['\"][^'\"]+['\"])?\s*\)?\s*(?:then)?$"
)


def _of_variable(condition: str, given: frozenset[str] | None) -> bool | None:
    """Whether a condition on one variable holds, where that one is absent; none in any other case."""
    said = _VARIABLE.match(condition.strip())
    if said is None or given is None or (said["name"] or said["key"]) in given:
        return None
    result = bool(said["blank"]) or said["operator"] == "!="
    return not result if said["not"] else result


def holds(condition: str, environment: str = "production", given: frozenset[str] | None = None) -> bool | None:
    """Whether a condition holds in Rails' ``environment``; none when it depends on something else.

    :param given: names that the servers' environment has, whatever their values; none when nobody knows them
    """
    either = re.split(r"\s*(?:\|\||\bor\b)\s*", condition)
    if len(either) > 1:
        said = [holds(one, environment, given) for one in either]
        return True if True in said else None if None in said else False
    all_of = re.split(r"\s*(?:&&|\band\b)\s*", condition)
    if len(all_of) > 1:
        said = [holds(one, environment, given) for one in all_of]
        return False if False in said else None if None in said else True
    listed = _IN_LIST.search(condition)
    if listed:
        result = environment in re.findall(r"\w+", re.sub(r"%[wi](?=[\[({])", "", listed["before"] or listed["after"]))
        return not result if listed["not"] else result
    asked = _ASKED.search(condition)
    if not asked:
        return _of_variable(condition, given)
    name = asked["predicate"] or asked["word"]
    result = environment in ("development", "test") if name == "local" else name == environment
    if asked["operator"] == "!=":
        result = not result
    return not result if asked["not"] else result


def _both(outer: bool | None, inner: bool | None) -> bool | None:
    if outer is False or inner is False:
        return False
    return None if outer is None or inner is None else True


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


@dataclass(frozen=True)
class Counted:
    """A line that may count in Rails' environment: whether it does for certain, and whether it waits in a method until somebody calls it."""

    line: Line
    certain: bool | None
    later: bool
    #: Conditions around it that reading cannot decide.
    conditions: tuple[str, ...] = ()
    #: The same as ``certain`` without the condition that ends the line, which itself is always asked.
    around: bool | None = True


@dataclass
class _Open:
    """What is open: its word, whether its branch holds, whether one of its branches held already, and its condition."""

    word: str
    branch: bool | None
    tried: bool | None = False
    condition: str = ""


def _branch(word: str, text: str, last: _Open, environment: str, given: frozenset[str] | None) -> _Open:
    """The next branch of a condition."""
    if word == "when":
        named = environment in re.findall(r"\w+", text)
        known = named or re.search(r"['\":](development|test|production|staging)\b", text)
        return _Open(last.word, (named if known else None), last.tried is True or named, text)
    tried = True if True in (last.tried, last.branch) else None if None in (last.tried, last.branch) else False
    said = True if word == "else" else holds(text.removeprefix("elsif"), environment, given)
    return _Open(last.word, _both(_not(tried), said), tried, f"{last.condition} {text}")


def _opened(text: str, environment: str, given: frozenset[str] | None) -> _Open | None:
    opened = _OPENS.search(text)
    if not opened or re.search(r"\bend\b(\.\w+)?\s*$", text):
        return None
    keyword = opened[1] or opened[2] or "do"
    if keyword == "case":
        return _Open(keyword, False)
    if keyword not in ("if", "unless"):
        return _Open(keyword, True)
    condition = text.split(keyword, 1)[1]
    said = holds(condition, environment, given)
    return _Open(keyword, said if keyword == "if" else _not(said), False, condition)


def walked(lines: Iterable[Line], environment: str = "production", given: frozenset[str] | None = None) -> Iterator[Counted]:
    """Lines of one file of Ruby that may count in Rails' ``environment``."""
    stack: list[_Open] = []
    left: bool | None = False
    until = ""
    for line in lines:
        if until:
            if line.text.strip() == until:
                until = ""
            continue
        text = re.sub(r"\s#(?!\{).*$", "", line.text).strip()
        around: bool | None = _not(left)
        for one in stack:
            around = _both(around, one.branch)
        word = (re.match(r"\w+", text) or [""])[0]
        if word in ("elsif", "else", "when", "in") and stack and stack[-1].word in ("if", "unless", "case", "begin"):
            if stack[-1].word != "begin":
                stack.append(_branch(word, text, stack.pop(), environment, given))
            continue
        if re.match(r"end\b", text):
            if stack:
                stack.pop()
            continue
        leaves = _LEAVES.match(text)
        if leaves and not any(one.word == "def" for one in stack):
            said = holds(leaves[2], environment, given)
            said = said if leaves[1] == "if" else _not(said)
            left = True if said is True and around is True else left if said is False else None if left is not True else True
            continue
        conditions = [one.condition for one in stack if one.branch is None]
        opened = _opened(text, environment, given)
        if opened:
            stack.append(opened)
            if opened.word in ("if", "unless", "case"):
                # The condition itself is read wherever it stands.
                if around is not False:
                    yield Counted(line, around, any(one.word == "def" for one in stack), tuple(conditions), around)
                continue
        reached = around
        if not opened:
            modifier = _MODIFIER.search(text)
            if modifier:
                said = holds(modifier[2], environment, given)
                around = _both(around, said if modifier[1] == "if" else _not(said))
                conditions.append(modifier[2])
        heredoc = _HEREDOC.search(text)
        until = heredoc[2] if heredoc else ""
        if around is not False:
            yield Counted(line, around, any(one.word == "def" for one in stack), tuple(conditions), reached)


def in_production(lines: Iterable[Line], environment: str = "production", given: frozenset[str] | None = None) -> Iterator[tuple[Line, bool | None]]:
    """Lines of one file that may count in Rails' ``environment``, each with whether it does for certain."""
    return ((one.line, one.certain) for one in walked(lines, environment, given))


def chosen(text: str, environment: str = "production") -> str:
    """A line with only that branch of ``Rails.env.production? ? a : b`` that counts."""
    either = _TERNARY.search(text)
    said = holds(either[1], environment) if either else None
    if not either or said is None:
        return text
    return text[: either.start()] + (either[2] if said else either[3])


def setting(line: Line, pattern: str, certain: bool | None, environment: str = "production") -> Setting | None:
    """What a line sets, where ``pattern`` ends just before the value; none when it sets nothing."""
    found = re.search(pattern, line.text)
    if not found:
        return None
    value = re.sub(r"\s(if|unless)\s.*$", "", line.text[found.end() :]).strip().lstrip("(").strip()
    either = _TERNARY.search(value)
    if either:
        said = holds(either[1], environment)
        value = either[2] if said else either[3] if said is False else ""
    for shape in (_FETCH, _OR):
        switched = shape.search(value)
        if switched:
            return Setting(switched[2], certain, line, switched[1])
    word = re.match(r"[:'\"]?([\w:]+)", value)
    return Setting(word[1] if word else None, certain if word else None, line)
