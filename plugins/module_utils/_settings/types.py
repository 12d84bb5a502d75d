# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values that are not of the type, or not among the choices, of their argument specification; names that are in none.

Stricter than Ansible: a list given as text, a text given as true, or nothing at all would pass there, and mean something
else than the person who wrote it thought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.declared import REMOVED
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import did_you_mean, shown
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Options = Mapping[str, Mapping[str, Any]]

_TRUE_OR_FALSE = ("true", "false", "yes", "no", "on", "off", "1", "0", "y", "n", "t", "f")


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, (int, str)) and str(value).strip().lower() in _TRUE_OR_FALSE)


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    # Nothing here is counted, waited for or measured in less than nothing.
    number = whole_number(value)
    return number is not None and number >= 0


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        # Not a number, and infinity, are no amounts.
        return 0 <= float(value) < float("inf")
    except ValueError:
        return False


#: Type: (what has it, what it is called, what to write instead).
_TYPES = {
    "bool": (_is_bool, "no boolean", "true or false"),
    "int": (_is_count, "no whole number from 0 on", "one in digits"),
    "float": (_is_number, "no number from 0 on", "one in digits, such as 12.5"),
    "str": (_is_text, "no text", 'a text, in quotes: "..."'),
    "path": (_is_text, "no path", 'a path, in quotes: "..."'),
    "list": (lambda value: isinstance(value, (list, tuple)), "no list", "one like [a, b]"),
    "dict": (lambda value: isinstance(value, Mapping), "no dictionary", "one like {name: value}"),
}
_EMPTY = {"str": '""', "path": '""', "list": "[]", "dict": "{}"}


def type_problems(values: Mapping[str, Any], options: Options) -> list[str]:
    """Problems of all values that ``options`` describe. Both by name of the variable."""
    return [problem for name, value in values.items() if name in options for problem in _value_problems(name, value, options[name])]


def _value_problems(label: str, value: Any, option: Mapping[str, Any]) -> list[str]:
    kind = option.get("type", "str")
    if kind not in _TYPES:
        return [f"{label} is empty; write a value, or leave it out."] if value is None else []
    fits, called, wanted = _TYPES[kind]
    if value is None:
        empty = f", or {_EMPTY[kind]} for none" if kind in _EMPTY else ""
        return [f"{label} is empty (null); write {wanted}{empty}, or leave the line out.{_meaning(option)}"]
    if not fits(value):
        command = f", on the command line -e '{{\"{label}\": ...}}'" if kind in ("list", "dict") else ""
        # Of a dictionary only its type is told: it may hold passwords.
        seen = "a dictionary" if isinstance(value, Mapping) and kind not in ("str", "path") else shown(value)
        return [f"{label} is '{seen}', which is {called}; write {wanted}{command}.{_meaning(option)}"]
    choices = option.get("choices")
    if choices and kind != "list" and not any(str(value) == str(choice) for choice in choices):
        return [f"{label} is '{shown(value)}'; write one of {', '.join(map(str, choices))}.{_meaning(option)}"]
    if kind == "list" and option.get("elements"):
        element = {name: about for name, about in option.items() if name not in ("elements", "description")} | {"type": option["elements"]}
        return [problem for index, one in enumerate(value) for problem in _value_problems(f"{label}[{index}]", one, element)]
    if kind == "dict" and option.get("options"):
        return _key_problems(label, value, option["options"])
    return []


def _key_problems(label: str, value: Mapping[str, Any], options: Options) -> list[str]:
    problems = [
        f"{label} has '{shown(key)}', which is no part of it{did_you_mean(key, options)} There are {', '.join(options)}." for key in value if key not in options
    ]
    for key, option in options.items():
        if key in value:
            problems += _value_problems(f"{label}.{key}", value[key], option)
        elif option.get("required"):
            problems.append(f"{label} is without '{key}'; write all of {', '.join(name for name, one in options.items() if one.get('required'))}.")
    return problems


def _meaning(option: Mapping[str, Any]) -> str:
    description = option.get("description") or ""
    text = description[0] if isinstance(description, list) else description
    return f" It says: {text}" if text else ""


def name_problems(given: Iterable[str], options: Options, roles: Iterable[str]) -> list[str]:
    """Variables that begin like those of the stack or of a role, and that nothing reads: misspelt, most likely."""
    known, starts = list(options), tuple(f"{role}_" for role in roles)
    problems = []
    for name in sorted(set(given) - set(known)):
        if name in REMOVED:
            problems.append(f"{name} is no setting any more: {REMOVED[name]}.")
            continue
        if name.startswith("railyard_"):
            near = did_you_mean(name, [one for one in known if one.startswith("railyard_")])
            where, own = "group_vars/all", "railyard_"
        elif name.startswith(starts):
            # The longest: cloudwatch_agent_ is not cloudwatch_.
            own = max((start for start in starts if name.startswith(start)), key=len)
            near, where = did_you_mean(name, known), f"roles/{own[:-1]}/README.md"
        else:
            continue
        problems.append(f"{name} is no variable of this project{near} They are listed in {where}; name variables of your own without {own}.")
    return problems
