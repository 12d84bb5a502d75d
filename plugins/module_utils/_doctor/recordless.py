# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An application without Active Record, whose rake knows no db:migrate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack

#: What brings db:migrate otherwise.
_OTHERS = ("mongoid", "mongoid_rails_migrations", "sequel-rails", "sequel", "rom-sql", "dynamoid", "standalone_migrations", "hanami-db")

_ADAPTERS = ("mysql2", "trilogy", "pg", "sqlite3", "activerecord-sqlserver-adapter", "activerecord-oracle_enhanced-adapter")


def loads_active_record(app: Application) -> bool:
    """Whether Rails is loaded with it, or that cannot be told."""
    if not app.locked or app.any_of(*_ADAPTERS) or app.there("config/database.yml", "db/migrate", "db/schema.rb", "db/structure.sql"):
        return True
    text = "\n".join(line.text for line in app.lines_of("config/application.rb", "config/environment.rb", "config/boot.rb"))
    return not re.search(r"\brequire\b", text) or bool(re.search(r"rails/all|active_record", text))


def migrations(app: Application, stack: Stack) -> Iterator[Finding]:
    if "db:migrate" not in stack.get("migrate_command", "") or loads_active_record(app) or app.any_of(*_OTHERS) or not app.any_of("rails", "railties"):
        return
    own = [line for line in app.lines_of("Rakefile", "lib/tasks/**/*.rake") if re.search(r"\bmigrate\b|namespace\s*\(?\s*:db\b", line.text)]
    if not own:
        given = {"app_migrate_command": "", "railyard_app_database": ""}
        what = "the application loads no Active Record, so rake knows no db:migrate, and a release fails there"
        yield Finding("migrations", BREAKS, what, 'app_migrate_command: "", and railyard_app_database: ""', "config/application.rb:1", variables=given)


CHECKS: tuple[Check, ...] = (migrations,)
