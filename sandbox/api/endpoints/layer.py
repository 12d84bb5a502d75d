"""AWS's own endpoints inside the VPCs: on addresses of each VPC's router, with a certificate of the authority."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sandbox.api.endpoints.names import TRUST_STORE, certificate_names
from sandbox.api.gateway import Application, gateway
from sandbox.core.authority import Authority, write_private
from sandbox.core.settings import API_ADDRESS, S3_ADDRESS, Settings
from sandbox.network import netns
from sandbox.network.listeners import NamespaceServers
from sandbox.services.picture import Picture

if TYPE_CHECKING:
    from sandbox.api.endpoints.server import EndpointServer

#: (address, port, whether it speaks TLS). S3 answers without TLS too: a bucket's policy says who may do that.
LISTENING = ((S3_ADDRESS, 443, True), (S3_ADDRESS, 80, False), (API_ADDRESS, 443, True))


class EndpointLayer:
    """Converges the endpoints of one sandbox."""

    name = "endpoints"

    def __init__(self, settings: Settings, application: Application = gateway) -> None:
        self.settings = settings
        self._authority = Authority(settings)
        self._application = application
        self._context: ssl.SSLContext | None = None
        self._servers = NamespaceServers(self._open)

    def converge(self, picture: Picture) -> None:
        """Serve in every VPC. Raises ``OSError`` when an address cannot be had."""
        self._servers.converge((vpc.id, self.settings.netns(vpc.id)) for vpc in picture.vpcs)

    def status(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": "endpoints",
                "name": vpc_id,
                "state": "serving",
                "detail": f"S3 at {S3_ADDRESS}:443 and :80, the others at {API_ADDRESS}:443",
            }
            for vpc_id in self._servers.names()
        ]

    def close(self) -> None:
        self._servers.close()

    def destroy(self) -> None:
        """The sockets end with the process: nothing of this layer stays in the world."""
        self.close()

    def _open(self, vpc_id: str, namespace: str) -> EndpointServer:
        # Brings the emulator with it, which commands that only remove have no use for.
        from sandbox.api.endpoints.server import EndpointServer

        context = self._tls()
        application = trust_store(self._application, self._authority.certificate, self.settings.region)
        sockets: list[tuple[socket.socket, bool]] = []
        try:
            for address, port, tls in LISTENING:
                each = netns.socket_in(namespace)
                sockets.append((each, tls))
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                each.bind((address, port))
                each.listen(64)
        except OSError:
            for each, _unused in sockets:
                each.close()
            raise
        return EndpointServer(vpc_id, application, context, sockets)

    def _tls(self) -> ssl.SSLContext:
        """All VPCs show one certificate, which outlives the daemon."""
        if self._context is None:
            self._authority.certificate()  # also gives it to the clients
            directory = self.settings.home / "endpoints"
            certificate, key = directory / "server.pem", directory / "server-key.pem"
            names = certificate_names(self.settings.region)
            kept = certificate.read_bytes() if certificate.exists() and key.exists() else b""
            if not self._authority.fits(kept, names):
                pem, secret = self._authority.issue(names)
                write_private(key, secret)
                write_private(certificate, pem)
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate, key)
        return self._context


def trust_store(application: Application, certificate: Callable[[], bytes], region: str) -> Application:
    """The application, except that RDS's trust store answers with the authority's certificate."""
    paths = ("/global/global-bundle.pem", f"/{region}/{region}-bundle.pem")

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "").split(":")[0].lower() != TRUST_STORE:
            return application(environ, start_response)
        if environ["PATH_INFO"] not in paths or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [f"this trust store has {', '.join(paths)}\n".encode()]
        pem = certificate()
        start_response("200 OK", [("Content-Type", "application/x-pem-file"), ("Content-Length", str(len(pem)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else pem]

    return answer
