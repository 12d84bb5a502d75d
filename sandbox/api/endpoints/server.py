"""One VPC's server of AWS's endpoints: takes TLS off and hands each request to the emulated API.

Bodies stream between the connection and the emulator, which holds each once.
"""

from __future__ import annotations

import io
import logging
import socket
import ssl
import threading
from collections.abc import Iterable
from typing import Any

from moto.server import MotoRequestHandler
from werkzeug.sansio.utils import get_content_length
from werkzeug.serving import BaseWSGIServer

from sandbox.api.gateway import TLS, VPC, Application

_log = logging.getLogger(__name__)

#: Connections served at once per listening socket; more wait in its queue.
_THREADS = 32
#: Seconds that a client may take for the handshake, or be silent while it sends a request.
_PATIENCE = 60.0
#: Bytes of a refused body that are waited for.
_DISCARDED = 1024**3


class EndpointServer:
    """Serves an application on sockets that listen already, until closed."""

    def __init__(
        self,
        vpc_id: str,
        application: Application,
        context: ssl.SSLContext,
        listening: Iterable[tuple[socket.socket, bool]],
    ) -> None:
        """:param listening: each socket with whether it speaks TLS; they are closed with the server"""
        self._servers = [_Server(vpc_id, application, context if tls else None, each) for each, tls in listening]

    def close(self) -> None:
        """Stop listening; requests under way go on."""
        for server in self._servers:
            server.close()


class _Server(BaseWSGIServer):
    """A thread per connection, which also does the handshake: a slow client keeps nobody waiting."""

    multithread = True

    def __init__(
        self, vpc_id: str, application: Application, context: ssl.SSLContext | None, listening: socket.socket
    ) -> None:
        host, port = listening.getsockname()
        super().__init__(host, port, application, _Handler, fd=listening.fileno())
        listening.close()  # the server has a descriptor of its own
        self.vpc_id = vpc_id
        self.context = context
        self._room = threading.Semaphore(_THREADS)
        self._thread = threading.Thread(target=self.serve_forever, name="endpoints", daemon=True)
        self._thread.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._room.acquire()
        threading.Thread(target=self._one, args=(request, client_address), daemon=True).start()

    def _one(self, request: socket.socket, client_address: Any) -> None:
        connection = request
        try:
            request.settimeout(_PATIENCE)
            if self.context is not None:
                connection = self.context.wrap_socket(request, server_side=True)
            self.finish_request(connection, client_address)
        except OSError as error:
            _log.debug("endpoint of %s for %s: %s", self.vpc_id, client_address[0], error)
        except Exception:
            _log.exception("endpoint of %s for %s", self.vpc_id, client_address[0])
        finally:
            self.shutdown_request(connection)
            self._room.release()

    def log(self, type: str, message: str, *args: Any) -> None:
        _log.log(getattr(logging, type.upper(), logging.INFO), message, *args)

    def close(self) -> None:
        self.shutdown()
        self._thread.join(timeout=5)


class _Body(io.RawIOBase):
    """The bytes of a request's body on their connection, and no others."""

    def __init__(self, stream: io.RawIOBase, length: int | None) -> None:
        """:param length: in bytes; None when the stream itself ends with the body"""
        self._stream = stream
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer)
        if self._left is not None:
            room = room[: self._left]
        taken = self._stream.readinto(room) or 0
        if self._left is not None:
            self._left -= taken
        return taken

    def discard(self) -> None:
        """Take what nobody read, so that the connection can be closed without a reset."""
        taken = 0
        while taken < _DISCARDED and (part := self.read(65536)):
            taken += len(part)


class _Handler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    _body: _Body

    def run_wsgi(self) -> None:
        super().run_wsgi()
        # Who is refused may still be sending, and would lose the answer to the reset that unread bytes cause.
        self._body.discard()

    def make_environ(self) -> dict[str, Any]:
        environ = super().make_environ()
        ends = environ.get("wsgi.input_terminated")
        length = None if ends else get_content_length(environ.get("CONTENT_LENGTH")) or 0
        environ["wsgi.input"] = self._body = _Body(environ["wsgi.input"], length)
        tls = self.server.context is not None
        environ["wsgi.url_scheme"] = "https" if tls else "http"
        environ[VPC], environ[TLS] = self.server.vpc_id, tls
        # The emulator's own word for "I am another account".
        environ.pop("HTTP_X_MOTO_ACCOUNT_ID", None)
        return environ

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log(self, type: str, message: str, *args: Any) -> None:
        self.server.log(type, message, *args)
