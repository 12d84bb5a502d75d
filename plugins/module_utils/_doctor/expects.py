# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an application expects of the environment of its servers: whose names, and which adapter's database."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application

#: Where an application reads its environment. Tests and documentation may name what it does not need.
_READS = ("config/**/*.rb", "config/*.yml", "lib/**/*.rb", "app/**/*.rb")
_BOOK = "AWS_INTRO_SAMPLE_"


def contract(app: Application) -> str:
    """Return ``book`` for an application that reads one of the ten variables of the book, else ``rails``."""
    return "book" if any(_BOOK in line.text for line in app.lines_of(*_READS)) else "rails"


def adapter(app: Application, engine: str = "mysql") -> str:
    """Return the adapter of the bundle that speaks to ``engine``; the usual one where it has none, or several."""
    if engine == "postgres":
        return "postgis" if app.has("activerecord-postgis-adapter") else "postgresql"
    return "trilogy" if app.has("trilogy") and not app.has("mysql2") else "mysql2"
