"""The SMTP service of SES: TLS, the derived passwords of access keys, and SES's own rules about who sends what."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.services.ses.sending import Sender

_log = logging.getLogger(__name__)

#: Bytes of a message, as SES takes them.
_LARGEST = 40 * 1024**2
#: Seconds without a command after which a client is let go.
_PATIENCE = 60
#: Failed logins per connection.
_TRIES = 3


@dataclass(frozen=True)
class Letter:
    """One message as it was handed over."""

    raw: bytes
    sender: str
    recipients: list[str]
    user: Sender
    peer: str
    way: str


#: Name and password → who that is.
Authenticate = Callable[[str, str], Sender | None]
#: Takes a message; the reply to its sender, as SMTP writes it.
Accept = Callable[[Letter], str]


class Post:
    """One thread with an event loop that serves any number of listening sockets."""

    def __init__(self, name: str, context: ssl.SSLContext, authenticate: Authenticate, accept: Accept) -> None:
        """:param name: host name with which it greets"""
        self._name = name
        self._context = context
        self._authenticate = authenticate
        self._accept = accept
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)
        self._thread.start()

    def serve(self, listening: socket.socket, implicit_tls: bool) -> asyncio.Server:
        """Answer at a socket that listens already; without ``implicit_tls`` clients have to say STARTTLS first."""
        port = listening.getsockname()[1]

        def protocol() -> SMTP:
            return SMTP(
                _Handler(self._accept, f"SMTP {port}"),
                hostname=self._name,
                ident="ESMTP SimpleEmailService",
                data_size_limit=_LARGEST,
                enable_SMTPUTF8=True,
                tls_context=None if implicit_tls else self._context,
                require_starttls=not implicit_tls,
                auth_require_tls=not implicit_tls,
                authenticator=self._login,
                timeout=_PATIENCE,
                loop=self._loop,
            )

        async def begin() -> asyncio.Server:
            return await self._loop.create_server(protocol, sock=listening, ssl=self._context if implicit_tls else None)

        return asyncio.run_coroutine_threadsafe(begin(), self._loop).result(timeout=10)

    def forget(self, server: asyncio.Server) -> None:
        """Stop listening; conversations under way go on."""
        self._loop.call_soon_threadsafe(server.close)

    def close(self) -> None:
        """End every conversation and the thread."""
        if not self._thread.is_alive():
            return

        async def end() -> None:
            rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in rest:
                task.cancel()
            if rest:
                await asyncio.wait(rest, timeout=5)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _login(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        refused = AuthResult(success=False, handled=False, message="535 Authentication Credentials Invalid")
        if not isinstance(given, LoginPassword):
            return refused
        try:
            who = self._authenticate(given.login.decode(), given.password.decode())
        except UnicodeDecodeError:
            return refused
        if who is None:
            _log.info("refused a login from %s", _peer(session))
            return refused
        return AuthResult(success=True, auth_data=who, message="235 Authentication successful.")


def _peer(session: Session) -> str:
    """The address that a conversation comes from."""
    peer: Any = session.peer
    return str(peer[0])


class _Handler:
    """What aiosmtpd asks during one conversation."""

    def __init__(self, accept: Accept, way: str) -> None:
        self._accept = accept
        self._way = way

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 Ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 Authentication required"
        if "@" not in address or not address.rsplit("@", 1)[1]:
            return "501 Invalid RCPT TO address provided"
        envelope.rcpt_tos.append(address)
        return "250 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        letter = Letter(
            raw=envelope.original_content or b"",
            sender=envelope.mail_from or "",
            recipients=list(envelope.rcpt_tos),
            # handle_MAIL and handle_RCPT let nobody come here without it.
            user=cast(Any, session.auth_data),
            peer=_peer(session),
            way=self._way,
        )
        return await asyncio.get_running_loop().run_in_executor(None, self._accept, letter)

    async def handle_exception(self, error: Exception) -> str:
        # Clients that hang up or cannot agree on TLS are no fault of the service.
        level = logging.DEBUG if isinstance(error, (OSError, ssl.SSLError)) else logging.ERROR
        _log.log(level, "a conversation failed", exc_info=error)
        return "451 Temporary service failure"
