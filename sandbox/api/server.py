"""The emulated AWS API over HTTP, in this process, and the sandbox's own pages under /railyard/."""

from __future__ import annotations

import hmac
import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from moto.server import MotoRequestHandler
from werkzeug.serving import make_server

from sandbox.api import origins
from sandbox.api.access import canonical
from sandbox.api.access.access_denied import hint
from sandbox.api.access.authorize import authorize
from sandbox.api.access.canonical import Decided
from sandbox.api.calls import Calls, action_of, changes_something, service_of
from sandbox.api.emulator import Emulator, UnknownService
from sandbox.api.gateway import VPC
from sandbox.api.state import Gate
from sandbox.core import command, credentials, issuer
from sandbox.core.account import READER_AGENT
from sandbox.core.settings import CONTROLLER_ADDRESS, Settings
from sandbox.services.ses.pages import PATH as MAIL_PATH

log = logging.getLogger(__name__)

#: Pages that everybody on this machine may see: one says the same in every sandbox, the others have public keys.
_OPEN = ("/railyard/checkip", issuer.DISCOVERY, issuer.KEYS)


class Api:
    """WSGI application: the emulator, plus what the sandbox wants to know about each request."""

    def __init__(
        self,
        gate: Gate,
        on_change: Callable[[], None],
        status: Callable[[], dict[str, Any]],
        settings: Settings,
        mail: Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]] | None = None,
    ) -> None:
        """
        :param gate: closed while the state is being saved
        :param on_change: called after a request that may have changed the account
        :param status: what ``/railyard/status`` shows
        :param settings: of the sandbox, whose credentials are made when there are none
        :param mail: answers for ``/railyard/mail``
        """
        self.calls = Calls()
        self._emulator = Emulator()
        self._settings = settings
        self._keys = credentials.ensure(settings)
        self._issuer = issuer.Issuer(settings)
        self._gate = gate
        self._on_change = on_change
        self._mail = mail
        self._pages: dict[str, Callable[[], tuple[str, str]]] = {
            "/railyard/checkip": lambda: ("text/plain", f"{CONTROLLER_ADDRESS}\n"),
            "/railyard/status": lambda: ("application/json", json.dumps(status(), default=str)),
            "/railyard/calls": lambda: ("application/json", json.dumps(self.calls.as_dict())),
            issuer.DISCOVERY: lambda: ("application/json", json.dumps(self._issuer.discovery())),
            issuer.KEYS: lambda: ("application/json", json.dumps(self._issuer.keys())),
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        foreign = origins.refused(environ, self._settings.endpoint, self._settings.region)
        if foreign:
            return self._refuse_page("403 Forbidden", foreign, start_response)
        if path.startswith("/railyard/") and VPC not in environ and path.rstrip("/") not in _OPEN:
            said = environ.get("HTTP_AUTHORIZATION", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(said, self._keys.header()["Authorization"].encode()):
                text = f"{path} wants the header Authorization: Bearer $RAILYARD_SANDBOX_TOKEN. {hint()}"
                return self._refuse_page("401 Unauthorized", text, start_response)
        if self._mail is not None and VPC not in environ and f"{path}/".startswith(f"{MAIL_PATH}/"):
            with self._gate.request():
                answer = self._mail(environ, start_response)
            if environ["REQUEST_METHOD"] == "POST":
                self._on_change()
            return answer
        if path.startswith("/railyard/") and VPC not in environ:
            return self._page(path, start_response)
        service, action = service_of(environ), action_of(environ)
        if READER_AGENT not in environ.get("HTTP_USER_AGENT", ""):
            self.calls.count(service, action)
        try:
            with self._gate.request():
                refused = authorize(environ, self._keys, self._settings.region, self._issuer)
                if isinstance(refused, Decided):
                    canonical.write(environ, refused)
                    return self._emulator(environ, start_response)
            self.calls.refuse()
            log.info("refused %s %s: %s", service, action, refused.details or refused.code)
            status, headers, body = refused.render(environ)
            start_response(status, headers)
            return [body]
        except UnknownService as error:
            self.calls.error()
            log.error("the emulator has no service for %s", error)
            return _failure(environ, start_response, f"the sandbox has no service for {error}")
        except Exception as error:
            self.calls.error()
            log.exception("the emulator failed at %s %s", service, action)
            return _failure(environ, start_response, f"{service} {action}: {type(error).__name__}: {error}")
        finally:
            if changes_something(action):
                self._on_change()

    def _refuse_page(self, status: str, text: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.calls.refuse()
        log.info("refused: %s", text)
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
        return [f"{text}\n".encode()]

    def _page(self, path: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
        page = self._pages.get(path.rstrip("/"))
        if page is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [f"{path} is not one of {', '.join(sorted(self._pages))}\n".encode()]
        kind, text = page()
        start_response("200 OK", [("Content-Type", kind), ("Cache-Control", "no-store")])
        return [text.encode()]


def _failure(environ: dict[str, Any], start_response: Callable[..., Any], message: str) -> Iterable[bytes]:
    """A well-formed error in the protocol of the request: clients cannot read the emulator's own page."""
    message += f" (see `{command.name()} logs`)"
    if environ.get("HTTP_X_AMZ_TARGET"):
        kind = "application/x-amz-json-1.1"
        body = json.dumps({"__type": "InternalFailure", "message": message})
    else:
        kind = "text/xml"
        body = (
            "<ErrorResponse><Errors><Error><Code>InternalFailure</Code>"
            f"<Message>{escape(message)}</Message></Error></Errors>"
            f"<Error><Code>InternalFailure</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"
        )
    # 501: a fault of the emulator is not cured by the retries that clients spend on a 500.
    start_response("501 Not Implemented", [("Content-Type", kind)])
    return [body.encode()]


class _Handler(MotoRequestHandler):
    """Logs nothing per request: a run of the playbooks makes hundreds, and ``/railyard/calls`` counts them."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        pass

    def log(self, type: str, message: str, *args: Any) -> None:
        log.log(getattr(logging, type.upper(), logging.INFO), message, *args)


class Server:
    """Serves an application on 127.0.0.1 in a thread of its own."""

    def __init__(self, settings: Settings, application: Callable[..., Any]) -> None:
        """:raises OSError: when the port is taken"""
        self._server = make_server("127.0.0.1", settings.api_port, application, threaded=True, request_handler=_Handler)
        vars(self._server)["daemon_threads"] = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="api", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._server.server_close()
