# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses that belong to some other place, and ports that EC2 blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at

#: Names of AWS's databases, caches and load balancers; private IPv4 addresses where a host stands: quoted, in a URL, or after
#: ``host:``. Versions (``10.2.1``, ``preact@10.11.3``), networks (``10.0.0.0/8``) and the machine itself are none.
_OF_AWS = re.compile(r"[\w-]+\.(rds|cache|elb)\.[\w.-]*amazonaws\.com")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PRIVATE = re.compile(
    rf"(?:['\"]|://(?:[^/@\s'\"]*@)?|\bhost(?:name)?['\"]?\s*(?::|=>|=)\s*['\"]?)"
    rf"(?:10\.{_OCTET}|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.{_OCTET}){{2}}(?=['\":\s,]|/(?!\d{{1,2}}\b)|$)"
)
#: Lists of whom to trust or to answer name addresses that nobody connects to.
_LISTS = re.compile(
    r"trusted|proxies|proxy|allow|permit|deny|block|whitelist|safelist|blocklist|IPAddr|\bhosts\s*(<<|=)|web_console|\bbind\b|\bversion\b|remote_ip"
)


def addresses(app: Application, stack: Stack) -> Iterator[Finding]:
    decided = stack["database_url"] or "DATABASE_URL" in stack["environment"]
    found = [
        line
        for line in app.lines
        if (_OF_AWS.search(line.text) or (_PRIVATE.search(line.text) and not _LISTS.search(line.text))) and not (decided and line.file == "config/database.yml")
    ]
    # What a variable of the environment puts aside is a default only.
    found = [
        line
        for line in found
        if not any(name in stack["environment"] or name in stack["provided"] for name in re.findall(r"ENV(?:\[|\.fetch\()\s*['\"](\w+)", line.text))
    ]
    if found:
        variable = "AWS_INTRO_SAMPLE_REDIS_ADDRESS" if stack["contract"] == "book" else "REDIS_URL"
        mend = f'read it from the environment, such as ENV["{variable}"], or name db.home and cache.home'
        yield Finding("hard-coded-host", BREAKS, "an address of some other stack stands in the configuration", mend, at(found))


def mail(app: Application, stack: Stack) -> Iterator[Finding]:
    port = r"\bport['\"]?\s*(:|=>)\s*['\"]?{}\b"
    blocked = [line for line in app.matching(port.replace("{}", "25")) if line.file.endswith(".rb")]
    if blocked:
        yield Finding("smtp-port", BREAKS, "mail goes out on port 25, which EC2 blocks", "port: 465 with tls: true, or port: 587", at(blocked))
    wrapped = [line for line in app.matching(port.replace("{}", "465")) if line.file.endswith(".rb")]
    if wrapped and not app.matching(r"\b(tls|ssl)['\"]?\s*(:|=>)\s*true\b"):
        yield Finding("smtp-tls", BREAKS, "port 465 speaks TLS from its first byte, and the mailer does not", "tls: true beside the port", at(wrapped))


CHECKS: tuple[Check, ...] = (addresses, mail)
