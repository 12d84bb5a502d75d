# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients of Redis that are told host and port, and so speak no TLS, which the stack's cache insists on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line

#: A URL that says itself that it is without, of a host that comes from elsewhere.
_PLAIN = re.compile(r"\bredis://(?:[^'\"\s@]*@)?(?:#\{|<%=)")
_LOCAL = re.compile(
    r"\bENV(?:\[\s*['\"](?P<index>\w+)['\"]\s*\]\s*\|\||\.fetch\(?\s*['\"](?P<fetch>\w+)['\"]\s*(?:,|\)\s*\{))\s*['\"](?:localhost|127\.0\.0\.1)['\"]"
)
_TLS = re.compile(r"\b(?:ssl|tls|rediss|ssl_params)\b")


def by_address(app: Application, file: str, stack: Stack) -> bool:
    """Whether a file reads a whole address of the cache, which servers have: host and port are for who has none."""
    there = names.there(stack)
    return any(names.meaning(name) == "cache.url" and name in there for line in app.lines_of(file) for name in names.READ.findall(line.text))


def local(app: Application, stack: Stack) -> Iterator[Finding]:
    """A host that is this machine unless a variable says otherwise; other services have their ports beside it."""
    there = names.there(stack)
    found: dict[str, list[Line]] = {}
    for line in app.lines:
        said = _LOCAL.search(line.text)
        name = (said["index"] or said["fetch"]) if said else ""
        if names.meaning(name) == "cache.host" and name not in there and not by_address(app, line.file, stack):
            found.setdefault(name, []).append(line)
    for name, lines in found.items():
        value, words = names.value(name)
        what = f"the application looks for redis on its own server, where there is none, as {name} is not set"
        yield Finding("local-service", BREAKS, what, f"app_environment with {name}: {words}", at(lines), variables={"app_environment": {name: value}})


def plain(app: Application, stack: Stack) -> Iterator[Finding]:
    if stack.get("cache_tls", "required") != "required" or stack["contract"] == "book" or not app.any_of("redis", "redis-client"):
        return
    hosts = [line for line in app.lines if any(names.meaning(name) == "cache.host" for name in names.READ.findall(line.text)) or _PLAIN.search(line.text)]
    secured = {file for file in {line.file for line in hosts} if any(_TLS.search(line.text) for line in app.lines_of(file)) or by_address(app, file, stack)}
    # An address beside it may be the one that counts.
    found = [line for line in hosts if line.file not in secured and not any(names.meaning(name) == "cache.url" for name in names.READ.findall(line.text))]
    if found:
        what = "Redis is told host and port and speaks no TLS, and the stack's cache takes nothing else: no key comes through"
        mend = "url: ENV['REDIS_URL'] in place of host and port, or elasticache_transit_encryption: preferred, which takes both"
        yield Finding("cache-tls", BREAKS, what, mend, at(found), variables={"elasticache_transit_encryption": "preferred"})


CHECKS: tuple[Check, ...] = (local, plain)
