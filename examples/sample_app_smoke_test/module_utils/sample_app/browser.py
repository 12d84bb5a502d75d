# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As much of a browser as a smoke test of the sample application needs: cookies, forms, redirects."""

from __future__ import annotations

import html
import http.client
import re
import secrets
import ssl
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urlsplit

#: Seconds one request may take.
PATIENCE = 30


class Unreachable(Exception):
    """No answer; its words say why."""


@dataclass
class Page:
    """One answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    server: str | None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def alert(self) -> str | None:
        """What the page complains about, in its own words."""
        found = re.search(r'<p class="flash alert"[^>]*>(.*?)</p>', self.text, re.DOTALL)
        return html.unescape(found[1]).strip() if found else None


@dataclass(frozen=True)
class File:
    """A file to upload."""

    name: str
    content: bytes
    type: str


class Browser:
    """One visitor of a site.

    :param url: of the site; its path is not used
    :param header: in which a server behind the load balancer names itself
    :param connect_to: ``host:port`` to connect to in place of the URL's; the URL's host is still asked for, and is still
        the one for which the certificate must be good
    :param ca_file: authorities to trust in place of the system's
    """

    def __init__(self, url: str, header: str, connect_to: str | None = None, ca_file: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"'{url}' is no URL of a site; write http://host/ or https://host/")
        self._host, self._place = parts.hostname, parts.netloc
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        self._address, self._port = self._host, port
        if connect_to:
            address, _colon, given = connect_to.rpartition(":")
            if not address or not given.isdigit():
                raise ValueError(f"connect_to is '{connect_to}'; write host:port")
            self._address, self._port = address.strip("[]"), int(given)
        self._tls = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._header = header
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        return self._ask("GET", path, None, {})

    def post(self, path: str, fields: dict[str, str], files: dict[str, File] | None = None) -> Page:
        if files:
            kind, body = _multipart(fields, files)
        else:
            kind, body = "application/x-www-form-urlencoded", urlencode(fields).encode()
        return self._ask("POST", path, body, {"Content-Type": kind})

    def token(self, page: Page, action: str) -> str:
        """What the form of a page for ``action`` carries to show that it came from the site; empty when there is none."""
        for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):
            if f'action="{action}"' in form.partition(">")[0]:
                found = re.search(r'name="authenticity_token"[^>]*\bvalue="([^"]+)"', form)
                return html.unescape(found[1]) if found else ""
        return ""

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Page:
        headers = {"Host": self._place, "User-Agent": "railyard-smoke-test", "Accept-Language": "en", **headers}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        connection = self._connection()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(f"the certificate is not good for {self._host}: {error.verify_message}") from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"no answer from {self._address}:{self._port}: {error or type(error).__name__}") from error
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._keep(line)
        return Page(answer.status, answer.headers, content, answer.headers.get(self._header))

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._address, self._port, timeout=PATIENCE)
        return _Secure(self._host, self._address, self._port, self._tls)

    def _keep(self, line: str) -> None:
        try:
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.coded_value
        except CookieError:
            pass  # No cookie that this site needs.


class _Secure(http.client.HTTPSConnection):
    """HTTPS to an address that is not what the certificate is for."""

    def __init__(self, host: str, address: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(address, port, timeout=PATIENCE, context=context)
        self._for, self._tls = host, context

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._for)


def _multipart(fields: dict[str, str], files: dict[str, File]) -> tuple[str, bytes]:
    """Content type and body of a form with files."""
    boundary = secrets.token_hex(16)
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    for name, file in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file.name}"\r\nContent-Type: {file.type}\r\n\r\n'
        parts.append(head.encode() + file.content + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join(parts) + f"--{boundary}--\r\n".encode()
