# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Moments as people read them, and the days between them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def parsed(moment: Any) -> datetime | None:
    """A moment in ISO 8601 with its zone, or without one in UTC; None for what is none."""
    try:
        found = datetime.fromisoformat(str(moment))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def shown(moment: Any) -> str:
    """A moment for people, to the minute; empty for what is none."""
    found = parsed(moment)
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if found else ""


def days_until(moment: Any, now: Any) -> int | None:
    """Whole days from now to a moment, negative for one that is past; None where one of them is unknown."""
    then, start = parsed(moment), parsed(now)
    return (then - start).days if then and start else None


def age(moment: Any, now: Any) -> int | None:
    """Whole days since a moment; None where it is unknown."""
    then, end = parsed(moment), parsed(now)
    return max((end - then).days, 0) if then and end else None
