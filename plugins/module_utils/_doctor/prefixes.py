# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings that an application reads from variables with a prefix, ``ENV["SHOP_#{key.upcase}"]``, and has defaults of in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.buckets import shown
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line

_READS = re.compile(r"\bENV(?:\[|\.fetch\(?|\.key\?\(?|\.include\?\(?)\s*['\"](?P<prefix>[A-Z][A-Z0-9_]*_)(?:['\"]\s*(?:\+|<<)|#\{)")
_DEFAULT = re.compile(r"^\s*(?P<key>[a-z][a-z0-9_]*)\s*=\s*(?P<value>.*?)\s*$")
_TIERS = ("cache", "database", "mail", "bucket", "site")
#: The cache takes connections over TLS only.
_TLS = re.compile(r"redis_(?:use_|enable_)?(?:ssl|tls)")
_LOCAL = re.compile(r"\b(localhost|127\.0\.0\.1)\b")


def _prefixes(app: Application) -> list[tuple[str, Line]]:
    lines = app.lines_of("config/**/*.rb", "lib/**/*.rb", "app/**/*.rb")
    return [(said["prefix"], line) for line in lines if (said := _READS.search(line.text))]


def settings(app: Application, stack: Stack) -> Iterator[Finding]:
    """What of such settings the stack has, and a service that they look for on the server itself."""
    prefixes = _prefixes(app)
    files = app.files("config/*.conf", "config/*.properties", "config/*.ini")
    if not prefixes or not files:
        return
    prefix, place = prefixes[0]
    given: dict[str, Any] = {}
    local: list[Line] = []
    there = set(stack["environment"])
    for line in app.lines_of(*files):
        said = _DEFAULT.match(line.text)
        name = prefix + said["key"].upper() if said else ""
        meaning = names.meaning(said["key"].upper()) if said else ""
        if said and _TLS.fullmatch(said["key"]) and said["value"].strip("'\"") in ("", "false", "0") and name not in there:
            given[name] = "true"
        if not said or meaning.split(".")[0] not in _TIERS or name in there:
            continue
        # An address of the whole database wins over its parts.
        if meaning.startswith("database.") and (stack["database_url"] or "DATABASE_URL" in stack["environment"]):
            continue
        given[name] = {"from": meaning}
        if _LOCAL.search(said["value"]) and not meaning.startswith("site."):
            local.append(line)
    if given:
        what = f"settings come from variables that begin with {prefix}, and servers have none of those that the stack could fill in"
        what += f": {local[0].text.strip()} leads to the server itself, where there is none" if local else ""
        mend = f"app_environment with {', '.join(f'{name}: {shown(value)}' for name, value in given.items())}"
        yield Finding("prefix", BREAKS if local else WARNS, what, mend, at([place, *local]), variables={"app_environment": given})


CHECKS: tuple[Check, ...] = (settings,)
