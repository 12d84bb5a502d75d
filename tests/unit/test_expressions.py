"""Every expression of the roles and playbooks can be read: Ansible looks at one only where its branch is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
ROOTS = ("group_vars", "inventory", "molecule", "playbooks", "profiles", "roles", "tools")
FILES = sorted(file for root in ROOTS for file in (PROJECT / root).rglob("*.yml"))
#: Keywords and options whose text is an expression without braces around it.
CONDITIONS = ("changed_when", "failed_when", "that", "until", "when")

# Backslashes of regular expressions, which Ansible's own reading of templates keeps too.
pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")

_JINJA = jinja2.Environment()


class Loader(yaml.SafeLoader):
    """Reads tags such as ``!unsafe`` as what they stand before."""


Loader.add_multi_constructor("!", lambda loader, _suffix, node: loader.construct_scalar(node))


def texts(value: Any, key: str = "") -> Iterator[str]:
    """Everything in a document that Ansible reads as a template, as a template."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, key)
    elif isinstance(value, str) and "{{" not in value and "{%" not in value and key in CONDITIONS:
        yield "{{ " + value + " }}"
    elif isinstance(value, str):
        yield value


def unreadable(document: Any) -> list[str]:
    """What of a document Jinja cannot read, and why."""
    found = []
    for text in texts(document):
        try:
            _JINJA.parse(text)
        except jinja2.TemplateSyntaxError as error:
            found.append(f"{text}: {error.message}")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_expressions_can_be_read(file: Path) -> None:
    assert unreadable(yaml.load(file.read_text("utf-8"), Loader)) == []


@pytest.mark.parametrize(
    "task",
    [
        {"ansible.builtin.assert": {"that": "kept is defined if bucket else cached"}},
        {"name": "a", "when": ["one", "two three"]},
        {"vars": {"name": "{{ one | }}"}},
    ],
)
def test_what_cannot_be_read_is_found(task: dict[str, Any]) -> None:
    assert len(unreadable([task])) == 1
