"""Stands in for puma: answers every request on a unix socket with the request's own headers, as JSON.

python3 app.py SOCKET

What the directory of the socket has in a file ``answer`` is the status of all answers. A query like
``cookie=3500&link=5000`` asks for headers as long as that.
"""

from __future__ import annotations

import json
import os
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        told = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({**told, "path": self.path}).encode()
        status = Path(sys.argv[1]).with_name("answer")
        self.send_response(int(status.read_text()) if status.exists() else 200)
        asked = {name: int(values[0]) for name, values in parse_qs(urlsplit(self.path).query).items()}
        if "cookie" in asked:
            self.send_header("Set-Cookie", "session=" + "c" * asked["cookie"])
        if "link" in asked:
            self.send_header("Link", "</assets/application.css>; rel=preload" + "l" * asked["link"])
        # Where applications lead that are asked over HTTP; nobody may follow it.
        self.send_header("Location", "https://www.example.com/")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "nginx"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    with Server(sys.argv[1], Echo) as server:
        os.chmod(sys.argv[1], 0o666)
        server.serve_forever()
