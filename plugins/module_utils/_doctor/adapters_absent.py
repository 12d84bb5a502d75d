# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle of which servers install no adapter of a database: where it is, and what brings it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import absent, engines, groups
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Finding, Stack

_WHAT = "no adapter of a database is in the bundle that servers install"
#: Gem → engine that its adapter speaks to.
_SPEAKS = {"mysql2": "mysql", "trilogy": "mysql", "pg": "postgres"}


def adapters_left_out(app: Application, stack: Stack, gems: list[str], place: str) -> Iterator[Finding]:
    """What is wrong where servers install none.

    :param gems: adapters that the Gemfile names nevertheless, in groups or below conditions
    :param place: where it is seen that there are databases; empty where it is not
    """
    asking = [line for line in app.lines_of(app.gemfile_name) if re.search(r"\bdatabase\.yml\b", line.text)]
    if asking and not app.there("config/database.yml"):
        what = f"{app.gemfile_name} takes the adapter that config/database.yml names, which is in no commit: {_WHAT}"
        mend, given = absent.by_file(app, "config/database.yml", stack)
        yield Finding("database-file", BREAKS, what, mend, str(asking[0]), variables=given)
        return
    if not place or not app.any_of("rails", "activerecord", "railties"):
        return
    right = [gem for gem in gems if _SPEAKS.get(gem) == ("postgres" if stack["engine"] == "postgres" else "mysql")]
    for gem in [*right, *(gem for gem in gems if gem in _SPEAKS)]:
        mend, given = groups.let_in(app, gem)
        if mend:
            more: dict[str, Any] = {} if gem in right else {"railyard_database_engine": _SPEAKS[gem]}
            words = "".join(f", with {name}: {value}" for name, value in more.items())
            where = f"{app.gemfile_name}:{app.gemfile.lines[gem]}"
            yield Finding(
                "database-gem", BREAKS, f"{_WHAT}; the Gemfile has {gem} in a group that they leave out", f"{mend}{words}", where, variables=given | more
            )
            return
    if app.locked:
        yield Finding("database-gem", BREAKS, _WHAT, f"bundle add {engines.SPEAKING[stack['engine']][0]}", place)
