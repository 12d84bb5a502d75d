"""gixy: mistakes in nginx's configuration, as nginx itself reads it with all that it includes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.audit.place import Place
from tools.audit.verdict import Finding, Verdict
from tools.verbs.trouble import Trouble


def findings(said: str) -> tuple[Finding, ...]:
    """Findings in the tool's JSON."""
    return tuple(
        Finding(f"{one['plugin']} {one['severity'].lower()}", f"{one['summary']} {one['reason']} {one['config']}")
        for one in json.loads(said)
    )


def judge(place: Place) -> Iterator[Verdict]:
    """Each web server."""
    for server in place.web:
        configuration = place.ask(server, "nginx -T 2>/dev/null")
        file = place.work / f"{server.name}.nginx"
        file.write_text(configuration, "utf-8")
        done = place.tool("gixy", "--format", "json", str(file))
        try:
            found = findings(done.stdout)
        except ValueError:
            raise Trouble(f"gixy did not judge {server.name}: {(done.stdout + done.stderr)[-1500:]}") from None
        yield Verdict("gixy", server.name, f"{len(configuration.splitlines())} lines", found)
