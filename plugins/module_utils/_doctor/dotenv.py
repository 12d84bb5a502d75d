# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that an application brings in files of its own, which dotenv or figaro load. Names only."""

from __future__ import annotations

import re

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.outline import outline
from ansible_collections.railyard.aws.plugins.module_utils._doctor.source import is_git


def names(app: Application, source: str) -> list[str]:
    """Names of variables that servers have by the application's own files.

    :param source: where releases come from: of a directory's files those called .env are left out
    """
    found: set[str] = set()
    if app.any_of("dotenv", "dotenv-rails", "dotenv-deployment") and is_git(source):
        loaded = [line.text for line in app.lines_of("config/*.rb", "config/initializers/**/*.rb") if "Dotenv" in line.text]
        loading = [name for text in loaded for name in re.findall(r"['\"](\.?[\w./-]*env[\w./-]*)['\"]", text)]
        for name in (".env", f".env.{app.environment}", f".env.{app.environment}.local", ".env.local", *loading):
            found |= set(re.findall(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:]", app.read(name), re.MULTILINE))
    if app.has("figaro"):
        entries = outline(app.read("config/application.yml"))
        own = entries.get(app.environment)
        found |= {name for name, value in {**entries, **(own if isinstance(own, dict) else {})}.items() if isinstance(value, str)}
    return sorted(found)
