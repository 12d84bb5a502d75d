# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory that CarrierWave keeps uploads in, as an uploader says it."""

from __future__ import annotations

import posixpath
import re

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application

#: Below public/, unless somebody says otherwise.
USUAL = "public/uploads"
_ROOT = re.compile(r"\b(?:config\.)?root\s*=?\s*\(?\s*(?P<where>(?:::)?Rails\.(?:root|public_path).*|['\"].*)$")
_DIRECTORY = re.compile(r"['\"](?P<text>[^'\"]*)['\"]")


def _below(text: str) -> str | None:
    """A directory from the root of a release, up to what only Ruby knows."""
    said = re.search(r"Rails\.(?P<what>root|public_path)(?:\.join\((?P<parts>[^)]*)\)?|\}/?(?P<text>[^'\"]*)|\s*\+\s*(?P<plus>['\"][^'\"]*))?", text)
    if not said:
        return None
    parts = [part.strip().strip("'\"").strip("/") for part in (said["parts"] or said["text"] or said["plus"] or "").split(",")]
    # The first part that has anything of Ruby in it ends what can be read.
    known = []
    for number, part in enumerate(parts):
        plain = part.split("#{", 1)[0].rstrip("/")
        if said["parts"] and number and not re.search(rf"['\"]\s*/?{re.escape(part)}", text):
            break
        known.append(plain)
        if plain != part:
            break
    start = "public" if said["what"] == "public_path" else ""
    return posixpath.normpath("/".join(filter(None, [start, *known])) or ".")


def directory(app: Application, uploaders: list[str]) -> str:
    """Where uploads go: what the first uploader says that says anything, or the usual place."""
    root = "public"
    for line in app.lines_of("config/initializers/*.rb"):
        said = _ROOT.search(line.text)
        root = (_below(said["where"]) or root) if said and "CarrierWave" in app.read(line.file) else root
    for file in uploaders:
        lines = app.lines_of(file)
        for index, line in enumerate(lines):
            if not re.match(r"\s*def\s+store_dir\b", line.text) or index + 1 >= len(lines):
                continue
            text = lines[index + 1].text
            own = _below(text)
            plain = _DIRECTORY.search(text)
            if own:
                return own
            if plain and plain["text"] and not plain["text"].startswith("#{"):
                first = plain["text"].split("#{", 1)[0].strip("/").split("/", maxsplit=1)[0]
                return first if plain["text"].startswith("/") else posixpath.normpath(posixpath.join(root, first)) if first else USUAL
    return USUAL if root == "public" else posixpath.normpath(posixpath.join(root, "uploads"))
