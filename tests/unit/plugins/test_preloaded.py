"""Modules in children of a process that is ready: each runs as in a Python of its own, and says the same."""

from __future__ import annotations

import os
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
from ansible_collections.railyard.aws.plugins.plugin_utils import nursery, preloaded
from ansible_collections.railyard.aws.plugins.plugin_utils.companion import NotBegun

from tests.unit.plugins.telling_tasks import telling, told

PROJECT = Path(__file__).resolve().parents[3]
PYTHON = sys.executable


@pytest.fixture(scope="module")
def ready() -> Iterator[preloaded.Nursery]:
    found = preloaded.Nursery.begin()
    yield found
    found.end()


def program(text: str) -> bytes:
    return textwrap.dedent(text).encode()


def test_a_program_has_its_circumstances_and_says_what_it_says(ready: preloaded.Nursery, tmp_path: Path) -> None:
    asks = program(
        """
        import os, sys
        print(__name__, os.environ["GIVEN"], "HOME" in os.environ, os.getcwd(), oct(os.umask(0)), end=" ")
        print(sys.argv, sys.stdin.read())
        print("café \\udce9", file=sys.stderr)
        sys.exit(3)
        """
    )
    before, umask = Path.cwd(), os.umask(0o027)
    os.chdir(tmp_path)
    try:
        status, said, complained = ready.run(asks, {"GIVEN": "a b"})
    finally:
        os.chdir(before)
        os.umask(umask)
    assert (status, said.decode()) == (3, f"__main__ a b False {tmp_path} 0o27 ['-'] \n")
    assert complained.decode() == "café \\udce9\n"


@pytest.mark.parametrize(
    ("text", "status", "complains"),
    [
        ("", 0, ""),
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("raise ValueError('no')", 1, "ValueError: no\n"),
        ("a b", 1, "SyntaxError: invalid syntax\n"),
        # As of a process that was killed.
        ("import os; os.kill(os.getpid(), 9)", 255, ""),
    ],
)
def test_its_end_is_told(ready: preloaded.Nursery, text: str, status: int, complains: str) -> None:
    ended, said, complained = ready.run(text.encode(), {})
    assert (ended, said) == (status, b"") and complained.decode().endswith(complains)


def test_what_it_does_at_its_end_is_done(ready: preloaded.Nursery, tmp_path: Path) -> None:
    ready.run(
        program(
            f"""
            import atexit, threading, time
            atexit.register(open({str(tmp_path / "left")!r}, "w").close)
            threading.Thread(target=lambda: (time.sleep(0.3), open({str(tmp_path / "joined")!r}, "w").close())).start()
            """
        ),
        {},
    )
    assert (tmp_path / "joined").exists()


def test_one_leaves_nothing_to_the_next(ready: preloaded.Nursery) -> None:
    ready.run(b"import json, os; json.loads = None; os.environ['LEFT'] = 'x'; here = 1", {})
    asks = (
        b"import json, os, random; print(json.loads('1'), 'LEFT' in os.environ, 'here' in globals(), random.random())"
    )
    one, two = (ready.run(asks, {})[1].split() for _time in range(2))
    assert one[:3] == [b"1", b"False", b"False"]
    assert one[3] != two[3], "chance has another seed in each"


def test_many_run_at_once_and_say_much(ready: preloaded.Nursery) -> None:
    def run(number: int) -> bytes:
        text = f"import sys, time; time.sleep(0.2); print('{number}' * 300000); print('x' * 300000, file=sys.stderr)"
        return ready.run(text.encode(), {})[1]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, range(8))) == [f"{number}".encode() * 300000 + b"\n" for number in range(8)]


def test_it_is_not_the_controller_and_has_the_libraries(ready: preloaded.Nursery) -> None:
    asks = program(
        """
        import sys
        from ansible.module_utils._internal import is_controller
        print(is_controller, "boto3" in sys.modules)
        """
    )
    assert ready.run(asks, {})[1] == b"False True\n"


