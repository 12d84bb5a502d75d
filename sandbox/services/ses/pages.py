"""Pages about mail: what was sent, each message as it went, and a form for mail from outside.

``GET /railyard/mail`` lists; ``GET /railyard/mail/3`` is message 3; ``POST /railyard/mail?from=a@b&to=c@d`` hands the
message of the body over as a server of the internet would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from sandbox.core.settings import Settings
from sandbox.services.ses.mailbox import Mailbox
from sandbox.services.ses.receiving import receive

PATH = "/railyard/mail"
_LARGEST = 40 * 1024**2


class MailPages:
    """A WSGI application for ``PATH`` and what is below it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mailbox = Mailbox(settings.home)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, kind, body = self._answer(environ)
        start_response(status, [("Content-Type", kind), ("Cache-Control", "no-store")])
        return [body]

    def _answer(self, environ: dict[str, Any]) -> tuple[str, str, bytes]:
        name = environ["PATH_INFO"].removeprefix(PATH).strip("/")
        if environ["REQUEST_METHOD"] == "POST" and not name:
            return self._take(environ)
        if not name:
            return "200 OK", "application/json", json.dumps(self._mailbox.list()).encode()
        raw = self._mailbox.raw(int(name)) if name.isdigit() else None
        if raw is None:
            return "404 Not Found", "text/plain", f"There is no message {name}; see {PATH}.\n".encode()
        return "200 OK", "message/rfc822", raw

    def _take(self, environ: dict[str, Any]) -> tuple[str, str, bytes]:
        fields = parse_qs(environ.get("QUERY_STRING", ""))
        recipients, length = fields.get("to", []), int(environ.get("CONTENT_LENGTH") or 0)
        if not recipients or not all("@" in one for one in recipients) or not 0 < length <= _LARGEST:
            text = (
                f"POST {PATH}?from=someone@example.com&to=you@example.net takes a message, at most {_LARGEST} bytes\n"
            )
            return "400 Bad Request", "text/plain", text.encode()
        raw = environ["wsgi.input"].read(length)
        outcomes = receive(self._settings, raw, fields.get("from", [""])[0], recipients)
        return "200 OK", "application/json", json.dumps(outcomes).encode()
