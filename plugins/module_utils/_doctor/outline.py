# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands in a YAML file of a Rails application, whose values may be Ruby: keys, plain values, anchors.

Servers have no PyYAML, and no YAML reader takes ``<%= ... %>`` everywhere Rails does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line

#: Key → text, or the same again.
Outline = dict[str, Any]

_ENTRY = re.compile(r"(?P<indent> *)(?P<key><<|[\w./-]+|\"[^\"]+\"|'[^']+'):(?:\s+(?P<value>.*?))?\s*$")
_COMMENT = re.compile(r"\s+#(?![{]).*$")


def _plain(value: str) -> str:
    value = _COMMENT.sub("", value).strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def outline(text: str) -> Outline:
    """The keys of a file with their values; ``<<: *name`` brings in what ``&name`` marks. Everything else is passed over."""
    root: Outline = {}
    anchors: dict[str, Outline] = {}
    open_: list[tuple[int, Outline]] = [(-1, root)]
    for line in text.splitlines():
        entry = None if line.lstrip().startswith(("#", "<%")) else _ENTRY.match(line)
        if not entry:
            continue
        indent, key, value = len(entry["indent"]), _plain(entry["key"]), _plain(entry["value"] or "")
        while open_[-1][0] >= indent:
            open_.pop()
        here = open_[-1][1]
        if key == "<<":
            for name in re.findall(r"\*([\w-]+)", value):
                here.update({one: content for one, content in anchors.get(name, {}).items() if one not in here})
        elif not value or value.startswith("&"):
            inner: dict[str, Any] = {}
            here[key] = inner
            open_.append((indent, inner))
            if value:
                anchors[value[1:].split()[0]] = inner
        elif value.startswith("*"):
            here[key] = dict(anchors.get(value[1:], {}))
        else:
            here[key] = value
    return root


#: Names of Rails' environments that people give a section of a file.
_ENVIRONMENTS = ("development", "test", "production", "staging", "ci", "cucumber", "review", "demo", "preview")


def counting(lines: Iterable[Line], environment: str = "production") -> Iterator[Line]:
    """Lines of one file that count in Rails' ``environment``: not what only sections of other environments have."""
    sections: dict[str, list[Line]] = {"": []}
    anchors: dict[str, str] = {}
    name = ""
    for line in lines:
        entry = re.match(r"([\w-]+):(?:\s+&([\w-]+))?", line.text)
        if entry:
            name = entry[1]
        sections.setdefault(name, []).append(line)
        anchors.update({anchor: name for anchor in re.findall(r"&([\w-]+)\s*$", line.text)})
    others = [one for one in sections if one in _ENVIRONMENTS and one != environment]
    counted = {one for one in sections if one not in others}
    if others or environment in sections:
        waiting = list(counted)
        while waiting:
            for line in sections[waiting.pop()]:
                for anchor in re.findall(r"(?:<<:|:|\[|,)\s*\*([\w-]+)", line.text):
                    brought = anchors.get(anchor)
                    if brought and brought not in counted:
                        counted.add(brought)
                        waiting.append(brought)
    for one, content in sections.items():
        if one in counted:
            yield from content
