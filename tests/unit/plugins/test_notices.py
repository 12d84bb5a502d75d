"""What is done to the application is told a webhook, whose URL nobody sees, and whose silence stops nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.module_utils._deploy import notices
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.app import webhook_problems

PROJECT = Path(__file__).resolve().parents[3]
#: What nobody is to see.
SECRET = "T0s3cr3tB0"
RECEIPT = {"by": "kim@laptop", "what": "deploy main", "result": "3f2a is current", "seconds": 48}


class Chat(HTTPServer):
    """A webhook that keeps what it is told; below ``/gone`` there is none, and ``/moved`` is elsewhere."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.told: list[Any] = []

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}/{SECRET}"


class Answer(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 404 if self.path.startswith("/gone") else 302 if self.path.startswith("/moved") else 200
        if status == 200:
            self.server.told.append(json.loads(body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if status == 302:
            self.send_header("Location", self.server.url())
        self.end_headers()

    def log_message(self, *_unused: Any) -> None:
        return


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Chat() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def nobody() -> str:
    """An address where nobody listens."""
    with Chat() as server:
        return server.url()


def test_a_notice_says_who_did_what_and_how_it_ended():
    assert notices.text("shop", RECEIPT) == "shop: kim@laptop: deploy main: 3f2a is current (48 s)"
    assert (
        notices.text("shop", {"by": "kim@laptop", "what": "console", "on": "web01"})
        == "shop: kim@laptop: console on web01"
    )


def test_nobody_mentions_a_channel_by_a_revision():
    assert notices.text("s", {"by": "a", "what": "deploy <!channel> & go"}) == "s: a: deploy &lt;!channel&gt; &amp; go"


def test_a_webhook_is_told_in_slacks_form(chat: Chat):
    assert notices.send(chat.url(), "hello") == ""
    assert chat.told == [{"text": "hello"}]


def test_why_it_was_not_told_is_said_without_the_url(chat: Chat, nobody: str):
    assert notices.send(chat.url("/gone"), "x") == "it answered 404"
    assert notices.send(chat.url("/moved"), "x") == "it answered 302"
    assert notices.send(nobody, "x") == "it did not answer (ConnectionRefusedError)"
    assert notices.send(f"ftp://{SECRET}", "x") == "it is no https:// URL"
    assert not chat.told


@pytest.mark.parametrize(
    "wrong", [SECRET, f"http://example.com/{SECRET}", f"https://example.com/{SECRET}\nx", {"a": SECRET}]
)
def test_a_wrong_url_is_refused_without_being_shown(wrong: Any):
    (problem,) = webhook_problems({"railyard_webhook_url": wrong})
    assert SECRET not in problem and "write the https:// URL of a webhook" in problem
    assert not webhook_problems({"railyard_webhook_url": ""})


def test_a_run_tells_it_shows_it_nowhere_and_goes_on_without_it(chat: Chat, nobody: str, tmp_path: Path):
    """The tasks that playbooks/tasks/receipt.yml has after the receipt, which takes an account."""
    tasks = yaml.safe_load((PROJECT / "playbooks" / "tasks" / "receipt.yml").read_text())
    (tmp_path / "tell.yml").write_text(yaml.safe_dump(tasks[1:]))
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"receipt_written": {"notice": 'shop: kim: deploy "main" {{ x }}'}},
        "tasks": [
            *(
                {"ansible.builtin.include_tasks": str(tmp_path / "tell.yml"), "vars": {"railyard_webhook_url": url}}
                for url in (chat.url(), chat.url("/gone"), nobody, "")
            ),
            {"ansible.builtin.debug": {"msg": "went on"}},
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]).replace("{{ x }}", "<x>"))
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ansible-playbook"),
            "-i",
            "localhost,",
            "-c",
            "local",
            "-vvv",
            "--diff",
            tmp_path / "play.yml",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "went on" in said, said
    assert chat.told == [{"text": 'shop: kim: deploy "main" <x>'}]
    assert SECRET not in said.replace((tmp_path / "play.yml").read_text(), "")
    assert said.count("was not told of this: it answered 404.") == 1, said
    assert said.count("was not told of this: it did not answer.") == 1, said
