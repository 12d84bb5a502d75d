"""``systemd-analyze security``: how exposed the services are that visitors' requests come to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tools.audit.place import Place
from tools.audit.verdict import Finding, Verdict
from tools.verbs.trouble import Trouble

#: Of 10; the tool calls up to 2.5 well protected.
MOST = 2.5
#: What serves, and the application's further processes and schedules.
UNITS = re.compile(r"(nginx|puma|railyard-.+@[^.]+|railyard-schedule-.+)\.service")
#: Without these nobody is served.
SERVING = {"nginx.service", "puma.service"}


def exposures(listed: str) -> dict[str, float]:
    """Exposure by unit, of those that count."""
    rows: list[dict[str, Any]] = json.loads(listed)
    return {row["unit"]: float(row["exposure"]) for row in rows if UNITS.fullmatch(row["unit"])}


def judge(place: Place) -> Iterator[Verdict]:
    """Each web server."""
    for server in place.web:
        found = exposures(place.ask(server, "systemd-analyze security --no-pager --json=short"))
        if missing := SERVING - found.keys():
            raise Trouble(f"{server.name} has no {', '.join(sorted(missing))}; run `make site` first.")
        figure = ", ".join(f"{unit.removesuffix('.service')} {value}" for unit, value in sorted(found.items()))
        over = tuple(
            Finding(unit, f"exposure {value}, more than {MOST}") for unit, value in found.items() if value > MOST
        )
        yield Verdict("systemd", server.name, figure, over)
