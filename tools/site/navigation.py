"""What leads through the site: sections, and which pages each has, in which order."""

from __future__ import annotations

import re
from typing import Any

#: Sections with patterns of their pages' paths, or with sections of their own. Names in Korean: mkdocs.yml.
SECTIONS: dict[str, Any] = {
    "Home": r"index",
    "The tour": r"book/",
    "How to": r"how-to/",
    "Reference": {
        "Settings": r"reference/settings/",
        "Playbooks and targets": r"reference/(playbooks|make)",
        "Roles": r"reference/roles/",
        "Modules": r"reference/modules/",
        "Plugins": {
            "Filters": r"reference/filters/",
            "Lookups": r"reference/lookups/",
            "Callbacks": r"reference/callbacks/",
            "Connections": r"reference/connections/",
            "Vars plugins": r"reference/vars/",
        },
        "Kinds": r"reference/kinds",
        "Sandbox": r"reference/sandbox",
    },
    "Design": {
        "Overview": r"design/[^/]+",
        "Decisions": r"design/decisions/",
    },
    "Project": r"project/",
}


def _ordered(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (not re.search(r"(^|/)index\.md$", name), name))


def navigation(names: list[str], sections: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The navigation as MkDocs wants it. Pages without a language's suffix stand for all languages."""
    english = [name for name in names if not re.search(r"\.[a-z]{2}\.md$", name)]
    out: list[dict[str, Any]] = []
    for title, pattern in (sections or SECTIONS).items():
        if isinstance(pattern, dict):
            out.append({title: navigation(names, pattern)})
            continue
        whole = pattern if not pattern.endswith("/") else pattern + r".*"
        found = _ordered([name for name in english if re.fullmatch(rf"{whole}\.md", name)])
        if title == "Roles":
            # Some of their READMEs begin with the collection's name, some do not.
            out.append(
                {title: [name if name.endswith("index.md") else {name.split("/")[-1][:-3]: name} for name in found]}
            )
            continue
        out.append({title: found[0] if len(found) == 1 and not pattern.endswith("/") else found})
    return out
