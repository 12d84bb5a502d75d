"""The environment in force, as Ansible has it: what wins over what, who refuses a wrong one, and who asks twice."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def environment(home: Path, **more: str) -> dict[str, str]:
    """A person who has said nothing else, and has no account."""
    return {
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "PATH": f"{BIN}:/usr/bin:/bin",
        "HOME": str(home),
        # Nobody is asked: without credentials the first question fails at once.
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


def ran(home: Path, *command: str, **more: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=PROJECT,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def said(home: Path, expression: str, *arguments: str, **more: str) -> object:
    """Value of an expression in a play of playbooks/, which has the group_vars of both inventory and playbooks."""
    code, text = ran(
        home,
        *(
            "ansible",
            "-i",
            "inventory/localhost.yml",
            "--playbook-dir",
            "playbooks",
            "localhost",
            "-m",
            "ansible.builtin.debug",
        ),
        *("-a", f"msg={{{{ {expression} | to_json }}}}", *arguments),
        **more,
        ANSIBLE_CALLBACK_RESULT_FORMAT="json",
    )
    assert code == 0, text
    return json.loads(json.loads(text.partition("=> ")[2])["msg"])


VALUES = "[railyard_stack, railyard_environment, railyard_web_count | int, vpc_nat_gateway_mode]"


def test_the_file_wins_over_group_vars_and_loses_to_the_command_line(tmp_path: Path) -> None:
    assert said(tmp_path, VALUES) == ["railyard", "", 2, "zone"]
    assert said(tmp_path, VALUES, RAILYARD_ENVIRONMENT="staging") == ["railyard-staging", "staging", 1, "single"]
    given = said(tmp_path, VALUES, "-e", "railyard_web_count=7", RAILYARD_ENVIRONMENT="staging")
    assert given == ["railyard-staging", "staging", 7, "single"]


@pytest.mark.parametrize(
    "command",
    [
        ("ansible-playbook", "site.yml", "--tags", "vpc"),
        ("ansible-playbook", "playbooks/plan.yml", "--check", "--diff"),
        ("ansible-inventory", "--list"),
        ("python", "-m", "tools.verbs", "run", "date"),
        ("python", "-m", "tools.verbs", "deploy", "main"),
    ],
)
def test_every_command_refuses_a_name_that_has_no_file(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, text = ran(tmp_path, *command, RAILYARD_ENVIRONMENT="stagin")
    assert code != 0
    assert "there is no environments/stagin.yml" in text and "production, staging" in text, text
    assert "Traceback" not in text and "TASK" not in text, text


CONFIRM = (
    "ansible-playbook",
    "playbooks/lock.yml",
    "-i",
    "inventory/localhost.yml",
    "-e",
    "railyard_state_dir=/tmp/railyard-inputs",
)


@pytest.mark.parametrize(
    ("more", "chosen", "says"),
    [
        ((), "production", "nothing was typed"),
        (("-e", "confirm=railyard"), "production", "'railyard' was typed"),
        (
            ("-e", "railyard_environment_confirm=true"),
            "staging",
            "Run the same command again with `-e confirm=staging`",
        ),
    ],
)
def test_without_its_name_production_is_not_changed(
    tmp_path: Path, more: tuple[str, ...], chosen: str, says: str
) -> None:
    code, text = ran(tmp_path, *CONFIRM, *more, RAILYARD_ENVIRONMENT=chosen)
    flat = " ".join(text.split())
    assert code != 0
    assert says in flat and "Nothing was changed." in flat, text
    assert "Acquire the lock of the stack" not in text


@pytest.mark.parametrize(
    ("more", "chosen"),
    [
        (("-e", "confirm=production"), "production"),
        (("-e", "railyard_environment_confirm=false"), "production"),
        ((), "staging"),
        ((), ""),
        # Nobody chose an environment.
        (("-e", "railyard_environment_confirm=true"), ""),
    ],
)
def test_who_has_typed_it_or_need_not_comes_to_the_lock(tmp_path: Path, more: tuple[str, ...], chosen: str) -> None:
    code, text = ran(tmp_path, *CONFIRM, *more, **({"RAILYARD_ENVIRONMENT": chosen} if chosen else {}))
    assert code != 0
    assert "TASK [Acquire the lock of the stack]" in text and "credentials" in text, text


@pytest.mark.parametrize(
    ("answer", "comes_to"), [("production", "TASK [Acquire the lock of the stack]"), ("yes", "'yes' was typed")]
)
def test_at_a_terminal_it_is_asked_for(tmp_path: Path, answer: str, comes_to: str) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(PROJECT)
        os.execve(BIN / CONFIRM[0], CONFIRM, environment(tmp_path, RAILYARD_ENVIRONMENT="production"))
    text, typed, end = "", False, time.monotonic() + 90
    try:
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                # It is silent because it waits for the answer.
                if not typed and "to go on" in " ".join(text.split()):
                    os.write(terminal, f"{answer}\r".encode())
                    typed = True
                continue
            try:
                read = os.read(terminal, 4096)
            except OSError:
                # The other side has ended.
                break
            if not read:
                break
            text += read.decode("utf-8", "replace")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
    assert typed, text
    assert comes_to in " ".join(text.split()), text


def test_a_plan_of_production_asks_nobody(tmp_path: Path) -> None:
    _code, text = ran(tmp_path, *CONFIRM, "--check", RAILYARD_ENVIRONMENT="production")
    assert "was typed" not in text and "Ask for it at the terminal" not in text, text
