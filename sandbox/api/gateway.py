"""The emulated API as other parts of the daemon reach it: in the same process, without a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

#: Keys of a request's environment, set by the endpoints inside a VPC and by nobody else: where it came in
#: (id of the VPC), and whether it came over TLS.
VPC, TLS = "railyard.vpc", "railyard.tls"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Gateway:
    """Leads to the API once the daemon has made it."""

    def __init__(self) -> None:
        self._application: Application | None = None

    def open(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The API as a WSGI application."""
        if self._application is None:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"the API is not there yet\n"]
        return self._application(environ, start_response)


#: The daemon's one gateway.
gateway = Gateway()
