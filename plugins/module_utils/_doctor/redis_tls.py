# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients of Redis that are told host and port, and so speak no TLS, which the stack's cache insists on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at

_READ = re.compile(r"\bENV(?:\[|\.fetch\(?)\s*['\"](\w+)['\"]")
#: A URL that says itself that it is without, of a host that comes from elsewhere.
_PLAIN = re.compile(r"\bredis://(?:[^'\"\s@]*@)?(?:#\{|<%=)")
_TLS = re.compile(r"\b(?:ssl|tls|rediss|ssl_params)\b")


def plain(app: Application, stack: Stack) -> Iterator[Finding]:
    if stack.get("cache_tls", "required") != "required" or stack["contract"] == "book" or not app.any_of("redis", "redis-client"):
        return
    hosts = [line for line in app.lines if any(names.meaning(name) == "cache.host" for name in _READ.findall(line.text)) or _PLAIN.search(line.text)]
    secured = {file for file in {line.file for line in hosts} if any(_TLS.search(line.text) for line in app.lines_of(file))}
    # An address beside it may be the one that counts.
    found = [line for line in hosts if line.file not in secured and not any(names.meaning(name) == "cache.url" for name in _READ.findall(line.text))]
    if found:
        what = "Redis is told host and port and speaks no TLS, and the stack's cache takes nothing else: no key comes through"
        mend = "url: ENV['REDIS_URL'] in place of host and port, or elasticache_transit_encryption: preferred, which takes both"
        yield Finding("cache-tls", BREAKS, what, mend, at(found), variables={"elasticache_transit_encryption": "preferred"})


CHECKS: tuple[Check, ...] = (plain,)
