"""logs: what several servers and processes wrote, in the order in which they wrote it."""

from __future__ import annotations

import calendar
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools.verbs import follow, logs
from tools.verbs.logs import Line
from tools.verbs.stack import Server
from tools.verbs.trouble import Trouble

PROJECT = Path(__file__).resolve().parents[3]

NOON = calendar.timegm((2026, 11, 26, 12, 0, 0))


def line(at: float, text: str, server: str = "web01", process: str = "puma") -> Line:
    return Line(at, server, process, text)


# -- when a line was written


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('{"time":"2026-11-26T12:00:00+00:00","client":"127.0.0.1"}', NOON),
        ('{"time":"2026-11-26T21:00:00+09:00"}', NOON),
        ("2026/11/26 12:00:00 [error] 7#7: *1 connect() failed", NOON),
        ("I, [2026-11-26T12:00:00.250000 #81]  INFO -- : hello", NOON + 0.25),
        ("[2026-11-26 12:00:00 +0000] puma", NOON),
        ("2026-11-26T12:00:00Z up", NOON),
        ('[6f1c] Started GET "/" for 10.0.0.1 at 2026-11-26 12:00:00 +0000', NOON),
        ("Parameters: {from: 2026-11-26 12:00:00}", None),
        ("  app/models/order.rb:3", None),
        ("", None),
    ],
)
def test_a_line_says_when_it_was_written(text: str, at: float | None) -> None:
    assert follow.written_at(text, zone=0) == at


def test_lines_without_a_time_stay_with_the_one_before() -> None:
    stamp = "2026-11-26T12:0{}:00Z "
    lines = ["older", stamp.format(1) + "a", "of a", stamp.format(3) + "b", "of b", stamp.format(2) + "late", "of late"]
    found = follow.recent(lines, NOON + 120, NOON + 600)
    assert found == [(NOON + 180, lines[3]), (NOON + 180, "of b"), (NOON + 180, lines[5]), (NOON + 180, "of late")]


def test_a_time_that_has_not_come_yet_is_none() -> None:
    assert follow.recent(["2026-11-26T12:00:00Z a", "2036-11-26T12:00:00Z b"], NOON, NOON) == [
        (NOON, "2026-11-26T12:00:00Z a"),
        (NOON, "2036-11-26T12:00:00Z b"),
    ]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"_SYSTEMD_UNIT": "puma.service", "MESSAGE": "up"}, ["puma", "up"]),
        ({"UNIT": "nginx.service", "_SYSTEMD_UNIT": "init.scope", "MESSAGE": "Started"}, ["nginx", "Started"]),
        ({"_SYSTEMD_UNIT": "railyard-worker@1.service", "MESSAGE": [104, 105, 255]}, ["railyard-worker@1", "hi\ufffd"]),
        ({"_SYSTEMD_UNIT": "puma.service", "MESSAGE": None}, ["puma", ""]),
    ],
)
def test_lines_of_the_journal(entry: dict[str, object], found: list[str]) -> None:
    assert follow.of_journal(json.dumps({**entry, "__REALTIME_TIMESTAMP": "1500000"})) == [1.5, *found]


@pytest.mark.parametrize("text", ["", "-- cursor: s=1", "[]", "{}"])
def test_what_is_no_line_of_the_journal_is_left_out(text: str) -> None:
    assert follow.of_journal(text) is None


# -- files that others write to


def test_a_file_that_is_rotated_emptied_or_not_there_yet_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "production.log"
    tail = follow.Tail(str(path))
    assert tail.before() == [] and tail.new() == []
    path.write_text("one\ntwo\nhal")
    assert tail.new() == ["one", "two"]
    with path.open("a") as file:
        file.write("f\n")
    assert tail.new() == ["half"]
    with path.open("a") as file:
        file.write("last of the old\n")
    path.rename(tmp_path / "production.log.1")
    path.write_text("first of the new\n")
    assert tail.new() == ["last of the old", "first of the new"]
    path.write_text("short\n")
    assert tail.new() == ["short"]


