"""Modules at the end of a login that is kept: each runs as in a Python of its own, and says the same.

Where ssh would log in to a server, a shell on this machine stands here.
"""

from __future__ import annotations

import ast
import os
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.plugin_utils import outposts
from ansible_collections.railyard.aws.plugins.plugin_utils.companion import NotBegun

from tests.unit.plugins.telling_tasks import telling, told

PROJECT = Path(__file__).resolve().parents[3]
PYTHON = sys.executable
START = f"exec {shlex.quote(PYTHON)} -c 'exec(input())'"
#: A login that greets, as servers do.
WAY = ["/bin/sh", "-c", f"echo Welcome; {START}"]


@pytest.fixture
def ready() -> Iterator[outposts.Exchange]:
    found = outposts.Exchange.begin()
    yield found
    found.end()


def program(text: str) -> bytes:
    return textwrap.dedent(text).encode()


def process(exchange: outposts.Exchange, way: list[str] = WAY) -> int:
    """The process that a way's programs are children of."""
    return int(exchange.run(way, {}, b"import os; print(os.getppid())")[1])


def gone(number: int) -> bool:
    for _attempt in range(200):
        try:
            if Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_a_program_has_its_variables_and_says_what_it_says(ready: outposts.Exchange) -> None:
    asks = program(
        """
        import os, sys
        print(__name__, os.environ["GIVEN"], "HOME" in os.environ, sys.argv, sys.stdin.read())
        print("café \\udce9", file=sys.stderr)
        sys.exit(3)
        """
    )
    status, said, complained = ready.run(WAY, {"GIVEN": "a b"}, asks)
    assert (status, said.decode(), complained.decode()) == (3, "__main__ a b True ['-'] \n", "café \\udce9\n")


@pytest.mark.parametrize(
    ("text", "status", "complains"),
    [
        ("", 0, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("raise ValueError('no')", 1, "ValueError: no\n"),
        ("a b", 1, "SyntaxError: invalid syntax\n"),
        # As a shell tells of one that was killed; ssh's own 255 would mean the connection.
        ("import os; os.kill(os.getpid(), 9)", 137, ""),
    ],
)
def test_its_end_is_told(ready: outposts.Exchange, text: str, status: int, complains: str) -> None:
    ended, said, complained = ready.run(WAY, {}, text.encode())
    assert (ended, said) == (status, b"") and complained.decode().endswith(complains)


def test_one_leaves_nothing_to_the_next(ready: outposts.Exchange) -> None:
    ready.run(
        WAY, {"LEFT": "x"}, b"import json, os; json.loads = None; os.environ['TOO'] = 'x'; os.chdir('/'); here = 1"
    )
    asks = b"import json, os; print(json.loads('1'), {'LEFT', 'TOO'} & {*os.environ}, 'here' in globals(), os.getcwd())"
    assert ready.run(WAY, {}, asks)[1].decode().split() == ["1", "set()", "False", str(Path.cwd())]


def test_many_run_at_once_and_say_much(ready: outposts.Exchange) -> None:
    def run(number: int) -> bytes:
        text = f"import sys, time; time.sleep(0.2); print('{number}' * 300000); print('x' * 300000, file=sys.stderr)"
        return ready.run(WAY, {}, text.encode())[1]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, range(8))) == [f"{number}".encode() * 300000 + b"\n" for number in range(8)]


def test_what_a_program_leaves_running_is_not_waited_for(ready: outposts.Exchange) -> None:
    begun = time.monotonic()
    assert ready.run(WAY, {}, b"import subprocess; print(subprocess.Popen(['sleep', '20']).pid, flush=True)")[0] == 0
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("name", ["outpost", "nursed"])
def test_what_goes_to_servers_is_python_of_amazon_linux(name: str) -> None:
    text = (PROJECT / f"plugins/plugin_utils/{name}.py").read_text("utf-8")
    ast.parse(text, feature_version=(3, 9))


def test_a_server_needs_no_ansible_and_is_not_the_controller(ready: outposts.Exchange) -> None:
    asks = program(
        """
        import sys
        from ansible.module_utils import basic
        from ansible.module_utils._internal import is_controller
        import ansible.module_utils.facts.timeout as later
        print(is_controller, basic.__file__, later.__file__)
        """
    )
    said = ready.run(["/bin/sh", "-c", f"exec {PYTHON} -IS -c 'exec(input())'"], {}, asks)[1].decode()
    assert said == "False <railyard>/ansible/module_utils/basic.py <railyard>/ansible/module_utils/facts/timeout.py\n"


