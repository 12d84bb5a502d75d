"""The application as a release on two servers behind a proxy that, like nginx, names the server that answered."""

from __future__ import annotations

import http.client
import itertools
import os
import shutil
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sandbox.core.settings import PROJECT
from tests.integration.sample_app import tiers
from tests.integration.sample_app.programs import Program

APPLICATION = PROJECT / "examples" / "sample-app"
NOT_COPIED = shutil.ignore_patterns("log", "tmp", "*.lock", "*.sqlite3", "assets.cache")


class OverSocket(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Proxy:
    """A load balancer and the nginx of every server in one: requests take turns between the sockets."""

    def __init__(self, sockets: dict[str, Path]) -> None:
        turns = itertools.cycle(sockets.items())
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                with lock:
                    name, path = next(turns)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                inner = OverSocket(path)
                try:
                    inner.request(self.command, self.path, body, dict(self.headers.items()))
                    reply = inner.getresponse()
                    content = reply.read()
                    status, headers = reply.status, reply.getheaders()
                except OSError:
                    status, headers, content = 503, [], b"maintenance"
                finally:
                    inner.close()
                self.send_response(status)
                for key, value in headers:
                    if key.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(key, value)
                self.send_header("X-Served-By", name)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer

            def log_message(self, *arguments) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Site:
    """Everything together."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._running: list = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self.certificates = tiers.Certificates(self.home / "certificates")
        self.database = self._add(tiers.Database(self.home / "database", self.certificates))
        self.cache = self._add(tiers.Cache(self.home / "cache", self.certificates))
        self.bucket = self._add(tiers.Bucket())
        self.post = self._add(tiers.Post(self.bucket, self.certificates))
        self.roots = {name: self._release(name) for name in ("web01", "web02")}
        first = self.roots["web01"]
        self.rails(first, "db:migrate", "assets:precompile")
        shutil.copytree(first / "public" / "assets", self.roots["web02"] / "public" / "assets")
        self.programs = {name: self._add(self._puma(root)) for name, root in self.roots.items()}
        sockets = {name: root / "tmp" / "sockets" / "puma.sock" for name, root in self.roots.items()}
        for name, path in sockets.items():
            self.programs[name].ready(path.exists)
        self.proxy = self._add(Proxy(sockets))

    def _add(self, thing):
        self._running.append(thing)
        return thing

    def _release(self, name: str) -> Path:
        root = self.home / name
        shutil.copytree(APPLICATION, root, ignore=NOT_COPIED)
        for directory in ("log", "tmp/sockets", "tmp/pids"):
            (root / directory).mkdir(parents=True)
        self._run(root, "bundle", "lock", "--local")
        return root

    @property
    def environment(self) -> dict[str, str]:
        return {
            "RAILS_ENV": "production",
            "RAILS_LOG_TO_STDOUT": "true",
            "RAILS_SERVE_STATIC_FILES": "true",
            "WEB_CONCURRENCY": "1",
            "SECRET_KEY_BASE": "5" * 64,
            "AWS_INTRO_SAMPLE_HOST": "www.sample.example",
            "AWS_INTRO_SAMPLE_DATABASE_PASSWORD": tiers.DATABASE_PASSWORD,
            "AWS_INTRO_SAMPLE_S3_REGION": tiers.REGION,
            "AWS_INTRO_SAMPLE_S3_BUCKET": tiers.BUCKET,
            "AWS_INTRO_SAMPLE_REDIS_ADDRESS": f"rediss://localhost:{self.cache.ports[0]}",
            "AWS_INTRO_SAMPLE_SMTP_DOMAIN": tiers.DOMAIN,
            "AWS_INTRO_SAMPLE_SMTP_ADDRESS": "localhost",
            "AWS_INTRO_SAMPLE_SMTP_PORT": str(self.post.port),
            "AWS_INTRO_SAMPLE_SMTP_USERNAME": tiers.SMTP_USER,
            "AWS_INTRO_SAMPLE_SMTP_PASSWORD": tiers.SMTP_PASSWORD,
            "AWS_ENDPOINT_URL_S3": self.bucket.endpoint,
            "AWS_ACCESS_KEY_ID": "testing0testing0",
            "AWS_SECRET_ACCESS_KEY": "testing0testing0testing0",
            "DATABASE_URL": f"mysql2://127.0.0.1:{self.database.port}/sample_app?sslca={self.certificates.ca}&sslverify=true",
            # The system's store of authorities, as far as OpenSSL is concerned.
            "SSL_CERT_FILE": str(self.certificates.ca),
        }

    def _run(self, root: Path, *argv: str, **environment: str) -> str:
        done = subprocess.run(
            argv, cwd=root, capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "BUNDLE_GEMFILE": str(root / "Gemfile"), **environment},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rails(self, root: Path, *argv: str, **environment: str) -> str:
        return self._run(root, "bin/rails", *argv, **{**self.environment, **environment})

    def _puma(self, root: Path) -> Program:
        environment = {**self.environment, "BUNDLE_GEMFILE": str(root / "Gemfile")}
        return Program(root / "log" / "puma.log", "bundle", "exec", "puma", environment=environment, cwd=root)

    def stop(self) -> None:
        for thing in reversed(self._running):
            thing.stop()
        self._running = []