def test_it_ends_with_the_run_that_began_it() -> None:
    begins = program(
        """
        import sys, time
        from ansible_collections.railyard.aws.plugins.plugin_utils import preloaded
        print(preloaded.Nursery.begin().process.pid, flush=True)
        time.sleep(60)
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "collections")}
    with subprocess.Popen([PYTHON, "-c", begins], stdout=subprocess.PIPE, env=environment) as run:
        assert run.stdout
        nursed = int(run.stdout.readline())
        run.send_signal(signal.SIGKILL)
    for _attempt in range(200):
        if not Path(f"/proc/{nursed}").exists():
            return
        time.sleep(0.1)
    pytest.fail("it is still there")


def test_where_there_is_none_it_is_said_before_anything_ran(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    with pytest.raises(NotBegun, match="ended with 0"):
        preloaded.Nursery(ended, tmp_path).run(b"", {})


@pytest.mark.parametrize(
    ("command", "given"),
    [
        (f"/bin/sh -c '{PYTHON} && sleep 0'", {}),
        (f"/bin/sh -c '{PYTHON}'", {}),
        (f"/bin/sh -c 'AWS_REGION=eu-west-1 {PYTHON} && sleep 0'", {"AWS_REGION": "eu-west-1"}),
        (
            f"""/bin/sh -c 'A='"'"'b c=d'"'"' E= {PYTHON} && sleep 0'""",
            {"A": "b c=d", "E": ""},
        ),
        # Another Python, a shell that does more, become, and what cannot be read.
        ("/bin/sh -c '/usr/bin/other-python && sleep 0'", None),
        (f"/bin/sh -c '{PYTHON} /tmp/x.py && sleep 0'", None),
        (f"/bin/sh -c 'sudo -n {PYTHON} && sleep 0'", None),
        (f"/bin/sh -c 'cd /tmp; {PYTHON}'", None),
        (f"/bin/bash -c '{PYTHON}'", None),
        ("/bin/sh -c", None),
        ("", None),
        ("/bin/sh -c 'unended", None),
    ],
)
def test_a_command_is_read_as_the_shell_reads_it(command: str, given: dict[str, str] | None) -> None:
    assert preloaded.variables(command, "/bin/sh", PYTHON) == given


#: Modules of AWS and others, which end well, change something, fail, and are asked wrongly.
TASKS: list[dict[str, object]] = [
    {"ansible.builtin.copy": {"content": "a\n", "dest": "{{ place }}/file", "mode": "0600"}},
    {"ansible.builtin.stat": {"path": "{{ place }}/file", "get_attributes": False}},
    {"ansible.builtin.command": {"cmd": "sh -c 'echo out; echo err >&2; exit 3'"}},
    {
        "ansible.builtin.file": {"path": "{{ place }}/directory", "state": "directory", "mode": "0700"},
        "check_mode": True,
    },
    {"amazon.aws.aws_caller_info": {}},
    {"amazon.aws.ec2_vpc_net_info": {"filters": {"tag:Stack": "a"}}, "environment": {"AWS_REGION": "eu-west-1"}},
    {"railyard.aws.s3_bucket_owner_info": {"nothing": 1}},
    {"railyard.aws.stack_lock": {"name": "/a/lock", "state": "surprising"}},
]


def played(home: Path, file: Path, *options: str, **environment: str) -> str:
    """What a run of a playbook of one's own says, with a home of its own."""
    done = subprocess.run(
        [Path(PYTHON).with_name("ansible-playbook"), file, "-i", PROJECT / "inventory/localhost.yml", *options],
        cwd=PROJECT,
        env={
            **{"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "PATH": os.environ["PATH"], "HOME": str(home)},
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout


def results(tmp_path: Path, name: str, **environment: str) -> list[dict[str, object]]:
    """What a play's tasks tell of themselves."""
    place = tmp_path / name
    place.mkdir()
    tasks = telling(TASKS, Path(f"{place}.json"))
    (tmp_path / f"{name}.yml").write_text(
        yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "vars": {"place": str(place)}, "tasks": tasks}])
    )
    played(
        tmp_path,
        tmp_path / f"{name}.yml",
        "-vvv",
        AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b",
        AWS_REGION="us-east-1",
        AWS_MAX_ATTEMPTS="1",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        **environment,
    )
    return told(Path(f"{place}.json"), place)


def test_modules_say_what_they_say_when_they_are_started_by_themselves(tmp_path: Path) -> None:
    quick, plain = results(tmp_path, "quick"), results(tmp_path, "plain", RAILYARD_PRELOAD="false")
    assert quick == plain
    assert [one.get("failed", False) for one in quick] == [False, False, True, False, True, True, True, True]


def test_a_module_does_not_start_python(tmp_path: Path) -> None:
    """That this is the quick way at all: the module's parent is the process that is ready."""
    task = {
        "ansible.builtin.command": {"argv": ["sh", "-c", "tr '\\0' ' ' < /proc/$PPID/cmdline"]},
        "register": "parent",
    }
    tell = {"ansible.builtin.debug": {"msg": "{{ parent.stdout }}"}}
    (tmp_path / "play.yml").write_text(
        yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task, tell]}])
    )
    for value, quick in (("true", True), ("false", False)):
        said = played(tmp_path, tmp_path / "play.yml", RAILYARD_PRELOAD=value)
        assert (Path(nursery.__file__).name in said) == quick, said


def test_a_module_of_a_role_brings_what_it_imports(tmp_path: Path) -> None:
    """Such modules, and what they share, have names below Ansible's own packages."""
    role = tmp_path / "roles" / "shop"
    for folder in ("tasks", "library", "module_utils/shop_words"):
        (role / folder).mkdir(parents=True)
    (role / "module_utils/shop_words/__init__.py").touch()
    (role / "module_utils/shop_words/greeting.py").write_text("WORDS = 'open all day'\n")
    (role / "library/shop_hours.py").write_text(
        "from ansible.module_utils.basic import AnsibleModule\n"
        "from ansible.module_utils.shop_words.greeting import WORDS\n"
        "AnsibleModule({}).exit_json(msg=WORDS)\n"
    )
    (role / "tasks/main.yml").write_text("- shop_hours:\n")
    (tmp_path / "play.yml").write_text("- hosts: localhost\n  gather_facts: false\n  roles: [shop]\n")
    said = played(tmp_path, tmp_path / "play.yml", "-v")
    assert "open all day" in said, said


def test_a_task_of_the_run_may_ask_before_it_is_ready() -> None:
    found = preloaded.Nursery.begin()
    # The process of a task is a fork of the run's, and no parent of who it asks.
    task = os.fork()
    if not task:
        try:
            os._exit(0 if found.run(b"print(1)", {})[:2] == (0, b"1\n") else 1)
        finally:
            os._exit(2)
    try:
        assert os.waitpid(task, 0)[1] == 0
    finally:
        found.end()


def test_one_that_ends_before_it_is_ready_has_begun_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import time; time.sleep(0.5); raise SystemExit(3)")
    monkeypatch.setattr(preloaded.Nursery, "program", SimpleNamespace(__file__=str(tmp_path / "broken.py")))
    found = preloaded.Nursery.begin()
    with pytest.raises(NotBegun, match="it ended with"):
        found.run(b"print(1)", {})
    found.end()
