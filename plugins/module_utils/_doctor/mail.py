# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mail that goes to somebody else's server, or to nobody, unless a variable says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line

#: A server of a certain name, for who says no other.
_DEFAULT = re.compile(
    r"\bENV(?:\[\s*['\"](?P<index>\w+)['\"]\s*\]\s*\|\||\.fetch\(?\s*['\"](?P<fetch>\w+)['\"]\s*,)"
    r"\s*['\"](?:localhost|[\w-]+(?:\.[\w-]+)+)['\"]"
)
_SWITCH = re.compile(r"\bENV(?:\[|\.fetch\(?)\s*['\"]((?:SMTP|EMAIL|MAIL|MAILER)_ENABLED?|(?:ENABLE|USE)_(?:SMTP|EMAIL|MAIL|MAILER))['\"]")


def elsewhere(app: Application, stack: Stack) -> Iterator[Finding]:
    """Where the address leads elsewhere, user and password of the same lines go with it."""
    there = names.there(stack)
    found: dict[str, Line] = {}
    for line in app.lines:
        said = _DEFAULT.search(line.text)
        name = (said["index"] or said["fetch"]) if said else ""
        if names.meaning(name) == "mail.host" and name not in there:
            found[name] = line
    for line in [one for one in app.lines if any(one.file == host.file for host in found.values())]:
        for name in names.READ.findall(line.text):
            if names.meaning(name) in ("mail.user", "mail.password", "mail.domain", "mail.starttls_port") and name not in there:
                found.setdefault(name, line)
    switches = {said[1]: line for line in app.lines if (said := _SWITCH.search(line.text)) and said[1] not in there}
    given: dict[str, Any] = {**{name: names.value(name)[0] for name in found}, **dict.fromkeys(switches, "true")}
    if given:
        what = f"mail goes to another server than the stack's, or nowhere, as long as servers do not have {', '.join(given)}"
        words = ", ".join(f"{name}: {names.value(name)[1] if name in found else chr(34) + 'true' + chr(34)}" for name in given)
        yield Finding(
            "mail-elsewhere", WARNS, what, f"app_environment with {words}", at([*found.values(), *switches.values()]), variables={"app_environment": given}
        )


CHECKS: tuple[Check, ...] = (elsewhere,)
