"""How long the role app asks for an application's health: until it is well, late, or stays wrong."""

from __future__ import annotations

import http.server
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
TASKS = yaml.safe_load((PROJECT / "roles/app/tasks/healthcheck.yml").read_text("utf-8"))
(ASKED,) = (task for task in TASKS[1]["block"] if "ansible.builtin.uri" in task)


class Application(socketserver.ThreadingUnixStreamServer):
    """Answers with each status once, and with the last one ever after."""

    daemon_threads = True

    def __init__(self, path: Path, statuses: list[int]) -> None:
        super().__init__(str(path), Answer)
        self.statuses, self.asked = statuses, 0


class Answer(http.server.BaseHTTPRequestHandler):
    server: Application

    def do_GET(self) -> None:
        status = self.server.statuses[min(self.server.asked, len(self.server.statuses) - 1)]
        self.server.asked += 1
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_unused: object) -> None:
        pass

    def address_string(self) -> str:
        return "socket"


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    with Application(tmp_path / "s", [200]) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("statuses", "well", "asked"),
    [
        ([500, 200], True, 2),
        # A third of twelve seconds, one question each two.
        ([500], False, 2),
        # Not ready yet, as long as it says so.
        ([503, 503, 503, 503, 200], True, 5),
        ([503], False, 7),
    ],
)
def test_a_wrong_answer_that_stays_is_the_last(
    application: Application, tmp_path: Path, statuses: list[int], well: bool, asked: int
) -> None:
    application.statuses = statuses
    values = {
        "app_socket": str(tmp_path / "s"),
        "app_health_path": "/up",
        "app_health_codes": "200-399",
        "__app_site": "a",
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {**values, "app_health_timeout": "12"},
        "tasks": [ASKED],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    playbook = Path(sys.executable).with_name("ansible-playbook")
    done = subprocess.run(
        [playbook, tmp_path / "play.yml", "-i", "localhost,", "-c", "local"],
        cwd=PROJECT,
        env={"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == well, done.stdout
    assert application.asked == asked, done.stdout
