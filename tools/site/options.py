"""Options and return values of modules, plugins and roles as Markdown.

Their texts have Ansible's markup (``O(name)``, ``V(value)`` ...), which antsibull-docs-parser reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from antsibull_docs_parser.md import to_md
from antsibull_docs_parser.parser import Context, parse

from .markdown import escapes


def prose(text: str | Sequence[str] | None) -> str:
    """Paragraphs of Ansible's markup as Markdown."""
    if not text:
        return ""
    return escapes(to_md(parse([text] if isinstance(text, str) else list(text), Context(), errors="exception")))


def _facts(option: dict[str, Any]) -> str:
    words = str(option.get("type", "str"))
    if option.get("elements"):
        words += f" of {option['elements']}"
    if option.get("required"):
        words += ", required"
    return words


def _value(value: Any) -> str:
    return f"`{value if isinstance(value, str) and value else json.dumps(value, default=str)}`"


def _lines(name: str, option: dict[str, Any], depth: int) -> Iterator[str]:
    indent = "    " * depth
    about = " ".join(prose(option.get("description")).split())
    yield f"{indent}- `{name}` ({_facts(option)}): {about}"
    details = []
    if choices := option.get("choices"):
        details.append("One of " + ", ".join(_value(choice) for choice in choices) + ".")
    if option.get("default") is not None:
        details.append(f"Default: {_value(option['default'])}.")
    if aliases := option.get("aliases"):
        details.append("Also called " + ", ".join(f"`{alias}`" for alias in aliases) + ".")
    if option.get("returned"):
        details.append(f"Returned: {option['returned']}.")
    if details:
        yield f"{indent}  " + " ".join(details)
    for key in ("suboptions", "options", "contains"):
        for below, suboption in sorted((option.get(key) or {}).items()):
            yield from _lines(below, suboption, depth + 1)


def listed(options: dict[str, Any] | None) -> str:
    """Options as a list, those that are required first."""
    ordered = sorted((options or {}).items(), key=lambda one: (not one[1].get("required"), one[0]))
    return "\n".join(line for name, option in ordered for line in _lines(name, option, 0))


def example(text: str | None) -> str:
    """Examples in a fence."""
    return f"```yaml\n{text.strip()}\n```" if text else ""