def test_of_a_long_file_only_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "LOOK_BACK", 20)
    (tmp_path / "log").write_text("".join(f"line {number:02}\n" for number in range(20)))
    assert follow.Tail(str(tmp_path / "log")).before() == ["line 18", "line 19"]


# -- in order


def test_lines_of_servers_and_processes_are_interleaved_by_time() -> None:
    lines = [line(3, "c"), line(1, "a", "web02"), line(2, "b", process="nginx/access"), line(4, "d", "web02")]
    streams = logs.by_process(sorted(lines))
    assert len(streams) == 3
    assert [one.text for one in logs.merged(streams)] == ["a", "b", "c", "d"]


def test_what_one_process_said_is_never_mixed_up() -> None:
    mine = [line(1, "a"), line(5, "b"), line(2, "clock set back"), line(6, "d")]
    assert [one.text for one in logs.merged([mine, [line(3, "x", "web02")]])] == ["a", "x", "b", "clock set back", "d"]
    waiting = logs.Waiting(patience=1)
    for one in mine:
        waiting.add(one, now=10)
    assert [one.text for one in waiting.ripe(11)] == ["a", "b", "clock set back", "d"]


def test_a_line_waits_for_an_older_one_of_another_server() -> None:
    waiting = logs.Waiting(patience=1)
    waiting.add(line(5.0, "later"), now=10.0)
    waiting.add(line(4.5, "earlier", "web02"), now=10.5)
    assert list(waiting.ripe(10.9)) == []
    assert [one.text for one in waiting.ripe(11.5)] == ["earlier", "later"]
    assert list(waiting.ripe(99)) == []


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert str(line(0, "\x1b]0;owned\x07 a\tb")).endswith("web01 puma         \\x1b]0;owned\\x07 a\tb")


@pytest.mark.parametrize(("text", "ago"), [("30s", 30), ("10m", 600), ("10 min ago", 600), ("2h", 7200), ("1d", 86400)])
def test_since_how_long(text: str, ago: int) -> None:
    assert logs.since(text, 1_000_000.0) == 1_000_000.0 - ago


def test_since_when() -> None:
    now = time.mktime((2026, 11, 26, 15, 0, 0, 0, 0, -1))
    assert logs.since("14:30", now) == logs.since("2026-11-26 14:30", now) == now - 1800
    assert logs.since("9:05", now) == logs.since("2026-11-26T09:05:00", now)


@pytest.mark.parametrize("text", ["", "yesterday", "10 parsecs", "25:00", "-5m"])
def test_since_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Trouble, match="--since is"):
        logs.since(text, time.time())


# -- all of it, with ssh, sudo and journalctl that stand in


