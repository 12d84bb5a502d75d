"""The way to a server is Ansible's own, and a command arrives there word for word."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.verbs import remote
from tools.verbs.__main__ import main
from tools.verbs.stack import Server

PROJECT = Path(__file__).resolve().parents[3]
EMPTY = "all: {hosts: {localhost: }, children: {web: , jump: }}"
SERVERS = """
all:
  hosts:
    localhost:
  children:
    jump:
      hosts:
        jump01: {ansible_host: 127.0.0.9, aws_instance_id: i-0aa}
    private:
      children:
        web:
          hosts:
            web02: {ansible_host: 10.0.64.6, aws_instance_id: i-0cc}
            web01: {ansible_host: 10.0.64.5, aws_instance_id: i-0bb}
        worker:
          hosts:
            worker01: {ansible_host: 10.0.64.7, aws_instance_id: i-0dd}
"""
#: Asks about both, and writes what it was told.
ASK = """
import json, sys
from tools.verbs.logs import FILES
from tools.verbs.stack import Stack
from tools.verbs.trouble import Trouble

def refusal(ask):
    try:
        ask()
    except Trouble as trouble:
        return str(trouble)

full, empty = Stack(sources=[sys.argv[1]]), Stack(["railyard_stack=shop"], [sys.argv[2]])
print(json.dumps({
    "all": [server.name for server in full.servers()],
    "web": [server.name for server in full.web()],
    "worker": full.servers("worker01")[0].command("true"),
    "one": [server.name for server in full.web("web02")],
    "words": full.web("web01")[0].command("true"),
    "unknown": refusal(lambda: full.web("web09")),
    "nobody": refusal(lambda: full.servers("web09")),
    "none": refusal(empty.web),
    "parameter": empty.ask("railyard_app_receipts_parameter"),
    "tags": empty.tags("/x"),
    "files": dict(full.ask(FILES)),
}))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the real one says."""
    folder = tmp_path_factory.mktemp("stack")
    (folder / "group_vars").symlink_to(PROJECT / "group_vars")
    for name, text in {"servers": SERVERS, "empty": EMPTY}.items():
        (folder / f"{name}.yml").write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAILYARD_", "AWS_"))}
    environment = kept | {
        "USER": "kim",
        "HOME": str(folder),
        "RAILYARD_STATE_DIR": str(folder / "state of mine"),
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK, *(str(folder / f"{name}.yml") for name in ("servers", "empty"))],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_servers_come_in_the_order_of_their_names(answers: dict[str, Any]) -> None:
    assert answers["web"] == ["web01", "web02"] and answers["one"] == ["web02"]


def test_worker_servers_come_after_web_servers_and_by_the_same_way(answers: dict[str, Any]) -> None:
    assert answers["all"] == ["web01", "web02", "worker01"]
    assert answers["worker"][-3:] == ["ec2-user@10.0.64.7", "--", "true"]
    assert any("ec2-user@127.0.0.9" in word for word in answers["worker"] if word.startswith("ProxyCommand="))


def test_the_way_checks_host_keys_and_leads_through_the_jump_host(answers: dict[str, Any]) -> None:
    words = answers["words"]
    options = [words[number + 1] for number, word in enumerate(words) if word == "-o"]
    assert {"HostKeyAlias=i-0bb", "StrictHostKeyChecking=accept-new", "IdentitiesOnly=yes"} <= set(options)
    (proxy,) = (option for option in options if option.startswith("ProxyCommand="))
    assert "ec2-user@127.0.0.9" in proxy and "HostKeyAlias=i-0aa" in proxy
    assert words[-3:] == ["ec2-user@10.0.64.5", "--", "true"]
    # A blank in the state directory's name does not break a path in two.
    assert words[words.index("-i") + 1].endswith("state of mine/railyard-ap-northeast-1.pem")


def test_an_unknown_server_is_refused_with_those_that_there_are(answers: dict[str, Any]) -> None:
    assert "no web server 'web09'" in answers["unknown"] and "web01, web02" in answers["unknown"]
    assert "no web or worker server 'web09'" in answers["nobody"] and "web01, web02, worker01" in answers["nobody"]


def test_without_servers_the_command_that_makes_them_is_named(answers: dict[str, Any]) -> None:
    assert "No running jump host of stack 'shop'" in answers["none"] and "`make site`" in answers["none"]


def test_settings_of_ones_own_count(answers: dict[str, Any]) -> None:
    assert answers["parameter"] == "/shop/app/receipts"
    assert answers["tags"] == {"Stack": "shop", "ManagedBy": "railyard.aws", "Role": "app", "Name": "/x"}
    assert answers["files"] == {
        "nginx/access": "/var/log/nginx/access.log",
        "nginx/error": "/var/log/nginx/error.log",
        "rails": "/var/www/aws-intro-sample/log/production.log",
    }


@pytest.mark.parametrize(
    "command",
    [
        ["bundle", "exec", "rake", "import[a b]"],
        ["sh", "-c", "echo \"$1\"; echo 'two'", "x", "a\nb"],
        ["printf", "%s|", "", "*", "$HOME", "`id`", "a;b", "-n", "--", "\\"],
    ],
)
def test_a_command_arrives_word_for_word(command: list[str], tmp_path: Path) -> None:
    """What ssh hands to the login shell, run by one here; runner, logger and sudo say what they were given."""
    for name, body in {
        "runner": f'exec "{sys.executable}" -c "import json,sys; print(json.dumps(sys.argv[1:]))" "$@"',
        "logger": f'printf "%s\\n" "$*" >> {shlex.quote(str(tmp_path / "journal"))}',
        "sudo": 'shift; exec "$@"',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    words = Server("web01", "i-0bb", ("ssh", "ec2-user@10.0.64.5")).command(
        *remote.script("kim@laptop", "run", command)
    )
    text = words[-1].replace(remote.RUNNER, str(tmp_path / "runner"))
    done = subprocess.run(
        ["sh", "-c", text], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == command
    (line,) = (tmp_path / "journal").read_text().splitlines()
    assert "kim@laptop run: " in line and command[0] in line


def test_credentials_in_urls_stay_out_of_the_journal() -> None:
    words = remote.script("kim@laptop", "run", ["git", "clone", "https://kim:s3cr3tT0ken99@example.com/a.git"])
    assert "s3cr3tT0ken99" not in words[4] and "https://***@example.com/a.git" in words[4]


def test_a_server_without_the_application_says_what_makes_it(tmp_path: Path) -> None:
    script = remote.script("kim@laptop", "run", ["true"])
    script[2] = script[2].replace(remote.RUNNER, str(tmp_path / "none"))
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 69 and "run `make site` first" in done.stderr


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["fly"], "'fly' is no verb"),
        ([], "is no verb"),
        (["run"], "run needs a command"),
        (["status", "now"], "takes no word"),
    ],
)
def test_mistakes_are_told_in_words(argv: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert words in capsys.readouterr().err
