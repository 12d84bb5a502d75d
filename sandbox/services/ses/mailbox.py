"""Mail that left the account: a numbered pair of files each, for people and tests to read."""

from __future__ import annotations

import datetime
import email
import email.policy
import json
import threading
from pathlib import Path
from typing import Any

from sandbox.core.authority import write_private


class Mailbox:
    """The directory ``mail`` of a sandbox's home. Safe between threads of one process."""

    def __init__(self, home: Path) -> None:
        self._directory = home / "mail"
        self._lock = threading.Lock()

    def put(self, raw: bytes, sender: str, recipients: list[str], **about: Any) -> int:
        """Keep a message, with what is known ``about`` it beside its envelope, and return its number."""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        with self._lock:
            number = max(self._numbers(), default=0) + 1
            entry = {
                "number": number,
                "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                "sender": sender,
                "recipients": recipients,
                "subject": str(message.get("Subject", "")),
                "bytes": len(raw),
                **about,
            }
            # Only mail with its entry counts, so the entry comes last. Mail holds tokens: its owner alone reads it.
            write_private(self._file(number, "eml"), raw)
            write_private(self._file(number, "json"), json.dumps(entry).encode())
        return number

    def list(self) -> list[dict[str, Any]]:
        """Entries, the oldest first."""
        return [json.loads(self._file(number, "json").read_text("utf-8")) for number in sorted(self._numbers())]

    def raw(self, number: int) -> bytes | None:
        """The message as it came; None when there is none of the number."""
        try:
            return self._file(number, "eml").read_bytes()
        except FileNotFoundError:
            return None

    def _numbers(self) -> set[int]:
        return {int(file.stem) for file in self._directory.glob("*.json") if file.stem.isdigit()}

    def _file(self, number: int, kind: str) -> Path:
        return self._directory / f"{number:06}.{kind}"
