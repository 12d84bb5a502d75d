"""A release's list of packages, read on a server: which are wanted, and which of alternatives."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "roles" / "app" / "files" / "listed_packages.sh"
#: Programs of a server where bash and coreutils are installed, and ruby-new could be.
PROGRAMS = {
    "dpkg-query": 'case " bash coreutils " in *" $4 "*) printf installed ;; *) exit 1 ;; esac',
    "apt-cache": 'case " bash coreutils ruby-new " in *" $2 "*) ;; *) exit 100 ;; esac',
}


@pytest.fixture
def read(tmp_path: Path):
    """``read(text)`` reads a list as a server does; what is said, by its kind."""
    programs, release = tmp_path / "bin", tmp_path / "release"
    for folder in (programs, release):
        folder.mkdir()
    for name, script in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)

    def read(text: str | None) -> dict[str, list[str]]:
        if text is not None:
            (release / "list.txt").write_text(text)
        done = subprocess.run(
            ["sh", "-c", SCRIPT.read_text("utf-8"), "sh", "list.txt"],
            cwd=release,
            env={"PATH": f"{programs}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        assert done.stderr == ""
        said: dict[str, list[str]] = {"named": [], "listed": [], "installed": []}
        for line in done.stdout.splitlines():
            kind, _blank, name = line.partition(" ")
            said[kind].append(name)
        return said

    return read


def test_no_list_wants_nothing(read) -> None:
    assert read(None) == read("") == read("# nothing\n\n") == {"named": [], "listed": [], "installed": []}


def test_names_are_wanted_without_what_stands_around_them(read) -> None:
    said = read("  bash # a shell\nruby-mysql2\t\n#coreutils\nlast-line")
    assert said["named"] == said["listed"] == ["bash", "ruby-mysql2", "last-line"]
    assert said["installed"] == ["bash"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("ruby-old | ruby-new", "ruby-new"),
        ("ruby-new|ruby-old", "ruby-new"),
        ("ruby-new | coreutils", "ruby-new"),
        ("ruby-old | ruby-older", "ruby-old"),
        ("ruby-old | ruby-older | bash", "bash"),
    ],
)
def test_of_alternatives_the_first_that_there_is_counts_installed_or_not(read, line, wanted) -> None:
    said = read(f"{line}  # either\n")
    assert said["listed"] == [wanted]
    assert said["named"] == [name.strip() for name in line.split("|")]


@pytest.mark.parametrize("odd", ["./own.deb", "--status", "Shop", "*", "a b", "$(touch x)", "bash; touch x"])
def test_what_is_no_name_is_handed_on_and_never_run(read, tmp_path: Path, odd) -> None:
    assert read(f"{odd}\n")["named"] == [odd]
    assert odd in read(f"{odd} | bash\n")["named"]
    assert {path.name for path in (tmp_path / "release").iterdir()} == {"list.txt"}
