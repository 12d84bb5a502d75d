"""Hooks of a release that do what nobody expects: the run ends all the same, and says why in words that help."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
APP = PROJECT / "roles" / "app"
NAME = ".railyard/hooks/pre-deploy"


@pytest.fixture
def hook(tmp_path: Path) -> Path:
    """Where the release in ``tmp_path`` has its hook."""
    (tmp_path / NAME).parent.mkdir(parents=True)
    return tmp_path / NAME


@pytest.fixture
def run(tmp_path: Path, hook: Path):
    """``run(text)`` runs the hook with that text, unless there is one, as a server does; status and what is said."""

    def run(text: str = "", mode: int = 0o755, timeout: int = 30) -> tuple[int, str]:
        if not os.path.lexists(hook):
            hook.write_bytes(text.encode())
            hook.chmod(mode)
        done = subprocess.run(
            ["bash", "-c", (APP / "files/hook.sh").read_text("utf-8"), "hook", str(timeout), NAME],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout.decode("utf-8", "strict")

    return run


def test_one_that_succeeds_says_nothing(run) -> None:
    assert run("#!/bin/sh\necho secret\n") == (0, "")


def test_one_that_leaves_a_process_behind_ends_without_it(run) -> None:
    begun = time.monotonic()
    assert run("#!/bin/sh\n(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo talk; sleep 1; done) &\n")[0] == 0
    assert time.monotonic() - begun < 11


def test_one_that_does_not_listen_to_its_end_took_too_long(run) -> None:
    status, said = run("#!/bin/bash\ntrap '' TERM\necho waiting\nsleep 40\n", timeout=1)
    assert status != 0 and said == "after 1 s (app_hook_timeout)\nwaiting\n"


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("exit 3\n", 0o755, "with status 3"),
        ("#!/bin/sh\nexit 124\n", 0o755, "with status 124"),
        ("#!/bin/sh\nexit 126\n", 0o755, "with status 126"),
        ("#!/bin/sh\nkill -9 $$\n", 0o755, "with status 137"),
        ("#!/bin/sh\necho\n", 0o644, f"as it is not executable (`git update-index --chmod=+x {NAME}`)"),
        ("#!/bin/sh\r\necho\r\n", 0o755, "as its lines end as Windows ends them"),
        ("#!/usr/bin/no-such-thing\n", 0o755, "as the program in its first line is not on this server"),
    ],
    ids=["status", "124", "126", "killed", "mode", "crlf", "interpreter"],
)
def test_why_it_failed_is_said(run, text: str, mode: int, why: str) -> None:
    status, said = run(text, mode)
    assert status != 0 and said.startswith(why), said


def test_the_command_for_windows_lines_mends_them(run, tmp_path: Path) -> None:
    _status, said = run("#!/bin/sh\r\nexit 0\r\n")
    subprocess.run(["bash", "-c", said.split("`")[1]], cwd=tmp_path, check=True)
    assert run()[0] == 0


def test_a_directory_in_its_place_is_called_one(run, hook: Path) -> None:
    hook.mkdir()
    status, said = run()
    assert status != 0 and said.startswith("as it is a directory")


def test_a_link_to_what_the_server_has_not_is_called_one(run, hook: Path) -> None:
    hook.symlink_to("/home/kim/pre-deploy")
    status, said = run()
    assert status != 0 and said.startswith("as it is a link to /home/kim/pre-deploy, which is not on this server")


def test_bytes_that_are_no_text_are_not_in_the_way(run) -> None:
    assert run("#!/bin/sh\nprintf 'caf\\351 \\303\\251\\n' >&2\nexit 1\n") == (1, "with status 1\ncaf \u00e9\n")


def test_of_many_words_the_last_are_kept(run) -> None:
    _status, said = run("#!/bin/sh\nseq 100000\nexit 1\n")
    assert said.splitlines() == ["with status 1", *(str(number) for number in range(99981, 100001))]


def test_what_it_reads_is_empty(run) -> None:
    assert run("#!/bin/sh\nread line && exit 0\nexit 5\n", timeout=5)[0] == 5