class Machine:
    """A server whose shell is this machine's, with a journal of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        self.name, self.journal, self.log = name, folder / "journal", folder / "production.log"
        for file in (self.journal, self.log):
            file.touch()
        (folder / "journalctl").write_text(
            f'#!/bin/sh\ncase "$*" in *--follow*) exec tail -n 0 -F {self.journal} 2>/dev/null;; esac\n'
            f"cat {self.journal}\necho '-- cursor: s=1'\n"
        )
        (folder / "sudo").write_text('#!/bin/sh\nshift\nexec "$@"\n')
        (folder / "ssh").write_text(f'#!/bin/sh\nPATH={folder}:$PATH\nfor last; do :; done\nexec sh -c "$last"\n')
        for tool in ("journalctl", "sudo", "ssh"):
            (folder / tool).chmod(0o755)
        self.server = Server(name, f"i-{name}", (str(folder / "ssh"), "ec2-user@10.0.64.5"))

    def says(self, unit: str, text: str) -> None:
        entry = {
            "__REALTIME_TIMESTAMP": str(int(time.time() * 1e6)),
            "_SYSTEMD_UNIT": f"{unit}.service",
            "MESSAGE": text,
        }
        with self.journal.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def wanted(self, follow: bool) -> dict[str, object]:
        return {"since": time.time() - 60, "follow": follow, "units": logs.UNITS, "files": {"rails": str(self.log)}}


def shown(machines: list[Machine], follow: bool, then: object = None) -> list[logs.Source]:
    found: queue.Queue[Line | logs.Source | str] = queue.Queue()
    sources = [logs.Source(machine.server, machine.wanted(follow), found) for machine in machines]
    for source in sources:
        source.start()
    if callable(then):
        threading.Thread(target=then, args=(sources,), daemon=True).start()
    return logs._follow(sources, found, [])


@pytest.fixture
def machines(tmp_path: Path) -> list[Machine]:
    return [Machine(tmp_path / name, name) for name in ("web01", "web02")]


def test_what_there_was_is_shown_in_order_and_ends(machines: list[Machine], capsys: pytest.CaptureFixture[str]) -> None:
    one, two = machines
    for number in range(3):
        one.says("puma", f"{number}a")
        two.says("nginx", f"{number}b")
        time.sleep(0.01)
    two.log.write_text(time.strftime("%Y-%m-%dT%H:%M:%SZ written by rails\n", time.gmtime(time.time() - 5)))
    assert shown(machines, follow=False) == []
    rows = [row.split(maxsplit=3)[1:] for row in capsys.readouterr().out.splitlines()]
    assert rows[0][:2] == ["web02", "rails"]
    assert [row[2] for row in rows[1:]] == ["0a", "0b", "1a", "1b", "2a", "2b"]
    assert rows[1][:2] == ["web01", "puma"] and rows[2][:2] == ["web02", "nginx"]


def test_what_comes_is_shown_in_order_until_nobody_listens(
    machines: list[Machine], capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = machines

    def then(sources: list[logs.Source]) -> None:
        time.sleep(3)
        two.says("nginx", "first")
        time.sleep(0.05)
        one.says("puma", "second")
        with two.log.open("a") as file:
            file.write("third\n")
        time.sleep(2)
        for source in sources:
            # As the end of this process would.
            assert source._process.stdin
            source._process.stdin.close()

    assert shown(machines, follow=True, then=then) == []
    rows = [row.split()[1:] for row in capsys.readouterr().out.splitlines()]
    assert rows == [["web02", "nginx", "first"], ["web01", "puma", "second"], ["web02", "rails", "third"]]


def test_a_server_that_is_not_reached_is_named_and_the_others_are_shown(
    machines: list[Machine], capsys: pytest.CaptureFixture[str]
) -> None:
    ssh = Path(machines[0].server.ssh[0])
    ssh.write_text("#!/bin/sh\necho 'ssh: no route' >&2\nexit 255\n")
    machines[1].says("puma", "here")
    (failed,) = shown(machines, follow=False)
    said = capsys.readouterr()
    assert failed.server.name == "web01" and "web01 (i-web01) cannot be reached" in said.err
    assert "web02 puma         here" in said.out


def test_follow_runs_on_the_python_of_amazon_linux() -> None:
    """3.9: compiled for it, and nothing of the checkout is imported."""
    text = Path(follow.__file__).read_text("utf-8")
    compile(text, "follow.py", "exec", dont_inherit=True)
    import ast

    tree = ast.parse(text, feature_version=(3, 9))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names <= {"calendar", "json", "os", "re", "select", "subprocess", "sys", "time"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Match)]
    assert os.path.getsize(follow.__file__) < 30_000, "it is a word of a command line"


#: Shows a great deal, once a server's ssh has made its error output non-blocking, as ssh does.
SHOWS = """
import queue, sys, time
from types import SimpleNamespace
from tools.verbs import logs

ssh = [sys.executable, "-c", "import os, sys; os.set_blocking(2, False); print('no such file', file=sys.stderr)"]
source = logs.Source(SimpleNamespace(name="web01", command=lambda *words: ssh), {}, queue.Queue())
source.start()
source.join()
time.sleep(0.2)
logs._show([logs.Line(0.0, "web01", "nginx", "x" * 100)] * 5000, [])
"""


def test_what_is_shown_waits_for_who_reads_it() -> None:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, "-c", SHOWS], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as shows:
        assert shows.stdout
        time.sleep(2)
        said = shows.stdout.read()
    assert shows.returncode == 0, said[-2000:]
    assert said.startswith("no such file\n") and said.count("nginx") == 5000