def test_a_login_is_kept_until_what_it_has_may_be_old(ready: outposts.Exchange) -> None:
    first = process(ready)
    assert process(ready) == first
    ready.epoch += 1
    second = process(ready)
    assert second != first and gone(first)
    ready.forget(["/bin/sh", "-c"])
    assert gone(second) and process(ready) != second


def test_another_login_is_another_process(ready: outposts.Exchange) -> None:
    assert process(ready) != process(ready, ["/bin/sh", "-c", START])


def test_a_connection_that_breaks_is_told_and_made_anew(ready: outposts.Exchange) -> None:
    number = process(ready)
    with pytest.raises(NotBegun, match="broke"):
        ready.run(WAY, {}, b"import os, time; os.kill(os.getppid(), 9); time.sleep(1)")
    assert process(ready) != number


def test_a_login_that_fails_is_told_and_left_alone_for_a_while(ready: outposts.Exchange) -> None:
    for reason in ("the login ended", "a moment ago"):
        with pytest.raises(NotBegun, match=reason):
            ready.run(["/bin/sh", "-c", "echo Nobody is here; exit 255"], {}, b"")
    with pytest.raises(NotBegun, match="No such file"):
        ready.run(["/nowhere/ssh"], {}, b"")


def test_it_ends_with_the_run_that_began_it() -> None:
    begins = program(
        f"""
        import time
        from ansible_collections.railyard.aws.plugins.plugin_utils import outposts
        found = outposts.Exchange.begin()
        outpost = found.run({WAY!r}, {{}}, b"import os; print(os.getppid())")[1].decode().strip()
        print(found.process.pid, outpost, found.directory, flush=True)
        time.sleep(60)
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "collections")}
    with subprocess.Popen([PYTHON, "-c", begins], stdout=subprocess.PIPE, env=environment, text=True) as run:
        assert run.stdout
        exchange, outpost, directory = run.stdout.readline().split()
        run.send_signal(signal.SIGKILL)
    assert gone(int(exchange)) and gone(int(outpost))
    assert not Path(directory).exists()


SUDO = "sudo -H -S -n  -u root"
#: What starts an outpost.
BEGIN = "-c 'exec(input())'"


@pytest.mark.parametrize(
    ("command", "start", "given"),
    [
        ("/bin/sh -c '/usr/bin/python3 && sleep 0'", f"exec /usr/bin/python3 {BEGIN}", {}),
        (
            "/bin/sh -c 'A=b E= /usr/bin/python3.11 && sleep 0'",
            "exec /usr/bin/python3.11 -c 'exec(input())'",
            {"A": "b", "E": ""},
        ),
        (
            f"/bin/sh -c '{SUDO} /bin/sh -c '\"'\"'echo BECOME-SUCCESS-abc ; A=b /usr/bin/python3'\"'\"' && sleep 0'",
            f"exec sudo -H -S -n -u root /bin/sh -c {shlex.quote(f'exec /usr/bin/python3 {BEGIN}')}",
            {"A": "b"},
        ),
    ],
)
def test_a_command_is_taken_apart_as_the_shell_does(command: str, start: str, given: dict[str, str]) -> None:
    assert outposts.taken_apart(command) == (shlex.join(["/bin/sh", "-c", start]), given)


@pytest.mark.parametrize(
    "command",
    [
        "/bin/sh -c '/usr/bin/python3 /tmp/x.py && sleep 0'",
        "/bin/sh -c 'cd /tmp; /usr/bin/python3'",
        "/bin/sh -c 'cd /tmp && /usr/bin/python3 && sleep 0'",
        "/bin/sh -c 'ls && sleep 0'",
        f"/bin/sh -c '{SUDO} /usr/bin/python3 && sleep 0'",
        f"/bin/sh -c '{SUDO} /bin/sh -c '\"'\"'echo BECOME-SUCCESS-abc ; rm x; /usr/bin/python3'\"'\"' && sleep 0'",
        "/bin/sh -c 'su root -c '\"'\"'/bin/sh -c /usr/bin/python3'\"'\"''",
        "/bin/sh -c 'sudo'",
        "/bin/sh -c 'unended",
        "/bin/sh -c",
        "",
    ],
)
def test_what_is_more_than_a_module_is_left_to_ssh(command: str) -> None:
    assert outposts.taken_apart(command) is None


#: Modules that end well, change something, fail, and are asked wrongly.
TASKS: list[dict[str, object]] = [
    {"ansible.builtin.copy": {"content": "a\n", "dest": "{{ place }}/file", "mode": "0600"}},
    {"ansible.builtin.copy": {"content": "a\n", "dest": "{{ place }}/file", "mode": "0644"}, "check_mode": True},
    {"ansible.builtin.stat": {"path": "{{ place }}/file", "get_attributes": False}},
    {
        "ansible.builtin.command": {"cmd": "sh -c 'echo out; echo $A; echo err >&2; exit 3'"},
        "environment": {"A": "b c"},
    },
    {"ansible.builtin.slurp": {"src": "{{ place }}/nothing"}},
    {
        "ansible.builtin.file": {"path": "{{ place }}/directory", "state": "directory", "mode": "0700"},
        "check_mode": True,
    },
    {"ansible.builtin.lineinfile": {"path": "{{ place }}/file", "line": "b"}},
    {"railyard.aws.stack_lock": {"name": "/a/lock", "state": "surprising"}},
]
#: Says who it was asked for, and runs what comes last.
SSH = """#!/bin/sh
for last; do :; done
case " $* " in *" -O "*) exit 1;; esac
case $last in *"exec(input())"*) echo kept >> "{log}";; *) echo "$last" >> "{log}";; esac
exec sh -c "$last"
"""


def play(tmp_path: Path, name: str, tasks: list[dict[str, object]], **environment: str) -> list[str]:
    """Run a play on a server: what ssh was asked for."""
    log, ssh = tmp_path / f"{name}.log", tmp_path / f"{name}-ssh"
    ssh.write_text(SSH.replace("{log}", str(log)))
    ssh.chmod(0o700)
    server = {
        "ansible_connection": "railyard.aws.preloaded_ssh",
        "ansible_ssh_executable": str(ssh),
        "ansible_host": "192.0.2.1",
        "ansible_python_interpreter": PYTHON,
        "ansible_ssh_transfer_method": "piped",
        "place": str(tmp_path / name),
    }
    (tmp_path / f"{name}-inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": {"server": server}}}))
    (tmp_path / f"{name}.yml").write_text(yaml.safe_dump([{"hosts": "server", "gather_facts": False, "tasks": tasks}]))
    done = subprocess.run(
        [
            Path(PYTHON).with_name("ansible-playbook"),
            tmp_path / f"{name}.yml",
            "-i",
            tmp_path / f"{name}-inventory.yml",
            "-vvv",
        ],
        cwd=tmp_path,
        env={
            **{"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            **{"ANSIBLE_REMOTE_TMP": str(tmp_path / "remote"), **environment},
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return log.read_text().splitlines()


def results(tmp_path: Path, name: str, **environment: str) -> list[dict[str, object]]:
    """What a play's tasks tell of themselves."""
    (tmp_path / name).mkdir()
    file = tmp_path / f"{name}.json"
    asked = play(tmp_path, name, telling(TASKS, file), **environment)
    assert ("kept" in asked) == (environment.get("RAILYARD_PRELOAD") != "false")
    return told(file, tmp_path / name)


