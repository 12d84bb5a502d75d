"""Every variable of the project, and of every role, with a value that is not of its type or not among its choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.types import type_problems

from tests.unit.plugins import inputs_lab as lab

#: Values that are not of a type.
WRONG: dict[str, list[Any]] = {
    "bool": ["maybe", "", 2, 1.5, [True], {"a": True}, None],
    "int": ["many", "", -1, 1.5, True, [1], {"a": 1}, None],
    "float": ["much", "", -0.5, True, [1.0], None],
    "str": [True, ["a"], {"a": "b"}, None],
    "path": [False, ["/a"], {"a": "/b"}, None],
    "list": ["a", 1, True, {"a": "b"}, None],
    "dict": ["a", 1, True, ["a"], None],
    "raw": [None],
}
RIGHT: dict[str, list[Any]] = {
    "bool": [True, False, "yes", "off", "true", 1, "0"],
    "int": [1, "1", 0],
    "float": [1, 1.5, "1.5", 0],
    "str": ["a", 8.4, 5],
    "path": ["/a"],
    "list": [[]],
    "dict": [],
}


def wrong() -> Iterator[tuple[str, Any]]:
    """(name, value) of each variable with each value that it cannot have."""
    for name, option in lab.options().items():
        kind = option.get("type", "str")
        yield from ((name, value) for value in WRONG[kind])
        if option.get("choices"):
            yield name, "neither-of-them"
        if kind == "list" and option.get("elements") in WRONG:
            yield from ((name, [value]) for value in WRONG[option["elements"]])


def kind(name: str, value: Any) -> str:
    """The type that a value, or the only element of it, is judged by."""
    option = lab.options()[name]
    return option["elements"] if option.get("type") == "list" and isinstance(value, list) else option.get("type", "str")


def test_every_variable_is_tried() -> None:
    cases = list(wrong())
    assert len(cases) > 2000
    assert {name for name, _value in cases} == set(lab.options())


def test_each_wrong_value_is_a_problem_that_names_it() -> None:
    silent = []
    for name, value in wrong():
        found = type_problems({name: value}, lab.options())
        element = value[0] if isinstance(value, list) and value else value
        if element is None:
            seen = "is empty"
        elif isinstance(element, dict) and kind(name, value) not in ("str", "path"):
            seen = "a dictionary"
        else:
            seen = str(element)
        words = [seen, "; write "]
        if not any(problem.startswith(name) and all(word in problem for word in words) for problem in found):
            silent.append((name, value, found))
    assert silent == []


def test_what_ansible_takes_for_the_type_is_taken_here() -> None:
    refused = [
        (name, value)
        for name, option in lab.options().items()
        if not option.get("choices")
        for value in RIGHT.get(option.get("type", "str"), [])
        if type_problems({name: value}, lab.options())
    ]
    assert refused == []


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"iam_password_policy": {"min_length": 12}}, "iam_password_policy has 'min_length', which is no part of it"),
        (
            {"iam_password_policy": {"min_pw_length": 12}},
            "iam_password_policy is without 'require_symbols'; write all of",
        ),
        (
            {"vpc_network_acls": {"public": {"ingress": "all"}}},
            "vpc_network_acls.public.ingress is 'all', which is no list",
        ),
        (
            {"railyard_agent_logs": [{"file": "/a", "grp": "/b"}]},
            "railyard_agent_logs[0] has 'grp', which is no part of it; did you mean",
        ),
        ({"rds_multi_az": "maybe"}, "It says: Whether a standby in another zone takes over."),
        ({"app_environment": "TOKEN=tiger"}, "write one like {name: value}"),
        (
            {"railyard_zones": None},
            "railyard_zones is empty (null); write one like [a, b], or [] for none, or leave the line out.",
        ),
    ],
)
def test_parts_and_advice(values: dict[str, Any], says: str) -> None:
    assert says in "\n".join(type_problems(values, lab.options()))


def test_of_a_dictionary_its_content_is_not_shown() -> None:
    assert "tiger" not in "\n".join(
        type_problems({"railyard_stack": 1, "railyard_zones": {"TOKEN": "tiger"}}, lab.options())
    )
