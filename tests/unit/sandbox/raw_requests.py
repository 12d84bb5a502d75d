"""Requests byte by byte, as no SDK sends them and web pages may, and under which names they are served."""

from __future__ import annotations

import http.client

from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.core import credentials
from sandbox.core.settings import Settings

REGION = "ap-northeast-1"
#: Values of Host, ``{port}`` being the sandbox's, and whether a request with it is served.
HOSTS = {
    "127.0.0.1:{port}": True,
    "localhost:{port}": True,
    "LOCALHOST:{port}": True,
    "[::1]:{port}": True,
    f"s3.{REGION}.amazonaws.com": True,
    f"mine.s3.{REGION}.amazonaws.com": True,
    "mine.localhost:{port}": True,
    "evil.example:{port}": False,
    "evil.example": False,
    "127.0.0.1.evil.example:{port}": False,
    "localhost.evil.example": False,
    "192.168.1.7:{port}": False,
    "s3.amazonaws.com.evil.example": False,
    "amazonaws.com": False,
    "evil@127.0.0.1:{port}": False,
    "127.0.0.1:{port}, evil.example": False,
    "": False,
}
#: From where a web page may be.
ORIGINS = ("null", "https://evil.example", "http://127.0.0.1:3000", "http://localhost")


class Raw:
    """Requests byte by byte, as no SDK sends them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        keys = credentials.ensure(settings)
        self.keys = Credentials(keys.access_key_id, keys.secret_access_key)
        self.host = f"127.0.0.1:{settings.api_port}"

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.api_port, timeout=30)
        connection.putrequest(method, path, skip_host=True)
        sent = {"Host": self.host, "Content-Length": str(len(body))}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace"), {k.lower(): v for k, v in answer.getheaders()}

    def signed(self, auth, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, str]:
        """Headers of a signed request."""
        wanted = {name.replace("_", "-"): value for name, value in headers.items()}
        request = AWSRequest(method, f"http://{self.host}{path}", headers=wanted, data=body)
        auth.add_auth(request)
        return {name: str(value) for name, value in request.headers.items()}