def test_modules_say_what_they_say_when_each_logs_in(tmp_path: Path) -> None:
    quick, plain = results(tmp_path, "quick"), results(tmp_path, "plain", RAILYARD_PRELOAD="false")
    assert quick == plain
    assert [one.get("failed", False) for one in quick] == [False, False, False, True, True, False, False, True]


def test_one_login_carries_a_play_until_it_is_reset(tmp_path: Path) -> None:
    ping = {"ansible.builtin.ping": {}}
    assert play(tmp_path, "one", [ping, ping, ping]) == ["kept"]
    assert play(tmp_path, "two", [ping, ping, {"ansible.builtin.meta": "reset_connection"}, ping]) == ["kept"] * 2


def test_a_task_of_the_run_may_ask_before_it_is_ready() -> None:
    found = outposts.Exchange.begin()
    # The process of a task is a fork of the run's, and no parent of who it asks.
    task = os.fork()
    if not task:
        try:
            os._exit(0 if found.run(WAY, {}, b"print(1)")[:2] == (0, b"1\n") else 1)
        finally:
            os._exit(2)
    try:
        assert os.waitpid(task, 0)[1] == 0
    finally:
        found.end()


def test_one_that_ends_before_it_is_ready_has_begun_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import time; time.sleep(0.5); raise SystemExit(3)")
    monkeypatch.setattr(outposts.Exchange, "program", SimpleNamespace(__file__=str(tmp_path / "broken.py")))
    found = outposts.Exchange.begin()
    with pytest.raises(NotBegun, match="it ended with"):
        found.run(WAY, {}, b"print(1)")
    found.end()
