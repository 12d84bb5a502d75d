"""The sample application as far as a smoke test of it goes, in this process, with faults to choose from."""

from __future__ import annotations

import itertools
import json
import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

SERVERS = ("web01", "web02")
PNG = b"\x89PNG\r\n\x1a\nsmaller"


def tiers(**changed) -> dict:
    """What an application says whose tiers all work; ``changed`` are the states that differ."""
    told = {
        "database": {"state": "ok", "detail": {"tls": "TLS_AES_256_GCM_SHA384"}},
        "cache": {"state": "ok", "detail": {"mode": "cluster", "shards": 3, "slots": 16384}},
        "uploads": {"state": "ok", "detail": {}},
        "mail": {"state": "ok", "detail": {"port": 465}},
    }
    return {name: {"age": 0, "seconds": 0.01, **tier, **changed.get(name, {})} for name, tier in told.items()}


class FakeSite:
    """:param send: called with an address and a link when somebody signs up
    :param put: called with key and content when somebody uploads
    """

    def __init__(self, send=None, put=None, delete=None, certificate=None) -> None:
        self.told = {name: tiers() for name in SERVERS}
        #: (server, method, path) → (status, body) in place of the page.
        self.faults: dict[tuple[str, str, str], tuple[int, str]] = {}
        self.users: dict[str, dict] = {}
        self.posts: dict[int, dict] = {}
        #: Servers with a database of their own.
        self.blind: set[str] = set()
        self.activation_lost = False
        self._send, self._put, self._delete = send, put, delete
        self._numbers = itertools.count(1)
        turns = itertools.cycle(SERVERS)
        lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                with lock:
                    server = next(turns)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, content = site.page(server, self.command, self.path, body, self.headers)
                self.send_response(status)
                for name, value in {**headers, "X-Served-By": server}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer

            def log_message(self, *arguments) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def page(self, server, method, path, body, headers):
        fault = self.faults.get((server, method, path)) or self.faults.get(("*", method, path))
        if fault:
            return fault[0], {}, fault[1].encode()
        if path == "/health/tiers":
            failed = any(tier["state"] == "failed" for tier in self.told[server].values())
            return 503 if failed else 200, {}, json.dumps({"tiers": self.told[server]}).encode()
        who = re.search(r"user=([^;]+)", headers.get("Cookie", ""))
        reader = who[1] if who and who[1] in self.users else None
        if method == "GET":
            return self._get(server, path, reader)
        return self._post(path, body, headers, reader)

    def _get(self, server, path, reader):
        if path.startswith("/activate/"):
            if not self.activation_lost:
                self.users[path.rsplit("/", 1)[1]]["active"] = True
            return 302, {"Location": "/" if self.activation_lost else "/log-in"}, b""
        if path.startswith("/pictures/"):
            return 200, {"Content-Type": "image/png"}, PNG
        forms = "".join(
            f'<form method="post" action="{action}">'
            f'<input type="hidden" name="authenticity_token" value="for {action}"></form>'
            for action in ["/locale", "/account", "/microposts", *(["/session"] if reader or path == "/log-in" else [])]
        )
        posts = "" if server in self.blind else "".join(self._article(*one, reader) for one in self.posts.items())
        return 200, {}, f"<html>{forms}{posts}</html>".encode()

    def _article(self, number, post, reader):
        key = f' data-picture-key="{post["key"]}"' if post["user"] == reader else ""
        return f'<article id="micropost-{number}"{key}><p>{post["words"]}</p></article>'

    def _post(self, path, body, headers, reader):
        text = body.decode("latin-1")
        if "multipart" in headers.get("Content-Type", ""):
            fields = dict(
                re.findall(
                    r'name="([^"]+)"(?:; filename[^\r]*)?\r\n(?:Content-Type[^\r]*\r\n)?\r\n(.*?)\r\n--',
                    text,
                    re.DOTALL,
                )
            )
        else:
            fields = {name: values[0] for name, values in parse_qs(text).items()}
        if fields.get("authenticity_token") != f"for {path}":
            return 422, {}, b"the form is from elsewhere"
        home = {"Location": "/"}
        if path == "/account" and fields.get("_method") == "delete":
            for number in [number for number, post in self.posts.items() if post["user"] == reader]:
                key = self.posts.pop(number)["key"]
                if self._delete:
                    self._delete(key)
            del self.users[reader]
        elif path == "/account":
            user = str(next(self._numbers))
            self.users[user] = {"email": fields["user[email]"], "active": self._send is None}
            if self._send is None:
                return 302, {**home, "Set-Cookie": f"user={user}; path=/; HttpOnly"}, b""
            self._send(fields["user[email]"], f"https://www.example.com/activate/{user}")
        elif path == "/session":
            user = next(name for name, one in self.users.items() if one["email"] == fields["email"])
            return 302, {**home, "Set-Cookie": f"user={user}; path=/; HttpOnly"}, b""
        else:
            number = next(self._numbers)
            self.posts[number] = {
                "user": reader,
                "words": fields["micropost[content]"],
                "key": f"pictures/{number}.png",
            }
            if self._put:
                self._put(f"pictures/{number}.png", PNG)
        return 302, home, b""
