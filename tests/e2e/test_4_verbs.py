"""The verbs of every day, each by its documented command."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.e2e import canaries
from tests.e2e.canaries import ProcessWatch
from tests.e2e.lab import LOGS, PROJECT, Lab, until
from tests.e2e.load import under_load

FIRST = "canary-first-value $of \"it'"
#: A line of `make logs`: time, server, process, text.
LINE = re.compile(r"^(\d\d:\d\d:\d\d\.\d{3}) (web0\d) (\S+) +(.*)$", re.MULTILINE)


def environment_of_puma(stack: Lab, host: str) -> str:
    process = "/proc/$(systemctl show --property MainPID --value puma.service)/environ"
    return stack.on(host, f"sudo -u deploy cat {process} | tr '\\0' '\\n'")


def direct(stack: Lab, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """A verb without make, as a program calls it."""
    return subprocess.run(
        [sys.executable, "-m", "tools.verbs", *words],
        cwd=PROJECT,
        env=stack.environment,
        input=given,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_status(stack: Lab) -> None:
    said = stack.make("status").text
    for server in ("web01", "web02"):
        (row,) = re.findall(rf"^ *{server} +i-.*$", said, re.MULTILINE)
        assert "puma active for" in row and "nginx active for" in row and row.rstrip().endswith("healthy"), row
    assert "jump01" in said


def test_run_says_where_and_passes_words_input_and_status_on(stack: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    first = stack.make("run", "printf '<%s>' \"a b\" 'c;d' '$$HOME'")
    assert "<a b><c;d><$HOME>" in first.text, first.text
    assert re.search(r"On web01 \(i-[0-9a-f]+\): printf", first.text)
    begin = time.monotonic()
    done = direct(stack, "run", "--on", "web02", "sh", "-c", "hostname; cat; echo $RAILS_ENV; exit 7", given="typed\n")
    seconds = time.monotonic() - begin
    with capsys.disabled():
        print(f"\nrun, until its end: {seconds:.1f} s")
    assert done.returncode == 7 and "On web02 (i-" in done.stderr, done
    assert "typed" in done.stdout and "production" in done.stdout
    assert seconds < 20, "it is no run of the whole site"
    failing = stack.make("run", "sh -c 'exit 7'", fails=True)
    assert "Error 7" in failing.text


def test_run_refuses_what_no_shell_reads_and_servers_that_there_are_not(stack: Lab) -> None:
    assert "sh -c" in stack.make("run", "date; touch /tmp/never", fails=True).text
    said = stack.make("run", "--on web09 date", fails=True).text
    assert "no web or worker server 'web09'" in said and "web01, web02" in said


def test_console(stack: Lab) -> None:
    said = stack.make("console", given="puts 6 * 7, Rails.env\nexit\n").text
    assert "42\nproduction" in said, said
    assert "On web01 (i-" in said


def test_logs_of_all_servers_and_processes_are_in_order(stack: Lab) -> None:
    for _request in range(6):
        stack.page()
    said = stack.make("logs", "--since 3m --no-follow").text
    lines = LINE.findall(said)
    seen = {(server, process) for _at, server, process, _text in lines}
    for server in ("web01", "web02"):
        assert {(server, "nginx/access")} <= seen and seen & {(server, "puma"), (server, "rails")}, seen
    times = [at for at, *_rest in lines]
    assert times == sorted(times)
    only = LINE.findall(stack.make("logs", "--since 3m --no-follow --on web02 --process nginx").text)
    assert only and {(server, process.split("/")[0]) for _at, server, process, _text in only} == {("web02", "nginx")}


class Background:
    """A verb that goes on until Ctrl-C."""

    def __init__(self, stack: Lab, verb: str, arguments: str) -> None:
        self.said = ""
        self.process = subprocess.Popen(
            [*stack.make_command(verb), f"ARGS={arguments}"],
            cwd=PROJECT,
            env=stack.environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Who runs the tests in the background of a shell has Ctrl-C ignored, and hands that down.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert self.process.stdout
        os.set_blocking(self.process.stdout.fileno(), False)

    def hears(self, pattern: str) -> re.Match[str] | None:
        assert self.process.stdout
        self.said += (self.process.stdout.read() or b"").decode()
        return re.search(pattern, self.said)

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *_unused: Any) -> None:
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise


def test_logs_go_on_with_what_comes(stack: Lab) -> None:
    with Background(stack, "logs", "--process nginx/access") as logs:
        until("logs say something", lambda: logs.hears(r"web0\d nginx/access"), 40)
        stack.page(path="/up?asked-by=the-test")
        until("the request is shown", lambda: logs.hears(r"asked-by=the-test"), 15)


def test_tunnel_leads_to_the_database_until_ctrl_c(stack: Lab) -> None:
    with Background(stack, "tunnel", "--port 0") as tunnel:
        found = until("the tunnel is open", lambda: tunnel.hears(r"is at 127\.0\.0\.1:(\d+), through"), 40)
        port = int(found[1])
        until("the command is told", lambda: tunnel.hears(rf"--port={port} .*--password"), 10)
        with socket.create_connection(("127.0.0.1", port), 20) as connection:
            connection.settimeout(20)
            # What a server of MySQL's protocol greets with: its length, a number, and 10.
            greeting = connection.recv(200)
        assert greeting[3:5] == b"\x00\x0a", greeting
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5).close()


def kept(stack: Lab) -> dict[str, str]:
    name = f"/{stack.environment['RAILYARD_STACK']}/app/env"
    return json.loads(stack.account().client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def test_secret_is_set_rotated_and_unset_without_a_failed_request_and_shown_nowhere(
    stack: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProcessWatch() as watch:
        said = under_load(
            stack, capsys, "secret set", lambda: stack.make("secret", "set PAYMENT -vv", given=FIRST), more_than=50
        ).text
    assert kept(stack) == {"PAYMENT": FIRST}
    for host in ("web01", "web02"):
        assert f"PAYMENT={FIRST}" in environment_of_puma(stack, host)
    said += stack.make("secret", "rotate PAYMENT --later").text
    rotated = kept(stack)["PAYMENT"]
    assert len(rotated) == 64
    said += stack.make("secret", "list").text
    assert re.search(r"^PAYMENT$", said, re.MULTILINE)
    values = {FIRST: "the first value", rotated: "the rotated one"}
    assert sorted(name for value, name in values.items() if value in said) == []
    commands = b"\n".join(watch.seen)
    assert b"playbooks/secret.yml" in commands and FIRST.encode() not in commands
    places = (stack.root / "facts", stack.home, PROJECT / ".cache", LOGS)
    assert canaries.holding((file for place in places for file in place.rglob("*") if file.is_file()), values) == {}
    assert canaries.on_servers(stack, values) == {}
    under_load(stack, capsys, "secret unset", lambda: stack.make("secret", "unset PAYMENT"), more_than=50)
    assert kept(stack) == {} and "PAYMENT" not in environment_of_puma(stack, "web02")


def test_restart(stack: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    asked = "systemctl show puma.service --property MainPID"
    before = [stack.on(host, asked) for host in ("web01", "web02")]
    # One server as an older version left it: its script knows nothing of a puma beside the one that serves.
    script = "/usr/local/bin/railyard-puma"
    whole = stack.on("web01", f"sha256sum {script}")
    stack.on("web01", f"sudo sed -i -E '/^    (restart|beside|hand-over|take-back)\\)/d' {script}")
    assert stack.on("web01", f"sha256sum {script}") != whole
    under_load(stack, capsys, "restart", lambda: stack.make("restart"), more_than=50)
    after = [stack.on(host, asked) for host in ("web01", "web02")]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert stack.on("web01", f"sha256sum {script}") == whole


def test_releases_show_who_did_what(stack: Lab) -> None:
    said = stack.make("releases").text
    assert len(re.findall(r"\bcurrent\b", said.split("at (UTC)")[0])) == 1
    for what in (
        "restart",
        "secret set PAYMENT",
        "secret unset PAYMENT",
        "run: sh -c",
        "console: bundle exec",
        "tunnel to",
    ):
        assert what in said, what
    assert re.search(r"@\S+ +web02 .*run: sh", said), "who, and on which server"
    journal = stack.sandbox("logs", "web02", "--lines", "100000")
    assert re.search(r"railyard\S*: \S+@\S+ run: sh -c", journal)
