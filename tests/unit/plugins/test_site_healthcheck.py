"""The probe against real HTTP servers on loopback."""

from __future__ import annotations

import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.railyard.aws.plugins.modules import site_healthcheck


@pytest.fixture
def site():
    """Call ``site(answers)``, a list of (status, served by or None) given in turn: the URL."""
    running = []

    def start(answers):
        turn = itertools.cycle(answers)
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with lock:
                    status, name = next(turn)
                self.send_response(status)
                if name:
                    self.send_header("X-Served-By", name)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_every_server_was_seen(run_module, site):
    url = site([(200, "web01"), (200, "web01"), (200, "web02")])
    result = run_module(site_healthcheck, url=url, servers=["web01", "web02"], pause=0)
    assert not result["changed"]
    assert result["served"] == {"web01": 2, "web02": 1}
    assert result["requests"] == 3


def test_it_goes_on_after_failures(run_module, site):
    url = site([(502, None), (200, "web01")])
    result = run_module(site_healthcheck, url=url, servers=["web01"], pause=0)
    assert result["failures"] == {"HTTP 502": 1}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([(200, "web01")], ["never answered by web02", "web01"]),
        ([(503, None)], ["never answered by web01, web02", "nobody", "HTTP 503"]),
        ([(200, None)], ["without the header X-Served-By"]),
        ([(404, "web01")], ["HTTP 404"]),
    ],
)
def test_failures_say_what_came_instead(run_module, site, answers, words):
    result = run_module(site_healthcheck, url=site(answers), servers=["web01", "web02"], timeout=0, pause=0)
    assert result["failed"]
    for word in words:
        assert word in result["msg"]


def test_it_connects_where_it_is_told_to_and_asks_for_the_site(run_module, site):
    port = site([(200, "web01")]).rsplit(":", 1)[1]
    result = run_module(
        site_healthcheck, url=f"http://www.example.invalid:{port}", connect_to="127.0.0.1", servers=["web01"]
    )
    assert result["served"] == {"web01": 1}
    assert result["resolves"] is False


def test_certificates_that_cannot_be_read_are_named(run_module):
    result = run_module(site_healthcheck, url="https://127.0.0.1/", servers=["web01"], ca_path="/nowhere/ca.pem")
    assert result["failed"]
    assert "/nowhere/ca.pem" in result["msg"]


def test_nobody_listens(run_module):
    result = run_module(site_healthcheck, url="http://127.0.0.1:9/", servers=["web01"], timeout=0, pause=0)
    assert result["failed"]
    assert "no connection" in result["msg"]
