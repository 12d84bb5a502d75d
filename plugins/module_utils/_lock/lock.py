# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lock of a stack: a parameter that AWS lets one run make. Clients come from the caller."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import parameters
from ansible_collections.railyard.aws.plugins.module_utils._lock.process import is_gone

DESCRIPTION = "Held while a run changes the stack"
#: Seconds after which two that take a lock over at the same moment have both written: the last one has it.
SETTLE = 1.0

Lock = dict[str, Any]


class Held(Exception):
    """Another run has the lock."""

    def __init__(self, lock: Lock) -> None:
        super().__init__(lock["owner"])
        self.lock = lock


def age(since: str, now: datetime) -> str:
    """How long ago ``since`` (ISO 8601) was, for people."""
    minutes = int((now - datetime.fromisoformat(since)).total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def refusal(lock: Lock, stack: str, command: str) -> str:
    """Why the lock cannot be had, and what to do."""
    purpose = f" with {lock['purpose']}" if lock.get("purpose") else ""
    return (
        f"{lock['owner']} has been changing the stack '{stack}' since {lock['since']}"
        f" ({age(lock['since'], datetime.now(UTC))}){purpose}. Nothing was changed. Wait until that is done, or let this"
        f" command wait with `-e railyard_lock_timeout=1800` (seconds). Should that run have been killed, take the lock"
        f" over: `{command}`"
    )


def take(client: Any, name: str, wanted: Lock, takeover: bool, tags: dict[str, str], check_mode: bool) -> tuple[str, Lock | None]:
    """Take the lock for ``wanted`` (owner, purpose, process). Its token, and whose lock was taken over.

    A lock whose process was one of this machine and has ended is taken over; so is any, when ``takeover`` says so. One
    that the same process holds is had already. Raises ``Held``, and botocore's errors.
    """
    there = parameters.read(client, name)
    if there and wanted["process"] and there.get("process") == wanted["process"]:
        return there["token"], None
    if there and not takeover and not is_gone(there.get("process") or {}):
        raise Held(there)
    since = datetime.now(UTC).replace(microsecond=0).isoformat()
    lock = {**wanted, "since": since, "token": uuid.uuid4().hex}
    if check_mode:
        return lock["token"], there
    if there is None:
        if not parameters.create(client, name, lock, DESCRIPTION, tags):
            raise Held(parameters.read(client, name) or lock)
        return lock["token"], None
    parameters.replace(client, name, lock)
    time.sleep(SETTLE)
    now = parameters.read(client, name)
    if not now or now.get("token") != lock["token"]:
        raise Held(now or lock)
    return lock["token"], there


def release(client: Any, name: str, token: str, check_mode: bool = False) -> tuple[bool, str | None]:
    """Give back what ``token`` took: whether it was there, and who has it by now if somebody else does."""
    lock = parameters.read(client, name)
    if lock is None:
        return False, None
    if lock.get("token") != token:
        return False, lock.get("owner", "somebody")
    if not check_mode:
        parameters.delete(client, name)
    return True, None
